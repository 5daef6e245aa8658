"""Each part fails in turn, and every public address is asked: both lines are there, and as of when."""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from django.core.management import call_command
from django.db import Error as DatabaseError
from django.db import InternalError, OperationalError, connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from intake.choices import Door
from tests.intake.posts import posted
from tests.outage.served import assert_lines, says_as_of_when
from tests.portal.reading import Page

pytestmark = pytest.mark.django_db

VALUES = {"door": list(Door), "token": ["no-such-token"], "slug": ["your-first-infusion", "no-such-article"]}
# For programs: where they fail, what comes instead is a page like any other.
NO_PAGES = ("/status.json", "/robots.txt", "/sitemap.xml", "/.well-known/security.txt")


def addresses(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    """Every address that anybody may ask for; a new one is here by itself."""
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if path.startswith("admin/"):
            continue
        if isinstance(entry, URLResolver):
            yield from addresses(entry, path)
            continue
        assert isinstance(entry, URLPattern)
        names = re.findall(r"<\w+:(\w+)>", path)
        for value in VALUES[names[0]] if names else [""]:
            yield "/" + re.sub(r"<\w+:\w+>", str(value), path)


PATHS = [*addresses(get_resolver("portal.urls")), "/nowhere/", "/education/search/?q=ivig"]
SPANISH = [f"/es{path}" for path in PATHS if path not in NO_PAGES]


SENT_BACK = [f"{prefix}/help/{door}/" for prefix in ("", "/es") for door in Door]


def fail(*args: Any, **kwargs: Any) -> Any:
    raise RuntimeError("broken")


def database(error: type[DatabaseError]) -> Any:
    def refuse(*args: Any) -> Any:
        raise error("the database is away")

    return connection.execute_wrapper(refuse)


@contextmanager
def broken(*names: str) -> Iterator[None]:
    with ExitStack() as stack:
        for name in names:
            stack.enter_context(patch(name, fail))
        yield


CACHE = "django.core.cache.backends.locmem.LocMemCache"
FAILURES: dict[str, Callable[[], Any]] = {
    "database": lambda: database(OperationalError),
    "database, writing": lambda: database(InternalError),
    "cache": lambda: broken(
        *(f"{CACHE}.{name}" for name in ("get", "set", "add", "incr", "touch", "delete"))
    ),
    "views": lambda: broken("django.core.handlers.base.BaseHandler.make_view_atomic"),
    "copy of the situation": lambda: broken("intake.situation.current"),
    "context": lambda: broken("portal.context.Site.__init__"),
    "templates": lambda: broken("django.template.backends.django.Template.render"),
    "copies of pages": lambda: broken("portal.published.stamp", "portal.published.keep"),
}


@pytest.fixture
def visitor(settings: Any) -> Client:
    settings.SITUATION_MAX_AGE = 0
    logging.disable(logging.CRITICAL)
    yield Client(raise_request_exception=False)
    logging.disable(logging.NOTSET)


def assert_helps(path: str, answer: Any, *, as_of: bool) -> None:
    if path in NO_PAGES and answer.status_code == 200:
        return
    seen = SimpleNamespace(status=answer.status_code, content=answer.content, page=Page(answer))
    assert_lines(seen, path)
    assert says_as_of_when(seen) or not as_of, path


def crawl(visitor: Client, failure: str, paths: list[str]) -> None:
    with FAILURES[failure]():
        for path in paths:
            answer = visitor.post(path) if path.endswith("/useful/") else visitor.get(path)
            if answer.status_code == 303:
                continue
            # A page that is whole and up to date says it on no other day either.
            assert_helps(path, answer, as_of=failure == "database" or answer.status_code >= 500)


@pytest.mark.parametrize("failure", FAILURES)
def test_every_public_address_helps(visitor: Client, failure: str) -> None:
    call_command("load_content", verbosity=0)
    crawl(visitor, failure, [*PATHS, *SPANISH])


@pytest.mark.parametrize("failure", ["database", "views", "templates"])
def test_so_does_every_copy(visitor: Client, failure: str) -> None:
    call_command("load_content", verbosity=0)
    for path in PATHS:
        visitor.get(path)
    crawl(visitor, failure, PATHS)


@pytest.mark.parametrize("path", SENT_BACK)
@pytest.mark.parametrize("failure", FAILURES)
def test_what_was_typed_comes_back(visitor: Client, failure: str, path: str) -> None:
    typed = posted(Door.CURRENT if "current" in path else Door.NEW, notes="Two lines,\r\nas typed & kept")
    with FAILURES[failure]():
        answer = visitor.post(path, typed)
    if answer.status_code == 303:
        # It arrived: what failed was not needed.
        assert failure in ("cache", "copies of pages", "context", "templates")
        return
    assert_helps(path, answer, as_of=True)
    page = Page(answer)
    assert "NO SE ENVIÓ." in page.text if path.startswith("/es") else "NOT SENT." in page.text
    boxes = [box.text for box in page.all("textarea")]
    values = {field.attrs.get("value") for field in page.all("input")} | set(boxes)
    assert {typed["first_name"], typed["phone"], typed["submission_key"]} <= values
    assert "Two lines, as typed & kept" in boxes
    # As it came back it can be sent, once what failed works again.
    again = {name: value for name, value in typed.items() if name != "csrfmiddlewaretoken"}
    assert visitor.post(path, again).status_code == 303


def test_a_page_that_cannot_be_made_anew_says_of_when_it_is(visitor: Client) -> None:
    call_command("load_content", verbosity=0)
    path = "/es/education/your-first-infusion/"
    before = visitor.get(path)
    with FAILURES["database"]():
        answer = visitor.get(path, headers={"if-none-match": before["ETag"]})
    assert answer.status_code == 200
    assert "Actualizado:" in Page(answer).text
    assert "ETag" not in answer
    assert visitor.get(path, headers={"if-none-match": before["ETag"]}).status_code == 304


def test_who_sent_something_is_not_told_that_nothing_arrives(visitor: Client) -> None:
    sent = visitor.post("/help/new-patient/", posted(Door.NEW))
    with FAILURES["database"]():
        answer = visitor.get(sent["Location"])
    assert answer.status_code == 503
    assert "it has arrived" in Page(answer).text
