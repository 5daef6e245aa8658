"""What a request's page shows: the call, the rank with its reasons, the answers, and what has happened."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from intake import presenting, situation, triage
from intake.choices import (
    BestTime,
    CallerRole,
    Disposition,
    EventKind,
    Language,
    Outcome,
    Priority,
    Rule,
    Status,
    WaitingOn,
    YesNo,
)
from intake.contact import Contact, contact
from intake.desk.answers import in_sections, side_by_side
from intake.forms.fields import spoken_phone
from intake.models import Queue, Request, RequestEvent

# What the values of an event mean, by its kind.
VOCABULARY: dict[str, dict[str, Any]] = {
    EventKind.SUBMITTED: dict(Priority.choices),
    EventKind.DUPLICATE_LINKED: dict(Priority.choices),
    EventKind.PRIORITY_CHANGED: dict(Priority.choices),
    EventKind.OUTREACH: dict(Outcome.choices),
    EventKind.CLOSED: {**dict(Status.choices), **dict(Disposition.choices)},
    EventKind.REOPENED: dict(Disposition.choices),
    EventKind.INCIDENT: {
        "voicemail_refused": Outcome.LEFT_VOICEMAIL.label,
        "text_without_consent": gettext_lazy("Text sent without consent"),
    },
}


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


def call_card(item: Request, later: list[Request]) -> dict[str, Any]:
    """What somebody needs in order to call: whom to ask for, where, and what may be left behind."""
    to_call = contact(item.answers, [one.answers for one in later])
    line = next((line for line in situation.current().lines if line.queue_id == item.queue_id), None)
    # Where no language was asked for, that of the page which was read last.
    language = to_call.language or [item, *later][-1].language
    return {
        "ask_for": to_call.ask_for,
        "patient": to_call.patient,
        "relation": _relation(to_call),
        "numbers": [
            {
                "label": _("Another number") if position else _("Number to call"),
                "display": spoken_phone(number),
                "tel": f"tel:{number}",
            }
            for position, number in enumerate(to_call.phones)
        ],
        "line": line,
        "voicemail": _voicemail(to_call),
        "texts": _("Texts are allowed.") if to_call.text_ok else _("No texts: there is no consent."),
        "language": Language(language).label,
        "language_code": language,
        "interpreter": to_call.interpreter,
        "best_time": BestTime(to_call.best_time).label if to_call.best_time else "",
        "accommodation": to_call.accommodation,
    }


def _relation(to_call: Contact) -> str:
    """How whoever is to be asked for stands to the patient; empty where it is the patient."""
    if to_call.caller_role == CallerRole.PRESCRIBER_OFFICE:
        return _("From a prescriber’s office, about")
    if to_call.caller_role != CallerRole.CAREGIVER:
        return ""
    agrees = (
        _("The patient agrees.") if to_call.patient_agrees else _("Whether the patient agrees was not said.")
    )
    relationship = to_call.caller_relationship or _("Cares for the patient")
    return f"{relationship}. {agrees}"


def _voicemail(to_call: Contact) -> dict[str, str]:
    if to_call.voicemail == YesNo.YES:
        return {"kind": "yes", "text": _("Voicemail with details is allowed.")}
    if to_call.refuses_voicemail:
        return {"kind": "no", "text": _("No voicemail.")}
    return {
        "kind": "minimal",
        "text": _("Minimal message only: name, number, please call. Nothing about health."),
    }


@dataclass(frozen=True)
class Reason:
    """A rule that fired; `leads` where it is one of those that gave the request its rank."""

    code: str
    words: str
    leads: bool


def reasons(item: Request, later: Iterable[Request]) -> list[Reason]:
    """The rules that fired for the request and for the `later` ones that it carries, in their order.

    Words are those of today's language; a rule that is no longer known has none.
    """
    labels, ranks = dict(Rule.choices), {row.code: row.priority for row in triage.RULES}
    fired = {code for request in (item, *later) for code in request.rules}
    codes = [*(code for code in ranks if code in fired), *sorted(fired - ranks.keys())]
    if len(codes) > 1:
        codes = [code for code in codes if code != Rule.R14]  # which says that there is no other
    leading = {code for code in codes if ranks.get(code) == item.priority}
    # Ranked by a person: then every reason counts the same.
    return [Reason(code, str(labels.get(code, "")), code in leading or not leading) for code in codes]


def happenings(item: Request, events: list[RequestEvent], now: datetime, zone: tzinfo) -> list[Happening]:
    queues = dict(Queue.objects.values_list("slug", "name"))
    return [_happening(item, event, queues, now, zone) for event in events]


def _happening(
    item: Request, event: RequestEvent, queues: dict[str, str], now: datetime, zone: tzinfo
) -> Happening:
    def words(value: str) -> str:
        if event.kind == EventKind.REROUTED:
            return queues.get(value, value)
        if event.kind == EventKind.FOLLOW_UP and value:
            return presenting.moment(datetime.fromisoformat(value), now=now, zone=zone)
        return str(VOCABULARY.get(event.kind, {}).get(value, value))

    before, after = words(event.from_value), words(event.to_value)
    if not before or before == after or event.kind == EventKind.CLOSED:
        change = after
    else:
        change = _("%(before)s → %(after)s") % {"before": before, "after": after or _("open")}
    return Happening(
        at=event.at,
        when=presenting.moment(event.at, now=now, zone=zone),
        kind=event.kind,
        what=str(EventKind(event.kind).label),
        who=name_of(event.by) or _("The sender"),
        change=change,
        note=event.note,
    )


def context(
    item: Request, events: list[RequestEvent], later: list[Request], *, by: Any, now: datetime
) -> dict[str, Any]:
    zone = ZoneInfo(item.queue.time_zone)
    held = item.is_held(now)
    return {
        "item": item,
        "is_closed": item.status == Status.CLOSED,
        "closed_at": item.closed_at and presenting.moment(item.closed_at, now=now, zone=zone, name_zone=True),
        "call": call_card(item, later),
        "reasons": reasons(item, later),
        "is_signed": item.ruleset_version in situation.current().signed_versions,
        "due": presenting.due_in_words(item.call_at, now),
        "due_moment": presenting.moment(item.call_at, now=now, zone=zone, name_zone=True),
        "is_overdue": item.call_at < now,
        "is_follow_up": item.follow_up_at is not None,
        "age": presenting.age_in_words(item.submitted_at, now),
        "submitted": presenting.moment(item.submitted_at, now=now, zone=zone, name_zone=True),
        "waiting_on": WaitingOn(item.waiting_on).label if item.waiting_on else "",
        "is_held": held,
        "is_mine": held and item.claimed_by_id == by.pk,
        "holder": name_of(item.claimed_by) if held else "",
        "held_until": presenting.moment(item.claimed_until, now=now, zone=zone)
        if held and item.claimed_until
        else "",
        "sections": in_sections(item),
        "later": later,
        "comparisons": side_by_side([item, *later]) if later else [],
        "events": happenings(item, events, now, zone),
    }
