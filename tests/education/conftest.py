from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.education.page import ADDRESS, SLUG

if TYPE_CHECKING:
    from education.models import Article


@pytest.fixture
def article(db: None) -> "Article":
    """The first article, as `make run` loads it."""
    from django.core.management import call_command

    from education.models import Article

    call_command("load_content", verbosity=0)
    return Article.objects.get(slug=SLUG, language="en")


@pytest.fixture
def html(article: "Article", client: Any) -> str:
    """The first article's page, as a visitor gets it."""
    response = client.get(ADDRESS)
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def get(client: Any) -> Callable[[str], str]:
    """Fetch a page anew: `get("/education/")`. Copies kept in memory are dropped first."""
    from portal import published

    def get(address: str) -> str:
        published.forget()
        return client.get(address).content.decode()

    return get
