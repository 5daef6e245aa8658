"""The hand-over sheet: what the next shift has to know, on paper; no more of anybody than a reference."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from intake import counting, presenting, situation
from intake.choices import EventKind, FacilityStatus, Priority, Rule, Status, WaitingOn
from intake.desk.access import readable, render
from intake.desk.figures import percentage
from intake.desk.page import VOCABULARY, name_of
from intake.desk.periods import PeriodForm
from intake.figures import Period, total
from intake.models import Queue, Request, RequestEvent
from intake.querysets import RequestQuerySet
from intake.services import desk
from portal import audit

# What a sheet lists of each kind in a queue; it says how many more there are.
MOST = 100
AHEAD = timedelta(hours=24)
LISTED = ["reference", "priority", "rules", "due_at", "follow_up_at", "claimed_by", "status"]


@dataclass(frozen=True)
class Line:
    """A request, as the sheet names it."""

    pk: int
    reference: str
    priority: str
    label: str
    why: str
    due: str
    is_overdue: bool
    holder: str
    next_step: str


@require_safe
def handover(request: HttpRequest) -> HttpResponse:
    """Queries: the queues, the counts of the day (3), the incidents, the audit row; and 3 for each queue."""
    requests = readable(request)
    now = timezone.now()
    form = PeriodForm(request.GET, by=request.user, now=now)
    queues = form.queues
    zone = form.zone
    today = now.astimezone(zone).date()
    period = Period(today, today, zone)
    requests = requests.filter(queue__in=queues)
    sheets = [of_queue(queue, requests, now) for queue in queues]
    happened = incidents(queues, period, now)
    audit.record("hand-over sheet", by=request.user, fields=LISTED)
    context = {
        "title": _("Hand-over"),
        "form": form,
        "day": format_date(now.astimezone(zone), "l, F j, Y"),
        "at": format_date(now.astimezone(zone), "g:i A T"),
        "by": name_of(request.user),
        "queues": sheets,
        "legend": legend(sheets),
        "incidents": happened[:MOST],
        "more_incidents": max(len(happened) - MOST, 0),
        "places": [place for place in situation.current().facilities if place.status != FacilityStatus.OPEN],
        "notice": situation.current().running_notice(now),
        "counts": counts_of_day(requests, queues, period, now),
        "most": MOST,
    }
    return render(request, "handover", context)


def of_queue(queue: Queue, requests: RequestQuerySet, now: datetime) -> dict[str, Any]:
    zone = ZoneInfo(queue.time_zone)
    own = requests.filter(queue=queue).to_call()
    ahead = Q(follow_up_at__gte=now, follow_up_at__lt=now + AHEAD)
    counts = own.order_by().aggregate(
        open=Count("id"),
        overdue=Count("id", filter=Q(call_at__lt=now)),
        emergency=Count("id", filter=Q(priority=Priority.EMERGENCY)),
        pharmacist=Count("id", filter=Q(needs_pharmacist=True)),
        promised=Count("id", filter=ahead),
        later=Count("id", filter=Q(follow_up_at__gte=now + AHEAD)),
    )
    to_call = own.exclude(follow_up_at__gte=now).in_call_order().select_related("claimed_by")[:MOST]
    promised = own.filter(ahead).order_by("follow_up_at", "id").select_related("claimed_by")[:MOST]
    calls = [line(item, now=now, zone=zone) for item in to_call]
    follow_ups = [line(item, now=now, zone=zone) for item in promised]
    return {
        "queue": queue,
        "counts": counts,
        "calls": calls,
        "more_calls": counts["open"] - counts["promised"] - counts["later"] - len(calls),
        "follow_ups": follow_ups,
        "more_follow_ups": counts["promised"] - len(follow_ups),
    }


def line(item: Request, *, now: datetime, zone: ZoneInfo) -> Line:
    overdue = item.call_at < now
    when = presenting.moment(item.call_at, now=now, zone=zone)
    return Line(
        pk=item.pk,
        reference=item.reference if desk.is_readable(item) else str(item),
        priority=item.priority,
        label=str(Priority(item.priority).label),
        why=why(item),
        due=when,
        is_overdue=overdue,
        holder=name_of(item.claimed_by) if item.is_held(now) else "",
        next_step=next_step(item, overdue=overdue, held=item.is_held(now)),
    )


def why(item: Request) -> str:
    """Why it ranks there: the rules by their codes, and what else moves it."""
    flags = [
        _("escalated") if item.escalated_at else "",
        _("pharmacist") if item.needs_pharmacist else "",
        item.get_language_display() if item.language != "en" else "",
        _("interpreter") if item.interpreter else "",
    ]
    return " · ".join(filter(None, [" ".join(item.rules), *flags]))


def legend(sheets: list[dict[str, Any]]) -> list[Rule]:
    """The rules that stand on the sheet by their codes."""
    codes = {
        code
        for sheet in sheets
        for one in [*sheet["calls"], *sheet["follow_ups"]]
        for code in one.why.split()
    }
    return [rule for rule in Rule if rule.value in codes]


def next_step(item: Request, *, overdue: bool, held: bool) -> str:
    if held:
        return _("Is being called")
    if item.status == Status.WAITING:
        whom = WaitingOn(item.waiting_on).label
        step = _("Waits on: %(whom)s. Ask now") if overdue else _("Waits on: %(whom)s")
        return step % {"whom": whom}
    if item.follow_up_at:
        return _("Call as promised")
    if item.first_called_at:
        return _("Try again")
    return _("Pharmacist calls") if item.needs_pharmacist else _("First call")


def incidents(queues: list[Queue], period: Period, now: datetime) -> list[dict[str, Any]]:
    """What went wrong today; one more than a sheet lists tells that there are more."""
    events = (
        RequestEvent.objects.filter(kind=EventKind.INCIDENT, at__gte=period.start, at__lt=period.end)
        .filter(request__queue__in=queues)
        .select_related("request", "by")
        .order_by("-at")[: MOST + 1]
    )
    words = VOCABULARY[EventKind.INCIDENT]
    return [
        {
            "when": presenting.moment(event.at, now=now, zone=period.zone),
            "reference": event.request.reference if desk.is_readable(event.request) else str(event.request),
            "what": words.get(event.to_value, event.to_value),
            "who": name_of(event.by),
        }
        for event in events
    ]


def counts_of_day(
    requests: RequestQuerySet, queues: list[Queue], period: Period, now: datetime
) -> list[tuple[str, Any]]:
    calls = counting.calls([queue.pk for queue in queues], period)
    kept = total(counting.kept(requests, period, now).values())
    closed = sum(counting.dispositions(requests, period).values())
    return [
        (_("Arrived"), kept.arrived),
        (_("Calls made"), sum(calls.by_outcome.values())),
        (_("Reached somebody"), sum(calls.by_outcome[outcome] for outcome in counting.REACHED)),
        (_("Closed"), closed),
        (
            _("Called in time"),
            _("%(share)s (%(in_time)d of %(decided)d)")
            % {"share": percentage(kept), "in_time": kept.in_time, "decided": kept.decided},
        ),
    ]
