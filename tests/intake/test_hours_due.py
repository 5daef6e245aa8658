from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.choices import TargetBasis
from intake.hours import Target, due_at
from tests.intake.schedules import (
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

FOUR_OPEN_HOURS = Target(TargetBasis.OPEN, 240)
NEXT_CLOSE = Target(TargetBasis.NEXT_CLOSE, None)


class TestChangesOfTheClocks:
    """On 9 March 2025 the clocks skip 2:00 to 3:00; on 2 November they show 1:00 to 2:00 twice."""

    @pytest.mark.parametrize(
        ("arrived", "due"),
        [("2025-03-08 23:00", "2025-03-09 04:00"), ("2025-11-01 23:00", "2025-11-02 02:00")],
    )
    @pytest.mark.parametrize("basis", [TargetBasis.OPEN, TargetBasis.ELAPSED])
    def test_minutes_are_real_minutes(self, basis, arrived, due):
        night = schedule((SATURDAY, "18:00", "06:00"))
        assert due_at(la(arrived), Target(basis, 240), night) == la(due)

    @pytest.mark.parametrize(
        ("friday", "monday"), [("2025-03-07", "2025-03-10"), ("2025-10-31", "2025-11-03")]
    )
    def test_over_the_weekend_of_a_change(self, friday, monday):
        arrived = la(f"{friday} 17:00")
        assert due_at(arrived, FOUR_OPEN_HOURS, weekdays()) == la(f"{monday} 11:00")
        assert due_at(arrived, NEXT_CLOSE, weekdays()) == la(f"{monday} 18:00")


class TestElapsed:
    @pytest.mark.parametrize("minutes", [15, 60])
    @pytest.mark.parametrize("arrived", ["2025-01-09 12:00", "2025-01-11 03:00"])
    def test_counts_at_any_hour(self, arrived, minutes):
        due = due_at(la(arrived), Target(TargetBasis.ELAPSED, minutes), weekdays())
        assert due == la(arrived) + timedelta(minutes=minutes)
        assert due.tzinfo is UTC

    def test_takes_any_zone(self):
        arrived = datetime(2025, 1, 9, 12, tzinfo=ZONE)
        assert due_at(arrived, Target(TargetBasis.ELAPSED, 15), weekdays()) == utc("2025-01-09 20:15")


class TestOpenMinutes:
    @pytest.mark.parametrize(
        ("arrived", "due"),
        [
            ("2025-01-09 07:00", "2025-01-09 12:00"),
            ("2025-01-09 08:00", "2025-01-09 12:00"),
            ("2025-01-09 10:30", "2025-01-09 14:30"),
            ("2025-01-09 14:00", "2025-01-09 18:00"),
            ("2025-01-09 14:01", "2025-01-10 08:01"),
            ("2025-01-09 18:00", "2025-01-10 12:00"),
            ("2025-01-10 17:00", "2025-01-13 11:00"),
            ("2025-01-11 12:00", "2025-01-13 12:00"),
        ],
    )
    def test_count_while_open(self, arrived, due):
        assert due_at(la(arrived), FOUR_OPEN_HOURS, weekdays()) == la(due)

    def test_pause_in_a_closure(self):
        closed = weekdays(closures=[("2025-01-09 11:00", "2025-01-09 13:00")])
        assert due_at(la("2025-01-09 10:00"), FOUR_OPEN_HOURS, closed) == la("2025-01-09 16:00")
        assert due_at(la("2025-01-09 12:00"), FOUR_OPEN_HOURS, closed) == la("2025-01-09 17:00")

    def test_span_several_short_days(self):
        assert due_at(la("2025-01-09 12:00"), FOUR_OPEN_HOURS, weekdays("09:00", "10:30")) == la(
            "2025-01-14 10:00"
        )

    def test_around_the_clock(self):
        assert due_at(la("2025-01-11 22:00"), FOUR_OPEN_HOURS, around_the_clock()) == la("2025-01-12 02:00")

    @pytest.mark.parametrize(
        "queue",
        [
            schedule(),
            weekdays(closures=[("2025-01-01 00:00", "2026-01-01 00:00")]),
            weekdays(closures=[("2025-01-10 09:00", "2026-01-01 00:00")]),  # one hour, and no more
        ],
    )
    def test_that_never_come_are_elapsed_minutes(self, queue):
        assert due_at(la("2025-01-09 20:00"), FOUR_OPEN_HOURS, queue) == la("2025-01-10 00:00")


class TestNextClose:
    @pytest.mark.parametrize(
        ("arrived", "due"),
        [
            ("2025-01-09 07:59:59", "2025-01-09 18:00"),
            ("2025-01-09 08:00", "2025-01-10 18:00"),
            ("2025-01-09 12:00", "2025-01-10 18:00"),
            ("2025-01-09 18:00", "2025-01-10 18:00"),
            ("2025-01-10 12:00", "2025-01-13 18:00"),
            ("2025-01-10 19:00", "2025-01-13 18:00"),
            ("2025-01-13 07:00", "2025-01-13 18:00"),
        ],
    )
    def test_is_that_of_the_first_opening_to_start(self, arrived, due):
        assert due_at(la(arrived), NEXT_CLOSE, weekdays()) == la(due)

    def test_is_after_a_closed_monday(self):
        closed = weekdays(closures=[("2025-01-13 00:00", "2025-01-14 00:00")])
        assert due_at(la("2025-01-10 19:00"), NEXT_CLOSE, closed) == la("2025-01-14 18:00")

    def test_of_a_night_is_in_the_morning(self):
        assert due_at(la("2025-01-12 12:00"), NEXT_CLOSE, schedule((SUNDAY, "20:00", "04:00"))) == la(
            "2025-01-13 04:00"
        )

    def test_of_one_whole_day_is_its_midnight(self):
        sundays = schedule((SUNDAY, "00:00", "00:00"))
        assert due_at(la("2025-01-12 00:00"), NEXT_CLOSE, sundays) == la("2025-01-20 00:00")

    @pytest.mark.parametrize(
        "queue",
        [
            schedule(),
            around_the_clock(),
            weekdays(closures=[("2025-01-01 00:00", "2026-01-01 00:00")]),
            weekdays("00:00", "00:00"),  # on this Thursday, open for more than another day
        ],
    )
    def test_that_is_not_in_sight_is_a_day(self, queue):
        assert due_at(la("2025-01-09 12:00") - timedelta(days=2), NEXT_CLOSE, queue) == la("2025-01-08 12:00")

    def test_of_an_opening_without_end_is_a_day_from_its_start(self):
        closed = around_the_clock(closures=[("2025-01-09 13:00", "2025-01-10 13:00")])
        assert due_at(la("2025-01-09 12:00"), NEXT_CLOSE, closed) == la("2025-01-11 13:00")


@pytest.mark.parametrize("basis", [TargetBasis.ELAPSED, TargetBasis.OPEN])
@pytest.mark.parametrize("minutes", [None, 0, -1])
def test_a_target_in_minutes_needs_them(basis, minutes):
    with pytest.raises(ValueError, match="needs its minutes"):
        Target(basis, minutes)


@pytest.mark.parametrize("target", [NEXT_CLOSE, FOUR_OPEN_HOURS, Target(TargetBasis.ELAPSED, 15)])
def test_a_naive_arrival_is_refused(target):
    with pytest.raises(ValueError, match="time zone"):
        due_at(datetime(2025, 1, 9, 12), target, weekdays())


@given(schedules, moments, st.integers(1, 120))
def test_a_request_is_due_after_just_so_many_open_minutes(queue, arrived, minutes):
    # So few that one quarter of an hour a week gives them within the horizon.
    due = due_at(arrived, Target(TargetBasis.OPEN, minutes), queue)
    if queue.periods:
        opened = (
            min(due, closes) - max(arrived, opens) for opens, closes in queue.openings(arrived) if opens < due
        )
        assert sum(opened, timedelta()) == timedelta(minutes=minutes)
    else:
        assert due == arrived + timedelta(minutes=minutes)
