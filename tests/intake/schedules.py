"""Schedules for the tests of hours; wall-clock times are those of Los Angeles."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from intake.hours import Period, Schedule

ZONE = ZoneInfo("America/Los_Angeles")
MONDAY, SATURDAY, SUNDAY = 0, 5, 6


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def la(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


def schedule(*periods, closures=()):
    """Periods as (weekday, opens, closes), closures as (from, until) on the wall clock."""
    return Schedule(
        ZONE,
        tuple(Period(day, time.fromisoformat(o), time.fromisoformat(c)) for day, o, c in periods),
        tuple((la(start), la(end)) for start, end in closures),
    )


def weekdays(opens="08:00", closes="18:00", closures=()):
    return schedule(*((day, opens, closes) for day in range(5)), closures=closures)


def around_the_clock(closures=()):
    return schedule(*((day, "00:00", "00:00") for day in range(7)), closures=closures)


clock_times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
periods = st.builds(Period, st.integers(0, 6), clock_times, clock_times)
# Two weeks in winter, and two with the skipped hour.
moments = st.builds(
    lambda start, minutes: utc(start) + timedelta(minutes=minutes),
    st.sampled_from(["2025-01-06 00:00", "2025-03-03 00:00"]),
    st.integers(0, 14 * 24 * 60),
)
closures = st.builds(
    lambda start, hours: (start, start + timedelta(hours=hours)), moments, st.integers(1, 100)
)
schedules = st.builds(
    Schedule,
    st.just(ZONE),
    st.lists(periods, max_size=6).map(tuple),
    st.lists(closures, max_size=3).map(tuple),
)
