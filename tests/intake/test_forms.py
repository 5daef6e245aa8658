"""The public forms as a contract: names, values, what is asked for, what is handed on."""

import json
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.http import QueryDict
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from intake.choices import Door, FacilityStatus
from intake.forms import CurrentPatientForm, NewPatientForm
from tests.intake.contract import CONTRACT, REQUIRED
from tests.intake.posts import CENTERS, TODAY, document, form, refusal

DOORS = list(Door)


@pytest.mark.parametrize("door", DOORS)
def test_fields_and_values_are_those_of_the_contract(door: Door) -> None:
    fields = form(door).fields
    values: dict[str, Any] = {}
    for name, field in fields.items():
        choices = getattr(field, "choices", None)
        values[name] = {value for value, _label in choices if value} if choices else None
        if field.widget.__class__.__name__ == "OnCheckbox":
            values[name] = True
    assert values == CONTRACT[door]


@pytest.mark.parametrize("door", DOORS)
def test_only_what_a_call_back_needs_is_required(door: Door) -> None:
    required = {name for name, field in form(door).fields.items() if field.required}
    assert required == REQUIRED | ({"date_of_birth"} if door == Door.CURRENT else set())


@pytest.mark.parametrize("door", DOORS)
def test_every_value_of_the_contract_is_accepted(door: Door) -> None:
    for name, values in CONTRACT[door].items():
        for value in values if isinstance(values, set) else ():
            kept = document(door, **{name: value, "caller_name": "Bo"})[name]
            assert kept == ([value] if name in ("danger_signs", "storage_problems") else value)
        if values is True:
            assert document(door, **{name: "on"})[name] is True


@pytest.mark.parametrize("door", DOORS)
def test_a_value_outside_the_contract_is_refused(door: Door) -> None:
    for name, values in CONTRACT[door].items():
        if isinstance(values, set):
            assert refusal(door, **{name: "nonsense\0"}) == "Choose one of the answers shown."


@pytest.mark.parametrize("value", ["no", "0", "true", "\0"])
def test_only_a_checked_box_is_a_consent(value: str) -> None:
    assert refusal(text_ok=value) == "Check the box or leave it empty."
    assert "checked" not in str(form(text_ok=value)["text_ok"])


@pytest.mark.parametrize("door", DOORS)
def test_what_is_missing_is_asked_for_in_plain_words(door: Door) -> None:
    asked = form(door, data=QueryDict("")).problems()
    assert asked == [
        ("id_caller_role_0", "Choose who is asking."),
        ("id_first_name", "Enter the patient’s first name."),
        ("id_last_name", "Enter the patient’s last name."),
        *([("id_date_of_birth", "Enter the patient’s date of birth.")] if door == Door.CURRENT else []),
        ("id_phone", "Enter a phone number where we can call you."),
        ("", "This page was damaged. Nothing is lost: please send it again."),
    ]


@pytest.mark.parametrize("role", ["caregiver", "prescriber_office"])
def test_who_asks_for_somebody_else_gives_a_name(role: str) -> None:
    asking = form(caller_role=role)
    assert asking.problems() == [("id_caller_name", "Enter your own name.")]
    assert document(caller_role=role, caller_name=" Bo ")["caller_name"] == "Bo"
    assert "caller_name" not in document()


def test_of_a_single_field_sent_twice_the_last_counts() -> None:
    twice = document(phone=["213 555 0100", "213 555 0199"], doses_on_hand=["yes", "no"])
    assert (twice["phone"], twice["doses_on_hand"]) == ("+12135550199", "no")


def test_a_document_holds_the_answers_and_nothing_else() -> None:
    assert document() == {
        "caller_role": "patient",
        "first_name": "Ana",
        "last_name": "Núñez",
        "date_of_birth": "1980-03-15",
        "phone": "+12135550100",
    }
    assert document(
        storage_problems=["warm", "lost", "warm"], danger_signs=[], notes=" \r\n ", text_ok="on"
    ) == {
        **document(),
        "storage_problems": ["lost", "warm"],
        "text_ok": True,
    }


def test_a_stored_document_is_read_in_words() -> None:
    answers = document(
        storage_problems=["warm", "lost"], days_supply="0", phone="213 555 0100 x12", interpreter="on"
    )
    assert form().in_words(answers) == [
        ("Who is asking?", "The patient"),
        ("Patient’s first name", "Ana"),
        ("Patient’s last name", "Núñez"),
        ("Patient’s date of birth", "March 15, 1980"),
        ("Phone number to call", "213-555-0100 ext. 12"),
        ("I want an interpreter, at no cost", "Yes"),
        ("For how many days do you have medicine?", "0"),
        ("Did anything happen to the medicine?", "It is lost or left behind\nIt got warm"),
    ]


def test_a_center_that_is_not_open_says_so() -> None:
    closed = SimpleNamespace(
        slug="infusion-center-2", name="Center 2", status=FacilityStatus.CLOSED, status_label="Closed"
    )
    blank = CurrentPatientForm(today=TODAY, centers=[CENTERS[0], closed])
    labels = [label for _value, label in blank.fields["center"].choices]
    assert labels == ["Choose a center", "Center 1", "Center 2 (Closed)"]


def test_the_spanish_page_offers_spanish_and_the_english_one_assumes_nothing() -> None:
    assert NewPatientForm(today=TODAY)["language"].value() is None
    with override("es"):
        assert NewPatientForm(today=TODAY)["language"].value() == "es"


def test_a_bad_key_is_replaced_and_a_good_one_kept() -> None:
    key = uuid4()
    assert form(submission_key=str(key), phone="1").page_key == key
    for forged in (None, "", "1", "{}", "\0" * 32, "x" * 5000):
        page = form(submission_key=forged)
        assert page.problems() == [("", "This page was damaged. Nothing is lost: please send it again.")]
        assert page.page_key != key


@given(data=st.data())
def test_nothing_that_is_sent_breaks_a_form(data: st.DataObject) -> None:
    door = data.draw(st.sampled_from(DOORS))
    anything = st.text(max_size=300) | st.sampled_from(
        ["on", "yes", "no", "center", "2026-12-01", "213 555 0100"]
    )
    posted = QueryDict(mutable=True)
    for name in data.draw(st.sets(st.sampled_from(sorted(CONTRACT[door])))):
        posted.setlist(name, data.draw(st.lists(anything, max_size=3)))
    checked = form(door, data=posted)
    if checked.is_valid():
        json.dumps(checked.document()).encode()
    else:
        assert len(checked.problems()) == len(checked.errors)
