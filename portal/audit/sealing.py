"""Rows get their seal some minutes after they were written, in batches, so that writers wait for nothing."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from django.db import models, transaction

from portal.audit import proofs
from portal.audit.rows import AuditEntry
from portal.audit.seals import (
    AuditHead,
    AuditSeal,
    Leaf,
    expired_until,
    has_begun,
    kept,
    last_seal,
    locked,
    next_link,
    prove,
    table,
)

logger = logging.getLogger(__name__)

BATCH = 500
# How long a row waits at most for others to come under its seal: seals are kept forever.
PATIENCE = timedelta(minutes=5)
# How long nobody must have written a row without a proof before the chain begins: by then no machine runs
# the code of before it any more.
QUIET = timedelta(hours=1)


def seal(*, now: datetime, patient: bool = False) -> int:
    """Put one seal on the oldest rows that have none; return how many. Any number of processes may do it.

    Rows are taken by having no seal, not by their number: one that was committed late is sealed as well.
    Those that no key proves are left, for `verify` to tell, unless they are older than the chain. `patient`:
    as long as they aren't many, they may wait for others.
    """
    waiting = table(AuditEntry).filter(seal=None)
    if not waiting.exists():
        return 0
    with locked(wait=False) as won:
        rows = _next(waiting, now) if won else []
        if not rows or (patient and len(rows) < BATCH and min(row.at for row in rows) > now - PATIENCE):
            return 0
        _seal(rows, now)
    return len(rows)


def _next(waiting: models.QuerySet[AuditEntry], now: datetime) -> list[AuditEntry]:
    before = last_seal()
    if not has_begun(before):
        older = list(waiting.filter(proof="", pk__gt=0).order_by("id")[:BATCH])
        if older or (before and before.newest > now - QUIET):
            return older
    return list(islice(_own(waiting), BATCH))


def _own(waiting: models.QuerySet[AuditEntry]) -> Iterator[AuditEntry]:
    """Those that the portal wrote, however many others stand between them."""
    some = waiting.exclude(proof="").order_by("id")
    since, page = expired_until(), list(some[:BATCH])
    while page:
        for row in page:
            if is_own(row.proof, proofs.words_of(row), row.at, since):
                yield row
        page = list(some.filter(pk__gt=page[-1].pk)[:BATCH])


def is_own(proof: str, said: str, at: datetime, since: datetime | None) -> bool:
    """Whether a row that waits is the portal's own, and none that expired and was put back: see `since`,
    up to when rows have expired."""
    return proofs.is_of_row(proof, said) and (since is None or at > since)


def _seal(rows: list[AuditEntry], now: datetime) -> None:
    before = last_seal()
    leaves = [Leaf.of(row.pk, row.proof, *(getattr(row, name) for name in proofs.COLUMNS)) for row in rows]
    text = kept(leaves)
    made = AuditSeal(
        number=before.number + 1 if before else 1,
        at=now,
        rows=len(rows),
        newest=max(row.at for row in rows),
        leaves=text,
        leaves_digest=proofs.digest(text),
        older=not rows[0].proof,
    )
    made.digest = made.digest_after(before.digest if before else "")
    prove(made)
    made.save()
    table(AuditEntry).filter(pk__in=[row.pk for row in rows], seal=None).update(seal=made.number)
    _lengthen(leaves)
    if before is None or _hour(before.at) != _hour(now):
        transaction.on_commit(lambda: logger.info("The audit trail is sealed up to %s", made.name))


def _hour(at: datetime) -> str:
    return proofs.moment(at)[: len("2026-01-01T00")]


def _lengthen(leaves: list[Leaf]) -> None:
    subjects = {leaf.subject for leaf in leaves}
    heads = table(AuditHead).in_bulk(subjects)
    for leaf in leaves:
        head = heads.setdefault(leaf.subject, AuditHead(subject=leaf.subject))
        head.head = next_link(head.head, leaf)
        head.rows += 1
    keep_heads(list(heads.values()))


def keep_heads(heads: list[AuditHead]) -> None:
    for head in heads:
        prove(head)
    table(AuditHead).bulk_create(
        heads,
        update_conflicts=True,
        unique_fields=["subject"],
        update_fields=["rows", "base", "head", "proof"],
    )
