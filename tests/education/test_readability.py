import pytest

from tests.education import readability


def test_patients_read_at_grade_8_at_most(html: str) -> None:
    text = readability.patient_text(html)
    assert len(text.split()) > 1200  # the whole of it was found
    assert readability.grade(text) <= 7
    assert readability.harsh_grade(text) <= 8


def test_warnings_read_at_grade_6_at_most(html: str) -> None:
    text = readability.warnings(html)
    assert "Call 911" in text
    assert "Call the pharmacy" in text
    assert readability.grade(text) <= 5
    assert readability.harsh_grade(text) <= 6


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
