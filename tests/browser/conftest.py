"""What tests with a browser share.

new_context   as pytest-playwright's, and so are `context` and `page`, but watched: a test fails at its end
              for whatever `tests.browser.watching` says that no page may do.
article       the first article is there, as `make run` loads it.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser.watching import Watch


@pytest.fixture
def new_context(new_context: Callable[..., Any], live_url: str) -> Iterator[Callable[..., Any]]:
    watches: list[Watch] = []

    def new_watched(**options: Any) -> Any:
        context = new_context(**options)
        watches.append(Watch(context, live_url))
        return context

    yield new_watched
    assert [trouble for watch in watches for trouble in watch.trouble] == []


@pytest.fixture
def article(transactional_db: None) -> None:
    from django.core.management import call_command

    call_command("load_content", verbosity=0)
