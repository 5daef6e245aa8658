"""Public pages in a real browser: narrow, dark, checked by axe, and weighed."""

import json
from urllib.request import Request, urlopen

import brotli
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

PATHS = ["/", "/es/", "/help/", "/status/", "/privacy/", "/nondiscrimination/", "/nowhere/"]
KIB = 1024


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing(page, live_url, scheme, width):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    for path in PATHS:
        page.goto(live_url + path)
        violations = Axe().run(page).response["violations"]
        assert not violations, f"{path}: {json.dumps(violations, indent=1)}"


@pytest.mark.parametrize("path", PATHS)
def test_nothing_sticks_out_at_320_px(page, live_url, path):
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(live_url + path)
    assert page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize("path", ["/", "/es/"])
def test_a_phones_first_screen_has_both_lines_and_both_doors(page, live_url, path):
    page.set_viewport_size({"width": 360, "height": 640})
    page.goto(live_url + path)
    doors = page.locator(".door")
    assert doors.count() == 2
    for door in doors.all():
        for part in [door.locator("a.call"), door.locator("a.more")]:
            box = part.bounding_box()
            assert box
            assert box["y"] + box["height"] <= 640
            assert box["height"] >= 44


def test_the_skip_link_comes_first_and_shows(page, live_url):
    page.goto(live_url)
    page.keyboard.press("Tab")
    skip = page.locator(".skip")
    expect(skip).to_be_focused()
    box = skip.bounding_box()
    assert box
    assert box["height"] > 40
    page.keyboard.press("Enter")
    page.wait_for_url("**/#main")


def test_home_weighs_at_most_10_kib_in_4_requests(page, live_url):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(live_url, wait_until="networkidle")
    assert 2 < len(asked) <= 4
    assert all(url.startswith(live_url) for url in asked)
    assert sum(_weight(url) for url in asked) <= 10 * KIB


def _weight(url):
    """Bytes over the wire, headers included, to a browser that takes Brotli."""
    with urlopen(Request(url, headers={"Accept-Encoding": "br"})) as answer:
        body = answer.read()
        if answer.headers.get("Content-Encoding") == "br":
            brotli.decompress(body)
        return len(body) + len(str(answer.headers))
