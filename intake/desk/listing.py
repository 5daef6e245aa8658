"""The list of requests: what is asked for by the address, and each row in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from intake import presenting, situation
from intake.choices import Language, Priority, Status, WaitingOn
from intake.desk.page import Reason, name_of, reasons
from intake.models import Queue, Request
from intake.querysets import RequestQuerySet
from intake.services import desk

PAGE_SIZE = 50

VIEWS = {
    "": gettext_lazy("To call"),
    "overdue": gettext_lazy("Overdue"),
    "mine": gettext_lazy("Mine"),
    "closed": gettext_lazy("Closed"),
}
YES = [("", gettext_lazy("Any")), ("yes", gettext_lazy("Yes"))]


def _any_or(choices: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return [("", gettext_lazy("Any")), *choices]


class Filters(forms.Form):
    """All optional; what can't be understood counts as not asked for."""

    queue = forms.ChoiceField(label=gettext_lazy("Queue"), required=False)
    priority = forms.ChoiceField(
        label=gettext_lazy("Priority"), required=False, choices=_any_or(Priority.choices)
    )
    status = forms.ChoiceField(label=gettext_lazy("Status"), required=False, choices=_any_or(Status.choices))
    language = forms.ChoiceField(
        label=gettext_lazy("Language"), required=False, choices=_any_or(Language.choices)
    )
    interpreter = forms.ChoiceField(label=gettext_lazy("Interpreter"), required=False, choices=YES)
    center = forms.ChoiceField(label=gettext_lazy("Center"), required=False)
    pharmacist = forms.ChoiceField(label=gettext_lazy("Pharmacist"), required=False, choices=YES)
    # In which of the views the list stands; chosen by links.
    show = forms.ChoiceField(required=False, choices=list(VIEWS.items()), widget=forms.HiddenInput)
    page = forms.IntegerField(required=False, min_value=1, max_value=100_000, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any], *, queues: Iterable[Queue]) -> None:
        super().__init__(data, auto_id="filter_%s", label_suffix="")
        self.fields["queue"].choices = _any_or((queue.slug, queue.name) for queue in queues)  # type: ignore[attr-defined]
        centers = situation.current().centers
        self.fields["center"].choices = _any_or((center.slug, center.name) for center in centers)  # type: ignore[attr-defined]
        self.full_clean()

    @property
    def asked(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def is_narrowed(self) -> bool:
        return bool(self.asked.keys() - {"show", "page"})

    def visible(self) -> list[forms.BoundField]:
        return self.visible_fields()

    def address(self, **changed: Any) -> str:
        """The address of the list with something `changed`, back on its first page unless that is given."""
        asked = {**self.asked, "page": None, **changed}
        return "?" + urlencode({name: value for name, value in asked.items() if value})

    def apply(self, requests: RequestQuerySet, *, by: Any, now: datetime) -> RequestQuerySet:
        """Narrow and order `requests`: those to call unless closed ones are asked for."""
        asked = self.asked
        closed = "closed" in (asked.get("show"), asked.get("status"))
        if closed:
            requests = requests.filter(status=Status.CLOSED).order_by("-closed_at", "-id")
        else:
            requests = requests.to_call().in_call_order()
        if asked.get("show") == "overdue":
            requests = requests.overdue(now)
        elif asked.get("show") == "mine":
            requests = requests.held_by(by, now)
        columns = {
            "queue": "queue__slug",
            "priority": "priority",
            "status": "status",
            "language": "language",
            "center": "center__slug",
        }
        narrowed = {column: asked[name] for name, column in columns.items() if name in asked}
        if "interpreter" in asked:
            narrowed["interpreter"] = True
        if "pharmacist" in asked:
            narrowed["needs_pharmacist"] = True
        return requests.filter(**narrowed)


@dataclass(frozen=True)
class Row:
    item: Request
    reference: str
    patient: str
    priority: str
    due: str
    due_moment: str
    is_overdue: bool
    language: str
    interpreter: bool
    reasons: list[Reason]
    others: list[str]
    status: str
    holder: str
    is_mine: bool
    age: str


def load(requests: RequestQuerySet) -> RequestQuerySet:
    """`requests` with what their rows show; of the later ones that they carry, nothing that is sealed."""
    later = Request.objects.only("duplicate_of", "rules", "interpreter")
    return requests.select_related("queue", "claimed_by").prefetch_related(Prefetch("duplicates", later))


def row(item: Request, *, by: Any, now: datetime) -> Row:
    """`item` in words; its queue, holder and later requests must be loaded."""
    later = list(item.duplicates.all())
    zone = ZoneInfo(item.queue.time_zone)
    closed = item.closed_at is not None
    held, why = item.is_held(now), reasons(item, later)
    readable = desk.is_readable(item)
    return Row(
        item=item,
        reference=item.reference if readable else str(item),
        patient=item.patient_name if readable else _("Can’t be read"),
        priority=str(Priority(item.priority).label),
        due=_closed(item, now, zone) if closed else presenting.due_in_words(item.call_at, now),
        due_moment="" if closed else presenting.moment(item.call_at, now=now, zone=zone),
        is_overdue=not closed and item.call_at < now,
        language=str(Language(item.language).label),
        interpreter=item.interpreter or any(one.interpreter for one in later),
        reasons=[reason for reason in why if reason.leads],
        others=[reason.code for reason in why if not reason.leads],
        status=_status(item),
        holder=name_of(item.claimed_by) if held else "",
        is_mine=held and item.claimed_by_id == by.pk,
        age=presenting.age_in_words(item.submitted_at, now),
    )


def _closed(item: Request, now: datetime, zone: ZoneInfo) -> str:
    return presenting.moment(item.closed_at, now=now, zone=zone) if item.closed_at else ""


def _status(item: Request) -> str:
    if item.status == Status.WAITING:
        return _("Waiting: %(whom)s") % {"whom": WaitingOn(item.waiting_on).label}
    if item.status == Status.CLOSED:
        return item.get_disposition_display()
    return str(Status(item.status).label)
