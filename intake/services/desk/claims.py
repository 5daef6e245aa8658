"""Who holds a request: a lease of 30 minutes to one person. Activity renews it; it returns by itself."""

from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from intake import situation
from intake.choices import EventKind, Status
from intake.models import Request
from intake.querysets import Worker
from intake.services.desk.working import LEASE, Work, changing, check_to_call, is_readable, working
from intake.services.errors import DeskError

# How many leases that ran out are returned in one transaction.
BATCH = 100
# With more than so many that can't be read, the keys are lost and nobody's next call is the trouble.
MOST_PASSED_OVER = 100


def claim(*, request_id: int, by: Any, now: datetime) -> Request:
    """Hold the request for 30 minutes, or for 30 more where `by` holds it already."""
    with working("request claimed", request_id, by, now) as work:
        _take(work)
    return work.request


def next_call(*, worker: Worker, now: datetime) -> Request | None:
    """Claim the most urgent request that the person can take, and return it; None where there is none.

    What they hold already comes first: it was begun and not ended. Two people who ask at the same moment get
    two different requests. What no key opens is passed over: it would come again at every next call.
    """
    by = worker.user
    if not by.has_perm("intake.work_request"):
        raise PermissionDenied
    today = situation.current()
    with transaction.atomic():
        # One at a time for each person, so that a double click doesn't give them two.
        get_user_model().objects.select_for_update(no_key=True).get(pk=by.pk)
        request = _first_to_take(worker, now)
        if request is None:
            return None
        with changing("request claimed", request, by, now, today) as work:
            _take(work)
    return request


def keep(*, request_id: int, by: Any, now: datetime) -> bool:
    """Renew the lease because `by` is at work on the request. False where they don't hold it any more.

    One statement and no event: it says nothing that the claim doesn't.
    """
    mine = Request.objects.workable_by(by).to_call().held_by(by, now).filter(pk=request_id)
    return bool(mine.update(claimed_until=now + LEASE))


def release(*, request_id: int, by: Any, now: datetime) -> Request:
    """Give the request back. It is new again unless somebody tried to reach the patient."""
    with working("request released", request_id, by, now) as work:
        if work.request.is_held(now):
            work.let_go()
            work.new_unless_tried()
            work.happened(EventKind.RELEASED)
    return work.request


def take_over(*, request_id: int, reason: str, by: Any, now: datetime) -> Request:
    """Take a request that a colleague holds; `reason` says why, and both names stay on record."""
    if not reason.strip():
        raise DeskError(_("Say why you take it over."))
    with working("request taken over", request_id, by, now, whoever_holds=True) as work:
        request = work.request
        check_to_call(request)
        if request.is_held(now) and request.claimed_by_id != by.pk:
            work.happened(EventKind.TAKEN_OVER, str(request.claimed_by), str(by), reason)
            work.let_go()
        _take(work, silently=EventKind.TAKEN_OVER in work.kinds)
    return work.request


def take_back(*, request_id: int, reason: str, by: Any, now: datetime) -> Request:
    """Return to the queue what a colleague holds: a lead may, with a reason; who held it stays on record."""
    if not reason.strip():
        raise DeskError(_("Say why you take it back."))
    with working("request taken back", request_id, by, now, whoever_holds=True) as work:
        if not by.has_perm("intake.assign_request"):
            raise PermissionDenied
        if work.request.is_held(now):
            holder = str(work.request.claimed_by)
            work.let_go()
            work.new_unless_tried()
            work.happened(EventKind.RELEASED, holder, "", reason)
    return work.request


def can_assign(request: Request, *, by: Any, now: datetime) -> bool:
    """A lead assigns to anybody; who holds a request may hand it on."""
    holds = request.is_held(now) and request.claimed_by_id == by.pk
    return bool(by.has_perm("intake.assign_request") or (holds and by.has_perm("intake.work_request")))


def assign(*, request_id: int, to: Any, note: str = "", by: Any, now: datetime) -> Request:
    """Let `to` hold the request from now on, whoever held it before: an assignment, or a warm handoff."""
    with working("request assigned", request_id, by, now, whoever_holds=True) as work:
        request = work.request
        if request.is_held(now) and request.claimed_by_id == to.pk:
            # Theirs already: a second click, whoever's it is.
            return request
        if not can_assign(request, by=by, now=now):
            raise PermissionDenied
        check_to_call(request)
        if not _can_hold(request, to):
            raise DeskError(_("%(name)s can’t work this queue.") % {"name": to})
        before = str(request.claimed_by) if request.is_held(now) else ""
        work.let_go()
        if request.status != Status.IN_PROGRESS:
            work.move(Status.IN_PROGRESS)
        request.claimed_by, request.claimed_until = to, now + LEASE
        work.happened(EventKind.ASSIGNED, before, str(to), note)
    return work.request


def return_lapsed(*, now: datetime) -> int:
    """Put requests whose lease ran out back as they were; return how many. Any number may do it at once.

    Nobody waits for this: a lease that ran out holds nothing. It sets the record straight.
    """
    today = situation.current()
    with transaction.atomic():
        lapsed = Request.objects.lapsed(now).select_for_update(no_key=True, skip_locked=True, of=("self",))
        rows = list(lapsed.select_related("claimed_by")[:BATCH])
        for request in rows:
            with changing("lease ran out", request, "portal", now, today) as work:
                work.happened(EventKind.RETURNED, str(request.claimed_by), by=None)
                work.let_go()
                work.new_unless_tried()
    return len(rows)


def _first_to_take(worker: Worker, now: datetime) -> Request | None:
    by = worker.user
    mine = Request.objects.workable_by(by).to_call().held_by(by, now).in_call_order()
    free = Request.objects.takeable_by(worker, now).in_call_order()
    unreadable: list[int] = []
    while len(unreadable) < MOST_PASSED_OVER:
        # PostgreSQL passes over the rows that others are just taking; SQLite has one writer at a time.
        request = (
            mine.exclude(pk__in=unreadable).select_for_update(no_key=True).first()
            or free.exclude(pk__in=unreadable).select_for_update(no_key=True, skip_locked=True).first()
        )
        if request is None or is_readable(request):
            return request
        unreadable.append(request.pk)
    return None


def _take(work: Work, *, silently: bool = False) -> None:
    request = work.request
    check_to_call(request)
    held_before = request.is_held(work.now)
    work.hold()
    if request.status != Status.IN_PROGRESS:
        work.move(Status.IN_PROGRESS)
    if not held_before and not silently:
        work.happened(EventKind.CLAIMED)


def _can_hold(request: Request, to: Any) -> bool:
    may = to.is_active and to.has_perm("intake.work_request")
    return bool(may and Request.objects.workable_by(to).filter(pk=request.pk).exists())
