"""By when a request is called, and what moves that: over a locked request in memory, which the caller stores.

A priority only rises here, and a call only comes sooner.
"""

from datetime import datetime

from intake import hours
from intake.choices import Priority, Status
from intake.models import Request
from intake.situation import Situation

# What these functions may change.
FIELDS = ["priority", "due_at", "follow_up_at", "paused_at", "status", "waiting_on"]

Standing = tuple[str, datetime, datetime | None]


def standing(request: Request, today: Situation, now: datetime) -> Standing:
    """What is promised at `now`: the priority, the due time as if the clock ran on, and the follow-up."""
    return request.priority, standing_due(request, today, now), request.follow_up_at


def standing_due(request: Request, today: Situation, now: datetime) -> datetime:
    """The due time, from which the clock would go on if it stood until `now`."""
    if request.paused_at is None:
        return request.due_at
    schedule = today.line_of(request.queue_id).schedule
    basis = today.targets[request.priority].basis
    return hours.resumed(request.due_at, request.paused_at, now, basis, schedule)


def resume(request: Request, today: Situation, now: datetime) -> None:
    """Let the clock run on where it stood; what was left then is left now."""
    request.due_at, request.paused_at = standing_due(request, today, now), None


def rise(request: Request, priority: Priority, today: Situation, now: datetime) -> None:
    """Give the request a higher priority: due from now on by that one's target, or sooner as it was."""
    schedule = today.line_of(request.queue_id).schedule
    bring_forward(request, hours.due_at(now, today.targets[priority], schedule), priority, today, now)


def bring_forward(
    request: Request, due: datetime, priority: Priority, today: Situation, now: datetime
) -> None:
    """Let the request be due at `due` and of `priority`, each unless it is sooner or higher already.

    Whoever was to be called later than `due` is called by then after all, whether the clock stood or not.
    """
    before, stood_at = Priority(request.priority), standing_due(request, today, now)
    higher = min(before, priority, key=lambda one: one.severity)
    is_sooner = request.follow_up_at is not None and due < request.follow_up_at
    if request.paused_at and (is_sooner or higher != before or due < stood_at):
        # What is left is counted in the target's own way: what the old one left is settled before.
        request.due_at, request.paused_at = stood_at, None if is_sooner else now
    request.due_at = min(request.due_at, due)
    request.priority = higher
    if is_sooner:
        request.follow_up_at = None
        if request.status == Status.WAITING:
            request.status, request.waiting_on = Status.IN_PROGRESS, ""
