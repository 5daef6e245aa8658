import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from education import structured
from tests.education.vocabulary import complaints

HTML = (
    '<section id="what"><p>Polymyositis is rare.</p></section>'
    '<section id="questions" class="part"><h2>Questions</h2><div data-reader="patient">'
    '<h3 id="question-1">How well?</h3><p>It may help<sup class="cite">[<a href="#ref-1">1</a>]</sup>.</p>\n'
    '<h3 id="question-2">How often &amp; when?</h3><ul><li>Monthly</li></ul></div></section>'
    '<section id="later"><p>More</p></section>'
)
FACTS = structured.Facts(
    url="https://portal.example/education/a/",
    home="https://portal.example/",
    language="en",
    title="IVIG",
    summary="In short.",
    html=HTML,
    author=structured.PUBLISHER,
    published=datetime(2026, 1, 2, tzinfo=UTC),
    updated=datetime(2026, 2, 3, tzinfo=UTC),
    questions=structured.questions(HTML),
)


def node(kind: str, **changes: Any) -> dict[str, Any] | None:
    graph = structured.graph(replace(FACTS, **changes))
    assert complaints(graph) == []
    found = [node for node in graph["@graph"] if node["@type"] == kind]
    assert len(found) <= 1
    return found[0] if found else None


def test_questions_and_answers_are_those_of_the_text() -> None:
    faq = node("FAQPage")
    assert faq is not None
    assert [(q["name"], q["acceptedAnswer"]["text"]) for q in faq["mainEntity"]] == [
        ("How well?", "It may help."),
        ("How often & when?", "Monthly"),
    ]
    assert node("FAQPage", questions=()) is None


def test_a_condition_is_named_only_where_the_text_names_it() -> None:
    condition = node("MedicalCondition", condition="polymyositis")
    assert condition is not None
    assert condition["name"] == "polymyositis"
    assert node("MedicalCondition", condition="Dermatomyositis") is None
    assert node("Drug", drug="Immune globulin") is None
    assert node("Drug", drug="IVIG") is not None, "the title names it"


def test_a_review_is_claimed_only_with_its_date_and_its_reviewer() -> None:
    for changes in ({}, {"reviewed_on": date(2026, 3, 4)}, {"reviewer": "Dr. Ada Ruiz"}):
        page = node("MedicalWebPage", **changes)
        assert page is not None
        assert not {"lastReviewed", "reviewedBy"} & set(page)
    page = node("MedicalWebPage", reviewed_on=date(2026, 3, 4), reviewer="Dr. Ada Ruiz")
    assert page is not None
    assert page["lastReviewed"] == "2026-03-04"
    assert page["reviewedBy"] == {"@type": "Person", "name": "Dr. Ada Ruiz"}


def test_nothing_in_the_text_ends_the_script() -> None:
    evil = "</script><script>alert(1)</script><!-- &amp; \u2028"
    element = structured.script(structured.graph(replace(FACTS, title=evil)))
    body = element.removeprefix('<script type="application/ld+json">').removesuffix("</script>")
    assert not set("<>&\u2028") & set(body)
    assert json.loads(body)["@graph"][0]["name"] == evil


@pytest.mark.parametrize(
    "wrong",
    [
        {"@type": "MedicalWebsite"},
        {"@type": "MedicalWebPage", "medicalReviewer": "x"},
        {"@type": "MedicalWebPage", "lastReviewed": "soon"},
        {"@type": "MedicalWebPage", "author": "CSP"},
        {"@type": "FAQPage", "mainEntity": [{"@type": "Answer", "text": "x"}]},
        {"@type": "MedicalWebPage", "about": {"@id": "#nowhere"}},
    ],
)
def test_the_table_refuses_what_the_vocabulary_lacks(wrong: dict[str, Any]) -> None:
    assert complaints({"@context": "https://schema.org", "@graph": [wrong]})
