"""The board: the calls to make, first things first; its own refresh; the search; and the next call."""

from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from intake import references, situation, triage
from intake.desk import cells, emergency, finding, fragments, lanes, listing, tallies
from intake.desk.access import Sight, readable, render, sight
from intake.desk.filtering import Filters, filters_of
from intake.desk.waiting import why_none
from intake.models import Queue
from intake.moulds import Moulds
from intake.services import desk, staffing
from intake.worded import NOW, Shapes, Statement
from portal import audit

PAGE_SIZE = 25
# What a row of the list shows of a request.
LISTED = ["reference", "first_name", "last_name", "language", "interpreter", "priority", "rules", "status"]
# Sent along by what a page asks for by itself: nobody did anything, so it is no activity, and no look. It
# holds the mark of a board that this person has looked at, which is on record.
BACKGROUND = "X-Background"
MARK = TimestampSigner(salt="the board's own refresh")
MARK_LASTS = timedelta(hours=12)
# The page around the rows: a few roles, in two languages.
BOARDS = Moulds(most=32)
STATEMENTS = Shapes()
# Stands in them for the person who looks.
ANYBODY = -1


@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """At most five queries beside sign-in's, whatever the number of rows.

    They are: what the person sees, counts (unless they were just taken), rows, the later requests that they
    carry, the audit row.
    """
    if "q" in request.GET:
        return _by_link(request, request.GET["q"])
    context = _shown(request)
    audit.record("requests listed", by=request.user, fields=LISTED)
    return render(
        request, "board", {**context, "title": _("Requests"), "content": _content(request, context)}
    )


@require_safe
def rows(request: HttpRequest) -> HttpResponse:
    """The part of the board that changes, for the board to put in its place; 304 where nothing did."""
    context = _shown(request)
    if not _is_background(request, context):
        audit.record("requests listed", by=request.user, fields=LISTED)
    html = render_to_string("desk/live.html", context)
    # Weak: it is compressed on its way.
    tag = f'W/"{sha256(html.encode()).hexdigest()[:32]}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers={"ETag": tag})
    return HttpResponse(html, headers={"ETag": tag})


def _content(request: HttpRequest, context: dict[str, Any]) -> SafeString:
    """The board between the header and the end of the page, most of it the same for everybody."""
    by = request.user
    same = {
        "can_call": by.has_perm("intake.work_request"),
        "rules_are_signed": triage.RULESET_VERSION in situation.current().signed_versions,
        "reads_rules": by.has_perm("intake.view_rulesetsignoff") or by.has_perm("intake.sign_rules"),
    }

    def render_board(marks: dict[str, str]) -> str:
        perms = {"intake": {"view_rulesetsignoff": same["reads_rules"]}}
        marked = {name: mark_safe(mark) for name, mark in marks.items()}  # noqa: S308  marks are ours
        return render_to_string(
            "desk/board_content.html", {**same, **marked, "perms": perms, "title": _("Requests")}
        )

    own = {
        "csrf_token": get_token(request),
        "mark": MARK.sign(_looked_at(request, context)),
        "now": str(context["now"]),
        "here": context["here"],
        "next": quote(request.get_full_path(), safe="/"),
        "lane_links": context["lane_links"],
        "summary": context["summary"],
        "narrow_down": fragments.narrow_down(context["filters"], context["queues"]),
        "saved": fragments.saved(context["saved"], context["here"]),
        "list": render_to_string("desk/list.html", context),
    }
    return mark_safe(BOARDS.page((get_language(), *same.values()), render_board, own))  # noqa: S308  it escapes


def _looked_at(request: HttpRequest, context: dict[str, Any]) -> str:
    return f"{request.user.pk} {context['here']}"


def _is_background(request: HttpRequest, context: dict[str, Any]) -> bool:
    try:
        marked = MARK.unsign(request.headers.get(BACKGROUND, ""), max_age=MARK_LASTS)
    except BadSignature:
        return False
    return marked == _looked_at(request, context)


def _shown(request: HttpRequest) -> dict[str, Any]:
    seen, now, by = sight(request), timezone.now(), request.user
    counts = tallies.count(queues=seen.queues, now=now)
    filters = filters_of(request.GET, seen.queues.values())
    number = filters.number
    items = listing.load_by(_wanted(seen, filters), user=by.pk, now=now)
    shown = listing.rows(
        _with_queues(items[:PAGE_SIZE], seen.queues), by=by, now=now, in_bands=not filters.shows_closed
    )
    across = lanes.lanes(filters, seen.queues, counts, seen.mine)
    return {
        "shortcuts": seen.shortcuts,
        "saved": seen.saved,
        "filters": filters,
        "lanes": across,
        "lane_links": fragments.lane_links(across),
        "summary": fragments.summary(lanes.summary(filters, seen.queues, counts, now)),
        "columns": fragments.columns(is_closed=filters.shows_closed),
        "rows": shown,
        "lines": cells.lines(shown, several=len(seen.queues) > 1),
        "previous": filters.address(page=number - 1) if number > 1 else "",
        "next": filters.address(page=number + 1) if len(items) > PAGE_SIZE else "",
        "here": filters.address(page=number if number > 1 else None),
        "queues": seen.queues.values(),
        "now": int(now.timestamp()),
    }


def _wanted(seen: Sight, filters: Filters) -> Statement:
    start = (filters.number - 1) * PAGE_SIZE

    def word() -> Statement:
        wanted = filters.apply(seen.requests, by=ANYBODY, now=NOW)
        # One more than shown tells whether there is a next page: nothing is counted for that.
        page = wanted[start : start + PAGE_SIZE + 1]
        return listing.statement(page, user=ANYBODY, now=NOW)

    return STATEMENTS.of((seen.narrowed_to, filters.shape, start, PAGE_SIZE), word)


def _with_queues(items: list[Any], queues: Any) -> list[Any]:
    for item in items:
        item.queue = queues[item.queue_id]
    return items


@require_POST
def next_call(request: HttpRequest) -> HttpResponse:
    """Claim the most urgent request that this person can take, and go to it."""
    if not request.user.has_perm("intake.work_request"):
        raise PermissionDenied
    worker, now = staffing.worker(request.user), timezone.now()
    item = desk.next_call(worker=worker, now=now)
    if item is None:
        messages.info(request, why_none(worker, now))
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
    items = listing.load(found.requests)
    if found.by == "reference" and items:
        return redirect("admin:triage-request", items[0].pk)
    queues = Queue.objects.in_bulk({item.queue_id for item in items})
    shown = listing.rows(_with_queues(items, queues), by=request.user, now=timezone.now(), in_bands=False)
    context = {
        "title": _("Found"),
        "query": text,
        "problem": found.problem,
        "elsewhere": None if items else emergency.offer(request, text),
        "rows": shown,
        "columns": fragments.columns(is_closed=False),
        "lines": cells.lines(shown, several=len(queues) > 1),
    }
    return render(request, "found", context)
