"""The days before the demonstration's morning: what was asked then, called, and closed.

Rows as the services leave them, written at once: through the services they would take longer than anybody
waits for a first start. The people are made up like those of the morning, and none of it is open any more.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from intake import hours, lookup, references, situation
from intake.choices import Channel, Disposition, EventKind, Outcome, Priority, Status
from intake.demo import Clock, staff_by_role
from intake.models import Request, RequestEvent

DAYS = 7
WEEKDAY, WEEKEND = 24, 9
SATURDAY = 5
MINUTE = timedelta(minutes=1)
FIRST_NAMES = ("Ada", "Ben", "Clara", "Dov", "Ella", "Femi", "Gus", "Hui", "Iris", "Jon", "Kira", "Luis")
LAST_NAMES = ("Sample", "Example", "Specimen", "Ejemplo", "Muestra", "Placeholder", "Mockup", "Testcase")
AREAS = ("213", "310", "323", "424", "626", "818")
# The morning's own people have the numbers below. All from 555-0100 to 555-0199 ring nowhere.
FIRST_NUMBER, NUMBERS = 50, 49

ENDINGS: Mapping[Priority, tuple[Disposition, ...]] = {
    Priority.EMERGENCY: (Disposition.REFERRED_911_ED, Disposition.CLINICAL_ADVICE_GIVEN),
    Priority.URGENT: (
        Disposition.EMERGENCY_REFILL,
        Disposition.REPLACEMENT_DISPENSED,
        Disposition.INFUSION_RESCHEDULED,
        Disposition.SITE_CHANGED,
    ),
    Priority.SAME_DAY: (
        Disposition.DELIVERY_RESCHEDULED,
        Disposition.DELIVERY_RESCHEDULED,
        Disposition.ADDRESS_UPDATED,
        Disposition.RESOURCE_REFERRAL,
        Disposition.TRANSFER_STARTED,
    ),
    Priority.ROUTINE: (
        Disposition.NO_ACTION_NEEDED,
        Disposition.PRESCRIBER_CONTACTED,
        Disposition.REFERRAL_STARTED,
    ),
}
MISSES = (Outcome.NO_ANSWER, Outcome.NO_ANSWER, Outcome.BUSY)


@dataclass(frozen=True)
class _Day:
    """One request of an earlier day, and what is written of it."""

    request: Request
    events: tuple[RequestEvent, ...]


@transaction.atomic
def fill(*, now: datetime) -> int:
    """Add a week of closed requests, modelled on the morning's; return how many. None without staff."""
    like = list(Request.objects.filter(duplicate_of=None).order_by("id"))
    clock = Clock(now, situation.current().lines[0].schedule.zone)
    staff = staff_by_role()
    if not staff or not like:
        return 0
    days = list(_days(like, clock, staff))
    made = Request.objects.bulk_create(day.request for day in days)
    for request, day in zip(made, days, strict=True):
        for event in day.events:
            event.request = request
    RequestEvent.objects.bulk_create(event for day in days for event in day.events)
    return len(made)


def _days(like: Sequence[Request], clock: Clock, staff: Mapping[str, Any]) -> Iterator[_Day]:
    chance = random.Random(1119)  # noqa: S311 (the same week each time)
    today = situation.current()
    schedules = {line.queue_id: line.schedule for line in today.lines}
    number = 0
    for back in range(DAYS, 0, -1):
        day = clock.day(-back)
        for _each in range(WEEKEND if day.weekday() >= SATURDAY else WEEKDAY):
            number += 1
            # Most come in the morning; at night hardly anybody does.
            minute = min(int(chance.triangular(6 * 60, 22 * 60, 9.5 * 60)), 24 * 60 - 1)
            at = datetime.combine(day, time(minute // 60, minute % 60), clock.zone)
            model = chance.choice(like)
            target = today.targets[Priority(model.priority)]
            due = hours.due_at(at, target, schedules[model.queue_id])
            called = _called(at, due, Priority(model.priority), chance)
            closed = called + chance.randint(2, 25) * MINUTE
            if closed < clock.now:
                yield _day(_request(model, number, at, due, chance), called, closed, staff, chance)


def _called(at: datetime, due: datetime, priority: Priority, chance: random.Random) -> datetime:
    """Mostly in time, sometimes late; where only open hours count, while the queue is open."""
    if chance.random() < 0.12:
        return due + chance.randint(2, 30) * MINUTE
    if priority in (Priority.EMERGENCY, Priority.URGENT):
        return at + (due - at) * chance.uniform(0.15, 0.95)
    return max(at + 3 * MINUTE, due - chance.randint(5, 220) * MINUTE)


def _request(model: Request, number: int, at: datetime, due: datetime, chance: random.Random) -> Request:
    answers = {
        **{name: value for name, value in model.answers.items() if name not in ("notes", "email")},
        "first_name": FIRST_NAMES[number % len(FIRST_NAMES)],
        "last_name": LAST_NAMES[number % len(LAST_NAMES)],
        "phone": f"+1{AREAS[number % len(AREAS)]}55501{FIRST_NUMBER + number // len(AREAS) % NUMBERS}",
    }
    key = UUID(int=chance.getrandbits(128), version=4)
    digest = f"{chance.getrandbits(256):064x}"
    reference = references.new_reference()
    return Request(
        document={**model.document, "reference": reference, "answers": answers},
        **lookup.hash_columns(answers, reference),
        token_hash=lookup.token_digest(lookup.tokens_for(key, digest)[0]),
        submission_key=key,
        answers_digest=digest,
        door=model.door,
        channel=Channel.PHONE if chance.random() < 0.2 else Channel.WEB,
        queue_id=model.queue_id,
        language=model.language,
        interpreter=model.interpreter,
        center_id=model.center_id,
        priority=model.priority,
        rules=model.rules,
        needs_pharmacist=model.needs_pharmacist,
        ruleset_version=model.ruleset_version,
        submitted_at=at,
        due_at=due,
    )


def _day(
    request: Request, called: datetime, closed: datetime, staff: Mapping[str, Any], chance: random.Random
) -> _Day:
    """Let the request be called and closed: by a pharmacist where one is needed."""
    by = staff[
        "pharmacist" if request.needs_pharmacist else chance.choice(("frontdesk", "frontdesk", "lead"))
    ]
    reached = called
    events = [_event(EventKind.SUBMITTED, request.submitted_at, None, "", request.priority)]
    events.append(_event(EventKind.CLAIMED, called - MINUTE, by))
    if chance.random() < 0.3:
        events.append(_event(EventKind.OUTREACH, called, by, "", _miss(request, chance)))
        reached = called + (closed - called) / 2
    whom = Outcome.REACHED_PATIENT if chance.random() < 0.8 else Outcome.REACHED_REPRESENTATIVE
    events.append(_event(EventKind.OUTREACH, reached, by, "", whom))
    ending = chance.choice(ENDINGS[Priority(request.priority)])
    events.append(_event(EventKind.CLOSED, closed, by, Status.IN_PROGRESS, ending))
    request.status, request.disposition, request.closed_at = Status.CLOSED, ending, closed
    request.first_called_at = called
    return _Day(request, tuple(events))


def _miss(request: Request, chance: random.Random) -> Outcome:
    """How a call that reached nobody ended: with a voicemail only where one is wanted."""
    return chance.choice(
        (*MISSES, Outcome.LEFT_VOICEMAIL) if request.answers.get("voicemail_ok") == "yes" else MISSES
    )


def _event(kind: EventKind, at: datetime, by: Any, before: str = "", after: str = "") -> RequestEvent:
    return RequestEvent(kind=kind, at=at, by=by, from_value=before, to_value=after)
