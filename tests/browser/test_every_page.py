"""A crawl over every public page and state: sound, accessible, and nothing sticking out."""

import re
from typing import Any

import pytest

from tests.browser.accessibility import violations
from tests.browser.public_pages import states

pytestmark = [
    pytest.mark.urls("tests.portal.failing_urls"),
    pytest.mark.usefixtures("article"),
    pytest.mark.parametrize("language", ["en", "es"]),
]

PHONE, DESKTOP = {"width": 360, "height": 640}, {"width": 1280, "height": 800}
# 1280 × 1024 at 400%.
ENLARGED = {"width": 320, "height": 256}


def test_each_page_loads_little_and_breaks_nothing(page: Any, live_url: str, language: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for name, status, open_page in states(live_url, language):
        assert open_page(page) == status, name
        assert page.locator("html").get_attribute("lang") == language
        assert page.title().strip(" –"), name
        assert page.locator("h1").count() == 1, name
        last = max(index for index, url in enumerate(asked) if "/static/" not in url)
        # The icon, the fourth, comes late or out of the browser's memory.
        loaded = [url for url in asked[last:] if not url.endswith(".svg")]
        assert len(loaded) <= 3, f"{name}: {loaded}"
        assert re.search(r"<link rel=.icon.", page.content()), name
        asked.clear()


def test_axe_finds_nothing(page: Any, live_url: str, language: str) -> None:
    found = []
    for name, _status, open_page in states(live_url, language):
        open_page(page)
        for size in (DESKTOP, PHONE):
            page.set_viewport_size(size)
            page.emulate_media(color_scheme="light")
            # Looking at colors takes most of the time, and words in another language have the same.
            colors = language == "en" or size == PHONE
            found += [
                f"{name}, {size}, light: {found}"
                for found in violations(page, colors=colors, in_columns="open" in name)
            ]
            if language == "en":
                # The style sheet changes nothing but colors with the scheme.
                page.emulate_media(color_scheme="dark")
                found += [
                    f"{name}, {size}, dark: {found}"
                    for found in violations(page, rest=False, in_columns="open" in name)
                ]
    assert not found, "\n".join(found)


def test_nothing_sticks_out_at_400_percent(page: Any, live_url: str, language: str) -> None:
    page.set_viewport_size(ENLARGED)
    wide = []
    for name, _status, open_page in states(live_url, language):
        open_page(page)
        scrolled, seen = page.evaluate(
            "[document.scrollingElement.scrollWidth, document.scrollingElement.clientWidth]"
        )
        if scrolled > seen:
            wide.append((name, scrolled, seen))
    assert wide == []
