from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from education.models import Article, Feedback
from education.services import feedback
from tests.education.page import ADDRESS

THANKS = f"{ADDRESS}#csp-thanks"


@pytest.fixture(autouse=True)
def _count_anew() -> None:
    feedback.forget()


@pytest.mark.parametrize(("answer", "counts"), [("yes", (1, 0)), ("no", (0, 1))])
def test_an_answer_is_counted_by_page_language_and_day(
    article: Article, client: Any, answer: str, counts: tuple[int, int]
) -> None:
    for address in (ADDRESS, f"/es{ADDRESS}"):
        response = client.post(f"{address}useful/", {"useful": answer})
        assert response.status_code == 303
        assert response["Location"] == f"{address}#csp-thanks"
        assert not response.cookies
    rows = Feedback.objects.values_list("article__slug", "article__language", "day", "yes", "no")
    today = timezone.localdate()
    assert set(rows) == {(article.slug, language, today, *counts) for language in ("en", "es")}


def test_answers_add_up(article: Article, client: Any) -> None:
    for answer in ("yes", "yes", "no"):
        client.post(f"{ADDRESS}useful/", {"useful": answer})
    assert Feedback.objects.values_list("yes", "no").get() == (2, 1)


@pytest.mark.parametrize("data", [{}, {"useful": "perhaps"}, {"useful": "\0"}])
def test_what_is_no_answer_is_not_counted(article: Article, client: Any, data: dict[str, str]) -> None:
    assert client.post(f"{ADDRESS}useful/", data)["Location"] == THANKS
    assert not Feedback.objects.exists()


def test_another_sites_form_is_not_counted(article: Article, client: Any) -> None:
    for site, counted in (("cross-site", 0), ("same-origin", 1)):
        client.post(f"{ADDRESS}useful/", {"useful": "yes"}, headers={"Sec-Fetch-Site": site})
        assert sum(Feedback.objects.values_list("yes", flat=True)) == counted


def test_a_flood_is_thanked_and_not_counted(article: Article, client: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(feedback, "MOST_A_MINUTE", 5)
    for _i in range(8):
        assert client.post(f"{ADDRESS}useful/", {"useful": "yes"})["Location"] == THANKS
    assert Feedback.objects.get().yes == 5


def test_only_posts_to_pages_that_exist(article: Article, client: Any) -> None:
    assert client.get(f"{ADDRESS}useful/").status_code == 405
    assert client.post("/education/none/useful/", {"useful": "yes"}).status_code == 404


def test_editors_see_the_counts_in_the_list(
    article: Article, client: Any, staff: Callable[[str], Any], sign_in: Callable[[Any, Any], None]
) -> None:
    for answer in ("yes", "yes", "no"):
        client.post(f"{ADDRESS}useful/", {"useful": answer})
    sign_in(client, staff("editor"))
    client.get("/admin/education/article/")
    with CaptureQueriesContext(connection) as few:
        page = client.get("/admin/education/article/").content.decode()
    assert page.count('<td class="field-useful">2 of 3</td>') == 1
    # The list, and its two counts.
    assert len([query for query in few if "education_feedback" in query["sql"]]) <= 3
