"""Thursday 9 January 2025 opens most of these examples; all wall-clock times are those of Los Angeles."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from intake.hours import Period, Schedule
from tests.intake.schedules import (
    MONDAY,
    SATURDAY,
    SUNDAY,
    ZONE,
    around_the_clock,
    la,
    moments,
    schedule,
    schedules,
    utc,
    weekdays,
)


def shown(*pairs):
    return [(la(opens), la(closes)) for opens, closes in pairs]


def first(count, openings):
    return [next(openings) for _ in range(count)]


class TestOpenings:
    def test_start_with_the_one_that_is_running(self):
        assert first(3, weekdays().openings(la("2025-01-09 12:00"))) == shown(
            ("2025-01-09 08:00", "2025-01-09 18:00"),
            ("2025-01-10 08:00", "2025-01-10 18:00"),
            ("2025-01-13 08:00", "2025-01-13 18:00"),
        )

    def test_leave_out_the_one_that_ends_at_this_moment(self):
        assert first(1, weekdays().openings(la("2025-01-09 18:00"))) == shown(
            ("2025-01-10 08:00", "2025-01-10 18:00")
        )

    def test_are_in_utc(self):
        ((opens, closes),) = first(1, weekdays().openings(datetime(2025, 1, 9, 12, tzinfo=ZONE)))
        assert opens.tzinfo is closes.tzinfo is UTC

    def test_join_periods_that_touch_or_overlap(self):
        split = schedule(
            (MONDAY, "13:00", "18:00"),
            (MONDAY, "08:00", "12:00"),
            (MONDAY, "12:00", "14:00"),
            (MONDAY, "09:00", "10:00"),
        )
        assert first(1, split.openings(la("2025-01-09 12:00"))) == shown(
            ("2025-01-13 08:00", "2025-01-13 18:00")
        )

    def test_keep_a_lunch_break(self):
        split = schedule((MONDAY, "08:00", "12:00"), (MONDAY, "13:00", "18:00"))
        assert first(2, split.openings(la("2025-01-09 12:00"))) == shown(
            ("2025-01-13 08:00", "2025-01-13 12:00"), ("2025-01-13 13:00", "2025-01-13 18:00")
        )

    def test_may_cross_midnight(self):
        night = schedule((SUNDAY, "20:00", "04:00"))
        assert first(1, night.openings(la("2025-01-13 03:59"))) == shown(
            ("2025-01-12 20:00", "2025-01-13 04:00")
        )

    def test_join_across_midnight(self):
        long = schedule((SATURDAY, "08:00", "00:00"), (SUNDAY, "00:00", "18:00"))
        assert first(1, long.openings(la("2025-01-12 17:00"))) == shown(
            ("2025-01-11 08:00", "2025-01-12 18:00")
        )

    def test_show_the_true_start_of_a_week_long_one(self):
        all_week = schedule((MONDAY, "08:00", "00:00"), *((day, "00:00", "00:00") for day in range(1, 7)))
        assert first(1, all_week.openings(la("2025-01-19 23:59"))) == shown(
            ("2025-01-13 08:00", "2025-01-20 00:00")
        )

    def test_leave_out_a_whole_closed_day(self):
        closed = weekdays(closures=[("2025-01-10 00:00", "2025-01-11 00:00")])
        assert first(1, closed.openings(la("2025-01-09 19:00"))) == shown(
            ("2025-01-13 08:00", "2025-01-13 18:00")
        )

    def test_are_split_by_a_closure_in_the_middle_of_a_day(self):
        closed = weekdays(closures=[("2025-01-10 11:00", "2025-01-10 13:00")])
        assert first(2, closed.openings(la("2025-01-09 19:00"))) == shown(
            ("2025-01-10 08:00", "2025-01-10 11:00"), ("2025-01-10 13:00", "2025-01-10 18:00")
        )

    def test_are_shortened_by_overlapping_closures_over_a_weekend(self):
        closed = weekdays(
            closures=[("2025-01-12 09:00", "2025-01-13 10:00"), ("2025-01-10 15:00", "2025-01-12 12:00")]
        )
        assert first(2, closed.openings(la("2025-01-10 09:00"))) == shown(
            ("2025-01-10 08:00", "2025-01-10 15:00"), ("2025-01-13 10:00", "2025-01-13 18:00")
        )

    def test_are_cut_by_closures_in_any_order(self):
        closed = weekdays(
            closures=[("2025-01-10 14:00", "2025-01-10 15:00"), ("2025-01-10 09:00", "2025-01-10 10:00")]
        )
        assert first(3, closed.openings(la("2025-01-10 08:30"))) == shown(
            ("2025-01-10 08:00", "2025-01-10 09:00"),
            ("2025-01-10 10:00", "2025-01-10 14:00"),
            ("2025-01-10 15:00", "2025-01-10 18:00"),
        )

    def test_ignore_a_closure_that_touches_only_the_edge(self):
        closed = weekdays(
            closures=[("2025-01-10 06:00", "2025-01-10 08:00"), ("2025-01-10 18:00", "2025-01-10 19:00")]
        )
        assert first(1, closed.openings(la("2025-01-10 07:00"))) == shown(
            ("2025-01-10 08:00", "2025-01-10 18:00")
        )

    def test_end_within_the_horizon(self):
        openings = list(weekdays().openings(la("2025-01-09 12:00")))
        assert la("2025-04-04 18:00") < openings[-1][1] < la("2025-04-12 00:00")
        assert list(schedule().openings(la("2025-01-09 12:00"))) == []


class TestIsOpen:
    @pytest.mark.parametrize(
        ("at", "is_open"),
        [
            ("2025-01-09 07:59:59", False),
            ("2025-01-09 08:00", True),
            ("2025-01-09 17:59:59", True),
            ("2025-01-09 18:00", False),
            ("2025-01-11 12:00", False),
        ],
    )
    def test_on_weekdays(self, at, is_open):
        assert weekdays().is_open(la(at)) == is_open

    def test_around_the_clock_but_for_a_closure(self):
        closed = around_the_clock(closures=[("2025-01-09 11:00", "2025-01-09 12:00")])
        hours = ["10:59", "11:00", "11:59", "12:00"]
        assert [closed.is_open(la(f"2025-01-09 {hour}")) for hour in hours] == [True, False, False, True]

    def test_never(self):
        assert not schedule().is_open(la("2025-01-09 12:00"))


class TestNextOpening:
    @pytest.mark.parametrize(
        ("at", "opens"),
        [
            ("2025-01-09 07:59", "2025-01-09 08:00"),
            ("2025-01-09 08:00", "2025-01-10 08:00"),
            ("2025-01-09 12:00", "2025-01-10 08:00"),
            ("2025-01-10 18:00", "2025-01-13 08:00"),
        ],
    )
    def test_is_later_than_the_moment(self, at, opens):
        assert weekdays().next_opening(la(at)) == la(opens)

    def test_is_the_end_of_a_closure(self):
        closed = around_the_clock(closures=[("2025-01-09 11:00", "2025-01-09 12:30")])
        assert closed.next_opening(la("2025-01-09 11:15")) == la("2025-01-09 12:30")

    @pytest.mark.parametrize("never", [schedule(), around_the_clock()])
    def test_is_none_where_nothing_opens(self, never):
        assert never.next_opening(la("2025-01-09 12:00")) is None


class TestChangesOfTheClocks:
    """On 9 March 2025 the clocks skip 2:00 to 3:00; on 2 November they show 1:00 to 2:00 twice."""

    def test_opening_hours_follow_the_wall_clock(self):
        before, after = first(2, weekdays().openings(utc("2025-03-07 17:00")))
        assert before == (utc("2025-03-07 16:00"), utc("2025-03-08 02:00"))
        assert after == (utc("2025-03-10 15:00"), utc("2025-03-11 01:00"))

    @pytest.mark.parametrize(
        ("opens", "closes", "opening"),
        [
            ("02:30", "10:00", ("2025-03-09 10:00", "2025-03-09 17:00")),
            ("02:30", "03:15", ("2025-03-09 10:00", "2025-03-09 10:15")),
            ("01:00", "02:30", ("2025-03-09 09:00", "2025-03-09 10:00")),
            ("02:15", "02:45", ("2025-03-16 09:15", "2025-03-16 09:45")),  # only a week later
        ],
    )
    def test_a_time_that_is_skipped_is_the_end_of_the_gap(self, opens, closes, opening):
        queue = schedule((SUNDAY, opens, closes))
        ((opens_at, closes_at),) = first(1, queue.openings(utc("2025-03-08 12:00")))
        assert (opens_at, closes_at) == (utc(opening[0]), utc(opening[1]))

    def test_a_time_that_comes_twice_is_the_first(self):
        queue = schedule((SUNDAY, "01:30", "04:00"))
        assert first(1, queue.openings(utc("2025-11-01 12:00"))) == [
            (utc("2025-11-02 08:30"), utc("2025-11-02 12:00"))
        ]

    @pytest.mark.parametrize("change", ["2025-03-09 10:00", "2025-11-02 09:00"])
    def test_around_the_clock_stays_open(self, change):
        moments = (utc(change) + timedelta(minutes=minutes) for minutes in range(-180, 181, 15))
        assert all(around_the_clock().is_open(moment) for moment in moments)

    def test_midnight_itself_may_be_skipped(self):
        daily = tuple(Period(day, time(0), time(0)) for day in range(7))
        queue = Schedule(ZoneInfo("America/Havana"), daily)
        assert all(queue.is_open(utc(f"2025-03-09 0{hour}:30")) for hour in range(3, 8))


def shows_open(queue, at):
    """What a person reads off the wall clock and the list of hours."""
    if any(start <= at < end for start, end in queue.closures):
        return False
    wall = at.astimezone(ZONE).replace(tzinfo=None)
    for period in queue.periods:
        for day in (wall.date(), wall.date() - timedelta(days=1)):
            opens = datetime.combine(day, period.opens)
            closes = datetime.combine(day, period.closes)
            if period.closes <= period.opens:
                closes += timedelta(days=1)
            if day.weekday() == period.weekday and opens <= wall < closes:
                return True
    return False


@given(schedules, moments)
def test_is_open_agrees_with_the_wall_clock(queue, at):
    assert queue.is_open(at) == shows_open(queue, at)


@given(schedules, moments)
def test_openings_are_in_order_and_apart(queue, after):
    ends = [after]
    for opens, closes in queue.openings(after):
        assert opens < closes > after
        assert len(ends) == 1 or opens > ends[-1]
        ends.append(closes)
