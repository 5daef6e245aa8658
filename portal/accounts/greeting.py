"""What is said right after sign-in: when the last one was, and what has been tried since."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.accounts import recovery
from portal.models import User

BEFORE = "sign_in_before"


def greet(request: HttpRequest) -> None:
    user = request.user
    last, failed = user.sign_in_before  # type: ignore[union-attr]
    request.session[BEFORE] = [last.timestamp() if last else None, failed]
    said = ngettext(
        "%(last)s Since then %(count)d attempt to sign in has failed. If that was not you, tell the lead.",
        "%(last)s Since then %(count)d attempts to sign in have failed. If that was not you, tell the lead.",
        failed,
    )
    if failed:
        messages.warning(request, said % {"last": last_in_words(last), "count": failed})
    else:
        messages.info(request, last_in_words(last))
    if user.by_recovery_code and isinstance(user, User):  # type: ignore[union-attr]
        messages.warning(request, codes_in_words(recovery.left(user)))


def last_in_words(last: datetime | None) -> str:
    if last is None:
        return _("This is your first sign-in.")
    # Not the locale's own, whose "p.m." would end the sentence twice.
    day = date_format(timezone.localtime(last), "N j, Y, g:i A")
    return _("Your last sign-in: %(day)s.") % {"day": day}


def codes_in_words(left: int) -> str:
    return ngettext(
        "You used a recovery code: %(count)d is left. Make new ones on the page of your account.",
        "You used a recovery code: %(count)d are left. Make new ones on the page of your account.",
        left,
    ) % {"count": left}


def sign_in_before(request: HttpRequest) -> tuple[str, int]:
    """When this account signed in before this session, in words, and how many attempts had failed since."""
    last, failed = request.session.get(BEFORE, [None, 0])
    return last_in_words(
        datetime.fromtimestamp(last, timezone.get_default_timezone()) if last else None
    ), failed
