"""The page of figures for a scraper: how desk, outbox and database stand, and what this machine counted.

What is read from the database is the same on every machine; what processes counted adds up over machines.
"""

import hmac
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import Error as DatabaseError
from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import generate_latest
from prometheus_client.core import GaugeMetricFamily as Gauge
from prometheus_client.registry import CollectorRegistry

from intake.choices import Channel, Door, EventKind, MessageState, Outcome, Priority, Status
from intake.models import OutboxMessage, Queue, Request, RequestEvent, WorkerHeartbeat
from portal import audit, backups, counting, purging

ADDRESS = "/metrics"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures, for whoever knows PORTAL_METRICS_TOKEN; also while the database is away."""
    given = request.headers.get("Authorization", "")
    wanted = f"Bearer {settings.METRICS_TOKEN}"
    if not hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    page = generate_latest(Figures(timezone.now())) + generate_latest(counting.of_all_processes())
    return HttpResponse(page, content_type=CONTENT_TYPE)


class Figures(CollectorRegistry):
    """What the database says at `now`, in nine queries however much it holds."""

    def __init__(self, now: datetime) -> None:
        super().__init__()
        self.now = now

    def collect(self) -> Iterator[Gauge]:
        try:
            found = [*self._requests(), *self._arrivals(), *self._outbox(), *self._house(), *self._trail()]
        except DatabaseError:
            found = []
        yield _single("portal_database_up", "1 while the database answers", bool(found))
        yield from found

    def _requests(self) -> Iterator[Gauge]:
        queues = dict(Queue.objects.values_list("pk", "slug"))
        standing = [{**row, "queue": queues[row["queue"]]} for row in Request.objects.standing(self.now)]

        by_status = Gauge(
            "portal_requests_open",
            "Open requests that stand for themselves",
            None,
            ("queue", "status", "priority"),
        )
        numbers = {(row["queue"], row["status"], row["priority"]): row["number"] for row in standing}
        unclosed = [status for status in Status.values if status != Status.CLOSED]
        for labels in product(queues.values(), unclosed, Priority.values):
            by_status.add_metric(labels, numbers.get(labels, 0))
        yield by_status

        overdue = Gauge("portal_requests_overdue", "Of these, overdue", None, ("queue", "priority"))
        longest = Gauge(
            "portal_longest_overdue_seconds",
            "For how long the oldest of these is overdue",
            None,
            ("queue", "priority"),
        )
        for queue, priority in product(queues.values(), Priority.values):
            mine = [row for row in standing if (row["queue"], row["priority"]) == (queue, priority)]
            overdue.add_metric((queue, priority), sum(row["overdue"] for row in mine))
            since = [row["due_first"] for row in mine if row["overdue"]]
            longest.add_metric((queue, priority), self._age(min(since, default=None)))
        yield from (overdue, longest)

        waited = Gauge(
            "portal_oldest_wait_seconds", "Since when somebody nobody has called waits", None, ("queue",)
        )
        for queue in queues.values():
            since = [
                row["uncalled_since"] for row in standing if row["queue"] == queue and row["uncalled_since"]
            ]
            waited.add_metric((queue,), self._age(min(since, default=None)))
        yield waited

    def _arrivals(self) -> Iterator[Gauge]:
        arrived = Gauge(
            "portal_requests_received",
            "Requests received lately",
            None,
            ("window", "door", "channel", "priority"),
        )
        received = Request.objects.received_since(self.now - DAY, lately=self.now - HOUR)
        counts: dict[tuple[str, ...], dict[str, Any]] = {
            (row["door"], row["channel"], row["priority"]): row for row in received
        }
        for labels in product(Door.values, Channel.values, Priority.values):
            for window, name in (("1h", "lately"), ("24h", "number")):
                arrived.add_metric((window, *labels), counts.get(labels, {}).get(name, 0))
        yield arrived

        calls = Gauge("portal_calls_made", "Outreach attempts lately", None, ("window", "outcome"))
        made = RequestEvent.objects.filter(kind=EventKind.OUTREACH, at__gte=self.now - DAY)
        lately = Count("pk", filter=Q(at__gte=self.now - HOUR))
        rows = made.order_by().values("to_value").annotate(number=Count("pk"), lately=lately)
        by_outcome: dict[str, dict[str, Any]] = {row["to_value"]: dict(row) for row in rows}
        for outcome in Outcome.values:
            for window, name in (("1h", "lately"), ("24h", "number")):
                calls.add_metric((window, outcome), by_outcome.get(outcome, {}).get(name, 0))
        yield calls

    def _outbox(self) -> Iterator[Gauge]:
        standing: dict[str, dict[str, Any]] = {row["state"]: row for row in OutboxMessage.objects.standing()}
        messages = Gauge("portal_outbox_messages", "Messages not sent yet, or given up", None, ("state",))
        for state in (MessageState.WAITING, MessageState.FAILED):
            messages.add_metric((state.value,), standing.get(state, {}).get("number", 0))
        yield messages
        oldest = standing.get(MessageState.WAITING, {}).get("oldest")
        yield _single("portal_outbox_oldest_seconds", "Age of the oldest that waits", self._age(oldest))

    def _house(self) -> Iterator[Gauge]:
        beats = WorkerHeartbeat.objects.values_list("at", flat=True)
        # Without any there is no figure, which is as much of an alarm as an old one.
        if beat := max(beats, default=None):
            yield _single(
                "portal_worker_heartbeat_seconds", "Since a worker's last sign of life", self._age(beat)
            )
        sessions = Session.objects.filter(expire_date__gt=self.now).count()
        yield _single("portal_sessions", "Sessions that have not run out", sessions)

    def _trail(self) -> Iterator[Gauge]:
        waiting = audit.AuditEntry.objects.filter(seal=None).order_by("id").values_list("at", flat=True)
        yield _single(
            "portal_audit_unsealed_seconds",
            "Age of the oldest audit row without a seal",
            self._age(waiting.first()),
        )
        chores = {
            purging.SUBJECT: ("portal_purge_seconds", "Since the last purge"),
            backups.SUBJECT: ("portal_backup_seconds", "Since the last backup was made"),
        }
        done = audit.AuditEntry.objects.filter(subject__in=chores).order_by().values("subject")
        for row in done.annotate(last=Max("at")):
            yield _single(*chores[row["subject"]], self._age(row["last"]))

    def _age(self, since: datetime | None) -> float:
        return max(0.0, (self.now - since).total_seconds()) if since else 0.0


def _single(name: str, text: str, value: float) -> Gauge:
    return Gauge(name, text, float(value))
