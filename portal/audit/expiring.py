"""The one way on which audit rows go: when they are too old to be kept, whole seals at a time."""

from datetime import datetime
from typing import Any

from portal.audit.rows import AuditEntry, record
from portal.audit.sealing import keep_heads
from portal.audit.seals import (
    AuditHead,
    AuditSeal,
    kept,
    leaves_of,
    load,
    locked,
    next_link,
    prove,
    proved,
    table,
)


class Broken(Exception):
    """A seal doesn't hold what it should: its rows are evidence, and stay."""


def expire(*, before: datetime, by: Any, now: datetime) -> int:
    """Delete the rows of the oldest seals, as far as all of a seal's rows were written before `before`.

    Return how many rows went with the seal that was oldest, 0 when there is nothing (more) to do: call it
    until then. Each call is one transaction with an audit row; `by` as in `record`. The seal itself stays,
    marked as expired, so that the chain verifies afterwards. Seals go in their order: whoever must keep the
    rows of some request, for a legal hold, gives a `before` that is no later than that request.
    Rows without a seal are never deleted. Raise Broken where the rows are not those that were sealed.
    """
    with locked(wait=True):
        oldest = table(AuditSeal).filter(expired_at=None).order_by("number").first()
        if oldest is None or oldest.newest >= before:
            return 0
        found = leaves_of(oldest.number)
        if not proved(oldest) or kept(found) != oldest.leaves:
            raise Broken(f"Seal {oldest.number} doesn't verify. Run verify_audit.")
        table(AuditEntry).filter(seal=oldest.number).delete()
        _shorten(oldest)
        oldest.expired_at, oldest.leaves = now, ""
        prove(oldest)
        table(AuditSeal).filter(pk=oldest.pk).update(
            expired_at=oldest.expired_at, leaves=oldest.leaves, proof=oldest.proof
        )
        record("audit rows expired", by=by, subject=f"seal {oldest.number}", fields=[f"{oldest.rows} rows"])
    return oldest.rows


def _shorten(oldest: AuditSeal) -> None:
    """Let the chains of its subjects begin behind it. What no key proves isn't proved anew."""
    leaves = load(oldest.leaves)
    heads = table(AuditHead).in_bulk({leaf.subject for leaf in leaves})
    if not all(proved(head) for head in heads.values()):
        raise Broken(f"A chain under seal {oldest.number} doesn't verify. Run verify_audit.")
    for leaf in leaves:
        if head := heads.get(leaf.subject):
            head.base = next_link(head.base, leaf)
            head.rows -= 1
    over = [head.pk for head in heads.values() if head.base == head.head]
    table(AuditHead).filter(pk__in=over).delete()
    keep_heads([head for head in heads.values() if head.base != head.head])
