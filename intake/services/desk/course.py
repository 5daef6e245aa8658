"""The course of a request: its queue, its rank, its end, and its new beginning."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from intake import hours, triage
from intake.choices import Disposition, EventKind, FacilityStatus, MessageKind, Outcome, Priority, Status
from intake.models import OutboxMessage, Queue, Request
from intake.querysets import accounts_with
from intake.services import assessing, promises
from intake.services.circles import again_after_a_circle
from intake.services.desk import legal
from intake.services.desk.working import (
    Work,
    changing,
    check_to_call,
    check_workable,
    is_readable,
    lock_families,
    working,
)
from intake.services.errors import DeskError

REACHED = {Outcome.REACHED_PATIENT, Outcome.REACHED_REPRESENTATIVE}
# Whoever raises a request to less than this has not said that it can't wait.
PRESSING = {Priority.EMERGENCY, Priority.URGENT}


def reroute(*, request_id: int, queue: Queue, note: str = "", by: Any, now: datetime) -> Request:
    """Move the request to another queue that somebody works. What was promised stays, also the due time."""
    with working("request re-routed", request_id, by, now) as work:
        request = work.request
        check_to_call(request)
        if request.queue_id == queue.pk:
            return request
        if not accounts_with(queue.staff_groups.all()).exists():
            raise DeskError(_("Nobody works this queue: the request would wait for ever."))
        before, request.queue = request.queue.slug, queue
        work.let_go()
        work.new_unless_tried()
        work.happened(EventKind.REROUTED, before, queue.slug, note)
    return work.request


def change_priority(
    *, request_id: int, priority: Priority, note: str = "", by: Any, now: datetime
) -> Request:
    """Raise the priority freely, or lower it with a reason. Raised, it is due earlier, never later.

    A colleague's claim is no obstacle to raising it, and stays theirs.
    """
    with working("priority changed", request_id, by, now, whoever_holds=True) as work:
        request = work.request
        check_to_call(request)
        before = Priority(request.priority)
        if priority.severity > before.severity:
            check_workable(request, by=by, now=now)
        if priority == before:
            return request
        if priority.severity < before.severity:
            promises.rise(request, priority, work.today, now)
        elif not note.strip():
            raise DeskError(_("Say why the priority is lowered."))
        else:
            request.due_at = hours.due_at(request.submitted_at, work.target(priority), work.schedule)
            if priority not in PRESSING:
                request.escalated_at = None
            request.priority = priority
        work.happened(EventKind.PRIORITY_CHANGED, before, priority, note)
    return work.request


def ask_pharmacist(*, request_id: int, note: str = "", by: Any, now: datetime) -> Request:
    """Say that a pharmacist has to call. The claim of somebody who is none ends with it."""
    with working("pharmacist asked for", request_id, by, now) as work:
        request = work.request
        check_to_call(request)
        if request.needs_pharmacist:
            return request
        request.needs_pharmacist = True
        if not by.has_perm("intake.answer_as_pharmacist"):
            work.let_go()
            work.new_unless_tried()
        work.happened(EventKind.PHARMACIST_ASKED, note=note)
    return work.request


def escalate(*, request_id: int, note: str, by: Any, now: datetime) -> Request:
    """Raise a request to the lead by hand; `note` says why. It stands right behind the emergencies then."""
    if not note.strip():
        raise DeskError(_("Say why it is escalated."))
    with working("request escalated", request_id, by, now, whoever_holds=True) as work:
        check_to_call(work.request)
        if work.request.escalated_at is None:
            push_up(work, note=note)
    return work.request


def push_up(work: Work, note: str = "") -> None:
    """Mark the request and write, in the same transaction, the message to the leads of its queue."""
    work.request.escalated_at = work.now
    work.happened(EventKind.ESCALATED, note=note)
    OutboxMessage.objects.create(
        request=work.request,
        kind=MessageKind.ESCALATION,
        language=settings.LANGUAGE_CODE,
        created_at=work.now,
        due_at=work.now,
    )


@again_after_a_circle
def close(*, request_id: int, disposition: Disposition, note: str = "", by: Any, now: datetime) -> Request:
    """Close the request with how it ended, and with it the later ones that it carries, as duplicates."""
    with transaction.atomic():
        lock_families(request_id)
        return _close_all(request_id, disposition, note, by, now)


def _close_all(request_id: int, disposition: Disposition, note: str, by: Any, now: datetime) -> Request:
    with working("request closed", request_id, by, now) as work:
        request = work.request
        closed = request.status == Status.CLOSED and request.disposition == disposition
        if closed and work.just_done(EventKind.CLOSED, disposition):
            return request
        if disposition == Disposition.UNABLE_TO_REACH:
            check_unable_to_reach(request)
        _close(work, disposition, note)
        for later in request.duplicates.unclosed().order_by("pk"):
            with changing("request closed", later, by, now, work.today) as work_on_later:
                _close(work_on_later, Disposition.DUPLICATE, "")
    return work.request


@again_after_a_circle
def reopen(*, request_id: int, note: str, by: Any, now: datetime) -> Request:
    """Put a closed request back among the calls to make, due as it was; `note` says why."""
    if not note.strip():
        raise DeskError(_("Say why the request is reopened."))
    with working("request reopened", request_id, by, now) as work:
        request = work.request
        if request.status == Status.NEW and work.just_done(EventKind.REOPENED, ""):
            return request
        if request.status != Status.CLOSED:
            raise DeskError(_("The request is open."))
        before = request.disposition
        work.move(Status.NEW)
        request.closed_at, request.disposition = None, ""
        request.follow_up_at = None
        # It stands for itself again: its first may be closed for good.
        legal.part(work)
        work.happened(EventKind.REOPENED, before, "", note)
        assess_again(work)
    return work.request


def assess_again(work: Work) -> None:
    """Assess what comes back among the calls: its center may have closed since, when it wasn't looked at."""
    request = work.request
    if request.center_id is None or not is_readable(request):
        return
    center = assessing.steady_center(pk=request.center_id)
    if center is None or center.status == FacilityStatus.OPEN:
        return
    if done := assessing.again(request, center, work.today, work.now):
        work.happened(EventKind.REASSESSED, done.before, done.after, done.note)


def check_unable_to_reach(request: Request) -> None:
    """Raise DeskError unless enough was tried, in enough parts of the day on the queue's clock."""
    attempts = request.events.filter(kind=EventKind.OUTREACH).exclude(to_value__in=REACHED)
    zone = ZoneInfo(request.queue.time_zone)
    bands = [triage.band_of(at.astimezone(zone).time()) for at in attempts.values_list("at", flat=True)]
    try:
        triage.check_unable_to_reach(bands)
    except triage.TooFewAttempts as error:
        raise DeskError(str(error)) from error


def _close(work: Work, disposition: Disposition, note: str) -> None:
    request, before = work.request, work.request.status
    work.move(Status.CLOSED)
    request.closed_at, request.disposition = work.now, disposition
    request.escalated_at = None
    work.let_go()
    work.happened(EventKind.CLOSED, before, disposition, note)
