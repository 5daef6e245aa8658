"""The page of one request, and what is done from it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from intake import accesses
from intake.contact import contact
from intake.desk import household, listing, page
from intake.desk.access import item_or_404, readable, render, seen_or_404
from intake.desk.action import Action
from intake.desk.actions import ACTIONS, ENDS, offered_actions
from intake.desk.emergency import oversees
from intake.models import EmergencyAccess, Request
from intake.services import desk, staffing
from intake.services.errors import DeskError
from portal import audit


@require_safe
def call(request: HttpRequest, pk: int) -> HttpResponse:
    item, opened = seen_or_404(request, pk)
    return _page(request, item, opened=opened)


@require_POST
def act(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Do one thing; when it is refused, the page comes again with why, and with what was typed.

    With `then=next` the next call is taken as well, where the action lets this one go.
    """
    if action not in ACTIONS:
        raise Http404
    requests = readable(request)
    if not request.user.has_perm("intake.work_request"):
        raise PermissionDenied
    item = item_or_404(request, requests.workable_by(request.user), pk)
    if not desk.is_readable(item):
        return _unreadable(request, item)
    with timezone.override(item.queue.time_zone):
        now = timezone.now()
        form = ACTIONS[action](
            request.POST, item=item, contact=desk.contact_of(item), by=request.user, now=now
        )
        if form.is_valid():
            try:
                done = form.perform()
            except DeskError as reason:
                form.add_error(None, str(reason))
            except Request.DoesNotExist:
                raise Http404 from None
            else:
                goes_on = action in ENDS and request.POST.get("then") == "next"
                return _next_call(request, done) if goes_on else _done(request, form.item.pk, done)
    # What stands in the row now, not what stood there before the action was tried.
    return _page(request, item_or_404(request, requests, pk), bound=form)


@require_POST
def keep(request: HttpRequest, pk: int) -> HttpResponse:
    """Renew the lease of whoever is at work on the page; says for how many seconds it is theirs, or 0."""
    if not request.user.has_perm("intake.work_request"):
        raise PermissionDenied
    kept = desk.keep(request_id=pk, by=request.user, now=timezone.now())
    if not kept:
        item_or_404(request, readable(request), pk)
    return JsonResponse({"seconds": int(desk.LEASE.total_seconds()) if kept else 0})


def _done(request: HttpRequest, pk: int, done: str) -> HttpResponse:
    if done:
        messages.success(request, done)
    # Re-routed to a queue of others, it is out of sight.
    if readable(request).filter(pk=pk).exists():
        return _see_other("admin:triage-request", pk)
    return _see_other("admin:triage")


def _next_call(request: HttpRequest, done: str) -> HttpResponse:
    messages.success(request, done)
    item = desk.next_call(worker=staffing.worker(request.user), now=timezone.now())
    if item is not None:
        return _see_other("admin:triage-request", item.pk)
    messages.info(request, _("There is no call for you right now."))
    return _see_other("admin:triage")


def _see_other(name: str, *arguments: Any) -> HttpResponse:
    response = redirect(name, *arguments)
    response.status_code = 303
    return response


def _page(
    request: HttpRequest,
    item: Request,
    bound: Action | None = None,
    opened: EmergencyAccess | None = None,
) -> HttpResponse:
    """By an emergency access, `opened`, there is everything to read and nothing to do."""
    if not desk.is_readable(item):
        return _unreadable(request, item, opened)
    now, worker = timezone.now(), staffing.worker(request.user)
    by = worker.user
    events = list(item.events.select_related("by"))
    linked = list(_carried(item, opened).select_related("queue").order_by("id"))
    later = [one for one in linked if desk.is_readable(one)]
    for seen in [item, *later]:
        viewed = accesses.IN_EMERGENCY if opened else "request viewed"
        audit.record(viewed, by=by, subject=f"request {seen.pk}", fields=[*seen.answers, "events"])
    together = [*linked, item.duplicate_of] if item.duplicate_of else linked
    others = household.neighbours(item, together, readable(request))
    if others:
        audit.record("requests listed", by=by, fields=household.SHOWN)
    to_call = contact(item.answers, [one.answers for one in later])
    works = by.has_perm("intake.work_request") and Request.objects.workable_by(by).filter(pk=item.pk).exists()
    offered = offered_actions(item, to_call, by=by, now=now, bound=bound) if works else {}
    shown = page.context(item, events, later, to_call, worker=worker, now=now)
    if "outreach" not in offered or "again" in request.GET:
        shown["next"] = None
    context = {
        **shown,
        "title": _("Request %(reference)s") % {"reference": item.reference},
        "unreadable": [one for one in linked if one not in later],
        "household": household.in_words(others, now),
        "actions": offered,
        "works": works,
        "opened": opened,
        "oversees": opened is None and oversees(by),
        "bound": bound,
    }
    with timezone.override(item.queue.time_zone):
        return render(request, "page", context, status=422 if bound else 200).render()


def _carried(item: Request, opened: EmergencyAccess | None) -> QuerySet[Request]:
    """The later ones that are shown with it. One in another queue has a team of its own, which is told of
    nothing when this one is `opened`."""
    return item.duplicates.filter(queue=item.queue_id) if opened else item.duplicates.all()


def _unreadable(request: HttpRequest, item: Request, opened: EmergencyAccess | None = None) -> HttpResponse:
    """Nothing can be done to what nobody can read; it stays in the list until its key is back."""
    now = timezone.now()
    audit.record("request viewed", by=request.user, subject=str(item))
    context = {
        "title": _("Request that can’t be read"),
        "row": listing.row(item, list(_carried(item, opened)), by=request.user, now=now),
    }
    return render(request, "unreadable", context).render()
