"""The call itself: whom to ask for, where, what may be left behind, what to say, and what to do next."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from intake import presenting, scripts, situation, steps
from intake.choices import (
    BestTime,
    CallerRole,
    Disposition,
    Door,
    EventKind,
    Language,
    Outcome,
    Priority,
    Status,
    YesNo,
)
from intake.contact import Contact
from intake.desk.history import name_of
from intake.forms.fields import spoken_phone
from intake.models import Request, RequestEvent
from intake.querysets import Worker

# Keys for the steps that are offered, and for the same with the next call behind it.
STEP_KEYS, ON_KEYS = "123456789", "abcdefghj"
# What happens beside a call: after it the steps of the last attempt are still the next ones.
ASIDE = {
    EventKind.INCIDENT,
    EventKind.PRIORITY_CHANGED,
    EventKind.DUPLICATE_LINKED,
    EventKind.UNLINKED,
    EventKind.ESCALATED,
    EventKind.REASSESSED,
    EventKind.PHARMACIST_ASKED,
    EventKind.HOLD_SET,
    EventKind.HOLD_LIFTED,
}
# How digits and letters are said on the telephone, so that no two sound alike.
SPOKEN = {
    "C": "Charlie", "F": "Foxtrot", "H": "Hotel", "J": "Juliett", "K": "Kilo", "L": "Lima", "M": "Mike",
    "N": "November", "P": "Papa", "R": "Romeo", "T": "Tango", "V": "Victor", "W": "Whiskey", "X": "X-ray",
    "Y": "Yankee",
}  # fmt: skip


def spelled(reference: str) -> str:
    """A reference to be read aloud: "7 Kilo 4, Mike 2 Papa 9"."""
    groups = reference.split("-")
    return ", ".join(" ".join(SPOKEN.get(character, character) for character in group) for group in groups)


def call_card(item: Request, later: Sequence[Request], to_call: Contact) -> dict[str, Any]:
    """What somebody needs in order to call."""
    language = language_of(item, later, to_call)
    return {
        "ask_for": to_call.ask_for,
        "patient": to_call.patient,
        "is_patient": to_call.caller_role == CallerRole.PATIENT,
        "relation": _relation(to_call),
        "standing": _standing(to_call),
        "numbers": [
            {
                "label": _("Another number") if position else _("Number to call"),
                "display": spoken_phone(number),
                "tel": f"tel:{number}",
            }
            for position, number in enumerate(to_call.phones)
        ],
        "line": line_of(item),
        "voicemail": _voicemail(to_call),
        "texts": _("Texts are allowed.") if to_call.text_ok else _("No texts: there is no consent."),
        "language": Language(language).label,
        "language_code": language,
        "interpreter": to_call.interpreter,
        "best_time": BestTime(to_call.best_time).label if to_call.best_time else "",
        "accommodation": to_call.accommodation,
    }


def line_of(item: Request) -> situation.Line | None:
    return next((line for line in situation.current().lines if line.queue_id == item.queue_id), None)


def language_of(item: Request, later: Sequence[Request], to_call: Contact) -> str:
    """What was asked for or, where nothing was, the language of the page that was read last."""
    return to_call.language or [item, *later][-1].language


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


def _standing(to_call: Contact) -> dict[str, str]:
    """What may be said to whoever is asked for."""
    if to_call.caller_role == CallerRole.PRESCRIBER_OFFICE:
        return {"kind": "some", "text": _("What the treatment needs, once the office is certain.")}
    if to_call.caller_role != CallerRole.CAREGIVER:
        return {"kind": "all", "text": _("Everything, once it is certain who it is.")}
    if to_call.patient_agrees:
        return {"kind": "some", "text": _("What they need to help. Confirm it with the patient.")}
    return {"kind": "none", "text": _("Nothing about health. Listen, and ask for the patient.")}


def _voicemail(to_call: Contact) -> dict[str, str]:
    if to_call.voicemail == YesNo.YES:
        return {"kind": "yes", "text": _("Voicemail with details is allowed.")}
    if to_call.refuses_voicemail:
        return {"kind": "no", "text": _("No voicemail.")}
    return {
        "kind": "minimal",
        "text": _("Minimal message only: name, number, please call. Nothing about health."),
    }


def call_of(item: Request, later: Sequence[Request], to_call: Contact, worker: Worker) -> scripts.Call:
    line = line_of(item)
    return scripts.Call(
        contact=to_call,
        door=Door(item.door),
        signs={sign for one in (item, *later) for sign in one.answers.get("danger_signs", ())},
        language=language_of(item, later, to_call),
        line=line.display if line else "",
        caller=name_of(worker.user),
        speaks=worker.languages,
        is_pharmacist=worker.is_pharmacist,
    )


def attempts_of(events: Sequence[RequestEvent]) -> list[tuple[Outcome, datetime]]:
    return [(Outcome(event.to_value), event.at) for event in events if event.kind == EventKind.OUTREACH]


def last_attempt(events: Sequence[RequestEvent]) -> RequestEvent | None:
    """The attempt after which nothing was decided yet; None where something was, or nobody tried."""
    turn = next((event for event in reversed(events) if event.kind not in ASIDE), None)
    return turn if turn is not None and turn.kind == EventKind.OUTREACH else None


def next_steps(
    item: Request,
    later: Sequence[Request],
    to_call: Contact,
    events: Sequence[RequestEvent],
    worker: Worker,
    now: datetime,
) -> dict[str, Any] | None:
    """What to do after the last attempt, as buttons; None where nothing is to be decided now."""
    tried = last_attempt(events)
    line = line_of(item)
    if tried is None or line is None or item.status == Status.CLOSED or item.duplicate_of_id:
        return None
    newest_first = [*reversed(later), item]
    offer = steps.offer(
        steps.Tried(
            attempts=attempts_of(events),
            best_time=to_call.best_time,
            other_numbers=[spoken_phone(number) for number in to_call.phones[1:]],
            priority=Priority(item.priority),
            rules=list(dict.fromkeys(code for one in (item, *later) for code in one.rules)),
            door=Door(item.door),
            care_setting=next((s for one in newest_first if (s := one.answers.get("care_setting"))), ""),
            next_dose_on=item.next_dose_on,
            is_pharmacist=worker.is_pharmacist,
        ),
        line.schedule,
        now,
    )
    zone = ZoneInfo(item.queue.time_zone)
    return {
        "logged": Outcome(tried.to_value).label,
        "when": presenting.moment(tried.at, now=now, zone=zone),
        "who": name_of(tried.by),
        "missing": offer.missing,
        "steps": [
            _button(step, STEP_KEYS[position], ON_KEYS[position], now, zone)
            for position, step in enumerate(offer.steps[: len(STEP_KEYS)])
        ],
    }


def _button(step: steps.Step, key: str, on_key: str, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    shown: dict[str, Any] = {"kind": step.kind.value, "why": step.why, "key": key, "on_key": on_key}
    if step.kind == steps.Kind.FOLLOW_UP and step.at:
        local = step.at.astimezone(zone)
        shown |= {
            "label": presenting.moment(step.at, now=now, zone=zone),
            "value": f"{local:%Y-%m-%dT%H:%M}",
        }
    elif step.kind == steps.Kind.CLOSE and step.disposition:
        shown |= {"label": Disposition(step.disposition).label, "value": step.disposition.value}
    else:
        shown |= {"label": _("Call again now")}
    return shown
