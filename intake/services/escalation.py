"""What is overdue is pushed up, and the lead is told: once, until there is a new promise."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from intake import situation
from intake.choices import EventKind, MessageKind
from intake.models import OutboxMessage, Request
from intake.services.desk.working import Work, changing

BATCH = 100


def escalate_overdue(*, now: datetime) -> int:
    """Escalate overdue emergencies and urgent requests that nobody holds; return how many.

    Any number of processes may do it at once: each request is escalated by one of them.
    """
    today = situation.current()
    with transaction.atomic():
        overdue = Request.objects.to_escalate(now).select_for_update(skip_locked=True)
        rows = list(overdue[:BATCH])
        for request in rows:
            with changing("request escalated", request, "portal", now, today) as work:
                push_up(work)
    return len(rows)


def push_up(work: Work, note: str = "") -> None:
    """Mark the request and write, in the same transaction, the message to the leads of its queue."""
    work.request.escalated_at = work.now
    by = None if isinstance(work.by, str) else work.by
    work.happened(EventKind.ESCALATED, note=note, by=by)
    OutboxMessage.objects.create(
        request=work.request,
        kind=MessageKind.ESCALATION,
        language=settings.LANGUAGE_CODE,
        created_at=work.now,
        due_at=work.now,
    )
