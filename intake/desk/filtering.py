"""What is asked for by the board's address: the lane that it stands in, and what narrows it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from intake import situation
from intake.choices import Language, Priority, Status
from intake.models import Queue
from intake.querysets import RequestQuerySet

# The lanes beside those of the queues.
LANES = {
    "mine": gettext_lazy("Mine"),
    "follow-ups": gettext_lazy("Follow-ups"),
    "overdue": gettext_lazy("Overdue"),
    "pharmacist": gettext_lazy("Pharmacist"),
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
    mine = forms.ChoiceField(label=gettext_lazy("Mine"), required=False, choices=YES)
    # In which of the lanes the list stands; chosen by links.
    show = forms.ChoiceField(required=False, choices=_any_or(LANES.items()), widget=forms.HiddenInput)
    page = forms.IntegerField(required=False, min_value=1, max_value=100_000, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any], *, queues: Iterable[Queue]) -> None:
        super().__init__(data, auto_id="filter_%s", label_suffix="")
        self._queues = {queue.slug: queue for queue in queues}
        self._centers = {center.slug: center for center in situation.current().centers}
        for name, rows in (("queue", self._queues), ("center", self._centers)):
            field = cast(forms.ChoiceField, self.fields[name])
            field.choices = _any_or((slug, row.name) for slug, row in rows.items())
        self.full_clean()

    @property
    def asked(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def lane(self) -> str:
        return self.asked.get("show", "")

    @property
    def shows_closed(self) -> bool:
        return "closed" in (self.lane, self.asked.get("status"))

    @property
    def number(self) -> int:
        return self.cleaned_data.get("page") or 1

    def narrowing(self) -> list[str]:
        """What narrows the lane, in words; the queue of a queue's own lane doesn't."""
        names = [name for name in self.asked if name not in ("show", "page")]
        if not self.lane:
            names = [name for name in names if name != "queue"]
        return [self._in_words(name) for name in names]

    def in_words(self) -> list[str]:
        """The whole view: its lane, and what narrows it."""
        lane = [str(LANES[self.lane])] if self.lane else []
        return lane + [self._in_words(name) for name in self.asked if name not in ("show", "page")]

    def _in_words(self, name: str) -> str:
        field: Any = self.fields[name]
        value = self.asked[name]
        label = str(dict(field.choices)[value])
        return str(field.label) if value == "yes" else label

    def address(self, **changed: Any) -> str:
        """The address of the list with something `changed`, back on its first page unless that is given."""
        asked = {**self.asked, "page": None, **changed}
        return "?" + urlencode({name: value for name, value in asked.items() if value})

    def apply(self, requests: RequestQuerySet, *, by: Any, now: datetime) -> RequestQuerySet:
        """Narrow and order `requests`: those to call unless closed ones are asked for."""
        asked = self.asked
        if self.shows_closed:
            requests = requests.closed().order_by("-closed_at", "-id")
        else:
            requests = requests.to_call().in_call_order()
        if self.lane == "overdue":
            requests = requests.overdue(now)
        elif self.lane == "follow-ups":
            requests = requests.follow_ups_due(now)
        if self.lane == "mine" or "mine" in asked:
            requests = requests.held_by(by, now)
        if self.lane == "pharmacist" or "pharmacist" in asked:
            requests = requests.filter(needs_pharmacist=True)
        return requests.filter(**self._columns())

    @property
    def shape(self) -> tuple[Any, ...]:
        """What decides how `apply` asks, but for the person, the time, and which requests are narrowed."""
        flags = (self.shows_closed, self.lane, "mine" in self.asked, "pharmacist" in self.asked)
        return *flags, *self._columns().items()

    def _columns(self) -> dict[str, Any]:
        """Columns and the values that are asked for."""
        asked = self.asked
        columns: dict[str, Any] = {
            name: asked[name] for name in ("priority", "status", "language") if name in asked
        }
        if "queue" in asked:
            columns["queue"] = self._queues[asked["queue"]].pk
        if "center" in asked:
            columns["center"] = self._centers[asked["center"]].id
        if "interpreter" in asked:
            columns["interpreter"] = True
        return columns


def filters_of(asked: QueryDict, queues: Iterable[Queue]) -> Filters:
    """The filters that an address asks for; nobody may change them, as they are kept for the next who asks.

    Making them takes as long as half a page of rows.
    """
    offered = tuple((queue.pk, queue.slug, queue.name) for queue in queues)
    centers = tuple((center.id, center.slug, center.name) for center in situation.current().centers)
    return _filters_of(asked.urlencode(), offered, centers)


@lru_cache(maxsize=256)
def _filters_of(
    address: str, offered: tuple[tuple[int, str, str], ...], centers: tuple[tuple[int, str, str], ...]
) -> Filters:
    queues = [Queue(pk=pk, slug=slug, name=name) for pk, slug, name in offered]
    return Filters(QueryDict(address), queues=queues)
