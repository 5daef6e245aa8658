"""Several requests of one person, one call: the newest answers, every number, the strictest consent."""

import pytest

from intake.contact import contact
from tests.intake.requests import answers


def test_one_request_speaks_for_itself():
    shown = contact(answers(phone_alternate="+13105550177", best_time="evening", language="es"))
    assert (shown.ask_for, shown.patient) == ("Alma Rivera", "Alma Rivera")
    assert shown.phones == ("+12135550142", "+13105550177")
    assert (shown.best_time, shown.language, shown.interpreter) == ("evening", "es", False)
    assert (shown.voicemail, shown.text_ok) == ("", False)


def test_the_newest_answer_wins_and_an_empty_one_takes_nothing_back():
    shown = contact(
        answers(best_time="morning", language="es", accommodation="speak slowly"),
        [answers(best_time="evening"), answers(language="ko")],
    )
    assert (shown.best_time, shown.language, shown.accommodation) == ("evening", "ko", "speak slowly")


def test_whoever_sent_the_newest_is_asked_for():
    caregiver = answers(caller_role="caregiver", caller_name="Sol Rivera", caller_relationship="Daughter")
    shown = contact(answers(), [caregiver])
    assert (shown.ask_for, shown.patient, shown.caller_relationship) == (
        "Sol Rivera",
        "Alma Rivera",
        "Daughter",
    )
    assert contact(caregiver, [answers()]).ask_for == "Alma Rivera"
    assert contact(caregiver, [answers()]).caller_relationship == ""


def test_every_number_is_kept_once_the_newest_first():
    shown = contact(
        answers(phone="+12135550101", phone_alternate="+12135550102"),
        [
            answers(phone="+12135550103"),
            answers(phone="+12135550101", phone_alternate="+12135550104"),
        ],
    )
    assert shown.phones == ("+12135550101", "+12135550104", "+12135550103", "+12135550102")


def test_one_who_wants_an_interpreter_gets_one():
    assert contact(answers(interpreter=True), [answers()]).interpreter
    assert contact(answers(), [answers(interpreter=True), answers()]).interpreter


@pytest.mark.parametrize(
    ("given", "allowed"),
    [
        ([None], ""),
        ([None, None], ""),
        (["yes", None], "yes"),
        ([None, "yes"], "yes"),
        (["no", "yes"], "no"),
        (["yes", "no"], "no"),
        (["no", None], "no"),
        (["yes", "no", "yes"], "no"),
    ],
)
def test_a_voicemail_that_was_refused_once_stays_refused(given, allowed):
    first, *later = [answers(voicemail_ok=value) for value in given]
    assert contact(first, later).voicemail == allowed
    assert contact(first, later).refuses_voicemail is (allowed == "no")


def test_a_text_needs_the_consent_of_the_newest():
    assert contact(answers(), [answers(text_ok=True)]).text_ok
    assert not contact(answers(text_ok=True), [answers()]).text_ok
