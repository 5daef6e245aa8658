"""Assessing requests by the triage rules under what holds now: when they arrive, and again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from intake import triage
from intake.choices import FacilityStatus, Priority, Rule
from intake.models import Facility, Request
from intake.services import promises
from intake.situation import Situation

# What `again` may change.
FIELDS = [*promises.FIELDS, "needs_pharmacist", "rules", "ruleset_version"]


@dataclass(frozen=True)
class Reassessment:
    """What a second look changed: from which priority to which, and the rules that fire now."""

    before: Priority
    after: Priority
    assessment: triage.Assessment

    @property
    def note(self) -> str:
        """The rules, their reasons and their version, as the event keeps them."""
        reasons = [f"{rule.value} {rule.label}" for rule in self.assessment.rules]
        return "\n".join([*reasons, triage.RULESET_VERSION])


def steady_center(**lookup: Any) -> Facility | None:
    """A center as a decision may lean on it: its status stays until the transaction ends.

    On PostgreSQL the row is locked against changes, not against others who lean on it; SQLite has one writer
    at a time. Open requests are locked only afterwards, as by whoever changes the status.
    """
    found = Facility.objects.filter(**lookup)
    if connection.vendor != "postgresql":
        return found.first()
    query, values = found.query.sql_with_params()
    # Django has no word for it.
    return next(iter(Facility.objects.raw(f"{query} FOR SHARE", values)), None)


def assess(
    answers: Mapping[str, Any], center: Facility | None, queue_id: int, today: Situation, now: datetime
) -> triage.Assessment:
    """Assess the answers at `now`; ValueError or LookupError for what no form could have sent."""
    zone = today.line_of(queue_id).schedule.zone
    return triage.assess(
        triage.Answers.from_document(answers),
        triage.Circumstances(
            today=now.astimezone(zone).date(),
            center_closed=center is not None and center.status == FacilityStatus.CLOSED,
            uninterruptible=today.therapies,
            notice_running=today.running_notice(now) is not None,
        ),
    )


def again(request: Request, center: Facility | None, today: Situation, now: datetime) -> Reassessment | None:
    """Assess a locked request anew, in memory. None where that changes nothing.

    The priority only rises and the call only comes sooner; what fired before stays beside what fires now,
    and who needed a pharmacist goes on needing one.
    """
    assessment = assess(request.answers, center, request.queue_id, today, now)
    before = Priority(request.priority)
    gained = set(assessment.rules) - set(request.rules) - {Rule.R14}
    if assessment.priority.severity < before.severity:
        promises.rise(request, assessment.priority, today, now)
    elif not gained and request.needs_pharmacist >= assessment.needs_pharmacist:
        return None
    if gained:
        fired = {*request.rules, *assessment.rules} - {Rule.R14}
        request.rules = [rule.value for rule in Rule if rule in fired]
    request.needs_pharmacist = request.needs_pharmacist or assessment.needs_pharmacist
    request.ruleset_version = triage.RULESET_VERSION
    return Reassessment(before, Priority(request.priority), assessment)
