"""The staff's site: sign-in with password and code in one step, and the frame around its pages."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.signals import user_login_failed
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_otp.admin import OTPAdminSite
from django_otp.plugins.otp_totp.models import TOTPDevice

from intake.desk import tallies
from intake.desk.frame import places
from intake.models import Queue
from portal import audit, context

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
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )
    error_messages = {"invalid_login": WRONG, "inactive": WRONG}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)

    def clean(self) -> dict[str, Any]:
        # With a part missing the others are not tried: the answer would tell whether the password is right.
        if self.errors:
            return self.cleaned_data
        super().clean()
        user = self.get_user()
        device = self._device_that_accepts("".join(self.cleaned_data["otp_token"].split()))
        # django_otp's login signal takes the device from here.
        user.otp_device = device  # type: ignore[attr-defined]
        if device is None:
            # Counted like a wrong password, so that codes can't be guessed at leisure either.
            user_login_failed.send(
                sender=__name__, credentials={"username": user.get_username()}, request=self.request
            )
            raise self.get_invalid_login_error()
        return self.cleaned_data

    def _device_that_accepts(self, code: str) -> TOTPDevice | None:
        with transaction.atomic():
            # Locked, so that a code counts once when it is sent twice at the same moment.
            devices = TOTPDevice.objects.select_for_update().filter(user=self.get_user(), confirmed=True)
            device = devices.order_by("-pk").first()
            return device if device and device.verify_token(code) else None


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
        def admin_view(*args: Any, **kwargs: Any) -> HttpResponseBase:
            return _postable(inner(*args, **kwargs))

        return admin_view

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        # Django's sign-in view has a `site` of its own, which would hide the lines and the notice.
        response = super().login(request, {**context.site(request), **(extra_context or {})})
        if request.method == "POST" and response.status_code == 302:
            audit.record("signed in", by=request.user)
            # Whoever calls back wants to see whom to call, unless they were on their way to another page.
            to_index = response.headers["Location"] == reverse("admin:index")
            if to_index and request.user.has_perm("intake.view_request"):
                response = redirect("admin:triage")
        return _postable(response)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        queues = _queues(request) if request.user.has_perm("intake.view_request") else []
        return super().index(request, {"queues": queues, **(extra_context or {})})

    def get_urls(self) -> list[Any]:
        from intake.desk.urls import urlpatterns

        pages = [
            path(str(page.pattern), self.admin_view(page.callback), name=page.name) for page in urlpatterns
        ]
        return [*pages, *super().get_urls()]

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
