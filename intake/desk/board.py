"""The board: the calls to make, first things first; the search; and the next call."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from intake import references
from intake.desk import finding, listing
from intake.desk.access import readable, render
from intake.models import Queue
from intake.services import desk, staffing
from portal import audit

# What a row of the list shows of a request.
LISTED = ["reference", "first_name", "last_name", "language", "interpreter", "priority", "rules", "status"]


@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """Five queries beside sign-in's, whatever the number of rows.

    They are: queues, counts, rows, the later requests that they carry, the audit row.
    """
    if "q" in request.GET:
        return _by_link(request, request.GET["q"])
    requests = readable(request)
    now = timezone.now()
    queues = {queue.pk: queue for queue in Queue.objects.readable_by(request.user)}
    counts = requests.to_call().count_by_queue(now)
    filters = listing.Filters(request.GET, queues=queues.values())
    wanted = listing.load(filters.apply(requests, by=request.user, now=now))
    number = filters.cleaned_data.get("page") or 1
    start = (number - 1) * listing.PAGE_SIZE
    # One more than shown tells whether there is a next page: nothing is counted for that.
    items = list(wanted[start : start + listing.PAGE_SIZE + 1])
    audit.record("requests listed", by=request.user, fields=LISTED)
    context = {
        "title": _("Requests"),
        "shortcuts": True,
        "filters": filters,
        "rows": [listing.row(item, by=request.user, now=now) for item in items[: listing.PAGE_SIZE]],
        "views": _views(filters, counts),
        "previous": filters.address(page=number - 1) if number > 1 else "",
        "next": filters.address(page=number + 1) if len(items) > listing.PAGE_SIZE else "",
        "is_closed": "closed" in (filters.asked.get("show"), filters.asked.get("status")),
    }
    return render(request, "board", context)


@require_POST
def next_call(request: HttpRequest) -> HttpResponse:
    """Claim the most urgent request that this person can take, and go to it."""
    if not request.user.has_perm("intake.work_request"):
        raise PermissionDenied
    item = desk.next_call(worker=staffing.worker(request.user), now=timezone.now())
    if item is None:
        messages.info(request, _("There is no call for you right now."))
        response = redirect("admin:triage")
    else:
        response = redirect("admin:triage-request", item.pk)
    response.status_code = 303
    return response


@require_POST
def find(request: HttpRequest) -> HttpResponse:
    """Find by reference, phone or last name; posted, so that no name or number stands in an address."""
    return _search(request, request.POST.get("q", ""))


def _by_link(request: HttpRequest, text: str) -> HttpResponse:
    """Links may carry a reference; a name or a number typed into an address is not searched for."""
    requests = readable(request)
    try:
        item = requests.by_reference(references.parse(text)).first()
    except references.WrongReference:
        return redirect("admin:triage")
    audit.record("requests searched", by=request.user, fields=["reference"])
    if item is None:
        messages.warning(request, _("No request that you may see has this reference."))
        return redirect("admin:triage")
    return redirect("admin:triage-request", item.pk)


def _search(request: HttpRequest, text: str) -> HttpResponse:
    found = finding.find(text, readable(request))
    audit.record("requests searched", by=request.user, fields=[found.by] if found.by else [])
    now = timezone.now()
    items = list(listing.load(found.requests))
    if found.by == "reference" and items:
        return redirect("admin:triage-request", items[0].pk)
    context = {
        "title": _("Found"),
        "query": text,
        "problem": found.problem,
        "rows": [listing.row(item, by=request.user, now=now) for item in items],
    }
    return render(request, "found", context)


def _views(filters: listing.Filters, counts: dict[int, dict[str, int]]) -> list[dict[str, Any]]:
    asked = filters.asked.get("show", "")
    totals = {
        "": sum(row["waiting"] for row in counts.values()),
        "overdue": sum(row["overdue"] for row in counts.values()),
    }
    return [
        {
            "name": name,
            "label": label,
            "url": filters.address(show=name, status=None),
            "count": totals.get(name),
            "current": name == asked,
        }
        for name, label in listing.VIEWS.items()
    ]
