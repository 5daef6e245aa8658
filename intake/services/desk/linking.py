"""Requests about one patient: linked, the first carries them all; unlinked, each stands for itself again."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from intake.choices import Disposition, EventKind, Priority, Status
from intake.models import Request
from intake.services import promises
from intake.services.circles import again_after_a_circle
from intake.services.desk import legal
from intake.services.desk.course import assess_again
from intake.services.desk.working import Work, check_to_call, is_readable, lock_families, working
from intake.services.errors import DeskError
from portal import audit


@again_after_a_circle
def link(*, request_id: int, first_id: int, note: str = "", by: Any, now: datetime) -> Request:
    """Let another open request carry this one, and what this one carries; return this one.

    Of the two the higher priority and the times that come first count.
    """
    if request_id == first_id:
        raise DeskError(_("A request can’t carry itself."))
    with transaction.atomic():
        lock_families(request_id, first_id)
        with (
            working("request linked", first_id, by, now) as first,
            working("request linked", request_id, by, now) as later,
        ):
            return _link(first, later, note)


def _link(first: Work, later: Work, note: str) -> Request:
    if later.request.duplicate_of_id == first.request.pk:
        return later.request
    for work in (first, later):
        check_to_call(work.request)
        if not is_readable(work.request):
            raise DeskError(_("A request that can’t be read can’t be linked."))
    before, rank = Priority(first.request.priority), Priority(later.request.priority)
    due = promises.standing_due(later.request, later.today, later.now)
    promises.bring_forward(first.request, due, rank, first.today, first.now)
    call_at = first.request.follow_up_at or first.request.due_at
    if later.request.follow_up_at and later.request.follow_up_at < call_at:
        first.request.follow_up_at = later.request.follow_up_at
    first.request.needs_pharmacist = first.request.needs_pharmacist or later.request.needs_pharmacist
    first.request.first_called_at = min(
        filter(None, [first.request.first_called_at, later.request.first_called_at]), default=None
    )
    later.let_go()
    later.request.duplicate_of = first.request
    moved = list(later.request.duplicates.values_list("pk", flat=True))
    later.request.duplicates.update(duplicate_of=first.request)
    subjects = [f"request {pk}" for pk in moved]
    audit.record_all("request linked", by=later.by, subjects=subjects, fields=["duplicate_of"])
    first.happened(
        EventKind.DUPLICATE_LINKED, before, first.request.priority, note or later.request.reference
    )
    later.happened(EventKind.DUPLICATE_LINKED, note=first.request.reference)
    return later.request


@again_after_a_circle
def unlink(*, request_id: int, note: str, by: Any, now: datetime) -> Request:
    """Let a linked request stand for itself again, among the calls to make; `note` says why.

    The first keeps the priority that it rose to: whoever finds it too high lowers it with a reason. A legal
    hold on either goes on keeping both.
    """
    if not note.strip():
        raise DeskError(_("Say why they don’t belong together."))
    with working("request unlinked", request_id, by, now) as work:
        request = work.request
        if request.duplicate_of is None:
            return request
        first = request.duplicate_of
        legal.part(work)
        work.happened(EventKind.UNLINKED, note=note)
        if request.disposition == Disposition.DUPLICATE:
            # It was closed only because it was carried.
            work.move(Status.NEW)
            request.closed_at, request.disposition, request.follow_up_at = None, "", None
            assess_again(work)
        first.events.create(at=now, by=by, kind=EventKind.UNLINKED, note=request.reference)
        audit.record("request unlinked", by=by, subject=f"request {first.pk}", fields=["events"])
    return work.request
