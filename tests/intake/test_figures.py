"""Periods on a queue's calendar, and what the figures make of counts."""

from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from intake.figures import Kept, Period, counted_each, most_first, rank_at, total

CALIFORNIA = ZoneInfo("America/Los_Angeles")


def day(text, zone=CALIFORNIA):
    return Period(date.fromisoformat(text), date.fromisoformat(text), zone)


@pytest.mark.parametrize(("text", "hours"), [("2026-11-18", 24), ("2026-11-01", 25), ("2026-03-08", 23)])
def test_a_day_has_the_hours_that_its_clocks_show(text, hours):
    period = day(text)
    slots = period.slots()

    assert len(slots) == hours
    assert slots[0].start == period.start
    assert slots[-1].end == period.end
    assert all(slot.end - slot.start == timedelta(hours=1) for slot in slots)
    assert all(before.end == after.start for before, after in pairwise(slots))


def test_the_hour_that_comes_twice_is_two():
    names = [f"{slot.start.astimezone(CALIFORNIA):%H %Z}" for slot in day("2026-11-01").slots()]
    assert names[:4] == ["00 PDT", "01 PDT", "01 PST", "02 PST"]


def test_hours_begin_with_the_wall_clock_also_where_the_zone_is_half_an_hour_off():
    period = day("2026-11-18", ZoneInfo("Asia/Kolkata"))
    assert [slot.start.minute for slot in period.slots()] == [30] * 24


@pytest.mark.parametrize(
    ("days", "hourly", "slots"), [(1, True, 24), (2, True, 48), (3, False, 3), (92, False, 92)]
)
def test_more_than_two_days_are_shown_by_the_day(days, hourly, slots):
    period = Period(date(2026, 4, 1), date(2026, 4, 1) + timedelta(days=days - 1), CALIFORNIA)
    assert (period.days, period.is_hourly, len(period.slots())) == (days, hourly, slots)


def test_days_on_which_the_clocks_change_are_days():
    period = Period(date(2026, 10, 30), date(2026, 11, 3), CALIFORNIA)
    hours = [(slot.end - slot.start) / timedelta(hours=1) for slot in period.slots()]
    assert hours == [24, 24, 25, 24, 24]


@pytest.mark.parametrize(
    ("in_time", "late", "share"), [(0, 0, None), (1, 0, 100), (0, 3, 0), (199, 1, 99), (2, 1, 66)]
)
def test_all_of_them_is_said_only_of_all_of_them(in_time, late, share):
    assert Kept(in_time + late, in_time, late).share == share


def test_parts_make_a_total():
    assert total([Kept(5, 1, 2, 1, 1), Kept(2, 2)]) == Kept(7, 3, 2, 1, 1)
    assert total([]) == Kept()


@pytest.mark.parametrize(
    ("tenths", "count", "rank"), [(5, 1, 1), (5, 2, 1), (5, 3, 2), (9, 1, 1), (9, 10, 9), (9, 11, 10)]
)
def test_the_nearest_rank(tenths, count, rank):
    assert rank_at(tenths, count) == rank


def test_codes_in_lists_count_each():
    counts = counted_each([(["R4", "R5"], 3), (["R5"], 2), ([], 9)])
    assert most_first({**counts, "R9": 0}) == [("R5", 5), ("R4", 3)]
