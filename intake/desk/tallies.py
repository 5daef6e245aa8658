"""How much waits in each queue: one statement, which stops counting where nobody reads on.

Each number is a SELECT of its own, so that each finds its own index; none reads more than MOST_COUNTED rows.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Value
from django.utils.dateparse import parse_datetime

from intake.models import Request
from intake.querysets import MOST_COUNTED, RequestQuerySet
from intake.worded import NOW, Statement, worded

# The share called in time is that of so many calls that were due last, in each queue.
LAST_DUE = 200

# Stand in the statement for what differs from look to look.
_USER, _QUEUE = -1, -1000


NAMES = ("waiting", "overdue", "follow_ups", "pharmacist", "emergencies", "oldest", "due", "in_time")


@dataclass(frozen=True)
class Counts:
    """Of one queue, or of several together. Numbers beyond MOST_COUNTED mean "more than that"."""

    waiting: int = 0
    overdue: int = 0
    follow_ups: int = 0
    pharmacist: int = 0
    emergencies: int = 0
    oldest: datetime | None = None
    due: int = 0
    in_time: int = 0

    @property
    def share_in_time(self) -> int | None:
        """In percent; None where nothing was due."""
        return round(100 * self.in_time / self.due) if self.due else None


def capped(number: int) -> str:
    return f"{MOST_COUNTED}+" if number > MOST_COUNTED else str(number)


def together(counts: Iterable[Counts]) -> Counts:
    each = list(counts)
    sums = {name: sum(getattr(one, name) for one in each) for name in NAMES if name != "oldest"}
    return Counts(**sums, oldest=min((one.oldest for one in each if one.oldest), default=None))


def count(*, queues: Iterable[int], by: Any, now: datetime) -> tuple[dict[int, Counts], int]:
    """Return each queue's counts, and how many requests `by` holds. One query."""
    numbers = list(queues)
    if not numbers:
        return {}, 0
    places = {f"queue {place}": pk for place, pk in enumerate(numbers)}
    [answers] = _statement(connection.vendor, len(numbers)).ask(now=now, user=by.pk, **places)
    rest = iter(answers)
    mine = next(rest)
    return {pk: _read(rest) for pk in numbers}, mine


def _read(answers: Iterator[Any]) -> Counts:
    numbers = {name: next(answers) for name in NAMES}
    oldest = numbers.pop("oldest")
    # SQLite knows no time zones, and perhaps no times.
    oldest = parse_datetime(oldest) if isinstance(oldest, str) else oldest
    if oldest and oldest.tzinfo is None:
        oldest = oldest.replace(tzinfo=UTC)
    return Counts(**numbers, oldest=oldest)


@lru_cache
def _statement(vendor: str, queues: int) -> Statement:
    stand_ins = {"now": NOW, "user": _USER} | {f"queue {place}": _QUEUE - place for place in range(queues)}
    mine = Request.objects.to_call().filter(claimed_by=_USER, claimed_until__gt=NOW)
    selects = [_how_many(mine)]
    for place in range(queues):
        asked = _selects(_QUEUE - place)
        selects += [asked[name] for name in NAMES]
    statement = worded(selects, stand_ins)
    return replace(statement, sql=f"SELECT {statement.sql}")


def _selects(queue: int) -> dict[str, tuple[str, RequestQuerySet]]:
    """What is asked of one queue: how it is wrapped, and what is wrapped."""
    requests = Request.objects.filter(queue=queue)
    last_due = requests.due_lately(NOW).values("first_called_at", "due_at")[:LAST_DUE]
    return {
        "waiting": _how_many(requests.to_call()),
        "overdue": _how_many(requests.overdue(NOW)),
        "follow_ups": _how_many(requests.follow_ups_due(NOW)),
        "pharmacist": _how_many(requests.for_a_pharmacist()),
        "emergencies": _how_many(requests.to_call().filter(call_band=0)),
        "oldest": ("({})", requests.never_called().values("submitted_at")[:1]),
        "due": ("(SELECT COUNT(*) FROM ({}) due)", last_due),
        "in_time": ("(SELECT COUNT(*) FROM ({}) due WHERE first_called_at <= due_at)", last_due),
    }


def _how_many(requests: RequestQuerySet) -> tuple[str, Any]:
    # No column is read: then the index alone answers.
    rows = requests.order_by().annotate(one=Value(1)).values("one")[: MOST_COUNTED + 1]
    return "(SELECT COUNT(*) FROM ({}) counted)", rows
