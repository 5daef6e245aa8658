"""The frame of every action: the lock, the checks after it, the event and the audit row."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from intake import situation, triage
from intake.choices import EventKind, Priority, Status, WaitingOn
from intake.contact import Contact, contact
from intake.hours import Schedule, Target
from intake.models import Request, RequestEvent
from intake.services import promises
from intake.services.errors import DeskError
from portal import audit
from portal.crypto import Unreadable

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=30)
# The same again so soon is a second click: nobody makes two calls, or two decisions, in that time.
DOUBLE_CLICK = timedelta(seconds=10)
LONGEST_VALUE = RequestEvent._meta.get_field("to_value").max_length

STATE = [
    "status", "waiting_on", "priority", "needs_pharmacist", "queue", "due_at", "follow_up_at", "paused_at",
    "escalated_at", "first_called_at", "claimed_by", "claimed_until", "closed_at", "disposition",
    "duplicate_of", "rules", "ruleset_version", "legal_hold_at",
]  # fmt: skip


@dataclass
class Work:
    """One request that is being changed: locked until the transaction ends."""

    request: Request
    by: Any
    now: datetime
    today: situation.Situation
    kinds: list[EventKind] = field(default_factory=list)

    def happened(
        self, kind: EventKind, from_value: str = "", to_value: str = "", note: str = "", *, by: Any = ...
    ) -> None:
        """Add an event. Nobody did what the portal does by itself."""
        by = self.by if by is ... else by
        self.kinds.append(kind)
        RequestEvent.objects.create(
            request=self.request,
            at=self.now,
            by=None if isinstance(by, str) else by,
            kind=kind,
            # Names of accounts may be longer than the columns.
            from_value=from_value[:LONGEST_VALUE],
            to_value=to_value[:LONGEST_VALUE],
            note=note.strip(),
        )

    def just_done(self, kind: EventKind, to_value: str) -> bool:
        same = self.request.events.filter(kind=kind, to_value=to_value, by=self.by)
        return same.filter(at__gt=self.now - DOUBLE_CLICK).exists()

    @property
    def schedule(self) -> Schedule:
        """When the request's queue is open."""
        return self.today.line_of(self.request.queue_id).schedule

    def target(self, priority: Priority) -> Target:
        return self.today.targets[priority]

    def hold(self) -> None:
        """Begin or renew the lease of whoever acts; what had run out before is said."""
        request = self.request
        if request.claimed_by_id is not None and not request.is_held(self.now):
            self.happened(EventKind.RETURNED, str(request.claimed_by), by=None)
        request.claimed_by, request.claimed_until = self.by, self.now + LEASE

    def let_go(self) -> None:
        self.request.claimed_by = self.request.claimed_until = None

    def move(self, target: Status, waiting_on: WaitingOn | str = "") -> None:
        """Change the status. The clock of the target stands while the patient is waited for."""
        request = self.request
        try:
            triage.check_transition(Status(request.status), target)
        except triage.TransitionNotAllowed as error:
            raise DeskError(str(error)) from error
        request.status, request.waiting_on = target, waiting_on
        pauses = waiting_on == WaitingOn.PATIENT
        if pauses and request.paused_at is None:
            request.paused_at = self.now
        elif not pauses:
            promises.resume(request, self.today, self.now)

    def new_unless_tried(self) -> None:
        """Give back what was only held: nobody has tried to reach the patient."""
        if self.request.status == Status.IN_PROGRESS and self.request.first_called_at is None:
            self.move(Status.NEW)


@contextmanager
def working(
    action: str, request_id: int, by: Any, now: datetime, *, whoever_holds: bool = False
) -> Iterator[Work]:
    # Read before the transaction, so that a failed look can't break it.
    today = situation.current()
    with transaction.atomic():
        # No key: what only points to the row, like an event of somebody else's, doesn't wait for it.
        request = Request.objects.workable_by(by).select_for_update(no_key=True).get(pk=request_id)
        check_workable(request, by=by, now=now, whoever_holds=whoever_holds)
        with changing(action, request, by, now, today) as work:
            yield work


def lock_families(*request_ids: int) -> None:
    """Lock requests and the later ones that they carry in the order of their numbers.

    Whoever changes several at once begins with this, so that two of them don't wait for each other. What was
    linked while this waited is not among them: their service has to be tried again (`again_after_a_circle`).
    """
    family = Request.objects.filter(Q(pk__in=request_ids) | Q(duplicate_of__in=request_ids))
    list(family.order_by("pk").select_for_update(no_key=True).values_list("pk"))


@contextmanager
def changing(
    action: str, request: Request, by: Any, now: datetime, today: situation.Situation
) -> Iterator[Work]:
    """Store what the block changes of the locked request, with one audit row; nothing where nothing changed.

    `by` may be a word for what acts by itself.
    """
    before = _state(request)
    work = Work(request, by, now, today)
    yield work
    changed = [name for name, value in _state(request).items() if value != before[name]]
    if changed:
        request.save(update_fields=changed)
    if changed or work.kinds:
        fields = [*changed, "events"] if work.kinds else changed
        audit.record(action, by=by, subject=f"request {request.pk}", fields=fields)


def _state(request: Request) -> dict[str, Any]:
    columns = {field.name: field.attname for field in Request._meta.concrete_fields}
    return {name: getattr(request, columns[name]) for name in STATE}


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


def check_to_call(request: Request) -> None:
    """Raise DeskError for a closed request, and for one that its first carries: that can only be closed."""
    if request.status == Status.CLOSED:
        raise DeskError(_("The request is closed. Reopen it first."))
    if request.duplicate_of:
        raise DeskError(
            _("This is a later request: call for the first, %(reference)s, which carries both.")
            % {"reference": request.duplicate_of.reference if is_readable(request.duplicate_of) else ""}
        )


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


def time_text(moment: datetime | None) -> str:
    return moment.isoformat(timespec="minutes") if moment else ""
