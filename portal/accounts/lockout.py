"""When sign-in is locked: by account and address together, by account, and by address."""

from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.core import signing
from django.db.models import F, Sum
from django.dispatch import receiver
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from portal.models import User

# Failures within settings.AXES_COOLOFF_TIME of each other. A pharmacy's office is one address.
ACCOUNT_LIMIT, ADDRESS_LIMIT = 30, 60

KNOWN = "staff_browser"
KNOWN_SALT = "a browser that an account has signed in with"
KNOWN_LASTS = 90 * 24 * 60 * 60
# Accounts that share a computer of the office.
KNOWN_MOST = 20


class Failures(AxesDatabaseHandler):
    """Counts in the database, so for all processes and machines.

    A browser that the account has signed in with before is locked by its own pair alone: a stranger who
    fails on purpose, from however many addresses, doesn't keep the staff out.
    """

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """Return the pair's failures, or the limit where the account's or the address's is reached."""
        pair, account, address = (
            attempts.aggregate(total=Sum("failures_since_start"))["total"] or 0
            for attempts in self.get_user_attempts(request, credentials)
        )
        limit = int(settings.AXES_FAILURE_LIMIT)
        if pair >= limit or _is_known(request, (credentials or {}).get("username")):
            return pair
        # Over a socket file everybody has the same address: none.
        from_one_address = request.axes_ip_address is not None and address >= ADDRESS_LIMIT  # type: ignore[attr-defined]
        return limit if account >= ACCOUNT_LIMIT or from_one_address else pair

    def reset_user_attempts(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """Forget the pair's failures only: one's own sign-in must not clear what was tried on others."""
        return int(self.filter_user_attempts(request, credentials)[0].delete()[0])


@receiver(user_login_failed)
def count(credentials: dict[str, Any], **kwargs: Any) -> None:
    """Count for the account's owner, who is told at the next sign-in."""
    name = str(credentials.get("username", ""))
    if "\0" not in name:
        User.objects.filter(username=name).update(failed_sign_ins=F("failed_sign_ins") + 1)


@receiver(user_logged_in)
def start_anew(user: User, **kwargs: Any) -> None:
    User.objects.filter(pk=user.pk).update(failed_sign_ins=0)


def _known(request: HttpRequest) -> list[str]:
    try:
        return list(signing.loads(request.COOKIES.get(KNOWN, ""), salt=KNOWN_SALT, max_age=KNOWN_LASTS))
    except signing.BadSignature:
        return []


def _is_known(request: HttpRequest, username: str | None) -> bool:
    return bool(username) and username in _known(request)


def remember_browser(request: HttpRequest, response: HttpResponseBase) -> None:
    """Mark the browser as one that this account has signed in with."""
    name = request.user.get_username()
    names = [name, *(one for one in _known(request) if one != name)][:KNOWN_MOST]
    response.set_cookie(
        KNOWN,
        signing.dumps(names, salt=KNOWN_SALT),
        max_age=KNOWN_LASTS,
        path="/admin/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
