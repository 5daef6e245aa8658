"""Recovery codes: twelve digits that stand in for the authenticator, each once."""

import secrets
from datetime import datetime

from django.db import transaction

from portal import audit, crypto
from portal.models import RecoveryCode, User

HOW_MANY, DIGITS = 10, 12
PURPOSE = "recovery code"


def _named(user: User, code: str) -> str:
    return f"{user.pk} {code}"


@transaction.atomic
def renew(*, user: User, by: User, now: datetime) -> list[str]:
    """Return new codes in groups of four, readable here for the only time; earlier ones stop working."""
    # Two people who renew at once must not both be shown codes of which half are void.
    User.objects.select_for_update().get(pk=user.pk)
    codes = [f"{secrets.randbelow(10**DIGITS):0{DIGITS}}" for _code in range(HOW_MANY)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=user, digest=crypto.keyed_hash(PURPOSE, _named(user, code)), made_at=now)
        for code in codes
    )
    audit.record("recovery codes made", by=by, subject=f"user {user.pk}")
    return [" ".join(code[start : start + 4] for start in range(0, DIGITS, 4)) for code in codes]


@transaction.atomic
def use(*, user: User, code: str) -> bool:
    """Spend the code, without spaces; False where it is none, or was used."""
    digests = crypto.keyed_hashes(PURPOSE, _named(user, code))
    # The database deletes a row once, however many ask at the same moment.
    deleted, _kinds = RecoveryCode.objects.filter(user=user, digest__in=digests).delete()
    if deleted:
        audit.record("recovery code used", by=user, subject=f"user {user.pk}")
    return bool(deleted)


def left(user: User) -> int:
    return RecoveryCode.objects.filter(user=user).count()
