import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.references import ALPHABET, LENGTH, WEIGHTS, WrongReference, new_reference, parse


def references(count):
    """Any references, but the same ones in every run."""
    return [new_reference(random.Random(seed).randrange) for seed in range(count)]


def plain(reference):
    return reference.replace("-", "")


SOME = references(40)


def test_the_alphabet_has_a_prime_number_of_characters_and_no_look_alikes():
    assert len(ALPHABET) == len(set(ALPHABET)) == 23
    assert not set(ALPHABET) & set("AEIOU" + "01BDGIOQSUZ")


def test_the_weights_can_tell_every_position_from_its_neighbour():
    assert len(WEIGHTS) == len(set(WEIGHTS)) == LENGTH
    assert all(0 < weight < len(ALPHABET) for weight in WEIGHTS)


def test_a_new_reference_is_shown_as_three_and_four_characters():
    for reference in SOME:
        assert len(plain(reference)) == 7
        assert reference[3] == "-"
        assert parse(reference) == reference


def test_every_random_value_shows_in_the_reference():
    values = iter([0, 22, 1, 5, 21, 13])
    asked = []

    def draw(below):
        asked.append(below)
        return next(values)

    reference = new_reference(draw)
    assert asked == [23] * 6
    assert plain(reference)[:6] == "".join(ALPHABET[value] for value in (0, 22, 1, 5, 21, 13))


def test_new_references_differ():
    assert len({new_reference() for _ in range(200)}) > 190


@pytest.mark.parametrize("position", range(7))
def test_any_one_wrong_character_is_noticed(position):
    for reference in SOME:
        right = plain(reference)
        for character in set(ALPHABET) - {right[position]}:
            with pytest.raises(WrongReference, match="mistake"):
                parse(right[:position] + character + right[position + 1 :])


@pytest.mark.parametrize("position", range(6))
def test_any_swap_of_neighbours_is_noticed(position):
    noticed = 0
    for reference in SOME:
        right = plain(reference)
        swapped = right[:position] + right[position + 1] + right[position] + right[position + 2 :]
        if swapped != right:
            with pytest.raises(WrongReference, match="mistake"):
                parse(swapped)
            noticed += 1
    assert noticed > len(SOME) / 2


@given(st.lists(st.integers(0, 22), min_size=6, max_size=6), st.integers(0, 6), st.integers(1, 22))
def test_mistakes_are_noticed_in_any_reference(values, position, difference):
    drawn = iter(values)
    right = plain(new_reference(lambda _below: next(drawn)))
    wrong = ALPHABET[(ALPHABET.index(right[position]) + difference) % 23]
    with pytest.raises(WrongReference):
        parse(right[:position] + wrong + right[position + 1 :])


REFERENCE = SOME[0]
FIRST, LAST = REFERENCE.split("-")


@pytest.mark.parametrize(
    "typed",
    [
        REFERENCE.lower(),
        f"  {REFERENCE}\n",
        FIRST + LAST,
        f"{FIRST} {LAST}",
        f"{FIRST}.{LAST}.",
        f"{FIRST}\u2010{LAST}",  # hyphen
        f"{FIRST}\u2011{LAST}",  # hyphen that doesn't break the line
        f"{FIRST}\u2013{LAST}",  # en dash
        f"{FIRST} \u2014 {LAST}",  # em dash
        f"{FIRST}\u2212{LAST}",  # minus
        f"{FIRST}\u00a0{LAST}",  # space that doesn't break the line
        f"\u200e{FIRST}\u200b-{LAST}",  # invisible marks of copied text
        " - ".join(FIRST + LAST),
        "".join(chr(ord(character) + 0xFEE0) for character in FIRST + LAST),  # full width
    ],
)
def test_parse_takes_what_people_type(typed):
    assert parse(typed) == REFERENCE


@pytest.mark.parametrize(
    "typed", ["", "   ", "---", REFERENCE[:-1], REFERENCE + "2", "2" * 1_000_000, REFERENCE + " " * 50]
)
def test_the_wrong_length_is_said(typed):
    with pytest.raises(WrongReference, match="has 7 characters"):
        parse(typed)


@pytest.mark.parametrize("character", [*"01ABDEGIOQSUZaoz/?", "é", "Ж", "٣", "\U0001f600"])
def test_a_character_that_no_reference_has_is_named(character):
    with pytest.raises(WrongReference, match="never part of a reference") as refusal:
        parse(character + plain(REFERENCE)[1:])
    assert f"“{character.upper()}”" in str(refusal.value)


@given(st.text(max_size=60))
def test_any_text_is_a_reference_or_refused(text):
    try:
        reference = parse(text)
    except WrongReference:
        return
    assert parse(reference) == reference
