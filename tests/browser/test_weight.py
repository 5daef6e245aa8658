"""What a visit costs on a bad network: answers with their headers, as they cross the wire to Chromium.

Chromium takes Brotli also over plain HTTP from its own machine. The headers that it sends are not counted,
nor those that a proxy in front of the portal adds.
"""

import secrets
from collections.abc import Callable
from typing import Any

import pytest

from intake import situation
from intake.choices import Door, FacilityKind
from intake.models import Facility
from tests.browser.filling import address

KIB = 1024
LIMITS = {
    "/": 10 * KIB,
    address(Door.CURRENT): 14 * KIB,
    address(Door.NEW): 14 * KIB,
    "/education/ivig-for-polymyositis/": 20 * KIB,
}
MOST_REQUESTS = 4

pytestmark = pytest.mark.usefixtures("article")


@pytest.fixture
def weigh(new_context: Callable[..., Any], live_url: str) -> Callable[[str], dict[str, int]]:
    def weigh(path: str) -> dict[str, int]:
        """Open the page in a browser that knows nothing yet; return each answer's size by its address."""
        page = new_context().new_page()
        requests: list[Any] = []
        page.on("request", lambda request: requests.append(request))
        if "/education/" in path:
            # Their icon stands in the page itself.
            page.goto(live_url + path, wait_until="networkidle")
        else:
            # The icon is what a browser asks for last.
            with page.expect_event("requestfinished", lambda request: request.url.endswith(".svg")):
                page.goto(live_url + path)
        sizes = {}
        for request in requests:
            if request.url.startswith("data:"):
                continue
            assert request.response().headers["content-encoding"] == "br", request.url
            size = request.sizes()
            assert size["responseBodySize"] > 0, request.url
            sizes[request.url] = size["responseBodySize"] + size["responseHeadersSize"]
        return sizes

    return weigh


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("path", LIMITS)
def test_a_page_is_light(weigh: Callable[[str], dict[str, int]], path: str, language: str) -> None:
    sizes = weigh(path if language == "en" else f"/es{path}")
    # Page, style, script, icon: none missing, none more. An article needs no script and holds its icon.
    assert len(sizes) == (2 if "/education/" in path else MOST_REQUESTS)
    assert sum(sizes.values()) <= LIMITS[path], sizes


def test_the_scales_show_what_is_added(weigh: Callable[[str], dict[str, int]]) -> None:
    before = sum(weigh("/").values())
    # Nothing makes chance smaller than it is, and Brotli comes near it.
    Facility.objects.bulk_create(
        Facility(slug=f"c{n}", name=secrets.token_hex(40), kind=FacilityKind.INFUSION_CENTER, position=n)
        for n in range(110)
    )
    situation.refresh()
    after = sum(weigh("/").values())
    assert 4 * KIB <= after - before <= 7 * KIB
    assert before <= LIMITS["/"] < after
