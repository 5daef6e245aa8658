"""Seals: each holds some hundred rows and the seal before it, so that none can change, go or come unseen.

Beside them, for each subject, the head of a chain of its own, by which one request's rows can be verified
without the others.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction
from django.utils.translation import gettext_lazy as _

from portal.audit import proofs
from portal.audit.append_only import AppendOnlyModel
from portal.audit.rows import AuditEntry

# The name of the lock under which seals are made and rows expire: any number that nothing else takes.
LOCK = 5_060_914_738_261
# What a row's leaf is made of, in the order of `Leaf.of`.
READ = ("id", "proof", *proofs.COLUMNS)


@dataclass(frozen=True)
class Leaf:
    """What a seal keeps of a row: whose number and subject it had, and a digest of all that it said."""

    row: int
    digest: str
    subject: str

    @classmethod
    def of(cls, row: int, proof: str, *said: Any) -> "Leaf":
        text = proofs.as_text([row, proof, proofs.words(*said)])
        return cls(row, proofs.digest(text)[: proofs.DIGEST], said[proofs.COLUMNS.index("subject")])


class AuditSeal(AppendOnlyModel):
    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    rows = models.PositiveIntegerField()
    # When the newest of its rows was written.
    newest = models.DateTimeField()
    # The rows by number, digest and subject; emptied when they expire.
    leaves = models.TextField()
    leaves_digest = models.CharField(max_length=64)
    # Its rows are older than the chain and have no proof. The chain begins with the first seal of others.
    older = models.BooleanField(default=False)
    # Chains this seal to the one before it; no key goes into it, so it outlives them.
    digest = models.CharField(max_length=64)
    expired_at = models.DateTimeField(null=True)
    proof = models.CharField(max_length=64)

    class Meta:
        app_label = "portal"
        verbose_name = _("seal of the audit trail")
        verbose_name_plural = _("seals of the audit trail")
        default_permissions = ()
        ordering = ["number"]
        # Seals stay: this finds up to when rows have expired without going over all of them.
        indexes = [
            models.Index(
                fields=["newest"], condition=models.Q(expired_at__isnull=False), name="audit_expired_until"
            )
        ]

    def __str__(self) -> str:
        return f"seal {self.number}"

    @property
    def name(self) -> str:
        """What is kept elsewhere, to tell later whether this seal is still there."""
        return f"{self.number}:{self.digest}"

    def digest_after(self, previous: str) -> str:
        """What `digest` has to be behind the seal whose digest is `previous`; "" behind none."""
        said = [
            previous, self.number, proofs.moment(self.at), self.rows, proofs.moment(self.newest),
            self.leaves_digest, self.older,
        ]  # fmt: skip
        return proofs.digest(proofs.as_text(said))

    @property
    def said(self) -> str:
        """What its proof is of."""
        return f"{self.digest} {proofs.moment(self.expired_at)}"

    def rekeyed(self) -> dict[str, str]:
        return _rekeyed(self)


class AuditHead(AppendOnlyModel):
    """The chain of one subject: `head` after its last sealed row, `base` before the first that is kept."""

    subject = models.CharField(max_length=80, primary_key=True)
    rows = models.PositiveIntegerField(default=0)
    base = models.CharField(max_length=64, blank=True)
    head = models.CharField(max_length=64, blank=True)
    proof = models.CharField(max_length=64)

    class Meta:
        app_label = "portal"
        verbose_name = _("head of an audit chain")
        verbose_name_plural = _("heads of audit chains")
        default_permissions = ()

    def __str__(self) -> str:
        return f"chain of {self.subject or 'no subject'}"

    @property
    def said(self) -> str:
        return proofs.as_text([self.subject, self.rows, self.base, self.head])

    def rekeyed(self) -> dict[str, str]:
        return _rekeyed(self)


PURPOSES = {AuditSeal: "seal", AuditHead: "head"}


def proved(row: AuditSeal | AuditHead) -> bool:
    return proofs.proves(PURPOSES[type(row)], row.said, row.proof)


def prove(row: AuditSeal | AuditHead) -> None:
    row.proof = proofs.prove(PURPOSES[type(row)], row.said)


def _rekeyed(row: AuditSeal | AuditHead) -> dict[str, str]:
    """The proof by the newest key, where it is another; LookupError where no key proves what the row says."""
    if not proved(row):
        raise LookupError("No key proves this row.")
    proof = proofs.prove(PURPOSES[type(row)], row.said)
    return {"proof": proof} if proof != row.proof else {}


def kept(leaves: list[Leaf]) -> str:
    return proofs.as_text([[leaf.row, leaf.digest, leaf.subject] for leaf in leaves])


def load(text: str) -> list[Leaf]:
    """Raise ValueError or TypeError for what `kept` can't have written."""
    return [Leaf(*parts) for parts in json.loads(text)] if text else []


def next_link(before: str, leaf: Leaf) -> str:
    """The head of a subject's chain after `leaf`."""
    return proofs.digest(f"{before} {leaf.digest}")


def table(model: type[models.Model]) -> models.QuerySet[Any]:
    """The rows of one of these tables without the guard: for seals, and for what expires."""
    return models.QuerySet(model)


def last_seal() -> AuditSeal | None:
    return table(AuditSeal).defer("leaves").order_by("-number").first()


def has_begun(last: AuditSeal | None) -> bool:
    """Whether the chain has begun, so that a row without a proof isn't taken any more."""
    return last is not None and not last.older


def began_at() -> datetime | None:
    """When the chain began; None before."""
    first = table(AuditSeal).filter(older=False).order_by("number")
    return first.values_list("at", flat=True).first()


def expired_until() -> datetime | None:
    """When the newest row was written that has expired: one that is no newer and waits was put back."""
    expired = table(AuditSeal).exclude(expired_at=None).order_by("-newest")
    return expired.values_list("newest", flat=True).first()


def leaves_of(number: int) -> list[Leaf]:
    """The leaves that the rows under this seal make now, in their order."""
    rows = table(AuditEntry).filter(seal=number).order_by("id").values_list(*READ)
    return [Leaf.of(*row) for row in rows]


@contextmanager
def locked(*, wait: bool) -> Iterator[bool]:
    """A transaction that alone seals or lets rows expire; False where another does and `wait` is not.

    On SQLite each transaction is alone.
    """
    with transaction.atomic():
        won = True
        if connection.vendor == "postgresql":
            call = "pg_advisory_xact_lock" if wait else "pg_try_advisory_xact_lock"
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT {call}(%s)", [LOCK])
                won = wait or cursor.fetchone()[0]
        yield won
