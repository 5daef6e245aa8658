"""How to reach somebody who sent several requests: one answer to each question of a call. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from intake.choices import CallerRole, YesNo

Answers = Mapping[str, Any]


@dataclass(frozen=True)
class Contact:
    """`voicemail` is empty where nobody said: then a minimal message may be left.

    `language` is what was asked for, and empty too where nobody did. `phones` are all distinct numbers, those
    of the newest request first.
    """

    patient: str
    ask_for: str
    caller_role: str
    caller_relationship: str
    patient_agrees: bool
    phones: tuple[str, ...]
    best_time: str
    language: str
    interpreter: bool
    accommodation: str
    voicemail: str
    text_ok: bool

    @property
    def refuses_voicemail(self) -> bool:
        return self.voicemail == YesNo.NO


def contact(first: Answers, later: Sequence[Answers] = ()) -> Contact:
    """The contact of a request and of the `later` ones that it carries, oldest first.

    The newest answer wins, since people send again to correct what they sent. No number is dropped: the one
    before may be the right one. Of consents the strictest counts: a refused voicemail stays refused, and a
    text needs the consent of the newest request.
    """
    newest_first = [*reversed(later), first]
    newest = newest_first[0]

    def given(name: str) -> list[Any]:
        return [answers[name] for answers in newest_first if answers.get(name)]

    def last(name: str) -> str:
        return next(iter(given(name)), "")

    phones = [
        answers[name]
        for answers in newest_first
        for name in ("phone", "phone_alternate")
        if answers.get(name)
    ]
    voicemail = given("voicemail_ok")
    patient = f"{newest['first_name']} {newest['last_name']}"
    # Who calls, what they are to the patient, and whether the patient agrees belong together.
    role = newest.get("caller_role", CallerRole.PATIENT)
    return Contact(
        patient=patient,
        ask_for=patient if role == CallerRole.PATIENT else newest.get("caller_name") or patient,
        caller_role=role,
        caller_relationship=newest.get("caller_relationship", ""),
        patient_agrees=bool(newest.get("patient_agrees")),
        phones=tuple(dict.fromkeys(phones)),
        best_time=last("best_time"),
        language=last("language"),
        interpreter=bool(given("interpreter")),
        accommodation=last("accommodation"),
        voicemail=YesNo.NO if YesNo.NO in voicemail else next(iter(voicemail), ""),
        text_ok=bool(newest.get("text_ok")),
    )
