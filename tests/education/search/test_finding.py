"""Both databases find the same in the same order: the suite runs on each."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from education import services
from education.choices import Status
from education.documents import Document, Question, Section, Term
from education.models import Article, Passage, Posting, Word
from education.search import finding, indexing

pytestmark = pytest.mark.django_db


def publish(slug: str, language: str = "en", **changes: Any) -> Article:
    parts: dict[str, Any] = {
        "slug": slug,
        "language": language,
        "title": "About something",
        "summary": "In short.",
        "disclosure": "",
        "author_name": "CSP",
        "sections": (Section("Part", "part", "patient", "Nothing of note."),),
    }
    return services.add(Document(**(parts | changes)), status=Status.PUBLISHED, by=None)


def in_text(text: str) -> tuple[Section, ...]:
    return (Section("Part", "part", "patient", text),)


def slugs(query: str, language: str = "en") -> list[str]:
    return [result.slug for result in finding.find(query, language).results]


def test_a_word_counts_by_where_it_stands() -> None:
    publish("text", sections=in_text("Serum, serum, serum and more serum. Serum."))
    publish("term", glossary=(Term("Serum", "A fluid."),), sections=in_text("A [~serum]."))
    publish("heading", sections=(Section("Serum", "serum", "patient", "It is a fluid."),))
    publish("question", questions=(Question("What is serum?", "A fluid."),))
    publish("title", title="Serum")
    assert slugs("serum") == ["title", "question", "heading", "term", "text"]


def test_rare_words_and_more_of_the_words_come_first() -> None:
    for i in range(6):
        publish(f"dose-{i}", sections=in_text("The dose."))
    publish("rare", sections=in_text("The cannula."))
    publish("both", sections=in_text("A cannula for the dose."))
    assert slugs("dose cannula")[:2] == ["both", "rare"]


@pytest.mark.parametrize(
    ("query", "language"),
    [
        ("infusions", "en"),
        ("INFUSED", "en"),
        ("infuson", "en"),
        ("infusoin", "en"),
        ("infusiones", "es"),
        ("infusion", "es"),
        ("infución", "es"),
        ("INFUSIÓN", "es"),
    ],
)
def test_forms_accents_and_slips_are_forgiven(query: str, language: str) -> None:
    publish("english", sections=in_text("The infusion is slow."))
    publish("spanish", "es", sections=in_text("La infusión es lenta."))
    assert slugs(query, language)[:1] == ["english" if language == "en" else "spanish"]


def test_a_slip_is_guessed_at_only_where_nothing_stands_as_typed() -> None:
    publish("weigh", sections=in_text("Weigh yourself."))
    publish("height", sections=in_text("Your height."))
    assert finding.find("heigth", "en").guessed == ["height"]
    found = finding.find("height", "en")
    assert (found.guessed, [result.slug for result in found.results]) == ([], ["height"])


@pytest.mark.parametrize("query", ["", " ", "\0", "the of", "?!", "zzzzzz", "x" * 5000, "a " * 2000])
def test_nothing_is_found_for_nothing(query: str) -> None:
    publish("one")
    assert finding.find(query, "en") == finding.Found()


def test_nul_changes_nothing() -> None:
    publish("one", title="Serum")
    assert slugs("se\0rum") == ["one"]


def test_a_translation_stands_for_its_article_and_the_fallback_for_the_untranslated() -> None:
    publish("both", title="Serum")
    publish("both", "es", title="Serum en español")
    publish("english-only", title="More serum")
    found = finding.find("serum", "es").results
    assert {(result.slug, result.language) for result in found} == {("both", "es"), ("english-only", "en")}
    assert slugs("serum", "en") == ["both", "english-only"]


def test_what_was_looked_for_is_marked_where_it_stands() -> None:
    publish("one", sections=(Section("When to call", "call", "patient", "Call for a stiff neck."),))
    passage = finding.find("stiff necks", "en").results[0].passages[0]
    assert passage.anchor == "call"
    assert passage.text == [("Call for a ", False), ("stiff neck", True), (".", False)]


def test_the_index_follows_the_article_at_once() -> None:
    article = publish("one", sections=in_text("A cannula."))
    services.save(article, _with(article, "A catheter."), by=None)
    assert (slugs("cannula"), slugs("catheter")) == (["one"], []), "what isn't published is not found"
    services.change_status(article, Status.WITHDRAWN, by=None)
    assert slugs("cannula") == []
    assert not Passage.objects.exists()
    assert not Posting.objects.exists()
    assert not Word.objects.exists()


def _with(article: Article, text: str) -> Document:
    from dataclasses import replace

    return replace(article.document(), sections=in_text(text))


def test_an_index_that_is_lost_is_made_again_the_same() -> None:
    publish("one", title="Serum", sections=in_text("A cannula, a drip."))

    def rows() -> list[Any]:
        postings = Posting.objects.order_by("stem", "passage__position")
        return [
            list(postings.values_list("stem", "weight", "lead", "passage__position")),
            Word.objects.count(),
        ]

    before = rows()
    Passage.objects.all().delete()
    Word.objects.all().delete()
    assert indexing.add_missing() == 1
    assert rows() == before
    assert indexing.add_missing() == 0


def test_three_queries_however_many_articles() -> None:
    # The words, the ranking, the passages.
    for i in range(60):
        publish(f"article-{i:02}", title=f"Serum {i}", sections=in_text("The serum and the dose. " * 20))
    with CaptureQueriesContext(connection) as queries:
        found = finding.find("serum doze headahce infusion kidney muscle nurse blood water drip", "en")
    assert len(queries) == 3
    assert len(found.results) == finding.MOST_ARTICLES
    assert found.more
    assert all(len(result.passages) <= finding.MOST_PASSAGES for result in found.results)
    # Alike in everything, they come in the order of their making.
    assert [result.slug for result in found.results] == [f"article-{i:02}" for i in range(20)]


# --- the page


def test_the_page_shows_passages_and_leads_to_them(client: Any) -> None:
    publish("one", sections=(Section("When <b>to</b> call", "call", "patient", "A *stiff* neck & more."),))
    page = client.get("/education/search/", {"q": "stiff"}).content.decode()
    assert '<a href="/education/one/#call">' in page
    assert "A <mark>stiff</mark> neck &amp; more." in page
    assert "When &lt;b&gt;to&lt;/b&gt; call" in page
    assert '<meta name="robots" content="noindex">' in page


def test_without_results_both_lines_are_offered(client: Any) -> None:
    for address in ("/education/search/", "/es/education/search/"):
        main = client.get(address, {"q": "zzzzzz"}).content.decode().partition("<main")[2]
        assert 'href="tel:+18775950757"' in main
        assert 'href="tel:+18776027779"' in main


@pytest.mark.parametrize("query", ["", "q=", "q=%00", "q=" + "x" * 4000, "q=%ff%fe", "q=<script>&q=2"])
def test_any_query_is_answered(client: Any, query: str) -> None:
    response = client.get(f"/education/search/?{query}")
    assert response.status_code == 200
    assert b"<script>" not in response.content
    assert "private" in response["Cache-Control"]


def test_search_only_answers_reading(client: Any) -> None:
    assert client.post("/education/search/").status_code == 405
