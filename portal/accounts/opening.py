"""Opening a staff account from the command line: the first one of an installation, or a way back in."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django_otp.plugins.otp_totp.models import TOTPDevice

from portal import audit
from portal.accounts import invitations
from portal.models import Invitation, User


class AccountRefused(Exception):
    """No account was opened; `str()` says why."""


@dataclass(frozen=True)
class Opened:
    """A new account with what its owner needs to sign in, which is kept readable nowhere else."""

    user: User
    password: str = field(repr=False)
    device: TOTPDevice = field(repr=False)


@transaction.atomic
def open_account(
    *, username: str, superuser: bool = False, groups: Sequence[str] = (), email: str = "", by: str
) -> Opened:
    """Make a staff account with a password of chance and an authenticator that is in force at once.

    AccountRefused where the name is taken, in whatever case, or where a name, an address or a group
    isn't valid.
    """
    password = secrets.token_urlsafe(15)
    user, fields = _make(username, superuser, groups, email, password)
    device = TOTPDevice.objects.create(user=user, name="authenticator", confirmed=True)
    fields = ["username", "password", "authenticator", *fields]
    audit.record("account opened", by=by, subject=f"user {user.pk}", fields=fields)
    return Opened(user, password, device)


@transaction.atomic
def open_and_invite(
    *,
    username: str,
    superuser: bool = False,
    groups: Sequence[str] = (),
    email: str = "",
    by: str,
    now: datetime,
) -> tuple[User, str]:
    """Make a staff account that only its link opens; return it with the link's secret, or raise as above."""
    user, fields = _make(username, superuser, groups, email, None)
    audit.record("account opened", by=by, subject=f"user {user.pk}", fields=["username", *fields])
    return user, invitations.invite(user=user, renews=Invitation.Renews.BOTH, by=by, now=now)


def _make(
    username: str, superuser: bool, groups: Sequence[str], email: str, password: str | None
) -> tuple[User, list[str]]:
    """The stored account, and the names of what it was given beside its name."""
    username = User.normalize_username(username)
    # "Lee" beside "lee" would be two people to the database and one to everybody who reads the audit trail.
    if taken := User.objects.filter(username__iexact=username).first():
        raise AccountRefused(f"There is an account {taken.username} already. It was left as it is.")
    roles = list(Group.objects.filter(name__in=groups))
    if unknown := set(groups) - {role.name for role in roles}:
        known = ", ".join(Group.objects.order_by("name").values_list("name", flat=True))
        raise AccountRefused(
            f"There is no group {', '.join(sorted(unknown))}. "
            + (f"Groups: {known}." if known else "Run `manage.py sync_roles` first.")
        )
    user = User(
        username=username, email=User.objects.normalize_email(email), is_staff=True, is_superuser=superuser
    )
    user.set_password(password)  # None: no password fits
    try:
        user.full_clean()
    except ValidationError as error:
        raise AccountRefused(" ".join(error.messages)) from error
    user.save()
    user.groups.set(roles)
    given = {"is_superuser": superuser, "groups": bool(roles), "email": bool(email)}
    return user, [name for name, value in given.items() if value]
