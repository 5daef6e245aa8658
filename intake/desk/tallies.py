"""How much waits in each queue: one statement, which stops counting where nobody reads on.

Each number is a SELECT of its own, so that each finds its own index; none reads more than MOST_COUNTED rows.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Value
from django.utils.dateparse import parse_datetime

from intake.models import Request
from intake.querysets import MOST_COUNTED, RequestQuerySet
from intake.worded import NOW, Statement, worded

# The share called in time is that of so many calls that were due last, in each queue.
LAST_DUE = 200

# Stand in the statement for what differs from look to look.
_QUEUE = -1000
# The numbers of queues → when they were counted, on the monotonic clock, and the counts.
_kept: dict[tuple[int, ...], tuple[float, dict[int, "Counts"]]] = {}


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


def count(*, queues: Iterable[int], now: datetime) -> dict[int, Counts]:
    """Return each queue's counts, at most `settings.SITUATION_MAX_AGE` seconds old; at most one query.

    They are the same for all who work the same queues, and each of them asks every 15 seconds.
    """
    numbers = tuple(queues)
    kept = _kept.get(numbers)
    if kept and time.monotonic() - kept[0] < settings.SITUATION_MAX_AGE:
        return kept[1]
    counts = _count(numbers, now)
    _kept[numbers] = time.monotonic(), counts
    return counts


def forget() -> None:
    _kept.clear()


def _count(numbers: tuple[int, ...], now: datetime) -> dict[int, Counts]:
    if not numbers:
        return {}
    places = {f"queue {place}": pk for place, pk in enumerate(numbers)}
    [answers] = _statement(connection.vendor, len(numbers)).ask(now=now, **places)
    rest = iter(answers)
    return {pk: _read(rest) for pk in numbers}


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
    stand_ins = {"now": NOW} | {f"queue {place}": _QUEUE - place for place in range(queues)}
    selects: list[tuple[str, Any]] = []
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
