"""What was typed into a staff page when its session was over: kept with the browser until it is sent again.

Nothing of it is stored here. It goes to the page that says NOT SAVED, through sign-in, and back, signed.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from portal.accounts.sessions import STAFF_PAGES

FIELD = "unsaved"
SALT = "typed when the session was over"
LASTS = 12 * 60 * 60
# Never given back: where one of them was typed, nothing is.
SECRETS = {
    *("password", "password1", "password2", "old_password", "new_password1", "new_password2"),
    *("otp_token", "code", FIELD),
}
# Of the page itself; of no use to whoever reads what they typed.
MACHINERY = {"submission_key", "then", "next", "_save", "_continue", "_addanother"}


@dataclass(frozen=True)
class Unsaved:
    """A form as it was posted to `address`; `account` is whose session it was, "" where nobody knows."""

    address: str
    fields: list[tuple[str, str]]
    account: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> "Unsaved | None":
        """None where there is nothing that can be given back: passwords, files, empty forms."""
        fields = [
            (name, value)
            for name, values in request.POST.lists()
            for value in values
            if name != "csrfmiddlewaretoken"
        ]
        if not fields or request.FILES or SECRETS & {name for name, _value in fields}:
            return None
        return cls(request.get_full_path(), fields, str(getattr(request, "was_signed_in", "")))

    @classmethod
    def read(cls, token: str) -> "Unsaved | None":
        try:
            address, fields, account = signing.loads(token, salt=SALT, max_age=LASTS)
        except signing.BadSignature:
            return None
        return cls(address, [(name, value) for name, value in fields], account)

    @property
    def token(self) -> str:
        return signing.dumps([self.address, self.fields, self.account], salt=SALT, compress=True)

    @property
    def words(self) -> list[tuple[str, str]]:
        """What a person typed or chose, by the fields' names."""
        return [
            (name.replace("_", " "), value)
            for name, value in self.fields
            if value.strip() and name not in MACHINERY
        ]

    def belongs_to(self, user: Any) -> bool:
        return self.account in ("", str(user.pk))


def signed_out(request: HttpRequest) -> HttpResponse:
    """For a form that was posted while signed out: NOT SAVED, with a sign-in that brings it back."""
    kept = Unsaved.of(request)
    ended = getattr(request, "session_ended", None)
    context = {
        "title": _("Not saved"),
        "ended": ended.label if ended else "",
        "form": admin.site.login_form(request),  # type: ignore[misc]
        "app_path": reverse("admin:login"),
        "next": reverse("admin:index"),
        "kept": kept,
        FIELD: kept.token if kept else "",
    }
    return _page(request, "signed_out", context, 403)


def send_again(request: HttpRequest, kept: Unsaved, *, status: int = 200) -> HttpResponse:
    """For whoever is signed in again: one button sends what was typed."""
    return _page(request, "send_again", {"title": _("Not saved yet"), "kept": kept}, status)


def after_sign_in(request: HttpRequest) -> HttpResponse | None:
    """The page that sends again what came along with the sign-in; None where nothing did."""
    kept = Unsaved.read(request.POST.get(FIELD, ""))
    if kept is None or not kept.belongs_to(request.user):
        return None
    return send_again(request, kept)


def token_went_stale(request: HttpRequest) -> HttpResponse | None:
    """For a form of a page that was open while its person signed in anew, which changes the CSRF token.

    Only where the browser says that the form stood on a page of this site: nobody else may fill in forms.
    """
    own = f"{request.scheme}://{request.get_host()}"
    if not request.path_info.startswith(STAFF_PAGES) or request.headers.get("Origin") != own:
        return None
    if not admin.site.has_permission(request):
        return signed_out(request) if request.path_info != reverse("admin:login") else None
    kept = Unsaved.of(request)
    return send_again(request, kept, status=403) if kept else None


def _page(request: HttpRequest, name: str, context: dict[str, Any], status: int) -> HttpResponse:
    context = {**admin.site.each_context(request), **context}
    response = render(request, f"admin/account/{name}.html", context, status=status)
    add_never_cache_headers(response)
    response["Referrer-Policy"] = "same-origin"
    return response
