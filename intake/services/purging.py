"""What goes when its time is over: requests with all that hangs on them, and messages that are done with."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Min

from intake.choices import MessageState
from intake.models import OutboxMessage, Request
from portal import audit

# How many groups of linked requests go in one transaction, and how many messages.
BATCH = 50
MESSAGES = 500
# Given up or sent, nobody asks for a message any more after so long.
MESSAGES_KEPT = timedelta(days=90)


def requests_due(*, now: datetime) -> Counter[str]:
    """How many requests may go at `now`, by their form."""
    firsts = Request.objects.to_purge(now, settings.REQUESTS_KEPT)
    due: Counter[str] = Counter(firsts.values_list("door", flat=True))
    later = Request.objects.filter(duplicate_of__in=firsts.values("pk"))
    due.update(later.values_list("door", flat=True))
    return due


def requests_on_hold() -> int:
    return Request.objects.on_legal_hold().count()


def oldest_on_hold() -> datetime | None:
    """When the first of the requests arrived that are on legal hold, or linked with one that is."""
    held = Request.objects.on_legal_hold().order_by()
    arrivals = held.aggregate(
        own=Min("submitted_at"),
        first=Min("duplicate_of__submitted_at"),
        later=Min("duplicates__submitted_at"),
    )
    return min(filter(None, arrivals.values()), default=None)


def purge_requests(*, by: Any, now: datetime) -> Counter[str]:
    """Delete a batch of the requests whose time is over, with events and messages; return how many, by form.

    Any number may do it at once: what somebody else is at is left to them, or to the next time.
    """
    with transaction.atomic():
        due = Request.objects.to_purge(now, settings.REQUESTS_KEPT)
        oldest = due.order_by("closed_at", "id").select_for_update(skip_locked=True)
        firsts = list(oldest.values_list("pk", flat=True)[:BATCH])
        carried = Request.objects.filter(duplicate_of__in=firsts)
        held = set(carried.select_for_update(skip_locked=True).values_list("pk", flat=True))
        # Looked at again, now that nothing of what is locked can change any more.
        going = set(due.filter(pk__in=firsts).values_list("pk", flat=True))
        later: dict[int, int | None] = dict(carried.values_list("pk", "duplicate_of"))
        going -= {first for pk, first in later.items() if pk not in held and first is not None}
        later_going = [pk for pk, first in later.items() if first in going]
        rows = Request.objects.filter(pk__in=[*going, *later_going])
        gone = Counter(rows.values_list("door", flat=True))
        if gone:
            # The later ones first: they point to the ones that carry them.
            Request.objects.filter(pk__in=later_going).delete()
            Request.objects.filter(pk__in=going).delete()
            subjects = [f"request {pk}" for pk in sorted([*going, *later_going])]
            audit.record_all("request purged", by=by, subjects=subjects)
    return gone


def messages_due(*, now: datetime) -> int:
    return _done_with(now).count()


def purge_messages(*, by: Any, now: datetime) -> int:
    """Delete a batch of the messages that are done with; the requests that they spoke of stay."""
    oldest = list(_done_with(now).order_by("id").values_list("pk", flat=True)[:MESSAGES])
    return _done_with(now).filter(pk__in=oldest).delete()[0] if oldest else 0


def _done_with(now: datetime) -> Any:
    done = OutboxMessage.objects.exclude(state=MessageState.WAITING)
    kept = Request.objects.kept_by_a_hold().values("pk")
    return done.filter(done_at__lt=now - MESSAGES_KEPT).exclude(request__in=kept)
