"""The page of one request, and what is done from it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from intake.desk import listing, page
from intake.desk.access import item_or_404, readable, render
from intake.desk.actions import ACTIONS, Action, offered_actions
from intake.models import Request
from intake.services import desk
from intake.services.errors import DeskError
from portal import audit


@require_safe
def call(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, item_or_404(readable(request), pk))


@require_POST
def act(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Do one thing; when it is refused, the page comes again with why, and with what was typed."""
    if action not in ACTIONS:
        raise Http404
    requests = readable(request)
    if not request.user.has_perm("intake.work_request"):
        raise PermissionDenied
    item = item_or_404(requests.workable_by(request.user), pk)
    if not desk.is_readable(item):
        return _unreadable(request, item)
    with timezone.override(item.queue.time_zone):
        form = ACTIONS[action](request.POST, item=item, contact=desk.contact_of(item))
        if form.is_valid():
            try:
                done = form.perform(by=request.user, now=timezone.now())
            except DeskError as reason:
                form.add_error(None, str(reason))
            except Request.DoesNotExist:
                raise Http404 from None
            else:
                return _done(request, pk, done)
    # What stands in the row now, not what stood there before the action was tried.
    return _page(request, item_or_404(requests, pk), bound=form)


def _done(request: HttpRequest, pk: int, done: str) -> HttpResponse:
    messages.success(request, done)
    # Re-routed to a queue of others, it is out of sight.
    if readable(request).filter(pk=pk).exists():
        response = redirect("admin:triage-request", pk)
    else:
        response = redirect("admin:triage")
    response.status_code = 303
    return response


def _page(request: HttpRequest, item: Request, bound: Action | None = None) -> HttpResponse:
    if not desk.is_readable(item):
        return _unreadable(request, item)
    now, by = timezone.now(), request.user
    events = list(item.events.select_related("by"))
    linked = list(item.duplicates.select_related("queue").order_by("id"))
    later = [one for one in linked if desk.is_readable(one)]
    for shown in [item, *later]:
        audit.record(
            "request viewed", by=by, subject=f"request {shown.pk}", fields=[*shown.answers, "events"]
        )
    works = Request.objects.workable_by(by).filter(pk=item.pk).exists()
    offered = offered_actions(item, desk.contact_of(item), by=by, now=now, bound=bound) if works else {}
    context = {
        **page.context(item, events, later, by=by, now=now),
        "title": _("Request %(reference)s") % {"reference": item.reference},
        "unreadable": [one for one in linked if one not in later],
        "actions": offered,
        "bound": bound,
    }
    with timezone.override(item.queue.time_zone):
        return render(request, "page", context, status=422 if bound else 200).render()


def _unreadable(request: HttpRequest, item: Request) -> HttpResponse:
    """Nothing can be done to what nobody can read; it stays in the list until its key is back."""
    now = timezone.now()
    audit.record("request viewed", by=request.user, subject=str(item))
    context = {
        "title": _("Request that can’t be read"),
        "row": listing.row(item, by=request.user, now=now),
    }
    return render(request, "unreadable", context).render()
