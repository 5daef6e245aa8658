"""Audit rows read as who touched which request; and as a table for other programs."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import Q, QuerySet

from intake.exporting import CHUNK, reference_of, table
from intake.models import EmergencyAccess, Request
from portal.audit import AuditEntry

COLUMNS = ("at", "account", "name", "action", "request", "reference", "queue", "fields", "in_emergency")
ABOUT = "request "
IN_EMERGENCY = "request viewed in emergency"
# Looks at several requests at once: which ones, these rows don't say.
LISTS = (
    "requests listed", "requests searched", "requests exported", "hand-over sheet", "team viewed",
    "center listed", "emergency accesses listed", "accesses exported",
)  # fmt: skip


def of_requests(requests: Iterable[Request]) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(subject__in=[str(one) for one in requests])


def chosen(
    requests: Sequence[Request] | None, *, account: Any, first: datetime | None, end: datetime | None
) -> QuerySet[AuditEntry]:
    """The rows of `requests`, or of all and of lists; by one account, from `first` on and before `end`."""
    rows: QuerySet[AuditEntry]
    if requests is None:
        rows = AuditEntry.objects.filter(Q(subject__startswith=ABOUT) | Q(action__in=LISTS))
    else:
        rows = of_requests(requests)
    if account:
        rows = rows.filter(actor_id=account.pk)
    if first:
        rows = rows.filter(at__gte=first)
    return rows.filter(at__lt=end) if end else rows


def lines(entries: QuerySet[AuditEntry]) -> Iterator[str]:
    """The table in pieces, in the order of the rows' numbers; a piece is what is held in memory."""
    return table(COLUMNS, _rows(entries))


def emergencies(entries: Iterable[AuditEntry]) -> set[int]:
    """The numbers of those rows that somebody left while they had an emergency access to that request, or
    that say so of a later one, which was shown with it."""
    by_request: dict[tuple[int, int | None], list[AuditEntry]] = {}
    for entry in entries:
        if pk := _request_of(entry):
            by_request.setdefault((pk, entry.actor_id), []).append(entry)
    found = {entry.pk for of_both in by_request.values() for entry in of_both if entry.action == IN_EMERGENCY}
    for access in EmergencyAccess.objects.filter(request__in={pk for pk, _actor in by_request}).defer(
        "reason"
    ):
        of_both = by_request.get((access.request_id, access.user_id), [])
        found |= {entry.pk for entry in of_both if access.at <= entry.at < access.until}
    return found


def _request_of(entry: AuditEntry) -> int | None:
    number = entry.subject.removeprefix(ABOUT)
    return int(number) if entry.subject.startswith(ABOUT) and number.isdecimal() else None


def _rows(entries: QuerySet[AuditEntry]) -> Iterator[tuple[Any, ...]]:
    found = entries.order_by("id").iterator(chunk_size=CHUNK)
    while some := list(islice(found, CHUNK)):
        numbers = {pk for entry in some if (pk := _request_of(entry))}
        requests = Request.objects.filter(pk__in=numbers).select_related("queue").in_bulk()
        in_emergency = emergencies(some)
        for entry in some:
            number = _request_of(entry)
            item = requests.get(number) if number else None
            yield (
                entry.at,
                entry.actor_id,
                entry.actor,
                entry.action,
                # A purged request has no reference any more; its number stays.
                entry.subject,
                reference_of(item.document) if item else "",
                item.queue.slug if item else "",
                " ".join(map(str, entry.fields)),
                entry.pk in in_emergency,
            )
