"""One-time links on which people choose for themselves what they sign in with."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django_otp.plugins.otp_totp.models import TOTPDevice

from portal import audit, crypto
from portal.accounts import recovery, sessions
from portal.accounts.factors import Setup
from portal.models import Invitation, User

LASTS = timedelta(hours=72)
PURPOSE = "invitation"


class InvitationGone(Exception):
    """The link was used, withdrawn or replaced, or its time is over."""


def renewable(user: User) -> list[Invitation.Renews]:
    """What a link may renew: one part where the other is there to vouch for its owner, or both."""
    if user.has_usable_password() and TOTPDevice.objects.filter(user=user, confirmed=True).exists():
        return list(Invitation.Renews)
    return [Invitation.Renews.BOTH]


@transaction.atomic
def invite(*, user: User, renews: Invitation.Renews, by: Any, now: datetime) -> str:
    """Return the secret of a new link, readable here for the only time; an earlier link stops working.

    Until the link is used, the account's password and authenticator stay as they are.
    """
    token = secrets.token_urlsafe(32)
    link = {
        "digest": crypto.keyed_hash(PURPOSE, token),
        "renews": renews,
        "made_at": now,
        "expires_at": now + LASTS,
    }
    Invitation.objects.update_or_create(user=user, defaults=link)
    audit.record("invitation made", by=by, subject=f"user {user.pk}", fields=_parts(renews))
    return token


@transaction.atomic
def withdraw(*, user: User, by: Any) -> bool:
    """End the account's open link; False where there is none."""
    deleted, _kinds = Invitation.objects.filter(user=user).delete()
    if deleted:
        audit.record("invitation withdrawn", by=by, subject=f"user {user.pk}")
    return bool(deleted)


def find(token: str, now: datetime) -> Invitation:
    """Return what the link is for; InvitationGone where it is of no use."""
    digests = crypto.keyed_hashes(PURPOSE, token)
    found = Invitation.objects.filter(digest__in=digests, expires_at__gt=now)
    invitation = found.filter(user__is_active=True, user__is_staff=True).select_related("user").first()
    if invitation is None:
        raise InvitationGone
    return invitation


@transaction.atomic
def accept(*, invitation: Invitation, password: str | None, setup: Setup | None, now: datetime) -> list[str]:
    """Spend the link: store what was chosen, and end all sessions of the account.

    Return new recovery codes where an authenticator was set up. InvitationGone where the link was just used.
    """
    # The database deletes a row once, however many ask at the same moment; a newer link is another's.
    spent, _kinds = Invitation.objects.filter(pk=invitation.pk, digest=invitation.digest).delete()
    if not spent:
        raise InvitationGone
    user = User.objects.select_for_update().get(pk=invitation.user_id)
    if password is not None:
        user.set_password(password)
        user.save(update_fields=["password"])
    codes = []
    if setup is not None:
        setup.store()
        codes = recovery.renew(user=user, by=user, now=now)
    sessions.next_round(user)
    fields = _parts(Invitation.Renews(invitation.renews))
    audit.record("invitation used", by=user, subject=f"user {user.pk}", fields=fields)
    return codes


def _parts(renews: Invitation.Renews) -> list[str]:
    both = [Invitation.Renews.PASSWORD, Invitation.Renews.AUTHENTICATOR]
    return [str(part) for part in (both if renews == Invitation.Renews.BOTH else [renews])]
