"""How hard the articles that come with the software are to read, measured on their pages."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from education import readability
from education.management.commands.load_content import CONTENT

SLUGS = sorted(path.stem for path in (CONTENT / "en").glob("*.md"))
# No formula for Spanish is agreed on for health texts, so its sentences are held short instead.
MOST_WORDS, MEAN_WORDS = 32, 12


@pytest.fixture
def page_of(article: Any, get: Callable[[str], str]) -> Callable[..., str]:
    def page_of(slug: str, language: str = "en") -> str:
        return get(f"/{'' if language == 'en' else 'es/'}education/{slug}/")

    return page_of


@pytest.mark.parametrize("slug", SLUGS)
def test_patients_read_at_grade_8_at_most(page_of: Callable[..., str], slug: str) -> None:
    html = page_of(slug)
    text = readability.patient_text(html)
    assert len(text.split()) > 700  # the whole of it was found
    assert readability.grade(text) <= 6
    assert readability.harsh_grade(text) <= 8
    for part in re.findall(r'<section id="[^"]+".*?</section>', html, re.S):
        words = readability.patient_text(part)
        assert readability.grade(words) <= 8, words


@pytest.mark.parametrize("slug", SLUGS)
def test_what_tells_patients_to_act_reads_at_grade_6_at_most(page_of: Callable[..., str], slug: str) -> None:
    cards = re.findall(r'<div class="callout .*?</div>', page_of(slug), re.S)
    titles = ["Call 911", "Call your care team", "Call the pharmacy"]
    assert all(any(title in card for card in cards) for title in titles)
    for card in cards:
        text = readability.text_of(card, lambda tag, attributes: tag == "div")
        assert readability.grade(text) <= 6, text
        assert readability.harsh_grade(text) <= 6, text


@pytest.mark.parametrize("slug", SLUGS)
def test_spanish_sentences_are_short(page_of: Callable[..., str], slug: str) -> None:
    text = readability.patient_text(page_of(slug, "es"))
    sentences = [s.split() for s in re.split(r"[.!?:]+(?:\s|$)|\n", text) if re.search(r"\w", s)]
    assert sum(map(len, sentences)) / len(sentences) <= MEAN_WORDS
    assert [s for s in sentences if len(s) > MOST_WORDS] == []


def test_the_formula_is_the_published_one() -> None:
    # 9 words, 1 sentence, 11 syllables.
    text = "The quick brown fox jumps over the lazy dog."
    assert readability.grade(text) == pytest.approx(0.39 * 9 + 11.8 * 11 / 9 - 15.59)


def test_hard_text_measures_hard() -> None:
    text = (
        '<p data-reader="patient">Intravenous immunoglobulin neutralizes pathogenic autoantibodies while '
        "simultaneously downregulating proinflammatory cytokines in polymyositis.</p>"
    )
    assert readability.grade(readability.patient_text(text)) > 20


@pytest.mark.parametrize(
    ("word", "syllables"),
    [
        *[("muscle", 2), ("muscles", 2), ("disease", 2), ("diseases", 3), ("labeled", 2), ("started", 2)],
        *[("polymyositis", 6), ("dermatomyositis", 7), ("antibodies", 4), ("acetaminophen", 6), ("takes", 1)],
        *[("premedication", 5), ("dose", 1), ("doses", 2), ("before", 2), ("going", 2), ("switches", 2)],
        *[("pharmacy", 3), ("interstitial", 4), ("IVIG", 4), ("people", 2), ("breathing", 2), ("urine", 2)],
    ],
)
def test_syllables_are_counted_as_spoken(word: str, syllables: int) -> None:
    assert readability._syllables(word) == syllables
