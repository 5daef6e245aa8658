"""The page that a one-time link opens: its owner chooses a password and sets up an authenticator."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.accounts import forms, invitations


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Nothing is spent by looking: programs that preview links open them too."""
    now = timezone.now()
    try:
        invitation = invitations.find(token, now)
        posted = request.POST if request.method == "POST" else None
        form = forms.Acceptance(posted, request=request, user=invitation.user, renews=invitation.renews)
        if not form.is_valid():
            context = {
                "title": _("Your sign-in"),
                "form": form,
                "account": invitation.user,
                "until": invitation.expires_at,
            }
            return _page(request, "invitation", context, status=422 if form.errors else 200)
        codes = invitations.accept(
            invitation=invitation,
            password=form.cleaned_data.get("password1"),
            setup=form.setup if form.sets_up else None,
            now=now,
        )
    except invitations.InvitationGone:
        return _page(request, "invitation_gone", {"title": _("This link does not work any more")}, status=404)
    context = {"title": _("You can sign in now"), "codes": codes, "account": invitation.user}
    return _page(request, "accepted", context)


def _page(request: HttpRequest, name: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    context = {**admin.site.each_context(request), **context, "has_permission": False}
    response = render(request, f"admin/account/{name}.html", context, status=status)
    # Under "no-referrer" browsers send "Origin: null" with a form, which the CSRF check refuses.
    response["Referrer-Policy"] = "same-origin"
    return response
