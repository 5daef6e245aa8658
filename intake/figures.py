"""Figures of the desk: periods on a queue's calendar, what was promised and kept, waits. Pure.

What counts: requests that stand for themselves, by when they arrived; a later one is carried by its first.
A request is in time where its first call was made by its due time, which stands later by as long as the
clock was paused, and late where it was not, or where nobody has called and the due time is over. What is
not due yet, and what was closed without a call, is neither.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

MOST_DAYS = 92
# Up to so many days are shown by the hour.
HOURLY_DAYS = 2
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Slot:
    """An hour, or a day, from `start` up to but not including `end`, in UTC: hours that come twice differ."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Period:
    """Whole days from `first` to `last` on the calendar of `zone`."""

    first: date
    last: date
    zone: tzinfo

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def is_hourly(self) -> bool:
        return self.days <= HOURLY_DAYS

    @property
    def start(self) -> datetime:
        return self._midnight(self.first)

    @property
    def end(self) -> datetime:
        """The midnight that ends it: the first moment that is out of it."""
        return self._midnight(self.last + DAY)

    @property
    def steady_zone(self) -> tzinfo:
        """The zone as it stood at the start. On this clock no hour comes twice and none is missing."""
        return timezone(self.start.astimezone(self.zone).utcoffset() or timedelta())

    def slots(self) -> list[Slot]:
        """Every hour, 23 or 25 of them on a day on which the clocks change, or every day."""
        if not self.is_hourly:
            days = [self.first + DAY * number for number in range(self.days)]
            return [Slot(self._midnight(day), self._midnight(day + DAY)) for day in days]
        slots, start = [], self.start
        while start < self.end:
            end = min(start + HOUR, self.end)
            slots.append(Slot(start, end))
            start = end
        return slots

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone).astimezone(UTC)


@dataclass(frozen=True)
class Kept:
    """How many requests arrived, and what became of the promise to call them."""

    arrived: int = 0
    in_time: int = 0
    late: int = 0
    not_due: int = 0
    closed_uncalled: int = 0

    def __add__(self, other: "Kept") -> "Kept":
        return Kept(
            self.arrived + other.arrived,
            self.in_time + other.in_time,
            self.late + other.late,
            self.not_due + other.not_due,
            self.closed_uncalled + other.closed_uncalled,
        )

    @property
    def decided(self) -> int:
        return self.in_time + self.late

    @property
    def share(self) -> int | None:
        """The percentage called in time, rounded down: 100 is all of them. None where there is none."""
        return self.in_time * 100 // self.decided if self.decided else None


@dataclass(frozen=True)
class Waits:
    """How long `count` people waited for their first call: half of them, and nine in ten, at most so long."""

    count: int
    median: timedelta
    ninetieth: timedelta


def total(parts: Iterable[Kept]) -> Kept:
    return sum(parts, Kept())


def rank_at(tenths: int, count: int) -> int:
    """The nearest rank, from 1, of which `tenths` in ten of `count` sorted values are at or below."""
    return -(-tenths * count // 10)


def counted_each(lists: Iterable[tuple[Iterable[str], int]]) -> dict[str, int]:
    """How often each code stands in lists that were counted as wholes."""
    counts: dict[str, int] = {}
    for codes, count in lists:
        for code in codes:
            counts[code] = counts.get(code, 0) + count
    return counts


def most_first(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """What occurred, the most frequent first, equals in the order of their names."""
    return sorted(
        ((name, count) for name, count in counts.items() if count), key=lambda row: (-row[1], row[0])
    )
