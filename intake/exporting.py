"""Requests as a table for other programs: what was decided and when; nothing that names or quotes anybody."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from intake.choices import EventKind
from intake.models import RequestEvent
from intake.querysets import RequestQuerySet
from portal.crypto import Unreadable

COLUMNS = (
    "reference", "queue", "channel", "language", "interpreter", "priority", "rules", "pharmacist", "status",
    "disposition", "submitted_at", "due_at", "first_called_at", "follow_up_at", "closed_at", "attempts",
    "duplicate_of",
)  # fmt: skip

# How many rows are fetched, sealed references and all, and sent at a time.
CHUNK = 500

# What makes a spreadsheet take a cell for a formula, in both widths, also behind blanks.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Spreadsheets tell UTF-8 by it.
BYTE_ORDER_MARK = "\ufeff"


def cell(value: Any) -> str:
    """`value` as text that no spreadsheet calculates: an apostrophe before what looks like a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) or text.strip().startswith(FORMULA) else text


def lines(requests: RequestQuerySet) -> Iterator[str]:
    """The table in the order of the requests' numbers.

    Rows are read from the database while they are sent: however many there are, a piece is what is held.
    """
    return table(COLUMNS, _rows(requests))


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Rows as CSV in pieces of some hundred lines, header first."""
    writer = csv.writer(buffer := _Lines())
    writer.writerow(columns)
    buffer.text = BYTE_ORDER_MARK + buffer.text
    for number, row in enumerate(rows, 1):
        writer.writerow([cell(value) for value in row])
        if number % CHUNK == 0:
            yield buffer.take()
    yield buffer.take()


class _Lines:
    """What a csv writer writes to."""

    text = ""

    def write(self, line: str) -> int:
        self.text += line
        return len(line)

    def take(self) -> str:
        text, self.text = self.text, ""
        return text


def _rows(requests: RequestQuerySet) -> Iterator[tuple[Any, ...]]:
    attempts = (
        RequestEvent.objects.filter(request=OuterRef("pk"), kind=EventKind.OUTREACH)
        .order_by()
        .values("request")
        .annotate(number=Count("pk"))
        .values("number")
    )
    rows = requests.order_by("pk").values_list(
        "document", "queue__slug", "channel", "language", "interpreter", "priority", "rules",
        "needs_pharmacist", "status", "disposition", "submitted_at", "due_at", "first_called_at",
        "follow_up_at", "closed_at", Coalesce(Subquery(attempts), 0), "duplicate_of__document",
    )  # fmt: skip
    for document, *columns, first in rows.iterator(chunk_size=CHUNK):
        columns[5] = " ".join(columns[5])
        yield reference_of(document), *columns, reference_of(first)


def reference_of(document: Any) -> str:
    """Empty where there is no request, or where no key opens it."""
    return "" if document is None or isinstance(document, Unreadable) else document["reference"]
