"""The figures: what came in, what was done about it and when, drawn, with a table behind each drawing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from intake import counting, presenting
from intake.choices import Disposition, Outcome, Priority, Rule
from intake.desk import charts
from intake.desk.access import readable, render
from intake.desk.periods import PeriodForm
from intake.figures import Kept, Period, Waits, most_first, total
from intake.models import Queue


@dataclass(frozen=True)
class Figure:
    """A drawing: its title, in a sentence what it shows, and the table behind it."""

    slug: str
    title: str
    says: str
    head: list[str]
    rows: list[list[str]]
    bars: charts.Bars | None = None
    timeline: charts.Timeline | None = None
    is_wide: bool = False


@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """Seven queries beside sign-in's: the queues, and one for each thing that is counted."""
    requests = readable(request)
    now = timezone.now()
    form = PeriodForm(request.GET, by=request.user, now=now)
    period, queues = form.chosen, form.queues
    requests = requests.filter(queue__in=queues)
    arrivals = counting.arrivals(requests, period)
    calls = counting.calls([queue.pk for queue in queues], period)
    kept = counting.kept(requests, period, now)
    waits = counting.waits(requests, period)
    rules = counting.rules(requests, period)
    dispositions = counting.dispositions(requests, period)
    by_priority = {p: total(part for key, part in kept.items() if key[1] == p) for p in Priority}
    context = {
        "title": _("Figures"),
        "form": form,
        "period": period,
        "days": form.in_words(),
        "zone": form.zone_name(),
        "zones_differ": len({queue.time_zone for queue in queues}) > 1,
        "totals": totals(arrivals, calls, total(kept.values()), dispositions),
        "linked": arrivals.linked,
        "figures": [
            by_time(arrivals, calls, period),
            in_time(by_priority),
            first_calls(waits),
            reasons(rules, sum(arrivals.by_queue.values())),
            outcomes(calls),
            endings(dispositions),
        ],
        "queues": [of_queue(queue, arrivals, calls, kept) for queue in queues],
        "may_export": request.user.has_perm("intake.export_request"),
    }
    return render(request, "figures", context, status=200 if form.is_valid() else 422)


def percentage(kept: Kept) -> str:
    return "–" if kept.share is None else f"{kept.share}%"


def totals(
    arrivals: counting.Arrivals, calls: counting.Calls, kept: Kept, dispositions: Mapping[str, int]
) -> list[dict[str, Any]]:
    """What stands in large figures at the top: value, what it counts, and a word on it."""
    reached = sum(calls.by_outcome[outcome] for outcome in counting.REACHED)
    return [
        {
            "value": kept.arrived,
            "label": _("requests arrived"),
            "note": _("%(count)d by phone") % {"count": arrivals.by_phone},
        },
        {
            "value": sum(calls.by_outcome.values()),
            "label": _("calls made"),
            "note": _("%(count)d reached somebody") % {"count": reached},
        },
        {
            "value": percentage(kept),
            "label": _("called in time"),
            "note": _("%(in_time)d of %(decided)d") % {"in_time": kept.in_time, "decided": kept.decided},
        },
        {
            "value": kept.not_due,
            "label": _("not called, not due yet"),
            "note": _("%(count)d closed without a call") % {"count": kept.closed_uncalled},
        },
        {"value": sum(dispositions.values()), "label": _("requests closed"), "note": ""},
    ]


def by_time(arrivals: counting.Arrivals, calls: counting.Calls, period: Period) -> Figure:
    unit = _("Hour") if period.is_hourly else _("Day")
    moments = [_moment(slot.start, arrivals, calls, period) for slot in period.slots()]
    arrived, made = sum(m.up for m in moments), sum(m.down for m in moments)
    says = _("%(arrived)d requests arrived and %(made)d calls were made.") % {
        "arrived": arrived,
        "made": made,
    }
    if arrived:
        busiest = max(moments, key=lambda moment: moment.up)
        says += " " + _("Most arrived: %(when)s, %(count)d.") % {"when": busiest.label, "count": busiest.up}
    if made:
        busiest = max(moments, key=lambda moment: moment.down)
        says += " " + _("Most calls: %(when)s, %(count)d.") % {"when": busiest.label, "count": busiest.down}
    return Figure(
        "time",
        _("Arrivals and calls by hour") if period.is_hourly else _("Arrivals and calls by day"),
        says,
        [unit, _("Arrived"), _("Calls made")],
        [[moment.label, str(moment.up), str(moment.down)] for moment in moments],
        timeline=charts.timeline(moments),
        is_wide=True,
    )


def _moment(
    start: datetime, arrivals: counting.Arrivals, calls: counting.Calls, period: Period
) -> charts.Moment:
    local = start.astimezone(period.zone)
    if not period.is_hourly:
        label, tick = format_date(local, "D, M j"), format_date(local, "M j")
    else:
        # The zone tells the two hours apart that autumn has of one name.
        label = format_date(local, "g A T" if period.days == 1 else "D g A T")
        tick = format_date(local, "g A") if local.hour % (3 * period.days) == 0 else ""
    return charts.Moment(label, tick, arrivals.by_slot.get(start, 0), calls.by_slot.get(start, 0))


def in_time(by_priority: Mapping[Priority, Kept]) -> Figure:
    shown = {priority: kept for priority, kept in by_priority.items() if kept.arrived}
    rows = [
        charts.Row(
            str(priority.label),
            _("%(share)s in time (%(in_time)d of %(decided)d)")
            % {"share": percentage(kept), "in_time": kept.in_time, "decided": kept.decided},
            (kept.share or 0) / 100,
            kind="share",
        )
        for priority, kept in shown.items()
    ]
    table = [
        [str(priority.label), *(str(n) for n in (k.arrived, k.in_time, k.late, k.not_due, k.closed_uncalled)),
         percentage(k)]
        for priority, k in shown.items()
    ]  # fmt: skip
    head = [
        _("Priority"), _("Arrived"), _("In time"), _("Late"), _("Not due yet"), _("Closed without a call"),
        _("Share in time"),
    ]  # fmt: skip
    return Figure("kept", _("Called within the target"), _spoken(rows), head, table, charts.bars(rows))


def first_calls(waits: Mapping[Priority, Waits]) -> Figure:
    shown = {priority: waits[priority] for priority in Priority if priority in waits}
    longest = max((found.ninetieth for found in shown.values()), default=None)
    rows = [
        charts.Row(
            str(priority.label),
            _("half within %(median)s, 9 of 10 within %(ninetieth)s (%(count)d called)")
            % {
                "median": presenting.span(found.median),
                "ninetieth": presenting.span(found.ninetieth),
                "count": found.count,
            },
            found.median / longest if longest else 0,
            found.ninetieth / longest if longest else 0,
            "wait",
        )
        for priority, found in shown.items()
    ]
    table = [
        [str(p.label), str(w.count), presenting.span(w.median), presenting.span(w.ninetieth)]
        for p, w in shown.items()
    ]
    head = [_("Priority"), _("Called"), _("Half within"), _("9 of 10 within")]
    return Figure("waits", _("Wait until the first call"), _spoken(rows), head, table, charts.bars(rows))


def reasons(rules: Mapping[str, int], arrived: int) -> Figure:
    labels = {rule.value: f"{rule.value} {rule.label}" for rule in Rule}
    return _counts("rules", _("Reasons for the priority"), _("Reason"), rules, labels, of=arrived)


def outcomes(calls: counting.Calls) -> Figure:
    labels = {outcome.value: str(outcome.label) for outcome in Outcome}
    return _counts("outcomes", _("How calls ended"), _("Outcome"), calls.by_outcome, labels)


def endings(dispositions: Mapping[str, int]) -> Figure:
    labels = {disposition.value: str(disposition.label) for disposition in Disposition}
    return _counts("dispositions", _("How requests closed"), _("Disposition"), dispositions, labels)


def _counts(
    slug: str, title: str, what: str, counts: Mapping[str, int], labels: Mapping[str, str], of: int = 0
) -> Figure:
    """Bars of how often each occurred, the most frequent first; parts `of` what, if not of their sum."""
    ordered = most_first(counts)
    whole, most = of or sum(counts.values()), ordered[0][1] if ordered else 1
    rows = [
        charts.Row(labels.get(name, name), str(count), count / most, kind="count") for name, count in ordered
    ]
    table = [
        [row.name, row.value, f"{count * 100 // whole}%"]
        for row, (_name, count) in zip(rows, ordered, strict=True)
    ]
    return Figure(slug, title, _spoken(rows), [what, _("Number"), _("Share")], table, charts.bars(rows))


def of_queue(
    queue: Queue,
    arrivals: counting.Arrivals,
    calls: counting.Calls,
    kept: Mapping[tuple[int, Priority], Kept],
) -> dict[str, Any]:
    whole = total(part for key, part in kept.items() if key[0] == queue.pk)
    return {
        "name": queue.name,
        "slug": queue.slug,
        "arrived": arrivals.by_queue.get(queue.pk, 0),
        "calls": calls.by_queue.get(queue.pk, 0),
        "kept": whole,
        "share": percentage(whole),
    }


def _spoken(rows: Sequence[charts.Row]) -> str:
    """What a drawing shows, for whoever hears it."""
    return (
        "; ".join(f"{row.name}: {row.value}" for row in rows) + "." if rows else _("Nothing in this period.")
    )
