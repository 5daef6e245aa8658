"""Figures, hand-over and team in a browser: open to everybody, in both schemes, at a desk and on a tablet."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from intake.choices import Outcome
from intake.services import desk
from tests.browser.accessibility import violations
from tests.browser.filling import unfold
from tests.intake.requests import submit

TRIAGE = "/admin/triage/"
SIZES = ((1280, 800), (768, 1024))
PAGES = ("figures/", "figures/?period=week", "handover/", "team/", "profile/")
LETTER_WIDTH = 816  # 8.5 in of 96 px


@pytest.fixture
def lead(staff: Any, page: Any, sign_in_page: Any) -> Any:
    lead, ann = staff("lead"), staff("frontdesk", "ann")
    now = timezone.now()
    items = [
        submit(now=now - timedelta(minutes=n), phone=f"+1213555014{n}", missed_dose="yes").request
        for n in range(4)
    ]
    desk.claim(request_id=items[0].pk, by=ann, now=now)
    desk.log_outreach(request_id=items[1].pk, outcome=Outcome.NO_ANSWER, by=lead, now=now)
    desk.set_follow_up(request_id=items[2].pk, at=now + timedelta(hours=2), by=lead, now=now)
    sign_in_page(page, lead)
    return lead


def test_axe_finds_nothing_and_nothing_sticks_out(page: Any, live_url: str, lead: Any) -> None:
    found = []
    for path in (*PAGES, f"team/{lead.pk}/"):
        assert page.goto(live_url + TRIAGE + path).status == 200, path
        unfold(page)
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                lines = violations(page, rest=scheme == "light", in_columns=True)
                found += [f"{path}, {width}, {scheme}: {line}" for line in lines]
        page.set_viewport_size({"width": 320, "height": 640})
        wide = page.evaluate("document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth")
        found += [f"{path} is {wide} px too wide"] if wide > 0 else []
    assert not found, "\n".join(found)


def test_the_sheet_fits_letter_and_leaves_out_what_paper_cant_do(page: Any, live_url: str, lead: Any) -> None:
    page.set_viewport_size({"width": LETTER_WIDTH - 106, "height": 1056})  # less the margins
    page.goto(f"{live_url}{TRIAGE}handover/")
    page.emulate_media(media="print")
    for gone in (".head", ".strip", ".filters", "footer"):
        expect(page.locator(gone).first).to_be_hidden()
    expect(page.get_by_role("heading", name="To call now, in this order").first).to_be_visible()
    wide = "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
    assert page.evaluate(wide) == 0
    assert page.evaluate("[...document.querySelectorAll('.lines')].every(t => t.scrollWidth <= innerWidth)")


def test_a_lead_gives_a_colleagues_calls_to_somebody_else(page: Any, live_url: str, lead: Any) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{live_url}{TRIAGE}team/")
    held = page.get_by_role("group", name="Held now", exact=True).last
    expect(held.get_by_text("ann")).to_be_visible()
    held.get_by_role("checkbox").first.check()
    page.get_by_label("To", exact=True).select_option(label="Back to the queue")
    page.get_by_role("button", name="Reassign the chosen").click()
    expect(page.get_by_role("alert")).to_contain_text("Say why you take it back.")
    page.get_by_role("group", name="Held now", exact=True).last.get_by_role("checkbox").first.check()
    page.get_by_label("To", exact=True).select_option(label="Back to the queue")
    page.get_by_label("Reason", exact=True).fill("Gone home")
    page.get_by_role("button", name="Reassign the chosen").click()
    expect(page.get_by_text("1 request is reassigned.")).to_be_visible()


def test_the_export_is_a_file(page: Any, live_url: str, lead: Any) -> None:
    page.goto(f"{live_url}{TRIAGE}figures/")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as CSV").click()
    assert download.value.suggested_filename.endswith(".csv")
