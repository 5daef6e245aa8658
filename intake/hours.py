"""Opening hours and due times: pure. Aware datetimes in any zone go in, UTC comes out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from intake.choices import TargetBasis

Opening = tuple[datetime, datetime]

HORIZON = timedelta(days=90)
DAY = timedelta(hours=24)
MINUTE = timedelta(minutes=1)
MIDNIGHT = time()

# A week repeats: whatever is open now, unless it never closes, opened less than this long ago.
LOOK_BACK = timedelta(days=8)


@dataclass(frozen=True)
class Period:
    """Weekly hours on the queue's wall clock, to the minute, from `opens` up to but not including `closes`.

    A period whose `closes` isn't later than its `opens` ends on the next day: 00:00 is the midnight that
    ends the day, and two equal times are a whole day.
    """

    weekday: int  # 0 is Monday
    opens: time
    closes: time


@dataclass(frozen=True)
class Schedule:
    """When a queue is open: weekly periods in its zone, except for the closures (aware start and end)."""

    zone: ZoneInfo
    periods: tuple[Period, ...]
    closures: tuple[tuple[datetime, datetime], ...] = ()

    def openings(self, after: datetime) -> Iterator[Opening]:
        """The stretches in which the queue is open, (opens, closes) in UTC, that end later than `after`.

        Periods that touch or overlap are one stretch, and closures are cut out. In time order, lazily, for
        about 90 days: a queue that never closes gives one stretch that is cut off there.
        """
        for opens, closes in self._weekly(after):
            for piece in self._without_closures(opens, closes):
                if piece[1] > after:
                    yield piece

    def is_open(self, at: datetime) -> bool:
        """Open at the very moment of opening, closed at that of closing."""
        opens = next((opens for opens, _closes in self.openings(at)), None)
        return opens is not None and opens <= at

    def next_opening(self, at: datetime) -> datetime | None:
        """The next time, later than `at`, at which the queue opens; None if there is none within 90 days."""
        return next((opens for opens, _closes in self.openings(at) if opens > at), None)

    def open_time(self, start: datetime, end: datetime) -> timedelta:
        """How long the queue is open between two moments."""
        total = timedelta()
        for opens, closes in self.openings(start):
            if opens >= end:
                break
            total += min(closes, end) - max(opens, start)
        return total

    def _weekly(self, after: datetime) -> Iterator[Opening]:
        """The weekly periods as stretches, in time order, those that touch or overlap joined."""
        stretch: Opening | None = None
        for opens, closes in self._periods_from(after):
            if stretch and opens <= stretch[1]:
                stretch = stretch[0], max(stretch[1], closes)
            else:
                if stretch:
                    yield stretch
                stretch = opens, closes
        if stretch:
            yield stretch

    def _periods_from(self, after: datetime) -> Iterator[Opening]:
        first_day = (after - LOOK_BACK).astimezone(self.zone).date()
        periods = sorted(self.periods, key=lambda period: period.opens)
        for offset in range((LOOK_BACK + HORIZON).days + 1):
            day = first_day + timedelta(days=offset)
            for period in periods:
                if period.weekday != day.weekday():
                    continue
                last_day = day if period.closes > period.opens else day + timedelta(days=1)
                yield self._instant(day, period.opens), self._instant(last_day, period.closes)

    def _instant(self, day: date, clock: time) -> datetime:
        """When the wall clock first shows this time or, where it skips it in spring, the next that it shows.

        In autumn, of the two times that look the same, it's the first.
        """
        local = datetime.combine(day, clock)
        while True:
            instant = local.replace(tzinfo=self.zone).astimezone(UTC)
            if instant.astimezone(self.zone).replace(tzinfo=None) == local:
                return instant
            local += MINUTE

    def _without_closures(self, opens: datetime, closes: datetime) -> Iterator[Opening]:
        for closed_from, closed_until in sorted(self.closures):
            if closed_until <= opens or closed_from >= closes or closed_until <= closed_from:
                continue
            if closed_from > opens:
                yield opens, closed_from.astimezone(UTC)
            opens = closed_until.astimezone(UTC)
        if opens < closes:  # false also where the clocks skip a whole period
            yield opens, closes


@dataclass(frozen=True)
class Target:
    """How soon to call back. `minutes` may only be left out for NEXT_CLOSE, which doesn't read it."""

    basis: TargetBasis
    minutes: int | None

    def __post_init__(self) -> None:
        if self.basis != TargetBasis.NEXT_CLOSE and (self.minutes is None or self.minutes <= 0):
            raise ValueError(f"A target of {self.basis} needs its minutes, not {self.minutes!r}")


def due_at(arrived: datetime, target: Target, schedule: Schedule) -> datetime:
    """When the call is due, in UTC. Every request gets a due time; a naive `arrived` raises ValueError.

    ELAPSED counts minutes at any hour, OPEN only those in which the queue is open. NEXT_CLOSE is the close
    of the first opening that starts after `arrived`; a request that arrives at the very start waits for the
    one after. All count real minutes across changes of the clocks.

    Where the schedule gives no answer, elapsed time stands in: the same minutes for an OPEN target that
    isn't used up within 90 days, and 24 hours for NEXT_CLOSE if nothing opens. An opening that goes on for
    more than 24 hours has no close worth waiting for: it counts 24 hours from its start or, if it has
    started, from `arrived`.
    """
    if arrived.tzinfo is None:
        raise ValueError("The arrival needs a time zone")
    arrived = arrived.astimezone(UTC)
    if target.basis == TargetBasis.NEXT_CLOSE:
        return _next_close(arrived, schedule)
    minutes = timedelta(minutes=target.minutes or 0)
    if target.basis == TargetBasis.OPEN:
        return _after_open_time(arrived, minutes, schedule)
    return arrived + minutes


def resumed(
    due: datetime, paused: datetime, now: datetime, basis: TargetBasis, schedule: Schedule
) -> datetime:
    """When the call is due after the clock stood still from `paused` to `now`, in UTC.

    What was left then is left now: real minutes for ELAPSED, otherwise minutes in which the queue is open,
    or real ones where it didn't open at all before it was due. What was overdue already stays as it was.
    """
    if due <= paused:
        return due
    left = schedule.open_time(paused, due)
    if basis == TargetBasis.ELAPSED or not left:
        return (now + (due - paused)).astimezone(UTC)
    return _after_open_time(now.astimezone(UTC), left, schedule)


def _after_open_time(arrived: datetime, duration: timedelta, schedule: Schedule) -> datetime:
    left = duration
    for opens, closes in schedule.openings(arrived):
        start = max(opens, arrived)
        if left <= closes - start:
            return start + left
        left -= closes - start
    return arrived + duration


def _next_close(arrived: datetime, schedule: Schedule) -> datetime:
    for opens, closes in schedule.openings(arrived):
        if opens > arrived:
            return min(closes, opens + DAY)
        if closes > arrived + DAY:
            break
    return arrived + DAY
