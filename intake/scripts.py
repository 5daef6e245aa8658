"""What to say on a call: pure, from how somebody is to be reached to a few short lines in staff's words.

The words are a proposal that the pharmacy has not confirmed; pages say so. No line tells anybody to use or to
discard a medicine.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

from django.utils.translation import gettext as _

from intake.choices import CallerRole, DangerSign, Door, Language, YesNo
from intake.contact import Contact

# Signs for which 911 comes first; a mild reaction is none of them.
GRAVE = (
    DangerSign.BREATHING,
    DangerSign.ONE_SIDED,
    DangerSign.MENINGITIS,
    DangerSign.IMMEDIATE_DANGER,
)


class Kind(Enum):
    SAY = "say"  # words to speak
    DO = "do"  # what to do, or to heed
    NEVER = "never"


@dataclass(frozen=True)
class Line:
    kind: Kind
    text: str


@dataclass(frozen=True)
class Part:
    name: str
    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Call:
    """The call that is to be made.

    `signs` are the danger signs that anybody checked, `line` is the number to be called back at as it is read
    out, `caller` whoever makes the call, and `speaks` the languages that they speak with patients.
    `language` is the one that the call is to be in.
    """

    contact: Contact
    door: Door
    signs: Collection[str]
    language: str
    line: str
    caller: str
    speaks: Collection[str]
    is_pharmacist: bool


@dataclass(frozen=True)
class Emergency:
    """The first lines of all where there are grave signs: which, what to ask, and what to do."""

    signs: tuple[str, ...]
    ask: str
    do: str


def emergency(call: Call) -> Emergency | None:
    signs = [sign for sign in GRAVE if sign in call.signs]
    if not signs:
        return None
    who = call.contact
    about_somebody = who.caller_role != CallerRole.PATIENT
    if signs == [DangerSign.IMMEDIATE_DANGER]:
        ask = (
            _("“Is %(patient)s safe right now?”") % {"patient": who.patient}
            if about_somebody
            else _("“Are you safe right now?”")
        )
        do = _(
            "If not: “Get out if you can, and call 911 now.” Who can’t call: you call 911, with the address."
        )
    else:
        ask = (
            _("“Does %(patient)s have this right now?”") % {"patient": who.patient}
            if about_somebody
            else _("“Do you have this right now?”")
        )
        do = _(
            "If yes, or not sure: “Hang up and call 911 now.” Who can’t call: you call 911, with the "
            "address, and stay on the line. Nothing else comes before this, also not who they are."
        )
    return Emergency(tuple(str(sign.label) for sign in signs), ask, do)


def script(call: Call) -> list[Part]:
    """The parts in the order of the call."""
    parts = [_interpreter(call), _greeting(call), _identity(call), _standing(call), _voicemail(call)]
    return [part for part in [*parts, _medicine(call)] if part]


def _say(text: str) -> Line:
    return Line(Kind.SAY, text)


def _do(text: str) -> Line:
    return Line(Kind.DO, text)


def _never(text: str) -> Line:
    return Line(Kind.NEVER, text)


def _interpreter(call: Call) -> Part | None:
    speaks = call.language in call.speaks
    if speaks and not call.contact.interpreter:
        return None
    if call.language == Language.OTHER:
        first = _do(_("Ask in which language, and get an interpreter for it."))
    elif call.language == Language.ENGLISH:
        first = _do(_("They asked for an interpreter: ask for which language."))
    else:
        name = Language(call.language).label
        first = _do(
            _("Get an interpreter for %(language)s on the line first, then call.") % {"language": name}
        )
        if speaks:
            first = _do(
                _("You speak %(language)s. They asked for an interpreter: offer one at the start.")
                % {"language": name}
            )
    lines = (first, _do(_("Speak to the patient, not to the interpreter. No child interprets.")))
    return Part("interpreter", _("Interpreter"), lines)


def _greeting(call: Call) -> Part:
    name = call.contact.ask_for
    lines = [
        _say(
            _("“Hello, my name is %(caller)s. May I speak with %(name)s?”")
            % {"caller": call.caller, "name": name}
        )
    ]
    if call.contact.caller_role == CallerRole.PRESCRIBER_OFFICE:
        lines.append(
            _say(_("“I call from California Specialty Pharmacy about the request that your office sent.”"))
        )
    else:
        lines.append(_do(_("Somebody else answers: no pharmacy, no reason. “I’ll call again.”")))
    if call.contact.accommodation:
        lines.append(_do(_("They asked for: %(help)s") % {"help": call.contact.accommodation}))
    return Part("greeting", _("Ask for"), tuple(lines))


def _identity(call: Call) -> Part:
    """Two facts that they say themselves, before anything about health."""
    role = call.contact.caller_role
    if role == CallerRole.PRESCRIBER_OFFICE:
        lines = [
            _say(_("“Which patient is it about, and what is the date of birth?”")),
            _do(_("In doubt, call the office back at the number that you find for it yourself.")),
        ]
    elif call.door == Door.NEW:
        lines = [
            _say(_("“I call from California Specialty Pharmacy. Please tell me the patient’s full name.”")),
            _do(_("Second fact: the reference, or the ZIP code. They say it, you compare.")),
        ]
    else:
        asked = (
            _("“I call from California Specialty Pharmacy. Please tell me your full name and date of birth.”")
            if role == CallerRole.PATIENT
            else _("“Please tell me the patient’s full name and date of birth, and your own name.”")
        )
        lines = [
            _say(asked),
            _do(_("They say it, you compare. Until both match: nothing about health.")),
        ]
    return Part("identity", _("Who it is"), tuple(lines))


def _standing(call: Call) -> Part | None:
    """What may be said to somebody who is not the patient."""
    who = call.contact
    lines: tuple[Line, ...]
    if who.caller_role == CallerRole.PRESCRIBER_OFFICE:
        title = _("A prescriber’s office")
        lines = (
            _do(_("Speak about the treatment of this patient, and nothing beyond it.")),
            _do(_("Note who said what. New orders go to a pharmacist.")),
        )
    elif who.caller_role != CallerRole.CAREGIVER:
        return None
    elif who.patient_agrees:
        title = _("Somebody who cares for the patient")
        lines = (
            _do(
                _("The patient is said to agree. Ask to hear it from %(patient)s.") % {"patient": who.patient}
            ),
            _do(_("Then say what they need to help, and no more.")),
        )
    else:
        title = _("Agreement unknown")
        lines = (
            _say(_("“May I speak with %(patient)s?”") % {"patient": who.patient}),
            _never(_("Don’t say anything about health, medicine, or whether somebody is our patient.")),
            _do(_("Listen and write down. What to do in danger may be told to anybody.")),
        )
    return Part("standing", title, lines)


def _voicemail(call: Call) -> Part:
    facts = {"caller": call.caller, "line": call.line}
    if call.contact.refuses_voicemail:
        lines = [
            _never(_("Leave none: hang up before the tone.")),
            _do(_("If it recorded you: log it as an incident, below.")),
        ]
    elif call.contact.voicemail == YesNo.YES:
        lines = [
            _say(
                _(
                    "“This is %(caller)s from California Specialty Pharmacy for %(name)s, about your "
                    "request. Please call %(line)s. If it is an emergency, call 911.”"
                )
                % {**facts, "name": call.contact.ask_for}
            ),
            _do(_("Details are allowed. Say only those that help.")),
        ]
    else:
        lines = [
            _say(_("“This is %(caller)s. Please call %(line)s. Thank you.”") % facts),
            _never(_("Nothing about health, medicine or a pharmacy.")),
        ]
    return Part("voicemail", _("Voicemail"), tuple(lines))


def _medicine(call: Call) -> Part:
    lines = [_never(_("Never tell anybody to use or to discard a medicine."))]
    if call.is_pharmacist:
        lines.append(_do(_("What becomes of a medicine is your decision as a pharmacist: note why.")))
    else:
        lines.append(_say(_("“Keep it. A pharmacist will talk with you about it.”")))
        lines.append(_do(_("Then ask for a pharmacist, or hand the call on.")))
    return Part("medicine", _("Medicine"), tuple(lines))
