import pytest
from hypothesis import given
from hypothesis import strategies as st

from education.search import words


def stems(text: str, language: str = "en") -> list[str]:
    return [word.stem for word in words.words(words.normal(text), language)]


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "infusion", "Infusions"),
        ("en", "infused", "infusing"),
        ("en", "weakness", "weak"),
        ("en", "patient’s", "patients"),
        ("es", "infusión", "infusiones"),
        ("es", "medicación", "MEDICACION"),
        ("es", "riñones", "rinon"),
        ("es", "músculo", "muscular"),
    ],
)
def test_forms_of_a_word_have_one_stem(language: str, one: str, other: str) -> None:
    assert stems(one, language) == stems(other, language) != []


def test_words_that_say_nothing_are_left_out_and_numbers_stay() -> None:
    assert stems("What is the dose of Gamunex-C: 2 g/kg?") == ["dose", "gamunex", "2", "kg"]
    assert stems("¿Cuál es la dosis?", "es") == ["dosis"]


@pytest.mark.parametrize("text", ["", "\0", "…–—", "  \n", "'’'"])
def test_without_words_there_is_nothing(text: str) -> None:
    assert stems(text) == []


def test_composed_and_decomposed_letters_are_the_same() -> None:
    assert stems("rin\u0303o\u0301n", "es") == stems("ri\u00f1\u00f3n", "es")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("headahce", "headache"), ("headche", "headache"), ("heeadache", "headache"), ("hradache", "headache")],
)
def test_one_slip_is_one_edit(typed: str, meant: str) -> None:
    assert words.one_edit(typed, meant)
    assert words.one_edit(meant, typed)


@pytest.mark.parametrize(("a", "b"), [("same", "same"), ("dose", "doing"), ("abcde", "badce"), ("", "ab")])
def test_nothing_else_is(a: str, b: str) -> None:
    assert not words.one_edit(a, b)


LETTERS = st.text("abc", min_size=words.SHORTEST_FORGIVEN, max_size=9)


def edits(word: str) -> set[str]:
    """Every word at one edit, made the long way."""
    cuts = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    return {
        *(a + b[1:] for a, b in cuts if b),
        *(a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1),
        *(a + c + b[1:] for a, b in cuts if b for c in "abcd"),
        *(a + c + b for a, b in cuts for c in "abcd"),
    } - {word}


@given(LETTERS, LETTERS)
def test_one_edit_is_what_it_says(a: str, b: str) -> None:
    assert words.one_edit(a, b) == (b in edits(a))


@given(LETTERS)
def test_an_edit_leaves_one_end_of_the_word(word: str) -> None:
    for other in edits(word):
        if words.forgiven(other):
            assert words.ends(word)[0] == words.ends(other)[0] or words.ends(word)[1] == words.ends(other)[1]


@given(st.text(max_size=300), st.sampled_from(["en", "es"]))
def test_any_text_has_words_where_they_say(text: str, language: str) -> None:
    text = words.normal(text)
    for word in words.words(text, language):
        assert words.fold(text[word.start : word.end]) == word.folded
        assert len(word.folded) <= words.LONGEST_WORD


# --- excerpts


def test_an_excerpt_marks_what_was_looked_for() -> None:
    pieces = words.excerpt("An infusion takes hours.", frozenset({"infus"}), "en")
    assert pieces == [("An ", False), ("infusion", True), (" takes hours.", False)]


def test_neighbors_are_marked_as_one() -> None:
    pieces = words.excerpt("Kidney failure is rare.", frozenset(stems("kidney failure")), "en")
    assert pieces[0] == ("Kidney failure", True)


def test_a_long_text_is_cut_around_its_densest_place() -> None:
    text = (
        "Headache. " + "Nothing here at all. " * 30 + "A stiff neck with a headache: call. " + "More. " * 90
    )
    pieces = words.excerpt(text, frozenset(stems("stiff neck headache")), "en")
    shown = "".join(piece for piece, _marked in pieces)
    assert [piece for piece, marked in pieces if marked] == ["stiff neck", "headache"]
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert len(shown) <= 260


@given(st.text("ab .", max_size=600), st.integers(20, 200))
def test_an_excerpt_is_a_stretch_of_the_text(text: str, length: int) -> None:
    pieces = words.excerpt(text, frozenset({"ab", "ba"}), "en", length)
    shown = "".join(piece for piece, _marked in pieces)
    assert shown.removeprefix("… ").removesuffix(" …") in text
    assert len(shown) <= length + 40
