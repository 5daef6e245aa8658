"""One network can neither make up what readers think of a page, nor keep a process busy with searches."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client

from education.models import Article, Feedback

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _within_one_window() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 11, 18, 18, 3, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def client() -> Client:
    return Client(REMOTE_ADDR="192.0.2.1")


def test_answers_beyond_the_limit_are_thanked_for_and_not_counted(article: Article, settings: Any) -> None:
    settings.LIMIT_FEEDBACK = 3
    for _ in range(5):
        response = Client(REMOTE_ADDR="192.0.2.1").post(
            "/education/ivig-for-polymyositis/useful/", {"useful": "yes"}
        )
        assert response.status_code == 303
    Client(REMOTE_ADDR="192.0.2.9").post("/education/ivig-for-polymyositis/useful/", {"useful": "no"})
    feedback = Feedback.objects.get()
    assert (feedback.yes, feedback.no) == (3, 1)


def test_searches_beyond_the_limit_are_asked_to_wait(client: Client, settings: Any) -> None:
    settings.LIMIT_SEARCHES = 2
    answers = [client.get("/education/search/", {"q": "headache"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    page = answers[-1].content.decode()
    assert "877-595-0757" in page
    assert "877-602-7779" in page
    assert 'value="headache"' in page
    assert 0 < int(answers[-1]["Retry-After"]) <= 60
    assert client.get("/education/search/").status_code == 200, "the page itself can always be looked at"
    assert Client(REMOTE_ADDR="192.0.2.9").get("/education/search/", {"q": "x"}).status_code == 200
