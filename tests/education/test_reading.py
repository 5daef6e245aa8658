"""What stands around an article's text, and how it is asked for."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.http import http_date, parse_http_date

from education import services
from education.choices import Status
from education.models import Article
from tests.education.page import ADDRESS, SLUG, Page
from tests.education.vocabulary import complaints

Get = Callable[[str], str]
PAGES = [f"{prefix}/education/{slug}/" for prefix in ("", "/es") for slug in
         (SLUG, "your-first-infusion", "your-medicine-during-a-wildfire")]  # fmt: skip


def data_of(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.S)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def node(html: str, kind: str) -> dict[str, Any]:
    return next(node for node in data_of(html)["@graph"] if node["@type"] == kind)


@pytest.mark.parametrize("address", PAGES)
def test_json_ld_keeps_to_the_vocabulary_and_to_what_the_page_shows(
    article: Article, get: Get, address: str
) -> None:
    html = get(address)
    data = data_of(html)
    assert complaints(data) == []
    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.partition("<main")[2]))
    for question in node(html, "FAQPage")["mainEntity"]:
        assert question["name"] in shown.replace("&#x27;", "'")
    assert "lastReviewed" not in json.dumps(data)


def test_a_review_stands_in_json_ld_once_there_is_one(
    article: Article, get: Get, staff: Callable[[str], Any]
) -> None:
    reviewer = staff("reviewer")
    reviewer.first_name, reviewer.last_name = "Ada", "Ruiz"
    reviewer.save()
    today = timezone.localdate()
    services.record_review(article, by=reviewer, on=today)
    page = node(get(ADDRESS), "MedicalWebPage")
    assert page["lastReviewed"] == f"{today:%Y-%m-%d}"
    assert page["reviewedBy"]["name"] == "Ada Ruiz"
    assert "Medical review: by Ada Ruiz" in get(ADDRESS)


def test_each_language_has_its_address_and_knows_the_others(article: Article, get: Get) -> None:
    for address in (ADDRESS, f"/es{ADDRESS}"):
        html = get(address)
        links = dict(
            re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="http://[^/]+([^"]+)">', html)
        )
        assert links == {"en": ADDRESS, "es": f"/es{ADDRESS}", "x-default": ADDRESS}
        assert re.search(rf'<link rel="canonical" href="http://[^/]+{address}">', html)
        assert re.search(rf'<meta property="og:url" content="http://[^/]+{address}">', html)


def test_an_untranslated_page_is_that_of_its_language(article: Article, get: Get) -> None:
    translation = Article.objects.get(slug=SLUG, language="es")
    services.change_status(translation, Status.WITHDRAWN, by=None)
    html = get(f"/es{ADDRESS}")
    assert re.search(rf'<link rel="canonical" href="http://[^/]+{ADDRESS}">', html)
    assert 'hreflang="es" href=' not in html.partition("<body")[0]


@pytest.mark.parametrize("address", ["/", "/es/", "/help/", "/education/", "/es/status/"])
def test_other_pages_say_where_they_stand_too(article: Article, get: Get, address: str) -> None:
    html = get(address)
    assert re.search(rf'<link rel="canonical" href="http://[^/]+{address}">', html)
    assert html.count('rel="alternate"') == 3


def test_secret_and_missing_pages_say_nothing_of_their_address(article: Article, client: Any) -> None:
    for address in ("/education/nowhere/", "/help/received/AAAAAAAAAAAAAAAAAAAAAA/"):
        assert 'rel="canonical"' not in client.get(address).content.decode()


@pytest.mark.parametrize("address", [ADDRESS, f"{ADDRESS}handout/"])
def test_whoever_has_it_gets_only_headers_and_no_query_is_made(
    article: Article, client: Any, settings: Any, address: str
) -> None:
    settings.SITUATION_MAX_AGE = 3600
    first = client.get(address)
    modified = parse_http_date(first["Last-Modified"])
    assert modified <= timezone.now().timestamp()
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304
        assert client.get(address, headers={"If-Modified-Since": first["Last-Modified"]}).status_code == 304
        earlier = http_date(modified - 1)
        assert client.get(address, headers={"If-Modified-Since": earlier}).status_code == 200
        both = {"If-None-Match": '"other"', "If-Modified-Since": first["Last-Modified"]}
        assert client.get(address, headers=both).status_code == 200, "the tag goes before the date"
    assert len(queries) == 0


def test_what_changed_is_told(article: Article, get: Get) -> None:
    assert "Page updated" not in get(ADDRESS)
    document = replace(article.document(), summary="IVIG may help.")
    services.save(article, document, note="Shorter <summary>.", by=None)
    services.publish(article, number=article.newest().number, by=None, now=timezone.now())
    html = get(ADDRESS)
    assert "Page updated on" in html
    assert "Shorter &lt;summary&gt;." in html


def test_the_frame_around_articles_is_each_ones_own(article: Article, get: Get) -> None:
    one, other = get(ADDRESS), get("/education/your-first-infusion/")
    assert "\ue000" not in one + other
    assert "csp-marker" not in one + other
    assert 'href="/es/education/your-first-infusion/" lang="es"' in other
    assert 'action="/education/your-first-infusion/useful/"' in other
    assert SLUG not in other.partition("<main")[0]


def test_a_translation_nobody_reviewed_says_so_beside_the_numbers(article: Article, get: Get) -> None:
    note = get(f"/es{ADDRESS}").partition('role="note"')[2].partition("</div>")[0]
    assert "Ninguna persona ha revisado" in note
    assert 'href="tel:+18775950757"' in note
    assert 'role="note"' not in get(ADDRESS)


def test_the_clinicians_part_is_one_tap_away(article: Article, get: Get) -> None:
    page = Page(get(ADDRESS))
    switch = [a["href"] for tag, a in page.tags if tag == "a"]
    clinicians = next(part["anchor"] for part in article.contents if part["reader"] == "clinician")
    assert f"#{clinicians}" in switch
    assert "#contents" in switch


@pytest.mark.parametrize("address", PAGES)
def test_a_handout_has_red_flags_numbers_date_and_address(article: Article, get: Get, address: str) -> None:
    html = get(f"{address}handout/")
    main = html.partition("<main")[2]
    assert 'id="short-version"' in main
    assert "card--emergency" in main
    assert 'href="tel:+18775950757"' in main
    assert re.search(rf"<b>http://[^<]+{address}</b>", main)
    assert "#ref-" not in main
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert {href[1:] for href in re.findall(r'href="(#[^"]+)"', html)} <= set(ids)


def test_a_late_change_shows_within_seconds(article: Article, client: Any, settings: Any) -> None:
    settings.SITUATION_MAX_AGE = 0
    before = client.get(ADDRESS)
    services.save(article, replace(article.document(), summary="Quite new."), by=None)
    services.publish(
        article, number=article.newest().number, by=None, now=timezone.now() + timedelta(seconds=1)
    )
    after = client.get(ADDRESS, headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    assert "Quite new." in after.content.decode()
