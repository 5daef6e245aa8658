"""Whether the audit trail is what the portal wrote: in bounded memory, whatever the number of rows."""

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.db.models import Count, Exists, Min, OuterRef

from portal.audit import proofs
from portal.audit.rows import AuditEntry
from portal.audit.sealing import older_than_the_chain
from portal.audit.seals import (
    READ,
    AuditHead,
    AuditSeal,
    Leaf,
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


@dataclass(frozen=True)
class Finding:
    what: str
    row: int | None = None
    subject: str = ""
    seal: int | None = None


@dataclass
class Report:
    """What was found: nothing `wrong` means that the trail is whole, up to `head` and the rows behind it."""

    rows: int = 0
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


def is_whole(subject: str) -> bool:
    """Whether the rows of one subject are those that were written, as its own chain tells."""
    rows = table(AuditEntry).filter(subject=subject).order_by("seal", "id").values_list("seal", *READ)
    head = table(AuditHead).filter(pk=subject).first() or AuditHead(subject=subject)
    link, sealed, older = head.base, 0, older_than_the_chain()
    for seal, pk, proof, *said in rows:
        if seal is None:
            if not _is_own(pk, proof, proofs.words(*said), older):
                return False
            continue
        link, sealed = next_link(link, Leaf.of(pk, proof, *said)), sealed + 1
    return (link, sealed) == (head.head, head.rows) and (not head.head or proved(head))


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
    for row in seal.unproved:
        subject = sealed[row].subject if row in sealed else ""
        report.found("row was not the portal’s own when it was sealed", row, subject, seal.number)


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
    older = older_than_the_chain()
    waiting = table(AuditEntry).filter(seal=None).order_by("id").values_list(*READ)
    for row, proof, *said in waiting.iterator(chunk_size=CHUNK):
        report.waiting += 1
        if not _is_own(row, proof, proofs.words(*said), older):
            report.found("row is not the portal’s own", row, said[proofs.COLUMNS.index("subject")])


def _is_own(row: int, proof: str, said: str, older: int | None) -> bool:
    """`older`: up to which number rows have no proof; None before the first seal, when all may be old."""
    return proofs.is_of_row(proof, said) if proof else older is None or row <= older


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
