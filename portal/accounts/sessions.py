"""How long somebody stays signed in, and how all of an account's sessions end at once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.signals import user_logged_in
from django.db import models, transaction
from django.dispatch import receiver
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from intake.desk.board import BACKGROUND
from portal import audit
from portal.models import User

IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=12)
# So most requests write nothing; an idle session ends up to this much early, never late.
WRITTEN_EVERY = timedelta(minutes=1)

SIGNED_IN, ACTIVE = "signed_in_at", "active_at"
STAFF_PAGES = "/admin/"


class Ended(models.TextChoices):
    IDLE = "idle", _("You were signed out after 15 minutes without activity.")
    LONGEST = "longest", _("You were signed out: a sign-in lasts 12 hours.")


def why_ended(*, signed_in: float, active: float, now: float) -> Ended | None:
    """Why a session with these times (seconds since 1970) is over; None where it goes on."""
    if now - signed_in > LONGEST.total_seconds():
        return Ended.LONGEST
    return Ended.IDLE if now - active > IDLE.total_seconds() else None


class StaffSessions:
    """End sessions on the staff's pages when their time has come, and note activity there.

    What a page asks for by itself says so in a header, and is none. Public pages are left alone.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> None:
        # Behind the check against forged posts: should the database be away, what was typed is given back
        # only to whoever sent it knowingly.
        on_staff_pages = request.path_info.startswith(STAFF_PAGES)
        if on_staff_pages and settings.SESSION_COOKIE_NAME in request.COOKIES:
            _check(request)


def _check(request: HttpRequest) -> None:
    session = request.session
    if SESSION_KEY not in session:
        return
    # Without its times, a session began before there were limits.
    signed_in, active = session.get(SIGNED_IN, 0.0), session.get(ACTIVE, 0.0)
    now = timezone.now().timestamp()
    if reason := why_ended(signed_in=signed_in, active=active, now=now):
        request.session_ended = reason  # type: ignore[attr-defined]
        request.was_signed_in = session[SESSION_KEY]  # type: ignore[attr-defined]
        session.flush()
    elif BACKGROUND not in request.headers and now - active >= WRITTEN_EVERY.total_seconds():
        session[ACTIVE] = now


@receiver(user_logged_in)
def begin(request: HttpRequest, **kwargs: Any) -> None:
    request.session[SIGNED_IN] = request.session[ACTIVE] = timezone.now().timestamp()


@transaction.atomic
def end_all(*, user: User, by: Any) -> None:
    """Sign the account out everywhere, at the next request of each of its sessions."""
    next_round(user)
    audit.record("signed out everywhere", by=by, subject=f"user {user.pk}")


def next_round(user: User) -> None:
    User.objects.filter(pk=user.pk).update(session_round=models.F("session_round") + 1)
    user.refresh_from_db(fields=["session_round"])
