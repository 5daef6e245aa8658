"""What is overdue is pushed up, and the lead is told: once, until there is a new promise."""

from datetime import datetime

from django.db import transaction

from intake import situation
from intake.models import Request
from intake.services.desk.course import push_up
from intake.services.desk.working import changing

BATCH = 100


def escalate_overdue(*, now: datetime) -> int:
    """Escalate overdue emergencies and urgent requests that nobody holds; return how many.

    Any number of processes may do it at once: each request is escalated by one of them.
    """
    today = situation.current()
    with transaction.atomic():
        overdue = Request.objects.to_escalate(now).select_for_update(no_key=True, skip_locked=True)
        rows = list(overdue[:BATCH])
        for request in rows:
            with changing("request escalated", request, "portal", now, today) as work:
                push_up(work)
    return len(rows)
