"""Legal hold: a request that may not be purged, and with it those that are linked to it."""

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.utils.translation import gettext as _

from intake.choices import EventKind
from intake.models import Request
from intake.services.desk.working import Work, changing, working
from intake.services.errors import DeskError
from portal import audit


def set_hold(*, request_id: int, reason: str, by: Any, now: datetime) -> Request:
    """Keep the request, open or closed, from every purge until somebody lifts the hold."""
    return _change(now, EventKind.HOLD_SET, request_id, reason, by, now)


def lift_hold(*, request_id: int, reason: str, by: Any, now: datetime) -> Request:
    """Let the request be purged in its time again."""
    return _change(None, EventKind.HOLD_LIFTED, request_id, reason, by, now)


def part(work: Work) -> None:
    """Let the request stand for itself. A hold that kept it and those that it leaves goes on keeping both."""
    request, first_id = work.request, work.request.duplicate_of_id
    if first_id is None:
        return
    linked = Request.objects.filter(Q(pk=first_id) | Q(duplicate_of=first_id)).exclude(pk=request.pk)
    staying = list(linked.order_by("pk").select_for_update(no_key=True))
    stays_held = any(one.legal_hold_at for one in staying)
    request.duplicate_of = None
    if stays_held and not request.legal_hold_at:
        _take_along(work)
        audit.record("legal hold set", by=work.by, subject=f"request {request.pk}", fields=["legal_hold_at"])
    elif request.legal_hold_at and not stays_held:
        first = next(one for one in staying if one.pk == first_id)
        with changing("legal hold set", first, work.by, work.now, work.today) as work_on_first:
            _take_along(work_on_first)


def _take_along(work: Work) -> None:
    work.request.legal_hold_at = work.now
    # Whoever parts them may not decide about holds: it is none of their doing.
    work.happened(EventKind.HOLD_SET, note=_("It was linked with a request on legal hold."), by=None)


def _change(
    held_since: datetime | None, kind: EventKind, request_id: int, reason: str, by: Any, now: datetime
) -> Request:
    if not by.has_perm("intake.hold_request"):
        raise PermissionDenied
    if not reason.strip():
        raise DeskError(_("Say why."))
    action = "legal hold set" if held_since else "legal hold lifted"
    with working(action, request_id, by, now, whoever_holds=True) as work:
        # A second click changes nothing: the first one's reason and time stand.
        if (work.request.legal_hold_at is None) != (held_since is None):
            work.request.legal_hold_at = held_since
            work.happened(kind, note=reason)
    return work.request
