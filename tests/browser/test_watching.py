"""The watch over every test's pages sees what it is there for."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.accessibility import violations
from tests.browser.watching import Watch

BROKEN = {
    "an inline style": ('<p style="color: red">Red</p>', "style-src"),
    "an inline script": ("<script>document.title = 'x'</script>", "script-src"),
    "a handler": ('<img src="data:," alt="" onerror="alert(1)">', "script-src-attr"),
    "an error": ('<script src="/error.js"></script>', "uncaught: broken"),
    "a warning": ('<script src="/warning.js"></script>', "careful"),
    "a missing file": ('<link rel="stylesheet" href="/none.css">', "/none.css"),
    "another host's picture": ('<img src="https://tracker.example/x.gif" alt="">', "tracker.example"),
}
SCRIPTS = {"/error.js": "throw new Error('broken')", "/warning.js": "console.warn('careful')"}


@pytest.fixture
def serve(browser: Any, live_url: str, client: Any) -> Any:
    """Put markup at the end of a page that has the portal's own headers; return (page, its trouble)."""
    context = browser.new_context()
    watch = Watch(context, live_url)
    policy = client.get("/privacy/").headers["Content-Security-Policy"]

    def serve(markup: str) -> tuple[Any, list[str]]:
        def answer(route: Any) -> None:
            path = route.request.url.removeprefix(live_url)
            if path == "/":
                body = f"<!doctype html><html lang=en><title>x</title><main><h1>x</h1>{markup}</main>"
                route.fulfill(
                    headers={"Content-Security-Policy": policy, "Content-Type": "text/html"}, body=body
                )
            elif path in SCRIPTS:
                route.fulfill(content_type="text/javascript", body=SCRIPTS[path])
            else:
                route.fulfill(status=404, body="")

        context.route("**/*", answer)
        page = context.new_page()
        page.goto(live_url + "/")
        return page, watch.trouble

    yield serve
    context.close()


@pytest.mark.parametrize("broken", BROKEN)
def test_the_watch_sees(serve: Callable[[str], tuple[Any, list[str]]], broken: str) -> None:
    markup, seen = BROKEN[broken]
    page, trouble = serve(markup)
    for _look in range(100):
        if any(seen in line for line in trouble):
            return
        # What a page logs is told after it is there.
        page.wait_for_timeout(100)
    raise AssertionError(trouble)


def test_a_sound_page_is_no_trouble(serve: Callable[[str], tuple[Any, list[str]]]) -> None:
    page, trouble = serve("<p>Sound</p>")
    assert trouble == []
    assert violations(page) == []


@pytest.mark.parametrize(
    ("markup", "rule"),
    [
        ("<input name=phone>", "label"),
        ("<p><font color=#999999>Pale</font></p>", "color-contrast"),
        ("<a href=/a>a</a><br><a href=/b>b</a>", "target-size"),
    ],
)
def test_axe_sees(serve: Callable[[str], tuple[Any, list[str]]], markup: str, rule: str) -> None:
    page, _trouble = serve(markup)
    assert [line for line in violations(page) if f" {rule}:" in line]
