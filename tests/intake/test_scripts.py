"""What to say on a call: which lines stand there for whom."""

from typing import Any

import pytest

from intake import scripts
from intake.choices import CallerRole, DangerSign, Door
from intake.contact import contact
from tests.intake.requests import answers


def call(door: Door = Door.CURRENT, signs: Any = (), language: str = "en", **given: Any) -> scripts.Call:
    known = {"speaks": {"en"}, "is_pharmacist": False}
    changed = {name: given.pop(name) for name in known if name in given}
    return scripts.Call(
        contact=contact(answers(**given)),
        door=door,
        signs=signs,
        language=language,
        line="877-595-0757",
        caller="Dana",
        **{**known, **changed},
    )


def said(wanted: scripts.Call) -> dict[str, str]:
    """Name of the part → its lines in one text."""
    return {part.name: " ".join(line.text for line in part.lines) for part in scripts.script(wanted)}


def test_the_parts_stand_in_the_order_of_the_call() -> None:
    assert list(said(call())) == ["greeting", "identity", "voicemail", "medicine"]
    everything = call(language="es", caller_role="caregiver", caller_name="Sol")
    assert list(said(everything)) == [
        "interpreter",
        "greeting",
        "identity",
        "standing",
        "voicemail",
        "medicine",
    ]


@pytest.mark.parametrize(
    ("voicemail_ok", "words", "never"),
    [
        ("yes", "California Specialty Pharmacy for Alma Rivera", "hang up"),
        (None, "“This is Dana. Please call 877-595-0757. Thank you.”", "California Specialty Pharmacy"),
        ("no", "Leave none: hang up before the tone.", "Please call"),
    ],
)
def test_the_voicemail_says_what_the_patient_allowed(voicemail_ok: Any, words: str, never: str) -> None:
    text = said(call(voicemail_ok=voicemail_ok))["voicemail"]
    assert words in text
    assert never not in text


@pytest.mark.parametrize("voicemail_ok", ["yes", "no", None])
@pytest.mark.parametrize("role", CallerRole)
@pytest.mark.parametrize("door", Door)
@pytest.mark.parametrize("is_pharmacist", [True, False])
def test_nobody_is_ever_told_to_use_or_to_discard_a_medicine(
    voicemail_ok: Any, role: str, door: Door, is_pharmacist: bool
) -> None:
    parts = scripts.script(
        call(
            door,
            caller_role=role,
            caller_name="Sol",
            voicemail_ok=voicemail_ok,
            is_pharmacist=is_pharmacist,
            storage_problems=["warm"],
        )
    )
    first = parts[-1].lines[0]
    assert first.kind == scripts.Kind.NEVER
    assert first.text == "Never tell anybody to use or to discard a medicine."
    spoken = " ".join(line.text for part in parts for line in part.lines if line.kind == scripts.Kind.SAY)
    for word in ("discard", "throw", "take your", "use it", "inject"):
        assert word not in spoken


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"caller_role": "caregiver", "caller_name": "Sol"}, "Don’t say anything about health"),
        ({"caller_role": "caregiver", "caller_name": "Sol", "patient_agrees": True}, "said to agree"),
        ({"caller_role": "prescriber_office", "caller_name": "Kim"}, "the treatment of this patient"),
    ],
)
def test_what_may_be_said_to_somebody_else(given: Any, words: str) -> None:
    assert words in said(call(**given))["standing"]


def test_the_greeting_gives_nothing_away_before_the_patient_is_there() -> None:
    [greeting] = [part for part in scripts.script(call()) if part.name == "greeting"]
    spoken = " ".join(line.text for line in greeting.lines if line.kind == scripts.Kind.SAY)
    assert spoken == "“Hello, my name is Dana. May I speak with Alma Rivera?”"


@pytest.mark.parametrize(
    ("language", "given", "words"),
    [
        ("en", {}, None),
        ("es", {}, "Get an interpreter for Español"),
        ("es", {"speaks": {"en", "es"}}, None),
        ("es", {"speaks": {"en", "es"}, "interpreter": True}, "offer one at the start"),
        ("en", {"interpreter": True}, "ask for which language"),
        ("other", {}, "Ask in which language"),
    ],
)
def test_who_needs_an_interpreter(language: str, given: Any, words: Any) -> None:
    text = said(call(language=language, **given)).get("interpreter")
    assert (text is None) if words is None else (words in text)


@pytest.mark.parametrize(
    ("signs", "asked"),
    [
        ([], None),
        ([DangerSign.MILD_REACTION], None),
        ([DangerSign.MENINGITIS, DangerSign.MILD_REACTION], "“Do you have this right now?”"),
        ([DangerSign.IMMEDIATE_DANGER], "“Are you safe right now?”"),
        ([DangerSign.BREATHING, DangerSign.IMMEDIATE_DANGER], "“Do you have this right now?”"),
    ],
)
def test_danger_comes_first_with_911(signs: Any, asked: Any) -> None:
    first = scripts.emergency(call(signs=signs))
    assert (first.ask if first else None) == asked
    if first:
        assert "911" in first.do
        assert len(first.signs) == len([sign for sign in signs if sign != DangerSign.MILD_REACTION])


def test_of_somebody_else_the_danger_is_asked_by_name() -> None:
    wanted = call(signs=[DangerSign.BREATHING], caller_role="caregiver", caller_name="Sol")
    first = scripts.emergency(wanted)
    assert first is not None
    assert first.ask == "“Does Alma Rivera have this right now?”"


@pytest.mark.parametrize(
    ("is_pharmacist", "words"), [(True, "your decision"), (False, "ask for a pharmacist")]
)
def test_who_decides_about_a_medicine(is_pharmacist: bool, words: str) -> None:
    assert words in said(call(is_pharmacist=is_pharmacist))["medicine"]
