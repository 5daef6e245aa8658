"""Whether the audit trail is what the portal wrote: in bounded memory, whatever the number of rows."""

import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Exists, Min, OuterRef

from portal.audit import proofs, sealing
from portal.audit.rows import AuditEntry
from portal.audit.seals import (
    READ,
    AuditHead,
    AuditSeal,
    Leaf,
    began_at,
    expired_until,
    has_begun,
    last_seal,
    leaves_of,
    load,
    next_link,
    proved,
    table,
)

# How many findings are named; all are counted.
NAMED = 20
# How many subjects are held in memory at a time.
HEADS = 100_000
CHUNK = 500
AT, ACTION, SUBJECT = (proofs.COLUMNS.index(name) for name in ("at", "action", "subject"))


@dataclass(frozen=True)
class Finding:
    what: str
    row: int | None = None
    subject: str = ""
    seal: int | None = None


@dataclass
class Report:
    """What was found: nothing `wrong` means that the trail is whole, up to `head` and the rows behind it.

    `older` rows are from before the chain `began`: none of them was proved when it was sealed.
    """

    rows: int = 0
    older: int = 0
    began: datetime | None = None
    waiting: int = 0
    expired: int = 0
    seals: int = 0
    head: str = ""
    wrong: int = 0
    first: list[Finding] = field(default_factory=list)

    def found(self, what: str, row: int | None = None, subject: str = "", seal: int | None = None) -> None:
        self.wrong += 1
        if len(self.first) < NAMED:
            self.first.append(Finding(what, row, subject, seal))


Progress = Callable[[int], None]


def verify(*, anchor: str = "", on_progress: Progress = lambda rows: None) -> Report:
    """Verify every seal, every row and every subject's chain, as they stand at one moment.

    `anchor` is a head that was printed earlier and kept elsewhere: the trail must still hold it.
    """
    report = Report()
    with _one_moment():
        _check_seals(report, on_progress)
        if anchor:
            _check_anchor(report, anchor)
        _check_strays(report)
        _check_waiting(report)
        _check_copies(report)
        _check_heads(report)
    return report


def are_whole(since: Mapping[str, datetime], *, first: str) -> bool:
    """Whether the rows of these subjects are those that were written, as their chains tell.

    `since` says when each came to be, and `first` which action the portal records then: for a subject that is
    newer than the chain, that row has to be there.
    """
    with _one_moment():
        begun, began, gone = has_begun(last_seal()), began_at(), expired_until()
        heads = table(AuditHead).in_bulk(since)
        links = {subject: (heads[subject].base if subject in heads else "", 0) for subject in since}
        begins: set[str] = set()
        rows = table(AuditEntry).filter(subject__in=since).order_by("seal", "id").values_list("seal", *READ)
        for seal, pk, proof, *said in rows.iterator(chunk_size=CHUNK):
            subject = said[SUBJECT]
            if said[ACTION] == first:
                begins.add(subject)
            if seal is not None:
                link, number = links[subject]
                links[subject] = (next_link(link, Leaf.of(pk, proof, *said)), number + 1)
            elif not _is_own(pk, proof, said, begun, gone):
                return False
    for subject, at in since.items():
        head = heads.get(subject) or AuditHead(subject=subject)
        if links[subject] != (head.head, head.rows) or (head.head and not proved(head)):
            return False
        must_begin = began and at > began and (gone is None or at > gone)
        if must_begin and not head.base and subject not in begins:
            return False
    return True


@contextmanager
def _one_moment() -> Iterator[None]:
    """All that is read inside is as it stood at the first look; nobody waits for it."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
    else:
        # Not Django's own, which on SQLite would keep writers out.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")


def _check_seals(report: Report, on_progress: Progress) -> None:
    number, digest = 0, ""
    for seal in table(AuditSeal).order_by("number").iterator(chunk_size=CHUNK):
        for gone in range(number + 1, min(seal.number, number + 1 + NAMED)):
            report.found("seal is gone", seal=gone)
        if seal.digest != seal.digest_after(digest) or not proved(seal):
            report.found("seal was changed", seal=seal.number)
        if seal.older:
            report.older += seal.rows
        elif report.began is None:
            report.began = seal.at
        _check_rows(report, seal)
        number, digest = seal.number, seal.digest
        report.seals += 1
        on_progress(report.rows)
    report.head = f"{number}:{digest}" if number else ""


def _check_rows(report: Report, seal: AuditSeal) -> None:
    found = {leaf.row: leaf for leaf in leaves_of(seal.number)}
    report.rows += len(found)
    if seal.expired_at:
        report.expired += seal.rows
        for leaf in found.values():
            report.found("row was put in", leaf.row, leaf.subject, seal.number)
        return
    try:
        sealed = {leaf.row: leaf for leaf in load(seal.leaves)}
    except (TypeError, ValueError):
        sealed = {}
    if proofs.digest(seal.leaves) != seal.leaves_digest or len(sealed) != seal.rows:
        report.found("what the seal keeps of its rows was changed", seal=seal.number)
    for row in sorted(sealed.keys() | found.keys()):
        before, now = sealed.get(row), found.get(row)
        if before is None and now:
            report.found("row was put in", row, now.subject, seal.number)
        elif before and now is None:
            report.found("row is gone", row, before.subject, seal.number)
        elif before and before != now:
            report.found("row was changed", row, before.subject, seal.number)


def _check_anchor(report: Report, anchor: str) -> None:
    number, _colon, digest = anchor.partition(":")
    kept = table(AuditSeal).filter(number=int(number) if number.isdecimal() else 0, digest=digest)
    if not kept.exists():
        report.found("the head that was kept elsewhere is no longer part of the trail")


def _check_strays(report: Report) -> None:
    """Rows under a seal that isn't there."""
    under = table(AuditSeal).filter(number=OuterRef("seal"))
    strays = table(AuditEntry).exclude(seal=None).filter(~Exists(under)).order_by("id")
    for row, subject, seal in strays.values_list("id", "subject", "seal").iterator(chunk_size=CHUNK):
        report.found("row is under a seal that is not there", row, subject, seal)


def _check_waiting(report: Report) -> None:
    begun, gone = has_begun(last_seal()), expired_until()
    without: list[tuple[datetime, int, str]] = []
    number = 0
    waiting = table(AuditEntry).filter(seal=None).order_by("id").values_list(*READ)
    for row, proof, *said in waiting.iterator(chunk_size=CHUNK):
        report.waiting += 1
        if _is_own(row, proof, said, begun, gone):
            continue
        if not proof:
            number += 1
            without = [min([*without, (said[AT], row, said[SUBJECT])])]
        elif proofs.is_of_row(proof, proofs.words(*said)):
            report.found("row had expired and was put back", row, said[SUBJECT])
        else:
            report.found("row is not the portal’s own", row, said[SUBJECT])
    for at, row, subject in without:
        # One finding, however many: where old code ran on, the others are still to be seen.
        report.found(f"the first of {number:,} rows without proof since {proofs.moment(at)}", row, subject)


def _is_own(row: int, proof: str, said: list[Any], begun: bool, gone: datetime | None) -> bool:
    """Whether a row without a seal may be there. Before the chain has `begun`, rows have no proof."""
    if not proof:
        return not begun and row > 0
    return sealing.is_own(proof, proofs.words(*said), said[AT], gone)


def _check_copies(report: Report) -> None:
    """Rows that were copied: the proof holds for both, but the portal draws a nonce for each row."""
    same = table(AuditEntry).exclude(proof="").order_by().values("at", "proof")
    copies = same.annotate(number=Count("id"), row=Min("id"), about=Min("subject")).filter(number__gt=1)
    for copy in copies.iterator(chunk_size=CHUNK):
        report.found("row was copied", copy["row"], copy["about"])


def _check_heads(report: Report) -> None:
    """Chain the leaves of each subject and compare with its head; some of the subjects at each pass."""
    parts = table(AuditHead).count() // HEADS + 1
    for part in range(parts):
        heads, links = {}, {}
        for head in table(AuditHead).iterator(chunk_size=CHUNK):
            if _part(head.subject, parts) == part:
                heads[head.subject] = (head.head, head.rows)
                links[head.subject] = (head.base, 0)
                if not proved(head):
                    report.found("head of a chain was changed", subject=head.subject)
        for leaf in _leaves():
            if _part(leaf.subject, parts) == part:
                link, rows = links.get(leaf.subject, ("", 0))
                links[leaf.subject] = (next_link(link, leaf), rows + 1)
        for subject, chained in links.items():
            if chained != heads.get(subject):
                report.found("chain doesn’t end in its head", subject=subject)


def _leaves() -> Iterator[Leaf]:
    """All that seals keep of their rows; what one of them can't have written was found before."""
    for text in table(AuditSeal).order_by("number").values_list("leaves", flat=True).iterator(CHUNK):
        try:
            yield from load(text)
        except (TypeError, ValueError):
            continue


def _part(subject: str, parts: int) -> int:
    return zlib.crc32(subject.encode()) % parts
