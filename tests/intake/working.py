"""What staff do with a request, in short."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from intake.choices import Outcome
from intake.services import desk
from tests.intake.requests import MORNING

LA = ZoneInfo("America/Los_Angeles")
LATER = MORNING + timedelta(minutes=5)


def kinds(item):
    return [event.kind for event in item.events.all()]


def do(action, item, by, now=LATER, **arguments):
    return action(request_id=item.pk, by=by, now=now, **arguments)


def attempts(item, by, *times, outcome=Outcome.NO_ANSWER):
    for time in times:
        at = datetime.fromisoformat(f"2026-11-18 {time}").replace(tzinfo=LA).astimezone(UTC)
        do(desk.log_outreach, item, by, at, outcome=outcome)
