"""The infusion centers' pages in a browser: closed by keyboard, readable in both schemes, on a phone too."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.accessibility import violations
from tests.intake.requests import submit

LISTS, CENTER = "/admin/triage/centers/", "/admin/triage/centers/infusion-center-1/"


@pytest.mark.django_db(transaction=True)
def test_a_center_is_closed_and_its_requests_are_listed(
    page: Any, live_url: str, sign_in_page: Callable[[Any, Any], None], staff: Callable[[str], Any]
) -> None:
    soon = (timezone.localdate() + timedelta(days=1)).isoformat()
    submit(now=timezone.now(), care_setting="center", center="infusion-center-1", center_reachable="yes",
           fire_affected="no", next_dose_on=soon)  # fmt: skip
    sign_in_page(page, staff("lead"))
    page.goto(live_url + CENTER)
    page.get_by_label("Status", exact=True).select_option("closed")
    page.get_by_role("button", name="Save the status").press("Enter")
    expect(page.get_by_text("Saved. 1 open request depends on it.")).to_be_visible()
    expect(page.get_by_role("row", name="Rivera, Alma")).to_contain_text("Routine → Urgent")
    for address in (LISTS, CENTER):
        for scheme, width in (("light", 1280), ("dark", 320)):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(live_url + address)
            assert violations(page) == [], (address, scheme)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
