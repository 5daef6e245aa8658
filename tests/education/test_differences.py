import time
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from education.differences import Change, compare
from education.documents import Document, Question, Reference, Section
from tests.education.test_pages import a_document


def with_body(body: str) -> Document:
    return replace(a_document(), sections=(Section("One", "one", "patient", body),))


def text_of(change: Change, *kinds: str) -> str:
    return "".join(piece.text for piece in change.pieces if piece.kind in kinds)


def test_the_same_text_differs_in_nothing() -> None:
    assert compare(a_document(), a_document()) == []


def test_words_that_changed_are_told_from_those_that_stayed() -> None:
    [change] = compare(
        with_body("First.\nTake two pills a day.\nLast."), with_body("First.\nTake one pill a day.\nLast.")
    )
    assert (change.label, change.kind, change.place) == ("One", "changed", "one")
    assert [piece.text for piece in change.pieces if piece.kind == "gone"] == ["two", "pills"]
    assert [piece.text for piece in change.pieces if piece.kind == "new"] == ["one", "pill"]
    assert "a day." in text_of(change, "same")
    assert "First." in text_of(change, "skipped")


def test_parts_come_and_go() -> None:
    old = a_document(parts=2)
    new = replace(
        old,
        title="Another title",
        sections=(old.sections[0], Section("New", "new", "clinician", "Words.")),
        questions=(Question("Why?", "So."),),
        references=(old.references[0], Reference(2, "Other", "study")),
    )
    found = {(change.label, change.kind) for change in compare(old, new)}
    assert found == {
        ("Title", "changed"),
        ("New", "new"),
        ("Part 2", "gone"),
        ("Why?", "new"),
        ("Reference 2", "changed"),
    }


def test_another_order_is_a_difference() -> None:
    old = a_document(parts=2)
    [change] = compare(old, replace(old, sections=old.sections[::-1]))
    assert change.label == "Order"


@given(st.text(max_size=200), st.text(max_size=200))
def test_old_and_new_text_can_be_told_from_what_is_shown(old: str, new: str) -> None:
    changes = compare(with_body("x" + old), with_body("x" + new))
    assert bool(changes) == (old != new)
    for change in changes:
        if change.kind == "changed":
            shown = text_of(change, "new", "same", "skipped").replace("\n", "")
            assert shown == ("One (patient)\nx" + new).replace("\n", "")


def test_the_longest_texts_are_compared_quickly() -> None:
    started = time.process_time()
    compare(with_body("a b " * 9000), with_body("b a " * 9000))
    compare(with_body("a\nb\n" * 9000), with_body("b\nc\n" * 9000))
    assert time.process_time() - started < 10
