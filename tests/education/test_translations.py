"""The Spanish articles say what the English ones say: same places, sources, warnings and figures."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from education import checks, documents
from education.documents import Document
from education.management.commands.load_content import CONTENT
from education.rendering.markdown import BADGE, CITATION, FIGURE, TERM

SLUGS = sorted(path.stem for path in (CONTENT / "en").glob("*.md"))
ADDRESSES = ["ivig-for-polymyositis", "your-first-infusion", "your-medicine-during-a-wildfire"]


def read(path: Path) -> Document:
    document, _status = documents.parse(path.read_text(encoding="utf-8"))
    return document


@pytest.fixture(params=SLUGS)
def pair(request: Any) -> tuple[Document, Document]:
    english, spanish = (read(CONTENT / language / f"{request.param}.md") for language in ("en", "es"))
    return english, spanish


def blocks(document: Document) -> Iterator[str]:
    """Every paragraph, row and item, in the order of the file, without its glossary."""
    quick = [getattr(document.quick_reference, name) for name in vars(document.quick_reference)]
    for text in [*quick, *(s.body for s in document.sections), *(q.answer for q in document.questions)]:
        yield from filter(None, (line.strip() for line in text.splitlines()))


def numbers(text: str) -> Counter[str]:
    """Doses, days, shares, telephone numbers; not the numbers of references and of list items."""
    text = re.sub(r"^\d+\. ", "", CITATION.sub("", text))
    return Counter(re.findall(r"\d+(?:[.,–-]\d+)*%?", text))


def test_every_article_stands_in_both_languages() -> None:
    assert sorted(path.stem for path in (CONTENT / "es").glob("*.md")) == SLUGS == sorted(ADDRESSES)


def test_a_translation_says_what_it_was_made_from(pair: tuple[Document, Document]) -> None:
    english, spanish = pair
    assert (english.translated_from, spanish.translated_from) == ("", "en")
    assert spanish.next_article == english.next_article != ""


def test_sections_have_the_same_anchors_and_readers_in_the_same_order(
    pair: tuple[Document, Document],
) -> None:
    english, spanish = ([(s.anchor, s.reader) for s in document.sections] for document in pair)
    assert english == spanish


def test_references_are_the_same_sources(pair: tuple[Document, Document]) -> None:
    english, spanish = (
        [(r.number, r.kind, r.url, r.doi, r.to_be_checked, bool(r.level)) for r in document.references]
        for document in pair
    )
    assert english == spanish
    for one, other in zip(pair[0].references, pair[1].references, strict=True):
        assert numbers(one.text + one.note) == numbers(other.text + other.note)


@pytest.mark.parametrize(
    "what", [CITATION, BADGE, FIGURE, re.compile(r"^(?:::: .*|:::|### |\d+\. |- |\|)", re.M)], ids=str
)
def test_each_block_has_the_same_sources_badges_figures_and_shape(
    pair: tuple[Document, Document], what: re.Pattern[str]
) -> None:
    for one, other in zip(*map(blocks, pair), strict=True):
        assert what.findall(one) == what.findall(other), (one, other)


def test_each_block_has_the_same_numbers(pair: tuple[Document, Document]) -> None:
    for one, other in zip(*map(blocks, pair), strict=True):
        assert numbers(one) == numbers(other), (one, other)


def test_each_block_leads_to_the_same_places(pair: tuple[Document, Document]) -> None:
    link = re.compile(r"\]\(([^)]+)\)")
    for one, other in zip(*map(blocks, pair), strict=True):
        assert [place.replace("/es/", "/") for place in link.findall(other)] == link.findall(one)
        assert all(place.startswith("/es/") for place in link.findall(other) if place.startswith("/"))
        assert len(TERM.findall(one)) == len(TERM.findall(other)), (one, other)


def test_questions_terms_and_figures_are_as_many(pair: tuple[Document, Document]) -> None:
    english, spanish = pair
    assert len(english.questions) == len(spanish.questions) > 0
    assert len(english.glossary) == len(spanish.glossary) > 0
    assert [figure.name for figure in english.figures] == [figure.name for figure in spanish.figures]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("slug", SLUGS)
def test_what_is_shipped_passes_the_checks_before_publishing(slug: str, language: str) -> None:
    assert checks.check(read(CONTENT / language / f"{slug}.md"), articles=SLUGS) == []


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_link_to_another_page_arrives(article: Any, client: Any, language: str) -> None:
    links = {
        place
        for path in (CONTENT / language).glob("*.md")
        for place in re.findall(r"\]\((/[^)]*)\)", path.read_text(encoding="utf-8"))
    }
    assert len(links) > 3
    for place in links:
        assert client.get(place).status_code == 200, place


def test_the_page_says_that_nobody_has_reviewed_the_translation(
    article: Any, get: Callable[[str], str]
) -> None:
    for slug in SLUGS:
        page = get(f"/es/education/{slug}/")
        assert "Revisión médica: pendiente" in page
        # The numbers and an interpreter stand beside what nobody has reviewed.
        assert "877-595-0757" in page
        assert "intérprete" in page


def test_numbers_and_an_interpreter_stand_beside_red_flags_that_nobody_reviewed(
    article: Any, get: Callable[[str], str]
) -> None:
    for slug in ADDRESSES:
        flags = get(f"/es/education/{slug}/").split('<section id="red-flags"')[1].split("</section>")[0]
        beside = flags.split('data-reader="patient"')[0]
        assert "tel:" in beside, slug
        assert "intérprete" in beside, slug
        flags = get(f"/education/{slug}/").split('<section id="red-flags"')[1].split("</section>")[0]
        assert "interpreter" not in flags, slug
