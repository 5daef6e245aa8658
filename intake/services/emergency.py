"""Opening a request of a queue of others in an emergency."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from intake.choices import MessageKind
from intake.models import EmergencyAccess, OutboxMessage, Request
from intake.services.errors import DeskError
from portal import audit

LASTS = timedelta(minutes=60)


def open_in_emergency(*, request_id: int, reason: str, by: Any, now: datetime) -> EmergencyAccess:
    """Let `by` read the request for an hour, and tell the lead of its queue.

    The same again while it runs is the same access. Raise PermissionDenied for an account that may read no
    requests at all, DeskError without a reason or where the person may read it anyway.
    """
    if not by.has_perm("intake.view_request"):
        raise PermissionDenied
    if not reason.strip():
        raise DeskError(_("Say why you need to see it now."))
    with transaction.atomic():
        # Locked: a double click opens it once.
        request = Request.objects.select_for_update(no_key=True).get(pk=request_id)
        if Request.objects.readable_by(by).filter(pk=request_id).exists():
            raise DeskError(_("This request is in one of your queues: open it from there."))
        running = EmergencyAccess.objects.in_force(now).filter(user=by, request=request).first()
        if running:
            return running
        access = EmergencyAccess.objects.create(
            request=request, user=by, reason=reason.strip(), at=now, until=now + LASTS
        )
        subject = f"request {request.pk}"
        audit.record("emergency access opened", by=by, subject=subject, fields=["reason"])
        OutboxMessage.objects.create(
            request=request,
            kind=MessageKind.EMERGENCY_ACCESS,
            language=settings.LANGUAGE_CODE,
            created_at=now,
            due_at=now,
        )
    return access
