"""Every public page in each of its states, opened as a visitor gets there."""

from collections.abc import Callable, Iterator
from typing import Any

from intake.choices import Door
from tests.browser.filling import address, fill, send, unfold
from tests.intake.contract import CONTRACT

Opening = Callable[[Any], int]  # from a page to the status that it was answered with

PLAIN = {
    "home": ("/", 200),
    "which form": ("/help/", 200),
    "status": ("/status/", 200),
    "articles": ("/education/", 200),
    "article": ("/education/ivig-for-polymyositis/", 200),
    "article, reference open": ("/education/your-first-infusion/#ref-1", 200),
    "article, thanked": ("/education/your-medicine-during-a-wildfire/#csp-thanks", 200),
    "handout": ("/education/ivig-for-polymyositis/handout/", 200),
    "search": ("/education/search/", 200),
    "search, found": ("/education/search/?q=ivig", 200),
    "search, nothing found": ("/education/search/?q=xylophone", 200),
    "privacy": ("/privacy/", 200),
    "nondiscrimination": ("/nondiscrimination/", 200),
    "no such page": ("/nowhere/", 404),
    # tests.portal.failing_urls
    "refused": ("/fail/forbidden/", 403),
    "unreadable": ("/fail/bad/", 400),
    "failed": ("/fail/broken/", 500),
    "database away": ("/fail/down/", 503),
}


def states(home: str, language: str) -> Iterator[tuple[str, int, Opening]]:
    """Yield the name of each page and state, the status that it is to have, and how it is opened."""
    prefix = home if language == "en" else f"{home}/{language}"
    for name, (path, status) in PLAIN.items():
        yield name, status, _get(prefix + path)
    for door in Door:
        form = home + address(door, language)
        yield f"{door} form", 200, _get(form)
        yield f"{door} form, unfolded", 200, _unfolded(form)
        yield f"{door} form, all wrong", 422, _all_wrong(form, door)
        yield f"{door} form, received", 200, _received(form, door)
    form = home + address(Door.CURRENT, language)
    yield "form, not sent", 403, _not_sent(form, Door.CURRENT)
    yield "received, in danger", 200, _received(form, Door.CURRENT, "meningitis")


def _get(url: str) -> Opening:
    return lambda page: page.goto(url).status


def _unfolded(url: str) -> Opening:
    def opening(page: Any) -> int:
        status = page.goto(url).status
        unfold(page)
        return status

    return opening


def _answer_to_sending(page: Any) -> int:
    # Of the last answer: a request that arrived leads on to its page.
    with page.expect_navigation() as arrived:
        send(page)
    return arrived.value.status


def _all_wrong(url: str, door: Door) -> Opening:
    """An error in every field that a browser can send a wrong value from."""

    def opening(page: Any) -> int:
        page.goto(url)
        unfold(page)
        for name, values in CONTRACT[door].items():
            if values is None and name != "submission_key":
                page.fill(f"[name={name}]", "x\ufffd")
        status = _answer_to_sending(page)
        unfold(page)
        return status

    return opening


def _not_sent(url: str, door: Door) -> Opening:
    def opening(page: Any) -> int:
        page.goto(url)
        fill(page, door)
        page.context.clear_cookies()
        return _answer_to_sending(page)

    return opening


def _received(url: str, door: Door, danger_sign: str = "") -> Opening:
    def opening(page: Any) -> int:
        page.goto(url)
        fill(page, door)
        if danger_sign:
            page.check(f"[value={danger_sign}]")
        status = _answer_to_sending(page)
        unfold(page)
        return status

    return opening
