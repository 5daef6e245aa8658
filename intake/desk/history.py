"""What has happened to a request, in words."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from intake import presenting
from intake.choices import Disposition, EventKind, Outcome, Priority, Status
from intake.models import Queue, RequestEvent
from portal.crypto import UnreadableText

# What the values of an event mean, by its kind.
VOCABULARY: dict[str, dict[str, Any]] = {
    EventKind.SUBMITTED: dict(Priority.choices),
    EventKind.DUPLICATE_LINKED: dict(Priority.choices),
    EventKind.PRIORITY_CHANGED: dict(Priority.choices),
    EventKind.REASSESSED: dict(Priority.choices),
    EventKind.OUTREACH: dict(Outcome.choices),
    EventKind.CLOSED: {**dict(Status.choices), **dict(Disposition.choices)},
    EventKind.REOPENED: dict(Disposition.choices),
    EventKind.INCIDENT: {
        "voicemail_refused": Outcome.LEFT_VOICEMAIL.label,
        "text_without_consent": gettext_lazy("Text sent without consent"),
    },
}
# What nobody sent or did: the clock, or the rules.
BY_ITSELF = {EventKind.RETURNED, EventKind.ESCALATED, EventKind.REASSESSED}


@dataclass(frozen=True)
class Happening:
    """An event in words."""

    at: datetime
    when: str
    kind: str
    what: str
    who: str
    change: str
    note: str


def name_of(account: Any) -> str:
    return account.get_full_name() or account.get_username() if account else ""


def words_of(text: str) -> str:
    """A sealed text as staff read it, also where no key opens it."""
    if isinstance(text, UnreadableText):
        return _("Can’t be read: none of the keys that are set opens it.")
    return text


def happenings(events: list[RequestEvent], now: datetime, zone: tzinfo) -> list[Happening]:
    moved = any(event.kind == EventKind.REROUTED for event in events)
    queues = dict(Queue.objects.values_list("slug", "name")) if moved else {}
    return [_happening(event, queues, now, zone) for event in events]


def _happening(event: RequestEvent, queues: dict[str, str], now: datetime, zone: tzinfo) -> Happening:
    def words(value: str) -> str:
        if event.kind == EventKind.REROUTED:
            return queues.get(value, value)
        if event.kind == EventKind.FOLLOW_UP and value:
            return presenting.moment(datetime.fromisoformat(value), now=now, zone=zone)
        return str(VOCABULARY.get(event.kind, {}).get(value, value))

    before, after = words(event.from_value), words(event.to_value)
    if event.kind in (EventKind.RETURNED, EventKind.RELEASED):
        change = before
    elif not before or before == after or event.kind == EventKind.CLOSED:
        change = after
    else:
        change = _("%(before)s → %(after)s") % {"before": before, "after": after or _("open")}
    by_itself = _("The portal") if event.kind in BY_ITSELF else _("The sender")
    return Happening(
        at=event.at,
        when=presenting.moment(event.at, now=now, zone=zone),
        kind=event.kind,
        what=str(EventKind(event.kind).label),
        who=name_of(event.by) or by_itself,
        change=change,
        note=words_of(event.note),
    )
