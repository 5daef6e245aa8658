"""The only way from a visitor to requests, and from there to a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import CharField, F, Value
from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone

from intake import situation
from intake.desk.frame import frame
from intake.models import EmergencyAccess, Queue, Request, SavedFilter, StaffProfile
from intake.querysets import RequestQuerySet
from intake.worded import NOW, Statement, worded
from portal import audit


def check_reads(request: HttpRequest) -> None:
    if not request.user.has_perm("intake.view_request"):
        raise PermissionDenied


def readable(request: HttpRequest) -> RequestQuerySet:
    """The requests that the account may see; PermissionDenied where it may see none at all."""
    check_reads(request)
    return Request.objects.readable_by(request.user)


@dataclass(frozen=True)
class Sight:
    """What somebody sees of the desk: their queues by number, saved filters, whether keys are on."""

    queues: Mapping[int, Queue]
    saved: list[SavedFilter]
    shortcuts: bool
    # How many requests they hold.
    mine: int

    @property
    def requests(self) -> RequestQuerySet:
        """Those of the queues. Numbers let the database go by its indexes, where a subquery wouldn't."""
        narrowed_to = self.narrowed_to
        return Request.objects.all() if narrowed_to is None else Request.objects.filter(queue__in=narrowed_to)

    @property
    def narrowed_to(self) -> tuple[int, ...] | None:
        """The queues to ask for; None for whoever sees every one."""
        sees_all = {line.queue_id for line in situation.current().lines} <= self.queues.keys()
        return None if sees_all else tuple(self.queues)


def sight(request: HttpRequest) -> Sight:
    """PermissionDenied where the account may see no requests at all. One query."""
    check_reads(request)
    user = request.user
    every = user.is_superuser or user.has_perm("intake.view_every_queue")
    queues, saved, shortcuts, mine = [], [], True, 0
    rows = _statement(connection.vendor, every).ask(user=user.pk, now=timezone.now())
    for kind, pk, place, name, text, time_zone in rows:
        if kind == "queue":
            queues.append(Queue(pk=pk, position=place, name=name, slug=text, time_zone=time_zone))
        elif kind == "saved":
            saved.append(SavedFilter(pk=pk, name=name, address=text))
        elif kind == "held":
            mine += 1
        else:
            shortcuts = False
    queues.sort(key=lambda queue: (queue.position, queue.slug))
    saved.sort(key=lambda one: one.name.casefold())
    return Sight({queue.pk: queue for queue in queues}, saved, shortcuts, mine)


@lru_cache
def _statement(vendor: str, every: bool) -> Statement:
    """What one person sees, of all queues or of those of their groups: tables in the same columns."""
    user, nothing = -1, _text("")
    queues = Queue.objects.all() if every else Queue.objects.of_groups(user, NOW)
    held = Request.objects.to_call().filter(claimed_by=user, claimed_until__gt=NOW)
    parts = [
        _alike("queue", queues, "position", F("name"), F("slug"), F("time_zone")),
        _alike("saved", SavedFilter.objects.usable_by(user), "pk", F("name"), F("address"), nothing),
        _alike("quiet", StaffProfile.objects.filter(user=user, shortcuts=False), "pk", *[nothing] * 3),
        _alike("held", held, "pk", *[nothing] * 3),
    ]
    return worded([("{}", parts[0].union(*parts[1:], all=True))], {"user": user, "now": NOW})


def _alike(kind: str, rows: Any, place: str, first: Any, second: Any, third: Any) -> Any:
    """`rows` of one table in the columns in which those of others can stand below them."""
    columns = rows.order_by().annotate(
        kind=_text(kind), place=F(place), first=first, second=second, third=third
    )
    return columns.values_list("kind", "pk", "place", "first", "second", "third")


def _text(value: str) -> Value:
    return Value(value, output_field=CharField())


def item_or_404(request: HttpRequest, among: RequestQuerySet, pk: int) -> Request:
    """A request that is there, but not `among` those, is not found either; the try is on record."""
    item = _whole(among).filter(pk=pk).first()
    if item is None:
        if Request.objects.filter(pk=pk).exists():
            record_refusal(request, pk)
        raise Http404
    return item


def seen_or_404(request: HttpRequest, pk: int) -> tuple[Request, EmergencyAccess | None]:
    """The request to be looked at, and the emergency access by which, if it is in a queue of others."""
    if item := _whole(readable(request)).filter(pk=pk).first():
        return item, None
    running = EmergencyAccess.objects.in_force(timezone.now()).filter(user=request.user.pk, request=pk)
    if opened := running.defer("reason").first():
        return _whole(Request.objects.all()).get(pk=pk), opened
    return item_or_404(request, Request.objects.none(), pk), None


def record_refusal(request: HttpRequest, pk: int) -> None:
    audit.record("request refused", by=request.user, subject=f"request {pk}")


def _whole(among: RequestQuerySet) -> RequestQuerySet:
    return among.select_related("queue", "claimed_by", "duplicate_of")


def render(request: HttpRequest, name: str, context: dict[str, Any], status: int = 200) -> TemplateResponse:
    """The page `desk/<name>.html` in the frame of the desk's pages."""
    return TemplateResponse(request, f"desk/{name}.html", {**frame(request), **context}, status=status)
