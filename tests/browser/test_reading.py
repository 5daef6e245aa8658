"""Reading an article on a phone that runs no scripts, and on paper."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from education.models import Feedback

pytestmark = pytest.mark.usefixtures("article")

ADDRESS = "/education/ivig-for-polymyositis/"
SLUGS = ["ivig-for-polymyositis", "your-first-infusion", "your-medicine-during-a-wildfire"]


@pytest.fixture
def page(new_context: Callable[..., Any]) -> Any:
    return new_context(java_script_enabled=False, viewport={"width": 360, "height": 640}).new_page()


def top(page: Any, selector: str) -> float:
    return page.locator(selector).bounding_box()["y"]


def test_a_reference_opens_in_place_and_leads_back(page: Any, live_url: str) -> None:
    page.goto(live_url + ADDRESS)
    citation = page.locator("#cite-7-1")
    citation.scroll_into_view_if_needed()
    before = top(page, "#cite-7-1")
    # By keyboard, as by a tap.
    citation.press("Enter")
    reference = page.locator("#ref-7")
    expect(reference).to_be_in_viewport(ratio=1)
    assert abs(top(page, "#cite-7-1") - before) < 2, "the text stays where it was"
    # The next stop of the keyboard is in the reference.
    page.keyboard.press("Tab")
    expect(reference.locator("a").first).to_be_focused()
    reference.locator(".backs a").first.click()
    expect(citation).to_be_in_viewport()
    expect(reference).not_to_be_in_viewport()


def test_a_term_opens_in_place(page: Any, live_url: str) -> None:
    page.goto(live_url + ADDRESS)
    term = page.locator("a.term").first
    term.click()
    expect(page.locator(term.get_attribute("href"))).to_be_in_viewport(ratio=1)


def test_the_clinicians_part_is_one_tap_away_wherever_one_reads(page: Any, live_url: str) -> None:
    page.goto(f"{live_url}{ADDRESS}#side-effects")
    switch = page.locator(".switch a").last
    expect(switch).to_be_in_viewport(ratio=1)
    switch.click()
    expect(page.locator("[data-reader=clinician]").first).to_be_in_viewport()


def test_an_answer_is_thanked_for_where_it_was_given(page: Any, live_url: str) -> None:
    page.goto(live_url + ADDRESS)
    expect(page.locator("#csp-thanks")).to_be_hidden()
    page.click("[name=useful][value=yes]")
    expect(page.locator("#csp-thanks")).to_be_in_viewport(ratio=1)
    assert Feedback.objects.get().yes == 1


def test_from_a_typo_to_the_passage(page: Any, live_url: str) -> None:
    page.goto(f"{live_url}/education/")
    page.fill("[name=q]", "headahce stiff neck")
    page.click("[role=search] button")
    expect(page.locator("mark").first).to_be_visible()
    page.locator(".results a[href*='#']").first.click()
    page.wait_for_url("**/education/**#*")


@pytest.mark.parametrize("format", ["Letter", "A4"])
def test_a_handout_is_one_sheet(page: Any, live_url: str, format: str) -> None:
    for slug in SLUGS:
        for prefix in ("", "/es"):
            page.goto(f"{live_url}{prefix}/education/{slug}/handout/")
            sheets = re.findall(rb"/Type /Page\b", page.pdf(format=format))
            assert len(sheets) == 1, f"{prefix}/{slug}"
