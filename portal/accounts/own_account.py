"""The page of one's own account: password, authenticator, recovery codes, signing out everywhere."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth import logout, update_session_auth_hash
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_otp import login as verify
from django_otp.plugins.otp_totp.models import TOTPDevice

from portal import audit
from portal.accounts import forms, recovery, sessions
from portal.accounts.greeting import sign_in_before
from portal.models import User


@require_safe
def own(request: HttpRequest) -> HttpResponse:
    user = _user(request)
    last, failed = sign_in_before(request)
    context = {
        "title": _("Your account"),
        "last": last,
        "failed": failed,
        "role": ", ".join(group.name for group in user.groups.all()),
        "device": TOTPDevice.objects.filter(user=user, confirmed=True).order_by("-pk").first(),
        "left": recovery.left(user),
    }
    return _page(request, "own", context)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End every session of this account, this one included."""
    sessions.end_all(user=_user(request), by=request.user)
    logout(request)
    response = redirect("admin:login")
    response.status_code = 303
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes, shown in the answer and never again."""
    user = _user(request)
    posted = request.POST if request.method == "POST" else None
    form = forms.Confirmation(posted, request=request, user=user)
    if form.is_valid():
        made = recovery.renew(user=user, by=user, now=timezone.now())
        return _page(request, "codes", {"title": _("Recovery codes"), "codes": made})
    context = {"title": _("New recovery codes"), "form": form, "left": recovery.left(user)}
    return _page(request, "confirm", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def authenticator(request: HttpRequest) -> HttpResponse:
    """A new authenticator in the place of the earlier one, as for a new phone; ends the other sessions."""
    user = _user(request)
    posted = request.POST if request.method == "POST" else None
    form = forms.NewAuthenticator(posted, request=request, user=user)
    if form.is_valid():
        with transaction.atomic():
            device = form.setup.store()
            sessions.next_round(user)
            audit.record("authenticator set up", by=user, subject=f"user {user.pk}")
        update_session_auth_hash(request, user)
        verify(request, device)
        messages.success(request, _("The new authenticator is set up. You were signed out everywhere else."))
        response = redirect("admin:account")
        response.status_code = 303
        return response
    context = {"title": _("New authenticator"), "form": form}
    return _page(request, "authenticator", context, status=422 if form.errors else 200)


ADDRESSES = [
    ("", own, "account"),
    ("sign-out/", sign_out, "account-sign-out"),
    ("recovery-codes/", codes, "account-recovery-codes"),
    ("authenticator/", authenticator, "account-authenticator"),
]


def _user(request: HttpRequest) -> User:
    return User.objects.get(username=request.user.get_username())


def _page(request: HttpRequest, name: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    context = {**admin.site.each_context(request), **context}
    return TemplateResponse(request, f"admin/account/{name}.html", context, status=status)
