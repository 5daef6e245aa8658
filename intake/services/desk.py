"""What staff do with a request: each function is one transaction that locks, checks again, and changes.

The change, its event and its audit row stand or fall together. All functions take `request_id`, `by` (the
staff account) and `now`, and return the request as it stands afterwards. All raise `Request.DoesNotExist`
for a request outside the person's queues, PermissionDenied for an account that may not work requests, and
DeskError, in words for that person, when the action isn't possible now. The same again within seconds, as a
double click sends it, changes nothing more and is no error.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from intake import hours, situation, triage
from intake.choices import Disposition, EventKind, Outcome, Priority, Status, WaitingOn
from intake.contact import Contact, contact
from intake.models import Queue, Request, RequestEvent
from intake.services.errors import DeskError
from portal import audit
from portal.crypto import Unreadable

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=30)
# The same again so soon is a second click: nobody makes two calls, or two decisions, in that time.
DOUBLE_CLICK = timedelta(seconds=10)
FARTHEST_FOLLOW_UP = timedelta(days=60)
REACHED = {Outcome.REACHED_PATIENT, Outcome.REACHED_REPRESENTATIVE}

STATE = [
    "status", "waiting_on", "priority", "queue", "due_at", "follow_up_at", "claimed_by", "claimed_until",
    "closed_at", "disposition", "duplicate_of",
]  # fmt: skip


def check_workable(request: Request, *, by: Any, now: datetime, whoever_holds: bool = False) -> None:
    """Raise PermissionDenied or DeskError unless `by` may act on the request at `now`.

    `whoever_holds` is for what a colleague's claim doesn't forbid.
    """
    if not by.has_perm("intake.work_request"):
        raise PermissionDenied
    if not whoever_holds and request.is_held(now) and request.claimed_by_id != by.pk:
        raise DeskError(_("%(name)s holds this request.") % {"name": request.claimed_by})


def can_work(request: Request, *, by: Any, now: datetime, whoever_holds: bool = False) -> bool:
    try:
        check_workable(request, by=by, now=now, whoever_holds=whoever_holds)
    except (DeskError, PermissionDenied):
        return False
    return True


def contact_of(request: Request) -> Contact:
    """How to reach the sender of the request and of the later ones that it carries and that can be read."""
    later = [one for one in request.duplicates.order_by("id") if is_readable(one)]
    return contact(request.answers, [one.answers for one in later])


def is_readable(request: Request) -> bool:
    """Whether a key opens what was said; logged where none does."""
    if not isinstance(request.document, Unreadable):
        return True
    logger.error("Request %s can't be unsealed with the keys that are set.", request.pk)
    return False


def claim(*, request_id: int, by: Any, now: datetime) -> Request:
    """Hold the request for 30 minutes, or for 30 more where `by` holds it already."""
    with _working("request claimed", request_id, by, now) as (request, happened):
        _check_to_call(request)
        held_before = request.is_held(now)
        _renew(request, by, now)
        if request.status != Status.IN_PROGRESS:
            _move(request, Status.IN_PROGRESS)
        if not held_before:
            happened(EventKind.CLAIMED)
    return request


def release(*, request_id: int, by: Any, now: datetime) -> Request:
    """Give the request back. It is new again unless somebody tried to reach the patient."""
    with _working("request released", request_id, by, now) as (request, happened):
        if not request.is_held(now):
            return request
        request.claimed_by = request.claimed_until = None
        _new_unless_tried(request)
        happened(EventKind.RELEASED)
    return request


def log_outreach(*, request_id: int, outcome: Outcome, note: str = "", by: Any, now: datetime) -> Request:
    """Log one attempt to reach the patient.

    A voicemail against the patient's word, or a text without consent, is an incident too.
    """
    with _working("outreach logged", request_id, by, now) as (request, happened):
        _check_to_call(request)
        if _just_done(request, EventKind.OUTREACH, outcome, by, now):
            return request
        _renew(request, by, now)
        if request.status != Status.IN_PROGRESS:
            _move(request, Status.IN_PROGRESS)
        happened(EventKind.OUTREACH, to_value=outcome, note=note)
        agreed = contact_of(request)
        if outcome == Outcome.LEFT_VOICEMAIL and agreed.refuses_voicemail:
            happened(EventKind.INCIDENT, to_value="voicemail_refused")
        if outcome == Outcome.TEXT_SENT and not agreed.text_ok:
            happened(EventKind.INCIDENT, to_value="text_without_consent")
    return request


def set_follow_up(
    *, request_id: int, at: datetime, waiting_on: WaitingOn | str = "", note: str = "", by: Any, now: datetime
) -> Request:
    """Promise the next contact at `at`; with `waiting_on` the request waits for somebody until then.

    The claim ends: until then there is nothing to hold.
    """
    if at <= now:
        raise DeskError(_("Choose a time that is still to come."))
    if at > now + FARTHEST_FOLLOW_UP:
        raise DeskError(_("Choose a time within 60 days."))
    with _working("follow-up set", request_id, by, now) as (request, happened):
        _check_to_call(request)
        same = request.follow_up_at == at and request.waiting_on == waiting_on
        if same and _just_done(request, EventKind.FOLLOW_UP, _time(at), by, now):
            return request
        before = _time(request.follow_up_at)
        request.follow_up_at = at
        request.waiting_on = waiting_on
        _move(request, Status.WAITING if waiting_on else Status.IN_PROGRESS)
        request.claimed_by = request.claimed_until = None
        happened(EventKind.FOLLOW_UP, before, _time(at), note)
    return request


def reroute(*, request_id: int, queue: Queue, note: str = "", by: Any, now: datetime) -> Request:
    """Move the request to another queue. What was promised stays: the due time does not change."""
    with _working("request re-routed", request_id, by, now) as (request, happened):
        _check_to_call(request)
        if request.queue_id == queue.pk:
            return request
        before, request.queue = request.queue.slug, queue
        request.claimed_by = request.claimed_until = None
        _new_unless_tried(request)
        happened(EventKind.REROUTED, before, queue.slug, note)
    return request


def change_priority(
    *, request_id: int, priority: Priority, note: str = "", by: Any, now: datetime
) -> Request:
    """Raise the priority freely, or lower it with a reason. Raised, it is due earlier, never later.

    A colleague's claim is no obstacle to raising it, and stays theirs.
    """
    # Read before the transaction, so that a failed look can't break it.
    today = situation.current()
    with _working("priority changed", request_id, by, now, whoever_holds=True) as (request, happened):
        _check_to_call(request)
        before = Priority(request.priority)
        if priority.severity > before.severity:
            check_workable(request, by=by, now=now)
        if priority == before:
            return request
        schedule = next(line.schedule for line in today.lines if line.queue_id == request.queue_id)
        target = today.targets[priority]
        if priority.severity < before.severity:
            request.due_at = min(request.due_at, hours.due_at(now, target, schedule))
            _drop_later_follow_up(request)
        elif not note.strip():
            raise DeskError(_("Say why the priority is lowered."))
        else:
            request.due_at = hours.due_at(request.submitted_at, target, schedule)
        request.priority = priority
        happened(EventKind.PRIORITY_CHANGED, before, priority, note)
    return request


def close(*, request_id: int, disposition: Disposition, note: str = "", by: Any, now: datetime) -> Request:
    """Close the request with how it ended, and with it the later ones that it carries, as duplicates."""
    with _working("request closed", request_id, by, now) as (request, happened):
        closed = request.status == Status.CLOSED and request.disposition == disposition
        if closed and _just_done(request, EventKind.CLOSED, disposition, by, now):
            return request
        if disposition == Disposition.UNABLE_TO_REACH:
            _check_unable_to_reach(request)
        _close(request, disposition, note, now, happened)
        for later in request.duplicates.unclosed().select_for_update():
            with _changing("request closed", later, by, now) as happened_later:
                _close(later, Disposition.DUPLICATE, "", now, happened_later)
    return request


def reopen(*, request_id: int, note: str, by: Any, now: datetime) -> Request:
    """Put a closed request back among the calls to make, due as it was; `note` says why."""
    if not note.strip():
        raise DeskError(_("Say why the request is reopened."))
    with _working("request reopened", request_id, by, now) as (request, happened):
        if request.status == Status.NEW and _just_done(request, EventKind.REOPENED, "", by, now):
            return request
        if request.status != Status.CLOSED:
            raise DeskError(_("The request is open."))
        before = request.disposition
        _move(request, Status.NEW)
        request.closed_at, request.disposition = None, ""
        request.follow_up_at = None
        # It stands for itself again: its first may be closed for good.
        request.duplicate_of = None
        happened(EventKind.REOPENED, before, "", note)
    return request


class Happened(Protocol):
    """Adds an event to the request that is being changed."""

    def __call__(self, kind: EventKind, from_value: str = "", to_value: str = "", note: str = "") -> None: ...


@contextmanager
def _working(
    action: str, request_id: int, by: Any, now: datetime, *, whoever_holds: bool = False
) -> Iterator[tuple[Request, Happened]]:
    with transaction.atomic():
        # Lock the request's own row; the joined ones are nobody's to hold.
        request = Request.objects.workable_by(by).select_for_update().get(pk=request_id)
        check_workable(request, by=by, now=now, whoever_holds=whoever_holds)
        with _changing(action, request, by, now) as happened:
            yield request, happened


@contextmanager
def _changing(action: str, request: Request, by: Any, now: datetime) -> Iterator[Happened]:
    """Store what the block changes of the request, with one audit row; nothing where nothing changed."""
    before, kinds = _state(request), []

    def happened(kind: EventKind, from_value: str = "", to_value: str = "", note: str = "") -> None:
        kinds.append(kind)
        RequestEvent.objects.create(
            request=request,
            at=now,
            by=by,
            kind=kind,
            from_value=from_value,
            to_value=to_value,
            note=note.strip(),
        )

    yield happened
    changed = [name for name, value in _state(request).items() if value != before[name]]
    if changed:
        request.save(update_fields=changed)
    if changed or kinds:
        fields = [*changed, "events"] if kinds else changed
        audit.record(action, by=by, subject=f"request {request.pk}", fields=fields)


def _state(request: Request) -> dict[str, Any]:
    columns = {name: Request._meta.get_field(name).attname for name in STATE}  # type: ignore[union-attr]
    return {name: getattr(request, column) for name, column in columns.items()}


def _check_to_call(request: Request) -> None:
    """Raise DeskError for a closed request, and for one that its first carries: that can only be closed."""
    if request.status == Status.CLOSED:
        raise DeskError(_("The request is closed. Reopen it first."))
    if request.duplicate_of:
        raise DeskError(
            _("This is a later request: call for the first, %(reference)s, which carries both.")
            % {"reference": request.duplicate_of.reference if is_readable(request.duplicate_of) else ""}
        )


def _just_done(request: Request, kind: EventKind, to_value: str, by: Any, now: datetime) -> bool:
    same = request.events.filter(kind=kind, to_value=to_value, by=by)
    return same.filter(at__gt=now - DOUBLE_CLICK).exists()


def _new_unless_tried(request: Request) -> None:
    """Give back what was only held: nobody has tried to reach the patient."""
    tried = request.events.filter(kind=EventKind.OUTREACH).exists()
    if request.status == Status.IN_PROGRESS and not tried:
        _move(request, Status.NEW)


def _check_unable_to_reach(request: Request) -> None:
    attempts = request.events.filter(kind=EventKind.OUTREACH).exclude(to_value__in=REACHED)
    zone = ZoneInfo(request.queue.time_zone)
    bands = [triage.band_of(at.astimezone(zone).time()) for at in attempts.values_list("at", flat=True)]
    try:
        triage.check_unable_to_reach(bands)
    except triage.TooFewAttempts as error:
        raise DeskError(str(error)) from error


def _close(request: Request, disposition: Disposition, note: str, now: datetime, happened: Happened) -> None:
    before = request.status
    _move(request, Status.CLOSED)
    request.closed_at, request.disposition = now, disposition
    request.waiting_on, request.claimed_by, request.claimed_until = "", None, None
    happened(EventKind.CLOSED, before, disposition, note)


def _move(request: Request, target: Status) -> None:
    try:
        triage.check_transition(Status(request.status), target)
    except triage.TransitionNotAllowed as error:
        raise DeskError(str(error)) from error
    request.status = target
    if target != Status.WAITING:
        request.waiting_on = ""


def _drop_later_follow_up(request: Request) -> None:
    """Whoever was to be called later is called by the due time after all."""
    if request.follow_up_at and request.due_at < request.follow_up_at:
        request.follow_up_at = None
        if request.status == Status.WAITING:
            _move(request, Status.IN_PROGRESS)


def _renew(request: Request, by: Any, now: datetime) -> None:
    request.claimed_by, request.claimed_until = by, now + LEASE


def _time(moment: datetime | None) -> str:
    return moment.isoformat(timespec="minutes") if moment else ""
