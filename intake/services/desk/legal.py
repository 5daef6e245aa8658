"""Legal hold: a request that may not be purged, and with it those that are linked to it."""

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from intake.choices import EventKind
from intake.models import Request
from intake.services.desk.working import working
from intake.services.errors import DeskError


def set_hold(*, request_id: int, reason: str, by: Any, now: datetime) -> Request:
    """Keep the request, open or closed, from every purge until somebody lifts the hold."""
    return _change(now, EventKind.HOLD_SET, request_id, reason, by, now)


def lift_hold(*, request_id: int, reason: str, by: Any, now: datetime) -> Request:
    """Let the request be purged in its time again."""
    return _change(None, EventKind.HOLD_LIFTED, request_id, reason, by, now)


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
