"""Requests about one patient: linked, the first carries them all; unlinked, each stands for itself again."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from intake.choices import EventKind, Priority, Status
from intake.models import Request
from intake.services.desk.course import rise
from intake.services.desk.working import check_to_call, check_workable, is_readable, working
from intake.services.errors import DeskError


def link(*, request_id: int, first_id: int, note: str = "", by: Any, now: datetime) -> Request:
    """Let another open request carry this one, and what this one carries; return this one.

    Both are locked in the order of their numbers, so that two people who link them crosswise don't wait for
    each other. Of the two the priority and the times that come first count.
    """
    if request_id == first_id:
        raise DeskError(_("A request can’t carry itself."))
    if first_id < request_id:
        with working("request linked", first_id, by, now) as work_on_first:
            return _link(work_on_first, request_id, note, by, now, carrying=True)
    with working("request linked", request_id, by, now) as work_on_later:
        return _link(work_on_later, first_id, note, by, now, carrying=False)


def _link(locked: Any, other_id: int, note: str, by: Any, now: datetime, *, carrying: bool) -> Request:
    with working("request linked", other_id, by, now) as other:
        first, later = (locked, other) if carrying else (other, locked)
        if later.request.duplicate_of_id == first.request.pk:
            return later.request
        for work in (first, later):
            check_to_call(work.request)
            check_workable(work.request, by=by, now=now)
        if not is_readable(first.request) or not is_readable(later.request):
            raise DeskError(_("A request that can’t be read can’t be linked."))
        before = Priority(first.request.priority)
        rank = min(before, Priority(later.request.priority), key=lambda priority: priority.severity)
        first.request.due_at = min(first.request.due_at, later.request.due_at)
        rise(first, rank)
        first.request.needs_pharmacist = first.request.needs_pharmacist or later.request.needs_pharmacist
        later.let_go()
        later.request.duplicate_of = first.request
        for carried in later.request.duplicates.select_for_update().order_by("id"):
            carried.duplicate_of = first.request
            carried.save(update_fields=["duplicate_of"])
        first.happened(EventKind.DUPLICATE_LINKED, before, rank, note or later.request.reference)
        later.happened(EventKind.DUPLICATE_LINKED, note=first.request.reference)
    return later.request


def unlink(*, request_id: int, note: str, by: Any, now: datetime) -> Request:
    """Let a linked request stand for itself again, among the calls to make; `note` says why.

    The first keeps the priority that it rose to: whoever finds it too high lowers it with a reason.
    """
    if not note.strip():
        raise DeskError(_("Say why they don’t belong together."))
    with working("request unlinked", request_id, by, now) as work:
        request = work.request
        if request.duplicate_of is None:
            return request
        first = request.duplicate_of
        request.duplicate_of = None
        if request.status == Status.CLOSED:
            # It was closed only because it was carried.
            work.move(Status.NEW)
            request.closed_at, request.disposition, request.follow_up_at = None, "", None
        work.happened(EventKind.UNLINKED, note=note)
        first.events.create(at=now, by=by, kind=EventKind.UNLINKED, note=request.reference)
    return work.request
