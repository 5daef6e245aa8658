"""What to do after an attempt: times that fit, dispositions that are likely, and what is still missing."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from intake import steps
from intake.choices import Band, Disposition, Door, Outcome, Priority
from intake.hours import Period, Schedule

LA = ZoneInfo("America/Los_Angeles")
WEEKDAYS = Schedule(LA, tuple(Period(day, time(8), time(18)) for day in range(5)))
# Wednesday, 10:07 in California.
NOW = datetime(2026, 11, 18, 18, 7, tzinfo=UTC)
UNREACHED = [outcome for outcome in Outcome if outcome not in (*steps.REACHED, Outcome.DECLINED)]


def offer(
    *outcomes: Outcome | tuple[Outcome, datetime],
    now: datetime = NOW,
    schedule: Schedule = WEEKDAYS,
    **given: Any,
) -> steps.Offer:
    attempts = [one if isinstance(one, tuple) else (one, now) for one in outcomes]
    known: dict[str, Any] = {
        "best_time": "",
        "other_numbers": (),
        "priority": Priority.SAME_DAY,
        "rules": ["R9"],
        "door": Door.CURRENT,
        "care_setting": "",
        "next_dose_on": None,
        "is_pharmacist": False,
    }
    return steps.offer(steps.Tried(attempts=attempts, **{**known, **given}), schedule, now)


def times(found: steps.Offer) -> list[str]:
    return [f"{step.at.astimezone(LA):%a %H:%M}" for step in found.steps if step.at]


def closings(found: steps.Offer) -> list[Any]:
    return [step.disposition for step in found.steps if step.kind == steps.Kind.CLOSE]


def test_after_no_answer_other_parts_of_the_day_come_first() -> None:
    found = offer(Outcome.NO_ANSWER)
    assert times(found) == ["Wed 13:30", "Wed 17:15", "Wed 11:15", "Thu 09:00"]
    assert found.steps[0].why == "Afternoon: not tried yet"


def test_the_patient_s_best_time_comes_before_them() -> None:
    found = offer(Outcome.NO_ANSWER, best_time="evening")
    assert times(found)[0] == "Wed 17:15"
    assert found.steps[0].why == "Evening: the best time, they said"
    assert times(offer(Outcome.CALLBACK_REQUESTED, best_time="morning"))[0] == "Wed 11:15"


@pytest.mark.parametrize(
    ("outcome", "priority", "minutes"),
    [
        (Outcome.BUSY, Priority.ROUTINE, 15),
        (Outcome.BUSY, Priority.EMERGENCY, 10),
        (Outcome.NO_ANSWER, Priority.EMERGENCY, 10),
        (Outcome.LEFT_VOICEMAIL, Priority.URGENT, 30),
        (Outcome.NO_ANSWER, Priority.SAME_DAY, None),
        (Outcome.WRONG_NUMBER, Priority.EMERGENCY, None),
    ],
)
def test_who_cant_wait_is_called_again_within_minutes(
    outcome: Outcome, priority: Priority, minutes: int | None
) -> None:
    first = offer(outcome, priority=priority).steps[0]
    assert (first.at == NOW + timedelta(minutes=minutes or 0)) is (minutes is not None)


def test_an_emergency_is_called_again_also_at_night() -> None:
    night = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
    found = offer(Outcome.NO_ANSWER, now=night, priority=Priority.EMERGENCY)
    assert times(found)[0] == "Sun 02:10"
    assert times(found)[1] == "Mon 13:30"


@pytest.mark.parametrize("hour", range(0, 24, 5))
@pytest.mark.parametrize("day", range(18, 25))
@pytest.mark.parametrize("outcome", UNREACHED)
def test_every_time_is_to_come_and_within_open_hours(outcome: Outcome, day: int, hour: int) -> None:
    now = datetime(2026, 11, day, hour, 59, 30, tzinfo=UTC)
    found = [step.at for step in offer(outcome, now=now).steps if step.at]
    assert 1 <= len(found) <= steps.MOST_TIMES
    for at in found:
        soon = outcome == Outcome.BUSY and at - now <= steps.BUSY
        assert at > now
        assert at - now <= timedelta(days=8)
        assert soon or WEEKDAYS.is_open(at)
        assert soon or at.minute % 15 == 0
    for one, other in pairwise(sorted(found)):
        assert other - one >= timedelta(minutes=30)


def test_no_time_is_later_than_the_next_dose() -> None:
    found = offer(Outcome.NO_ANSWER, next_dose_on=date(2026, 11, 18))
    assert all(one.startswith("Wed") for one in times(found))
    # A dose that has passed holds nothing up.
    assert len(times(offer(Outcome.NO_ANSWER, next_dose_on=date(2026, 11, 1)))) == 4


def test_a_queue_that_never_opens_offers_no_times() -> None:
    assert times(offer(Outcome.NO_ANSWER, schedule=Schedule(LA, ()))) == []


def test_a_queue_that_never_closes_offers_them_all_day() -> None:
    always = Schedule(LA, tuple(Period(day, time(), time()) for day in range(7)))
    assert times(offer(Outcome.NO_ANSWER, schedule=always))[:2] == ["Wed 13:30", "Wed 17:15"]


@pytest.mark.parametrize(
    "outcome", [Outcome.WRONG_NUMBER, Outcome.DISCONNECTED, Outcome.NO_ANSWER, Outcome.BUSY]
)
def test_another_number_is_tried_at_once(outcome: Outcome) -> None:
    first = offer(outcome, other_numbers=["310-555-0177"]).steps[0]
    assert (first.kind, first.why) == (steps.Kind.CALL_NOW, "The other number: 310-555-0177")
    assert all(step.kind != steps.Kind.CALL_NOW for step in offer(outcome).steps)


def test_with_an_interpreter_it_is_called_again_now() -> None:
    assert offer(Outcome.INTERPRETER_NEEDED).steps[0].kind == steps.Kind.CALL_NOW


@pytest.mark.parametrize(
    ("bands", "missing"),
    [
        ([], "“Unable to reach” needs 3 more attempts."),
        (
            [Band.MORNING],
            "“Unable to reach” needs 2 more attempts. One of them in another part of the day.",
        ),
        ([Band.MORNING, Band.EVENING], "“Unable to reach” needs 1 more attempt."),
        (
            [Band.MORNING, Band.MORNING],
            "“Unable to reach” needs 1 more attempt. One of them in another part of the day.",
        ),
        ([Band.MORNING] * 3, "“Unable to reach” needs an attempt in another part of the day."),
        ([Band.MORNING, Band.MORNING, Band.EVENING], ""),
    ],
)
def test_what_unable_to_reach_still_needs(bands: list[Band], missing: str) -> None:
    assert steps.lacking(bands) == missing


def test_unable_to_reach_is_offered_once_enough_was_tried() -> None:
    earlier = (Outcome.NO_ANSWER, NOW - timedelta(days=1))
    evening = (Outcome.BUSY, NOW - timedelta(hours=16))
    assert closings(offer(earlier, Outcome.NO_ANSWER)) == []
    found = offer(earlier, evening, Outcome.NO_ANSWER)
    assert (closings(found), found.missing) == ([Disposition.UNABLE_TO_REACH], "")
    # Whoever was reached once in between doesn't count as not reached.
    reached = (Outcome.REACHED_PATIENT, NOW - timedelta(hours=16))
    assert closings(offer(earlier, reached, Outcome.NO_ANSWER)) == []


@pytest.mark.parametrize(
    ("given", "first"),
    [
        ({"rules": ["R4"]}, Disposition.EMERGENCY_REFILL),
        ({"rules": ["R9"]}, Disposition.ADDRESS_UPDATED),
        ({"rules": ["R5"], "care_setting": "center"}, Disposition.INFUSION_RESCHEDULED),
        ({"rules": ["R5", "R2"], "priority": Priority.EMERGENCY}, Disposition.REFERRED_911_ED),
        ({"rules": ["R14"], "door": Door.NEW}, Disposition.TRANSFER_STARTED),
        ({"rules": ["R12"], "is_pharmacist": True}, Disposition.CLINICAL_ADVICE_GIVEN),
    ],
)
@pytest.mark.parametrize("outcome", steps.REACHED)
def test_once_reached_it_is_closed_with_what_is_likely(
    outcome: Outcome, given: dict[str, Any], first: Disposition
) -> None:
    found = closings(offer(outcome, **given))
    assert found[0] == first
    assert found[-1] == Disposition.NO_ACTION_NEEDED
    assert len(found) == len(set(found)) <= steps.MOST_DISPOSITIONS


def test_advice_about_health_is_a_pharmacist_s() -> None:
    assert Disposition.CLINICAL_ADVICE_GIVEN not in closings(offer(Outcome.REACHED_PATIENT, rules=["R12"]))


def test_who_declined_is_closed() -> None:
    assert closings(offer(Outcome.DECLINED)) == [Disposition.WITHDRAWN, Disposition.NO_ACTION_NEEDED]


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("priority", Priority)
def test_there_is_a_step_after_every_outcome(outcome: Outcome, priority: Priority) -> None:
    assert offer(outcome, priority=priority).steps
