"""The main job by keyboard alone, on a phone's screen and a desk's."""

from typing import Any

import pytest
from playwright.sync_api import expect

from intake.choices import Door
from intake.models import Request
from tests.browser.filling import address, needed
from tests.browser.keyboard import Keyboard


@pytest.mark.parametrize("size", [(360, 640), (1280, 800)])
def test_from_home_to_the_reference(page: Any, live_url: str, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(live_url)
    keys = Keyboard(page)
    keys.to("a[href='/help/current-patient/']")
    keys.follow("Enter")
    expect(page).to_have_url(live_url + address(Door.CURRENT))

    keys.to("[value=mild_reaction]")
    keys.press("Space")
    # The arrows move the choice within a group, and choosing unfolds what it makes relevant.
    keys.to("[name=caller_role]")
    keys.press("Space")
    expect(page.locator("[value=patient]")).to_be_checked()
    keys.press("ArrowDown")
    expect(page.locator("[value=caregiver]")).to_be_checked()
    keys.type("[name=caller_name]", "Lucía Núñez")
    for name, text in needed(Door.CURRENT).items():
        keys.type(f"[name={name}]", "12" if name == "phone" else text)
    keys.to("#reach-more > summary")
    keys.press("Enter")
    keys.type("[name=email]", "ana@example.org")
    keys.to("form [type=submit]")
    keys.follow("Enter")

    summary = page.locator(".error-summary")
    expect(summary).to_be_focused()
    assert page.title().startswith("Error: ")
    keys.to(".error-summary a")
    keys.press("Enter")
    phone = page.locator("[name=phone]")
    expect(phone).to_be_focused()
    expect(phone).to_be_in_viewport(ratio=1)
    expect(page.locator("#id_phone_error")).to_be_in_viewport(ratio=1)
    keys.press("ControlOrMeta+A")
    page.keyboard.type("213 555 0100")
    keys.press("Enter")

    page.wait_for_url("**/help/received/**")
    request = Request.objects.get()
    expect(page.locator(f"[data-reference='{request.reference}']")).to_contain_text(request.reference)
    assert request.answers["caller_name"] == "Lucía Núñez"
    assert request.answers["email"] == "ana@example.org"
    assert request.answers["danger_signs"] == ["mild_reaction"]


@pytest.mark.parametrize("door", list(Door))
def test_the_focus_is_seen_at_every_step_through_an_unfolded_form(
    page: Any, live_url: str, door: Door
) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    page.goto(live_url + address(door))
    page.locator("details").evaluate_all("parts => parts.forEach(part => { part.open = true })")
    Keyboard(page).to("form [type=submit]")


def test_the_first_step_skips_to_the_main_content(page: Any, live_url: str) -> None:
    page.goto(live_url)
    page.keyboard.press("Tab")
    skip = page.locator(".skip")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    page.wait_for_url("**/#main")
    # What comes next is the main part's first link.
    page.keyboard.press("Tab")
    expect(page.locator("main a").first).to_be_focused()
