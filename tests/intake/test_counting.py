"""What the database counts, beside the same counted one by one from the stored rows."""

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from intake import counting
from intake.choices import Channel, Disposition, EventKind, Outcome, Priority, Status
from intake.figures import Kept, Period, rank_at
from intake.models import Queue, Request, RequestEvent
from tests.intake.stored import stored

pytestmark = pytest.mark.django_db

CALIFORNIA = ZoneInfo("America/Los_Angeles")
# The afternoon of the day on which the clocks go back.
NOW = datetime(2026, 11, 1, 23, 0, tzinfo=UTC)
SUNDAY = Period(date(2026, 11, 1), date(2026, 11, 1), CALIFORNIA)
WEEK = Period(date(2026, 10, 26), date(2026, 11, 1), CALIFORNIA)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def queues():
    return list(Queue.objects.all())


def a_hard_week(queues):
    """300 requests at any minute of eight days, in every state, with what was tried."""
    chance = random.Random(11)
    rows = []
    for _number in range(300):
        at = WEEK.start - timedelta(days=1) + chance.randrange(8 * 24 * 60) * MINUTE
        called = chance.choice([None, at + chance.randrange(1, 300) * MINUTE])
        closed = chance.choice([None, (called or at) + chance.randrange(1, 3000) * MINUTE])
        paused = chance.choice([None, at + chance.randrange(1, 120) * MINUTE]) if not closed else None
        rows.append(stored(
            chance.choice(queues), at,
            priority=chance.choice(Priority.values), channel=chance.choice(Channel.values),
            rules=chance.choice([["R4"], ["R4", "R5"], ["R9", "R4"], ["R14"]]),
            due_at=at + chance.randrange(15, 240) * MINUTE, first_called_at=called,
            status=Status.CLOSED if closed else Status.WAITING if paused else Status.NEW,
            closed_at=closed, disposition=chance.choice(Disposition.values) if closed else "",
            paused_at=paused, waiting_on="patient" if paused else "", follow_up_at=paused,
        ))  # fmt: skip
    made = Request.objects.bulk_create(rows)
    for later in made[::10]:
        Request.objects.filter(pk=later.pk).update(duplicate_of=made[1])
    RequestEvent.objects.bulk_create(
        RequestEvent(request=request, at=request.submitted_at + chance.randrange(2000) * MINUTE, kind=kind,
                     to_value=chance.choice(Outcome.values))
        for request in made
        for kind in chance.choices([EventKind.OUTREACH, EventKind.CLAIMED], k=2)
    )  # fmt: skip
    return list(Request.objects.order_by("id"))


def slot_of(period, at):
    return next((slot.start for slot in period.slots() if slot.start <= at < slot.end), None)


@pytest.mark.parametrize("period", [SUNDAY, WEEK], ids=["hours", "days"])
def test_the_counts_are_those_of_the_rows(queues, period):
    requests = a_hard_week(queues)
    own = [r for r in requests if slot_of(period, r.submitted_at) and r.duplicate_of_id is None]

    arrivals = counting.arrivals(Request.objects.all(), period)
    assert +Counter(arrivals.by_slot) == Counter(slot_of(period, r.submitted_at) for r in own)
    assert arrivals.by_queue == Counter(r.queue_id for r in own)
    assert arrivals.by_phone == sum(r.channel == Channel.PHONE for r in own)
    assert arrivals.linked == sum(slot_of(period, r.submitted_at) is not None for r in requests) - len(own)

    attempts = [e for e in RequestEvent.objects.filter(kind=EventKind.OUTREACH) if slot_of(period, e.at)]
    calls = counting.calls([queue.pk for queue in queues], period)
    assert calls.by_slot == Counter(slot_of(period, e.at) for e in attempts)
    assert +Counter(calls.by_outcome) == Counter(e.to_value for e in attempts)
    assert sum(calls.by_queue.values()) == len(attempts)

    assert counting.rules(Request.objects.all(), period) == Counter(code for r in own for code in r.rules)
    closed = [r for r in requests if r.closed_at and slot_of(period, r.closed_at) and not r.duplicate_of_id]
    assert counting.dispositions(Request.objects.all(), period) == Counter(r.disposition for r in closed)


def test_promises_and_waits_are_those_of_the_rows(queues):
    requests = [r for r in a_hard_week(queues) if slot_of(WEEK, r.submitted_at) and not r.duplicate_of_id]

    def became(request):
        if request.first_called_at:
            return "in_time" if request.first_called_at <= request.due_at else "late"
        if request.closed_at:
            return "closed_uncalled"
        return "late" if request.due_at < min(request.paused_at or NOW, NOW) else "not_due"

    kept = counting.kept(Request.objects.all(), WEEK, NOW)
    waits = counting.waits(Request.objects.all(), WEEK)
    assert set(kept) == {(r.queue_id, r.priority) for r in requests}
    for (queue, priority), counts in kept.items():
        own = Counter(became(r) for r in requests if (r.queue_id, r.priority) == (queue, priority))
        assert counts == Kept(arrived=own.total(), **own)
    for priority in Priority:
        took = sorted(r.first_called_at - r.submitted_at for r in requests
                      if r.priority == priority and r.first_called_at)  # fmt: skip
        found = waits[priority]
        assert found.count == len(took)
        assert found.median == took[rank_at(5, len(took)) - 1]
        assert found.ninetieth == took[rank_at(9, len(took)) - 1]


@pytest.mark.parametrize("minutes", [[7], [7, 9], [7, 8, 30]])
def test_of_few_people_each_is_seen(queues, minutes):
    at = WEEK.start + MINUTE
    for wait in minutes:
        stored(queues[0], at, first_called_at=at + wait * MINUTE).save()
    waits = counting.waits(Request.objects.all(), WEEK)
    assert list(waits) == [Priority.URGENT]
    found = waits[Priority.URGENT]
    assert (found.count, found.ninetieth) == (len(minutes), minutes[-1] * MINUTE)


def test_while_the_patient_is_waited_for_nothing_becomes_late(queues):
    at = NOW - 180 * MINUTE
    waiting = {"status": Status.WAITING, "waiting_on": "patient", "follow_up_at": NOW}
    stored(queues[0], at, paused_at=at + 30 * MINUTE, **waiting).save()
    stored(queues[0], at, paused_at=at + 90 * MINUTE, **waiting).save()
    [counts] = counting.kept(Request.objects.all(), SUNDAY, NOW).values()
    assert counts == Kept(arrived=2, late=1, not_due=1)


def test_the_hour_that_autumn_repeats_is_counted_as_two(queues):
    first, again = datetime(2026, 11, 1, 8, 30, tzinfo=UTC), datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
    for at in (first, again, again):
        stored(queues[0], at).save()
    counts = counting.arrivals(Request.objects.all(), SUNDAY).by_slot
    assert {f"{at.astimezone(CALIFORNIA):%H %Z}": count for at, count in counts.items()} == {
        "01 PDT": 1,
        "01 PST": 2,
    }


def test_each_is_one_query(queues, django_assert_num_queries):
    a_hard_week(queues)
    everything = Request.objects.all()
    with django_assert_num_queries(6):
        counting.arrivals(everything, WEEK)
        counting.calls([queue.pk for queue in queues], WEEK)
        counting.kept(everything, WEEK, NOW)
        counting.waits(everything, WEEK)
        counting.rules(everything, WEEK)
        counting.dispositions(everything, WEEK)
