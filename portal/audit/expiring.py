"""The one way on which audit rows go: when they are too old to be kept, whole seals at a time."""

from datetime import datetime
from itertools import takewhile
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

# How many seals go at a time, with one audit row.
SEALS = 20


class Broken(Exception):
    """A seal doesn't hold what it should: its rows are evidence, and stay."""


def expire(*, before: datetime, by: Any, now: datetime) -> int:
    """Delete the rows of the oldest seals, as far as all of a seal's rows were written before `before`.

    Return how many rows went with the oldest seals, at most SEALS of them, 0 when there is nothing (more) to
    do: call it until then. Each call is one transaction with an audit row; `by` as in `record`. The seals
    themselves stay, marked as expired, so that the chain verifies afterwards. They go in their order: whoever
    must keep the rows of some request, for a legal hold, gives a `before` that is no later than that request.
    Rows without a seal are never deleted. Raise Broken where the rows are not those that were sealed.
    """
    with locked(wait=True):
        oldest = list(table(AuditSeal).filter(expired_at=None).order_by("number")[:SEALS])
        going = list(takewhile(lambda one: one.newest < before, oldest))
        whole = list(takewhile(_is_whole, going))
        if going and not whole:
            raise Broken(f"Seal {going[0].number} doesn't verify. Run verify_audit.")
        for one in whole:
            table(AuditEntry).filter(seal=one.number).delete()
            _shorten(one)
            one.expired_at, one.leaves = now, ""
            prove(one)
            table(AuditSeal).filter(pk=one.pk).update(
                expired_at=one.expired_at, leaves=one.leaves, proof=one.proof
            )
        gone = sum(one.rows for one in whole)
        if whole:
            subject = f"seals {whole[0].number} to {whole[-1].number}"
            record("audit rows expired", by=by, subject=subject, fields=[f"{gone} rows"])
    return gone


def _is_whole(sealed: AuditSeal) -> bool:
    return proved(sealed) and kept(leaves_of(sealed.number)) == sealed.leaves


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
