"""What may be typed into a field, how it is kept, and in which words it is refused."""

from datetime import date, timedelta

import pytest

from intake.choices import Door
from tests.intake.contract import CONTRACT
from tests.intake.posts import TODAY, document, refusal

PHONES = {
    "213 555 0100": "+12135550100",
    "(213) 555-0100": "+12135550100",
    "213.555.0100": "+12135550100",
    "2135550100": "+12135550100",
    "1-213-555-0100": "+12135550100",
    "+1 213 555 0100": "+12135550100",
    " +12135550100 ": "+12135550100",
    "213.555.0100 x12": "+12135550100;ext=12",
    "213-555-0100 ext. 12": "+12135550100;ext=12",
    "(213) 555-0100, extension 0042": "+12135550100;ext=0042",
    "555-123-4567": "+15551234567",
    "２１３ ５５５ ０１００": "+12135550100",
}


@pytest.mark.parametrize(("typed", "number"), PHONES.items())
def test_phone_numbers_in_any_usual_notation(typed: str, number: str) -> None:
    assert document(phone=typed)["phone"] == number
    assert document(phone_alternate=typed)["phone_alternate"] == number
    # What was made of a number is read the same again: somebody may paste it.
    assert document(phone=number)["phone"] == number


@pytest.mark.parametrize(
    "typed",
    [
        "12345",
        "555 0100",
        "213 555 010",
        "213 555 01000",
        "abc",
        "+44 20 7946 0958",
        "0000000000",
        "x12",
        "213 555 0100 and 310 555 0111",
    ],
)
def test_other_phone_numbers_are_refused(typed: str) -> None:
    words = "Enter a phone number with 10 digits, like 213 555 0100."
    assert refusal(phone=typed) == refusal(phone_alternate=typed) == words


@pytest.mark.parametrize(
    "typed",
    [
        "1980-03-15",
        "03/15/1980",
        "3/15/1980",
        " 3 - 15 - 1980 ",
        "03.15.1980",
        "03151980",
        "19800315",
        "1980/3/15",
    ],
)
def test_dates_in_one_box(typed: str) -> None:
    assert document(date_of_birth=typed)["date_of_birth"] == "1980-03-15"


@pytest.mark.parametrize(
    "typed",
    [
        "15/03/1980",
        "1980-02-30",
        "1980",
        "March 15",
        "3/15/80",
        "0000-00-00",
        "99999999",
        "9" * 5000,
        "1980-03-15T00:00",
    ],
)
def test_dates_that_are_none(typed: str) -> None:
    assert refusal(date_of_birth=typed) == "Enter the month, day and year, like 03/15/1980."
    assert refusal(next_dose_on=typed) == "Enter the month, day and year, like 11/29/2026."


def test_birth_dates_reach_120_years_back() -> None:
    for born in (TODAY, date(1906, 11, 22), date(2000, 2, 29)):
        assert document(date_of_birth=born.isoformat())["date_of_birth"] == born.isoformat()
    assert "future" in refusal(date_of_birth="2026-11-23")
    assert "120 years" in refusal(date_of_birth="1906-11-21")


def test_the_next_dose_is_within_a_year_of_today() -> None:
    for days in (-365, 0, 365):
        due_on = (TODAY + timedelta(days)).isoformat()
        assert document(next_dose_on=due_on)["next_dose_on"] == due_on
    for days in (-366, 366):
        assert "within one year" in refusal(next_dose_on=(TODAY + timedelta(days)).isoformat())


@pytest.mark.parametrize(
    ("typed", "kept"), [("90012", "90012"), (" 90012-1234", "90012-1234"), ("900121234", "90012-1234")]
)
def test_zip_codes(typed: str, kept: str) -> None:
    assert document(zip_now=typed)["zip_now"] == kept


@pytest.mark.parametrize("typed", ["9001", "9001a", "90012-12", "٩٠٠١٢"])
def test_other_zip_codes_are_refused(typed: str) -> None:
    assert refusal(zip_now=typed) == "Enter a ZIP code with 5 or 9 digits, like 90012."


@pytest.mark.parametrize("typed", ["-1", "366", "ten", "1e3", "2.5", "9" * 5000])
def test_days_of_supply_are_a_number_up_to_365(typed: str) -> None:
    assert refusal(days_supply=typed) == "Enter a whole number of days from 0 to 365, like 10."


def test_no_days_left_is_an_answer() -> None:
    assert document(days_supply="0")["days_supply"] == 0
    assert document(days_supply="365")["days_supply"] == 365


def test_an_email_address_is_checked() -> None:
    assert document(email=" ana@example.org ")["email"] == "ana@example.org"
    assert refusal(email="ana@") == "Enter an e-mail address like name@example.com."


LIMITS = {
    "first_name": 100,
    "last_name": 100,
    "caller_name": 100,
    "caller_relationship": 200,
    "accommodation": 200,
    "therapy": 200,
    "delivery_address": 500,
    "notes": 2000,
}


@pytest.mark.parametrize(("name", "longest"), LIMITS.items())
def test_texts_are_bounded(name: str, longest: int) -> None:
    assert document(**{name: f" {'é' * longest} "})[name] == "é" * longest
    words = f"Make this shorter: at most {longest} characters. It has {longest + 1}."
    assert refusal(**{name: "x" * (longest + 1)}) == words


def test_a_line_break_counts_once() -> None:
    assert document(notes="a\r\n" * 999 + "ab")["notes"] == "a\n" * 999 + "ab"
    assert document(delivery_address="1 Main St\r\nApt 2")["delivery_address"] == "1 Main St\nApt 2"
    assert document(first_name="Ana \r\n\t María")["first_name"] == "Ana María"


def test_a_character_that_is_none_is_named_beside_its_field() -> None:
    words = "This holds a character that can’t be read. Delete it and type it again."
    texts = {name for name, values in CONTRACT[Door.CURRENT].items() if values is None}
    for name in texts - {"submission_key", "date_of_birth", "next_dose_on", "days_supply"}:
        for character in ("\0", "\x1f", "\x85", "\ufffd", "\ud800"):
            # Amid the text: at its end some of these count as space, which is trimmed.
            assert refusal(**{name: f"213 555{character} 0100"}) == words, name
    for name in ("date_of_birth", "next_dose_on", "days_supply"):
        assert refusal(**{name: "1\0"})


def test_scripts_and_marks_that_names_need_are_kept() -> None:
    for name in ("محمد", "پری‌ناز", "Ոսկան", "王小明", "Nguyễn", "👩‍⚕️"):
        assert document(first_name=name)["first_name"] == name
