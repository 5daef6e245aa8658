"""What happened at the desk, counted by the database: each function is one query over any number of rows."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, DurationField, ExpressionWrapper, F, Q, Window
from django.db.models.functions import RowNumber, TruncDay, TruncHour

from intake.choices import Channel, EventKind, Outcome, Priority, Status
from intake.figures import Kept, Period, Waits, counted_each
from intake.models import RequestEvent
from intake.querysets import RequestQuerySet

Counts = dict[datetime, int]

REACHED = (Outcome.REACHED_PATIENT, Outcome.REACHED_REPRESENTATIVE)


@dataclass(frozen=True)
class Arrivals:
    """Requests that stand for themselves, by the start of their slot and by queue; `linked` came besides."""

    by_slot: Counts
    by_queue: dict[int, int]
    by_phone: int
    linked: int


@dataclass(frozen=True)
class Calls:
    """Attempts to reach somebody, by slot, queue and outcome."""

    by_slot: Counts
    by_queue: dict[int, int]
    by_outcome: dict[str, int]


def arrived_in(requests: RequestQuerySet, period: Period) -> RequestQuerySet:
    return requests.filter(submitted_at__gte=period.start, submitted_at__lt=period.end)


def arrivals(requests: RequestQuerySet, period: Period) -> Arrivals:
    rows = (
        arrived_in(requests, period)
        .order_by()
        .values("queue_id", slot=_slot("submitted_at", period))
        .annotate(
            own=Count("id", filter=Q(duplicate_of=None)),
            by_phone=Count("id", filter=Q(duplicate_of=None, channel=Channel.PHONE)),
            linked=Count("id", filter=Q(duplicate_of__isnull=False)),
        )
    )
    by_slot: Counts = {}
    by_queue: dict[int, int] = {}
    by_phone = linked = 0
    for row in rows:
        _add(by_slot, row["slot"].astimezone(UTC), row["own"])
        _add(by_queue, row["queue_id"], row["own"])
        by_phone += row["by_phone"]
        linked += row["linked"]
    return Arrivals(by_slot, by_queue, by_phone, linked)


def calls(queues: Collection[int], period: Period) -> Calls:
    rows = (
        RequestEvent.objects.filter(
            kind=EventKind.OUTREACH,
            at__gte=period.start,
            at__lt=period.end,
            request__queue__in=queues,
        )
        .order_by()
        .values("to_value", queue_id=F("request__queue_id"), slot=_slot("at", period))
        .annotate(number=Count("id"))
    )
    by_slot: Counts = {}
    by_queue: dict[int, int] = {}
    by_outcome: dict[str, int] = dict.fromkeys(Outcome.values, 0)
    for row in rows:
        _add(by_slot, row["slot"].astimezone(UTC), row["number"])
        _add(by_queue, row["queue_id"], row["number"])
        _add(by_outcome, row["to_value"], row["number"])
    return Calls(by_slot, by_queue, by_outcome)


def kept(requests: RequestQuerySet, period: Period, now: datetime) -> dict[tuple[int, Priority], Kept]:
    """(queue id, priority) → what became of the requests that arrived, as they stand at `now`."""
    uncalled = Q(first_called_at=None, closed_at=None)
    # While the clock stands nothing becomes late.
    is_over = Q(due_at__lt=now) & (Q(paused_at=None) | Q(paused_at__gte=F("due_at")))
    rows = (
        arrived_in(requests, period)
        .filter(duplicate_of=None)
        .order_by()
        .values("queue_id", "priority")
        .annotate(
            arrived=Count("id"),
            in_time=Count("id", filter=Q(first_called_at__lte=F("due_at"))),
            late=Count("id", filter=Q(first_called_at__gt=F("due_at")) | (uncalled & is_over)),
            closed_uncalled=Count("id", filter=Q(first_called_at=None, closed_at__isnull=False)),
        )
    )
    return {
        (row["queue_id"], Priority(row["priority"])): Kept(
            row["arrived"],
            row["in_time"],
            row["late"],
            row["arrived"] - row["in_time"] - row["late"] - row["closed_uncalled"],
            row["closed_uncalled"],
        )
        for row in rows
    }


def waits(requests: RequestQuerySet, period: Period) -> dict[Priority, Waits]:
    """Priority → how long those who arrived waited for their first call, in real time.

    The database sorts and numbers them and gives the rows at the two ranks: nobody holds all of them.
    """
    each = [F("priority")]
    wait = ExpressionWrapper(F("first_called_at") - F("submitted_at"), output_field=DurationField())
    numbered = (
        arrived_in(requests, period)
        .filter(duplicate_of=None, first_called_at__isnull=False)
        .annotate(wait=wait)
        .annotate(
            rank=Window(RowNumber(), partition_by=each, order_by=[F("wait").asc(), F("id").asc()]),
            number=Window(Count("id"), partition_by=each),
        )
        .annotate(ten_ranks=F("rank") * 10)
        .filter(_at_rank(5) | _at_rank(9))
        .order_by("priority", "rank")
    )
    found: dict[Priority, list[tuple[int, timedelta]]] = {}
    for priority, number, waited in numbered.values_list("priority", "number", "wait"):
        found.setdefault(Priority(priority), []).append((number, waited))
    # Of few people both ranks may be the same row.
    return {priority: Waits(marks[0][0], marks[0][1], marks[-1][1]) for priority, marks in found.items()}


def rules(requests: RequestQuerySet, period: Period) -> dict[str, int]:
    """Code → of how many requests it was a reason. Alike lists are counted as wholes by the database."""
    lists = arrived_in(requests, period).filter(duplicate_of=None).order_by()
    return counted_each(lists.values_list("rules").annotate(number=Count("id")))


def dispositions(requests: RequestQuerySet, period: Period) -> dict[str, int]:
    """How those ended that were closed in the period, whenever they arrived, and are closed now."""
    closed = requests.filter(status=Status.CLOSED, duplicate_of=None)
    closed = closed.filter(closed_at__gte=period.start, closed_at__lt=period.end)
    rows = closed.order_by().values_list("disposition").annotate(number=Count("id"))
    return dict(rows)


def _slot(column: str, period: Period) -> TruncHour | TruncDay:
    if period.is_hourly:
        return TruncHour(column, tzinfo=period.steady_zone)
    return TruncDay(column, tzinfo=period.zone)


def _at_rank(tenths: int) -> Q:
    """The row at the nearest rank, `figures.rank_at`, in whole numbers."""
    return Q(ten_ranks__gte=F("number") * tenths, ten_ranks__lt=F("number") * tenths + 10)


def _add(counts: dict[Any, int], key: Any, number: int) -> None:
    counts[key] = counts.get(key, 0) + number
