from dataclasses import replace

import pytest

from education import checks
from education.documents import Document, Figure, Reference, Section, Term
from tests.education.test_pages import a_document

HARD = "Intravenous immunoglobulin neutralizes pathogenic autoantibodies, downregulating cytokines."
FIGURE = Figure("course", "The course", "A line.", '<svg viewBox="0 0 1 1"><path d="M0 0"/></svg>')
EMPTY = replace(FIGURE, svg="<svg><svg></svg>")


def a_page(body: str, reader: str = "patient", **parts: object) -> Document:
    section = Section("One", "one", reader, body)
    return replace(a_document(), sections=(section,), **parts)  # type: ignore[arg-type]


def blocking(document: Document) -> list[str]:
    return [finding.text for finding in checks.check(document) if finding.blocks]


def test_of_a_plain_article_nothing_stands_out() -> None:
    assert checks.check(a_page("You may feel better soon [@1].")) == []


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (a_page("Fact [@1; @99]."), "99"),
        (a_page("Fact [@1], see [there](#nowhere)."), "#nowhere"),
        (a_page("Fact [@1], [~antibodies|antibody]."), "antibody"),
        (a_page("Fact [@1].\n\n[[figure none]]"), "none"),
        (a_page("Fact [@1].\n\n[[figure course]]", figures=(replace(FIGURE, alternative=" "),)), "course"),
        (
            a_page("Fact [@1].\n\n[[figure course]]", figures=(replace(FIGURE, svg="<svg><svg></svg>"),)),
            "course",
        ),
    ],
)
def test_what_would_mislead_readers_blocks(document: Document, words: str) -> None:
    assert any(words in text for text in blocking(document))


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (a_page(f"{HARD} [@1]"), "Hard to read"),
        (a_page(f"Fact [@1].\n\n::: emergency\n{HARD}\n:::"), "A warning is hard"),
        (a_page("Fact.", references=(Reference(1, "Book", "study"),)), "No text cites these references: 1"),
        (a_page("Fact [@1].", figures=(FIGURE,)), "stands nowhere"),
        (
            a_page("- Improves strength in most with the disease.\n- See [@1].", "clinician"),
            "without a source",
        ),
    ],
)
def test_what_should_be_looked_at_is_said_and_blocks_nothing(document: Document, words: str) -> None:
    found = checks.check(document)
    assert any(words in finding.text for finding in found)
    assert blocking(document) == []


def test_what_is_in_order_is_not_complained_of() -> None:
    document = a_page(
        "See [one](#one), [a term](#term-antibody), [the end](#references), [~antibody] [@1]."
        "\n\n[[figure course]]",
        figures=(FIGURE,),
        glossary=(Term("antibody", "A protein [@1]."),),
    )
    assert checks.check(document) == []


def test_a_clinicians_claim_may_say_that_it_has_no_source_yet() -> None:
    document = a_page("- Improves strength in most with it [!unsourced].\n\nSee [@1].", "clinician")
    assert checks.check(document) == []


def test_spanish_is_not_measured_by_the_english_formula() -> None:
    assert checks.check(replace(a_page(f"{HARD} [@1]"), language="es")) == []


def test_what_to_read_next_must_be_published() -> None:
    document = replace(a_page("Fact [@1]."), next_article="gone")
    assert "gone" in checks.check(document, articles=set())[0].text
    assert checks.check(document, articles={"gone"}) == []


def test_what_blocks_comes_first() -> None:
    found = checks.check(a_page(f"{HARD} [@1; @99]"))
    assert [finding.blocks for finding in found] == [True, False]
    assert {finding.place for finding in found} == {"one"}
