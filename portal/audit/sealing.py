"""Rows get their seal some seconds after they were written, in batches, so that writers wait for nothing."""

from datetime import datetime

from django.db.models import Max

from portal.audit import proofs
from portal.audit.rows import AuditEntry
from portal.audit.seals import AuditHead, AuditSeal, Leaf, kept, locked, next_link, prove, table

BATCH = 500


def seal(*, now: datetime) -> int:
    """Put one seal on the oldest rows that have none; return how many. Any number of processes may do it.

    Rows are taken by having no seal, not by their number: one that was committed late is sealed as well.
    """
    waiting = table(AuditEntry).filter(seal=None)
    if not waiting.exists():
        return 0
    with locked(wait=False) as won:
        rows = list(waiting.order_by("id")[:BATCH]) if won else []
        if rows:
            _seal(rows, now)
    return len(rows)


def _seal(rows: list[AuditEntry], now: datetime) -> None:
    before = table(AuditSeal).defer("leaves").order_by("-number").first()
    leaves = [Leaf.of(row.pk, row.proof, *(getattr(row, name) for name in proofs.COLUMNS)) for row in rows]
    older_until = 0 if before else _newest_without_proof()
    text = kept(leaves)
    made = AuditSeal(
        number=before.number + 1 if before else 1,
        at=now,
        rows=len(rows),
        newest=max(row.at for row in rows),
        leaves=text,
        leaves_digest=proofs.digest(text),
        unproved=_unproved(rows, older_until if not before else None),
        older_until=older_until,
    )
    made.digest = made.digest_after(before.digest if before else "")
    prove(made)
    made.save()
    table(AuditEntry).filter(pk__in=[row.pk for row in rows], seal=None).update(seal=made.number)
    _lengthen(leaves)


def _unproved(rows: list[AuditEntry], older_until: int | None) -> list[int]:
    """The rows that are neither the portal's own nor older than the chain."""
    wrong = [row for row in rows if not proofs.is_of_row(row.proof, proofs.words_of(row))]
    if any(not row.proof for row in wrong) and older_until is None:
        older_until = older_than_the_chain()
    return [row.pk for row in wrong if row.proof or row.pk > (older_until or 0)]


def older_than_the_chain() -> int | None:
    """Up to which number rows may have no proof; None before the first seal."""
    return table(AuditSeal).filter(number=1).values_list("older_until", flat=True).first()


def _newest_without_proof() -> int:
    return table(AuditEntry).filter(proof="").aggregate(newest=Max("pk"))["newest"] or 0


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
