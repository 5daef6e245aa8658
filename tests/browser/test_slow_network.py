"""Both forms over a network as slow as it gets: 50 kilobits a second, and answers after two seconds."""

from collections.abc import Callable
from typing import Any

import pytest

from intake.choices import Door
from intake.models import Request
from tests.browser.filling import address, fill, send

SLOW_2G = {"offline": False, "latency": 2000, "downloadThroughput": 6250, "uploadThroughput": 6250}
# Milliseconds, for a loaded machine; what is shown is that it ends at all.
PATIENCE = 180_000


@pytest.mark.parametrize("door", list(Door))
def test_a_request_gets_through(new_context: Callable[..., Any], live_url: str, door: Door) -> None:
    page = new_context().new_page()
    page.set_default_timeout(PATIENCE)
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", SLOW_2G)
    page.goto(live_url + address(door), wait_until="domcontentloaded")
    fill(page, door)
    send(page)
    page.wait_for_selector("[data-reference]")
    assert Request.objects.get().reference == page.locator("[data-reference]").get_attribute("data-reference")
