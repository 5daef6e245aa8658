from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from intake.hours import Period, Schedule
from portal.opening_hours import in_words

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
WINTER = datetime(2026, 12, 1, tzinfo=LOS_ANGELES)


def _schedule(*periods):
    return Schedule(
        zone=LOS_ANGELES,
        periods=tuple(
            Period(day, time.fromisoformat(opens), time.fromisoformat(closes))
            for day, opens, closes in periods
        ),
    )


@pytest.mark.parametrize(
    ("periods", "words"),
    [
        ([(day, "08:00", "18:00") for day in range(5)], "Monday to Friday, 8:00 AM to 6:00 PM PST"),
        ([(day, "00:00", "00:00") for day in range(7)], "Every day, all day PST"),
        ([(5, "09:00", "12:30")], "Saturday, 9:00 AM to 12:30 PM PST"),
        (
            [(1, "13:00", "17:00"), (1, "08:00", "12:00")],
            "Tuesday, 8:00 AM to 12:00 PM, 1:00 PM to 5:00 PM PST",
        ),
        (
            [(0, "08:00", "18:00"), (1, "08:00", "18:00"), (3, "08:00", "18:00"), (4, "08:00", "17:00")],
            "Monday to Tuesday, 8:00 AM to 6:00 PM; Thursday, 8:00 AM to 6:00 PM; "
            "Friday, 8:00 AM to 5:00 PM PST",
        ),
        ([], ""),
    ],
)
def test_in_words(periods, words):
    assert in_words(_schedule(*periods), WINTER) == words


def test_the_zone_is_that_of_the_season():
    assert in_words(_schedule((0, "08:00", "18:00")), datetime(2026, 7, 1, tzinfo=LOS_ANGELES)).endswith(
        "PDT"
    )
