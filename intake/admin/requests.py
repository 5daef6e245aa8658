"""Requests in the admin: the list in call order, the search, the page of one, and what is done to it."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from intake import references, situation, triage
from intake.admin import finding, listing, page
from intake.admin.actions import ACTIONS, Action, offered_actions
from intake.models import Queue, Request
from intake.querysets import RequestQuerySet
from intake.services import desk
from intake.services.errors import DeskError
from portal import audit

# What a row of the list shows of a request.
LISTED = ["reference", "first_name", "last_name", "language", "interpreter", "priority", "rules", "status"]


@admin.register(Request)
class RequestAdmin(admin.ModelAdmin):
    """Everything is done by services; there is no form that edits a request's fields."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("", view(self.changelist_view), name="intake_request_changelist"),
            path("search/", view(self.search_view), name="intake_request_search"),
            path("<int:pk>/change/", view(self.request_view), name="intake_request_change"),
            path("<int:pk>/<slug:action>/", view(self.action_view), name="intake_request_action"),
        ]

    @method_decorator(require_safe)
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The calls to make, first things first.

        Five queries beside sign-in's, whatever the number of rows: queues, counts, rows, the later requests
        that they carry, the audit row.
        """
        if "q" in request.GET:
            return self._by_link(request, request.GET["q"])
        readable = self._readable(request)
        now = timezone.now()
        queues = {queue.pk: queue for queue in Queue.objects.readable_by(request.user)}
        counts = readable.to_call().count_by_queue(now)
        filters = listing.Filters(request.GET, queues=queues.values())
        wanted = listing.load(filters.apply(readable, by=request.user, now=now))
        number = filters.cleaned_data.get("page") or 1
        start = (number - 1) * listing.PAGE_SIZE
        # One more than shown tells whether there is a next page: nothing is counted for that.
        items = list(wanted[start : start + listing.PAGE_SIZE + 1])
        audit.record("requests listed", by=request.user, fields=LISTED)
        context = {
            "title": _("Requests"),
            "filters": filters,
            "rows": [listing.row(item, by=request.user, now=now) for item in items[: listing.PAGE_SIZE]],
            "views": self._views(filters, counts),
            "previous": filters.address(page=number - 1) if number > 1 else "",
            "next": filters.address(page=number + 1) if len(items) > listing.PAGE_SIZE else "",
            "is_closed": "closed" in (filters.asked.get("show"), filters.asked.get("status")),
        }
        return self._render(request, "list", context)

    @method_decorator(require_POST)
    def search_view(self, request: HttpRequest) -> HttpResponse:
        """Find by reference, phone or last name; posted, so that no name or number stands in an address."""
        return self._search(request, request.POST.get("q", ""))

    def _by_link(self, request: HttpRequest, text: str) -> HttpResponse:
        """Links may carry a reference; a name or a number typed into an address is not searched for."""
        readable = self._readable(request)
        try:
            item = readable.by_reference(references.parse(text)).first()
        except references.WrongReference:
            return redirect("admin:intake_request_changelist")
        audit.record("requests searched", by=request.user, fields=["reference"])
        if item is None:
            messages.warning(request, _("No request that you may see has this reference."))
            return redirect("admin:intake_request_changelist")
        return redirect("admin:intake_request_change", item.pk)

    def _search(self, request: HttpRequest, text: str) -> HttpResponse:
        readable = self._readable(request)
        found = finding.find(text, readable)
        audit.record("requests searched", by=request.user, fields=[found.by] if found.by else [])
        now = timezone.now()
        items = list(listing.load(found.requests))
        if found.by == "reference" and items:
            return redirect("admin:intake_request_change", items[0].pk)
        context = {
            "title": _("Found"),
            "query": text,
            "problem": found.problem,
            "rows": [listing.row(item, by=request.user, now=now) for item in items],
        }
        return self._render(request, "found", context)

    @method_decorator(require_safe)
    def request_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._page(request, self._item(self._readable(request), pk))

    @method_decorator(require_POST)
    def action_view(self, request: HttpRequest, pk: int, action: str) -> HttpResponse:
        """Do one thing; when it is refused, the page comes again with why, and with what was typed."""
        if action not in ACTIONS:
            raise Http404
        readable = self._readable(request)
        if not request.user.has_perm("intake.work_request"):
            raise PermissionDenied
        item = self._item(readable.workable_by(request.user), pk)
        if not desk.is_readable(item):
            return self._unreadable(request, item)
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
                    return self._done(request, pk, done)
        # What stands in the row now, not what stood there before the action was tried.
        return self._page(request, self._item(readable, pk), bound=form)

    def _done(self, request: HttpRequest, pk: int, done: str) -> HttpResponse:
        messages.success(request, done)
        # Re-routed to a queue of others, it is out of sight.
        if self._readable(request).filter(pk=pk).exists():
            response = redirect("admin:intake_request_change", pk)
        else:
            response = redirect("admin:intake_request_changelist")
        response.status_code = 303
        return response

    def _readable(self, request: HttpRequest) -> RequestQuerySet:
        """The only way from a visitor to requests: those that the account may see."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return Request.objects.readable_by(request.user)

    def _item(self, among: RequestQuerySet, pk: int) -> Request:
        related = among.select_related("queue", "claimed_by", "duplicate_of")
        item = related.filter(pk=pk).first()
        if item is None:
            raise Http404
        return item

    def _page(self, request: HttpRequest, item: Request, bound: Action | None = None) -> HttpResponse:
        if not desk.is_readable(item):
            return self._unreadable(request, item)
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
            return self._render(request, "page", context, status=422 if bound else 200).render()

    def _unreadable(self, request: HttpRequest, item: Request) -> HttpResponse:
        """Nothing can be done to what nobody can read; it stays in the list until its key is back."""
        now = timezone.now()
        audit.record("request viewed", by=request.user, subject=str(item))
        context = {
            "title": _("Request that can’t be read"),
            "row": listing.row(item, by=request.user, now=now),
        }
        return self._render(request, "unreadable", context).render()

    def _views(self, filters: listing.Filters, counts: dict[int, dict[str, int]]) -> list[dict[str, Any]]:
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

    def _render(
        self, request: HttpRequest, name: str, context: dict[str, Any], status: int = 200
    ) -> TemplateResponse:
        frame = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "rules_are_signed": triage.RULESET_VERSION in situation.current().signed_versions,
        }
        template = f"admin/intake/request/{name}.html"
        return TemplateResponse(request, template, {**frame, **context}, status=status)
