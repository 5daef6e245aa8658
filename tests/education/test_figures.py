"""The drawings: every word of theirs stands in their text alternative, in the article's language."""

import re

import pytest

from education import documents
from education.documents import Figure
from education.management.commands.load_content import CONTENT
from education.rendering.drawings import drawing


def figures(language: str) -> dict[str, list[Figure]]:
    found: dict[str, list[Figure]] = {}
    for path in sorted((CONTENT / language).glob("*.md")):
        document, _status = documents.parse(path.read_text(encoding="utf-8"))
        for figure in document.figures:
            found.setdefault(figure.name, []).append(figure)
    return found


def labels(figure: Figure) -> list[str]:
    return re.findall(r"<text[^>]*>(.*?)</text>", figure.svg)


def words(text: str) -> set[str]:
    return {word for word in re.findall(r"[\wáéíóúñü]+", text.lower()) if len(word) > 2 or word.isdigit()}


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_figure_is_the_same_wherever_it_stands(language: str) -> None:
    all_figures = figures(language)
    assert set(all_figures) == {"calm", "course", "side-effects"}
    assert len(all_figures["course"]) == len(all_figures["side-effects"]) == 2
    for copies in all_figures.values():
        assert all(copy == copies[0] for copy in copies)


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_alternative_says_every_word_of_the_drawing(language: str) -> None:
    for name, (figure, *_copies) in figures(language).items():
        said = words(f"{figure.title} {figure.caption} {figure.alternative}")
        shown = set().union(*map(words, labels(figure)))
        assert shown
        assert shown <= said, (name, shown - said)


def test_labels_are_in_the_articles_language() -> None:
    english, spanish = figures("en"), figures("es")
    for name in english:
        pairs = list(zip(labels(english[name][0]), labels(spanish[name][0]), strict=True))
        assert [one for one, other in pairs if one == other and not re.fullmatch(r"T|\d+", one)] == []
        for one, other in pairs:
            assert re.findall(r"\d+", one) == re.findall(r"\d+", other)


@pytest.mark.parametrize("language", ["en", "es"])
def test_nothing_of_a_drawing_is_lost_on_its_way_to_the_page(language: str) -> None:
    for figure, *_copies in figures(language).values():
        shown = drawing(figure)
        assert shown.count("<text") == len(labels(figure))
        assert sorted(set(re.findall(r'class="([^"]+)"', shown))) == sorted(
            set(re.findall(r'class="([^"]+)"', figure.svg))
        )
        assert 'viewBox="0 0 360 ' in shown
        # Sizes and colors come from the style sheet, so that dark pages and print work.
        assert set(re.findall(r'(?:fill|stroke)="([^"]+)"', figure.svg)) <= {"none", "currentColor"}
        assert "font-size" not in figure.svg
