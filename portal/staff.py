"""The staff's site: sign-in with password and code in one step, and the frame around its pages."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_otp.admin import OTPAdminSite
from django_otp.middleware import is_verified

from intake.desk import tallies
from intake.desk.frame import places
from intake.models import Queue
from portal import audit, context
from portal.accounts import (
    factors,
    greeting,
    invitation_page,
    lockout,
    own_account,
    sessions,
    unsaved,
)

# One sentence for every reason: which part was wrong is nobody's business but the owner's.
WRONG = _(
    "That did not work. Check the user name, the password and the code. "
    "A code counts once: if you have used it, wait for the next one."
)

# What stands in the header after the desk's pages, in this order, for those who may open it.
NAVIGATION = {
    "EmergencyNotice": _("Notices"),
    "Facility": _("Centers"),
    "Queue": _("Queues"),
    "Article": _("Articles"),
    "OutboxMessage": _("Outbox"),
    "AuditEntry": _("Audit"),
    "User": _("Staff"),
}


def client_address(request: HttpRequest) -> str | None:
    """The address that failed sign-ins are counted by: the last that a trusted proxy has appended.

    None where there is no connection with an address, as over a socket file.
    """
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.BEHIND_PROXY else ""
    return forwarded.rsplit(",", 1)[-1].strip() or request.META.get("REMOTE_ADDR")


class SignInForm(AdminAuthenticationForm):
    otp_token = forms.CharField(
        label=_("Code from your authenticator"),
        max_length=24,  # a recovery code is longer
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )
    error_messages = {"invalid_login": WRONG, "inactive": WRONG}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)

    def clean(self) -> dict[str, Any]:
        # With a part missing the others are not tried: the answer would tell whether the password is right.
        if self.errors:
            return self.cleaned_data
        # Nobody is called so, and what counts failures has no room for it. Django only tells the browser.
        if len(self.cleaned_data["username"]) > self.fields["username"].max_length:  # type: ignore[attr-defined]  # a CharField's
            raise self.get_invalid_login_error()
        super().clean()
        user = self.get_user()
        # As they were before this sign-in, which changes them.
        user.sign_in_before = user.last_login, user.failed_sign_ins  # type: ignore[attr-defined]
        device, user.by_recovery_code = factors.prove(user, self.cleaned_data["otp_token"])  # type: ignore[attr-defined]
        # django_otp's login signal takes the device from here; its middleware adds the other at each request.
        user.otp_device = device  # type: ignore[attr-defined]
        user.is_verified = partial(is_verified, user)  # type: ignore[attr-defined]
        if device is None:
            factors.count_failure(self.request, user)
            raise self.get_invalid_login_error()
        return self.cleaned_data


class StaffSite(OTPAdminSite):
    """The staff's pages: open only to accounts that signed in with their second factor."""

    site_header = _("California Specialty Pharmacy")
    site_title = _("CSP staff")
    index_title = _("Today")
    enable_nav_sidebar = False
    login_form = SignInForm
    login_template = "admin/login.html"

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def admin_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            ended = getattr(request, "session_ended", None)
            leaves = request.path == reverse("admin:logout")
            if request.method == "POST" and not leaves and not self.has_permission(request):
                return unsaved.signed_out(request)
            response = inner(request, *args, **kwargs)
            if ended and "?next=" in response.headers.get("Location", ""):
                response.headers["Location"] += f"&ended={ended.value}"
            return _postable(response)

        return admin_view

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        # Django's sign-in view has a `site` of its own, which would hide the lines and the notice.
        ended = dict(sessions.Ended.choices).get(request.GET.get("ended", ""), "")
        shown = {**context.site(request), "ended": ended, unsaved.FIELD: request.POST.get(unsaved.FIELD, "")}
        response = super().login(request, {**shown, **(extra_context or {})})
        if request.method == "POST" and response.status_code == 302:
            response = self._signed_in(request, response)
        return _postable(response)

    def _signed_in(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        audit.record("signed in", by=request.user)
        greeting.greet(request)
        # Whoever calls back wants to see whom to call, unless they were on their way to another page.
        to_index = response.headers["Location"] == reverse("admin:index")
        if to_index and request.user.has_perm("intake.view_request"):
            # The response itself is kept: it carries the new CSRF cookie.
            response.headers["Location"] = reverse("admin:triage")
        response = unsaved.after_sign_in(request) or response
        lockout.remember_browser(request, response)
        return response

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The stock page, which asks for the old password and ends the other sessions; put on record."""
        with transaction.atomic():
            response = super().password_change(request, extra_context)
            if request.method == "POST" and response.status_code == 302:
                audit.record("password changed", by=request.user, subject=f"user {request.user.pk}")
        if request.method == "POST" and response.status_code == 200:
            form = response.context_data["form"]
            if "old_password" in form.errors:
                factors.count_failure(request, request.user)  # type: ignore[arg-type]
        return response

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        queues = _queues(request) if request.user.has_perm("intake.view_request") else []
        return super().index(request, {"queues": queues, **(extra_context or {})})

    def get_urls(self) -> list[Any]:
        from intake.desk.urls import urlpatterns

        pages = [
            path(str(page.pattern), self.admin_view(page.callback), name=page.name) for page in urlpatterns
        ]
        own = [
            path(f"account/{address}", self.admin_view(page), name=name)
            for address, page, name in own_account.ADDRESSES
        ]
        invited = path("invitation/<str:token>/", invitation_page.accept, name="invitation")
        return [*pages, *own, invited, *super().get_urls()]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        shown = super().each_context(request)
        addresses = {
            model["object_name"]: model["admin_url"]
            for app in shown["available_apps"]
            for model in app["models"]
        }
        desk_places = places(request)
        named = {str(place["label"]) for place in desk_places}
        shown["navigation"] = desk_places + [
            {"label": label, "url": addresses[name], "current": request.path.startswith(addresses[name])}
            for name, label in NAVIGATION.items()
            if addresses.get(name) and str(label) not in named
        ]
        return shown


def locked_out(request: HttpRequest, response: HttpResponseBase, credentials: Any) -> HttpResponse:
    """Instead of the page of a sign-in that failed too often; what came along to be kept stays."""
    shown = {
        "form": SignInForm(request),
        "app_path": reverse("admin:login"),
        "next": reverse("admin:index"),
        unsaved.FIELD: request.POST.get(unsaved.FIELD, ""),
    }
    return render(request, "admin/locked_out.html", shown, status=429)


def _postable(response: HttpResponseBase) -> HttpResponseBase:
    # Under "no-referrer" browsers send "Origin: null" with a form, which the CSRF check refuses.
    response.headers.setdefault("Referrer-Policy", "same-origin")
    return response


def _queues(request: HttpRequest) -> list[dict[str, Any]]:
    """The queues whose requests the person may see, each with its counts in words; "" for none."""
    queues = list(Queue.objects.readable_by(request.user))
    numbers = [queue.pk for queue in queues]
    counts = tallies.count(queues=numbers, now=timezone.now())
    names = ("waiting", "overdue", "emergencies")
    return [
        {
            "queue": queue,
            **{
                name: tallies.capped(getattr(counts[queue.pk], name))
                if getattr(counts[queue.pk], name)
                else ""
                for name in names
            },
        }
        for queue in queues
    ]
