"""An administrator's page of somebody else's sign-in: a one-time link, and signing out everywhere.

No administrator ever sees or chooses what somebody else signs in with.
"""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_otp.plugins.otp_totp.models import TOTPDevice

from portal.accounts import invitations, recovery, sessions
from portal.models import Invitation, User


@require_http_methods(["GET", "HEAD", "POST"])
def access(request: HttpRequest, pk: int) -> HttpResponse:
    if not request.user.is_superuser:
        raise PermissionDenied
    user = get_object_or_404(User, pk=pk)
    if request.method == "POST":
        return _do(request, user)
    return _page(request, user)


def _do(request: HttpRequest, user: User) -> HttpResponse:
    if "renews" in request.POST:
        return _invite(request, user, request.POST["renews"])
    if "withdraw" in request.POST and invitations.withdraw(user=user, by=request.user):
        messages.success(request, _("The link does not work any more."))
    elif "sign_out" in request.POST:
        sessions.end_all(user=user, by=request.user)
        messages.success(request, _("Signed out everywhere."))
    response = redirect("admin:portal_user_access", user.pk)
    response.status_code = 303
    return response


def _invite(request: HttpRequest, user: User, renews: str) -> HttpResponse:
    """The new link stands in the answer and nowhere else."""
    if renews not in invitations.renewable(user) or not (user.is_active and user.is_staff):
        return _page(request, user, status=422)
    token = invitations.invite(
        user=user, renews=Invitation.Renews(renews), by=request.user, now=timezone.now()
    )
    return _page(request, user, link=request.build_absolute_uri(reverse("admin:invitation", args=[token])))


def _page(request: HttpRequest, user: User, *, link: str = "", status: int = 200) -> HttpResponse:
    opened = Invitation.objects.filter(user=user, expires_at__gt=timezone.now()).first()
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Sign-in of %(name)s") % {"name": user.get_username()},
        "opts": User._meta,
        "original": user,
        "device": TOTPDevice.objects.filter(user=user, confirmed=True).order_by("-pk").first(),
        "left": recovery.left(user),
        "invitation": opened,
        "renewable": invitations.renewable(user),
        "may_sign_in": user.is_active and user.is_staff,
        "link": link,
    }
    return TemplateResponse(request, "admin/portal/user/access.html", context, status=status)
