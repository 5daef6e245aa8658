"""Bringing what is stored under the newest keys, while the site runs.

Every sealed column of every table is found by itself. A model whose columns hang on the hash keys has a
method `rekeyed()`, which returns those that the newest key makes differently, with their new values.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from cryptography.fernet import InvalidToken
from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.db.models import Value
from django.db.models.functions import Cast
from django.utils import timezone

from portal import audit, crypto
from portal.audit import proofs, seals

# Rows that are locked together: somebody who needs one of them waits for so many.
BATCH = 50

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Table:
    model: type[models.Model]
    sealed: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.model._meta.label_lower

    @property
    def rows(self) -> models.QuerySet[Any]:
        # Not the model's own manager, which may refuse every change: the words stay the same here.
        return models.QuerySet(self.model)


@dataclass
class Found:
    """How many rows were looked at and stood under older keys, and which of them stay so."""

    looked_at: int = 0
    behind: int = 0
    unreadable: list[str] = field(default_factory=list)
    # What can't be brought under the newest keys, because another row has what it would become.
    clashing: list[str] = field(default_factory=list)


def tables() -> list[Table]:
    """The tables with columns that are sealed, or hang on the hash keys."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        if model._meta.proxy or not model._meta.managed:
            continue
        columns = model._meta.local_concrete_fields
        sealed = tuple(column.name for column in columns if isinstance(column, crypto.SealedJSONField))
        if sealed or hasattr(model, "rekeyed"):
            found.append(Table(model, sealed))
    return found


def check(progress: Progress = lambda name, number, of: None) -> Found:
    """Look at everything, change nothing."""
    found = Found()
    for table, numbers in _batches(progress):
        _look(table, numbers, found, write=False)
    found.behind += _unsealed_behind()
    return found


def rotate(progress: Progress = lambda name, number, of: None) -> Found:
    """Bring everything under the newest keys, a batch in each transaction; interrupted, begin it again.

    Each row is locked and read anew before it is written. A batch waits for nobody, so that it can't stand in
    a circle of waiting: rows that somebody is at come afterwards, one by one.
    """
    found = Found()
    while audit.seal(now=timezone.now()):
        pass
    for table, numbers in _batches(progress):
        with transaction.atomic():
            done = _look(table, numbers, found, write=True, skip_locked=True)
        for number in set(numbers) - done:
            with transaction.atomic():
                _look(table, [number], found, write=True)
    return found


def _unsealed_behind() -> int:
    """How many audit rows that wait for their seal only an older key proves; under a seal they need none."""
    behind = 0
    for entry in seals.table(audit.AuditEntry).filter(seal=None).exclude(proof="").iterator():
        nonce, said = entry.proof[: proofs.NONCE], proofs.words_of(entry)
        newest = nonce + proofs.prove("row", nonce + said)[: proofs.PROOF - proofs.NONCE]
        behind += newest != entry.proof and proofs.is_of_row(entry.proof, said)
    return behind


def _batches(progress: Progress) -> Iterator[tuple[Table, list[Any]]]:
    for table in tables():
        # What is added meanwhile is sealed by the newest key already, where every process has it.
        numbers = iter(list(table.rows.order_by("pk").values_list("pk", flat=True)))
        of, done = table.rows.count(), 0
        while batch := list(islice(numbers, BATCH)):
            yield table, batch
            done += len(batch)
            progress(table.name, done, max(of, done))


def _look(
    table: Table, numbers: list[Any], found: Found, *, write: bool, skip_locked: bool = False
) -> set[Any]:
    """Return the numbers of the rows that were looked at, and brought under the newest keys with `write`."""
    rows = table.rows.filter(pk__in=numbers)
    # The lock that a change of a unique hash needs: a weaker one would have to wait for its rise.
    locked = rows.select_for_update(skip_locked=skip_locked) if write else rows
    columns = {f"{name}_as_stored": Cast(name, models.TextField()) for name in table.sealed}
    stored = {
        row[0]: dict(zip(table.sealed, row[1:], strict=True))
        for row in locked.annotate(**columns).values_list("pk", *columns)
    }
    changes: dict[Any, dict[str, Any]] = {number: {} for number in stored}
    for number, tokens in stored.items():
        for name, token in tokens.items():
            try:
                fresh = crypto.resealed(token) if token else None
            except InvalidToken:
                found.unreadable.append(f"{table.name} {number}: {name}")
                del changes[number]
                break
            if fresh:
                changes[number][name] = Value(fresh, output_field=models.TextField())
    if hasattr(table.model, "rekeyed"):
        for number, row in rows.in_bulk(list(changes)).items():
            try:
                changes[number] |= row.rekeyed()
            except LookupError:
                found.unreadable.append(f"{table.name} {number}: its hashes can't be made anew")
    for number, change in changes.items():
        if change:
            found.behind += 1
            if write:
                try:
                    # A savepoint: one row that can't be written stops no other.
                    with transaction.atomic():
                        table.rows.filter(pk=number).update(**change)
                except IntegrityError:
                    found.clashing.append(f"{table.name} {number}")
    found.looked_at += len(stored)
    return set(stored)
