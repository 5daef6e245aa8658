from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from intake import presenting

LA = ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 11, 18, 18, 0, tzinfo=UTC)  # 10:00 AM in Los Angeles


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "less than 1 min"),
        (59, "less than 1 min"),
        (60, "1 min"),
        (59 * 60 + 59, "59 min"),
        (3600, "1 h"),
        (3 * 3600 + 5 * 60, "3 h 5 min"),
        (24 * 3600, "1 day"),
        (52 * 3600 + 600, "2 days 4 h"),
    ],
)
def test_a_span_has_at_most_two_units(seconds, words):
    assert presenting.span(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (18, "due in 18 min"),
        (0, "due in less than 1 min"),
        (-2, "overdue by 2 min"),
        (-0.5, "overdue by less than 1 min"),
    ],
)
def test_due_and_overdue_in_words(minutes, words):
    assert presenting.due_in_words(NOW + timedelta(minutes=minutes), NOW) == words


def test_a_clock_that_went_back_gives_no_negative_age():
    assert presenting.age_in_words(NOW + timedelta(minutes=5), NOW) == "less than 1 min"


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (datetime(2026, 11, 18, 15, 40, tzinfo=LA), "3:40 PM today"),
        (datetime(2026, 11, 19, 8, 0, tzinfo=LA), "8:00 AM tomorrow"),
        (datetime(2026, 11, 17, 23, 59, tzinfo=LA), "11:59 PM yesterday"),
        (datetime(2026, 11, 24, 15, 40, tzinfo=LA), "Tue, Nov 24, 3:40 PM"),
        (datetime(2027, 1, 4, 9, 5, tzinfo=LA), "Mon, Jan 4, 2027, 9:05 AM"),
        # Wednesday still, in Los Angeles.
        (datetime(2026, 11, 19, 7, 30, tzinfo=UTC), "11:30 PM today"),
    ],
)
def test_a_moment_has_its_day_on_the_zone_s_calendar(at, words):
    assert presenting.moment(at, now=NOW, zone=LA) == words


def test_the_zone_is_named_where_it_could_be_misread():
    assert presenting.moment(NOW, now=NOW, zone=LA, name_zone=True) == "10:00 AM PST today"
