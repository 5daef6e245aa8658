import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from education import services
from education.choices import Status
from education.documents import Document, Reference, Section
from education.models import Article
from tests.education.page import ADDRESS, SLUG, Page


def a_document(slug: str = "another", parts: int = 1) -> Document:
    return Document(
        slug=slug,
        language="en",
        title=f"Title of {slug}",
        summary="One line.",
        disclosure="",
        author_name="CSP",
        sections=tuple(
            Section(f"Part {n}", f"part-{n}", "patient", f"Text [@{n}].") for n in range(1, parts + 1)
        ),
        questions=(),
        references=tuple(Reference(n, f"Book {n}", "study") for n in range(1, parts + 1)),
    )


def test_the_list_names_each_published_article_once(article: Article, get: Callable[[str], str]) -> None:
    services.add(a_document("draft"), status=Status.DRAFT, by=None)
    services.add(a_document("public"), status=Status.PUBLISHED, by=None)
    page = get("/education/")
    assert page.count(f'href="{ADDRESS}"') == 1
    assert "Title of public" in page
    assert "Title of draft" not in page


@pytest.mark.parametrize("status", [Status.DRAFT, Status.IN_REVIEW, Status.WITHDRAWN])
def test_only_published_articles_are_served(client: Any, db: None, status: Status) -> None:
    article = services.add(a_document(), status=Status.DRAFT, by=None)
    way = {Status.DRAFT: [], Status.WITHDRAWN: [Status.PUBLISHED, Status.WITHDRAWN]}.get(status, [status])
    for step in way:
        services.change_status(article, step, by=None)
    assert client.get("/education/another/").status_code == 404


def test_an_article_that_is_withdrawn_is_gone_at_once(
    article: Article, client: Any, settings: Any, get: Callable[[str], str]
) -> None:
    settings.SITUATION_MAX_AGE = 0
    assert article.title in get(ADDRESS)
    services.change_status(article, Status.WITHDRAWN, by=None)
    assert client.get(ADDRESS).status_code == 404


@pytest.mark.parametrize(
    "address", ["/education/no-such/", "/education/%00/", "/education/a%00b/", "/education/x%FF/"]
)
def test_strange_addresses_are_not_found(client: Any, db: None, address: str) -> None:
    assert client.get(address).status_code == 404


def test_nul_in_the_query_changes_nothing(article: Article, client: Any) -> None:
    assert client.get(f"{ADDRESS}?q=%00").status_code == 200
    assert client.get("/education/?q=%00").status_code == 200


@pytest.mark.parametrize("address", [ADDRESS, "/education/"])
def test_pages_only_answer_reading(article: Article, client: Any, address: str) -> None:
    assert client.post(address).status_code == 405


def test_an_article_takes_one_query_however_many_its_parts(db: None, client: Any, settings: Any) -> None:
    # The one query reads the article's row with its reviewer; lines and notice come from memory.
    settings.SITUATION_MAX_AGE = 3600
    services.add(a_document(parts=40), status=Status.PUBLISHED, by=None)
    client.get("/education/")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        # A query string keeps the answer out of the copies in memory.
        response = client.get("/education/another/?fresh")
    assert response.content.count(b"<li id=") == 40
    assert len(queries) == 1


def test_without_a_translation_the_english_text_is_shown_and_said_to_be(
    article: Article, get: Callable[[str], str]
) -> None:
    spanish = Article.objects.get(slug=SLUG, language="es")
    services.change_status(spanish, Status.WITHDRAWN, by=None)
    page = get(f"/es{ADDRESS}")
    assert f'<h1 lang="en">{article.title}' in page
    # What stands around the text is in the reader's language.
    assert '<div class="byline">' in page
    assert "se muestra en inglés" in page
    assert "is shown in English" not in get(ADDRESS)


def test_a_translation_is_preferred_in_its_language_only(article: Article, get: Callable[[str], str]) -> None:
    assert "IVIG para la polimiositis" in get(f"/es{ADDRESS}")
    assert "IVIG para la polimiositis" not in get(ADDRESS)
    assert get("/es/education/").count(f'href="/es{ADDRESS}"') == 1


def test_every_link_within_the_page_arrives_and_every_id_is_one(html: str) -> None:
    page = Page(html)
    ids = page.all("id")
    assert len(ids) == len(set(ids))
    targets = {href[1:] for href in page.all("href") if href.startswith("#")}
    assert targets <= set(ids)
    # The contents name every section, and every reference is cited somewhere.
    sections = {attributes["id"] for tag, attributes in page.tags if tag == "section" and "id" in attributes}
    assert sections <= targets
    assert {f"ref-{n}" for n in range(1, 18)} <= targets


def test_the_text_is_for_patients_or_for_clinicians(html: str) -> None:
    assert set(Page(html).all("data-reader")) == {"patient", "clinician"}


def test_dates_are_true(article: Article, html: str) -> None:
    assert article.published_at is not None
    assert timezone.now() - article.published_at < timedelta(minutes=5)
    assert f'<time datetime="{timezone.localtime(article.published_at):%Y-%m-%d}">' in html


def test_pages_work_under_the_strict_policy(html: str) -> None:
    # JSON-LD is data, which no browser runs.
    scripts = r"<script(?![^>]*\ssrc=)(?! type=\"application/ld\+json\">)"
    assert not re.search(rf"<style|\sstyle=|\son[a-z]+=|javascript:|{scripts}", html)


def test_the_page_is_light_over_the_wire(article: Article, client: Any) -> None:
    response = client.get(ADDRESS, HTTP_ACCEPT_ENCODING="br")
    assert response.headers["Content-Encoding"] == "br"
    # 20 KiB with style sheet, icon and headers, which take less than 5: tests.browser weighs it all.
    assert len(response.content) <= 15 * 1024
