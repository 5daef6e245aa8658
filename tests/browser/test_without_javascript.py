"""The main job in a browser that runs no scripts."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from intake.choices import Door
from intake.models import Request
from tests.browser.filling import address, fill, send, unfold
from tests.intake.contract import CONTRACT


@pytest.fixture
def page(new_context: Callable[..., Any]) -> Any:
    return new_context(java_script_enabled=False, viewport={"width": 360, "height": 640}).new_page()


@pytest.mark.parametrize("door", list(Door))
def test_from_home_to_the_reference(page: Any, live_url: str, door: Door) -> None:
    page.goto(live_url)
    page.click(f".door a[href='{address(door)}']")
    page.wait_for_url(f"**{address(door)}")
    send(page)
    # An error first: the summary has the focus, and its links lead into the fields.
    expect(page.locator(".error-summary")).to_be_focused()
    page.click(".error-summary a[href='#id_phone']")
    expect(page.locator("[name=phone]")).to_be_focused()

    fill(page, door)
    page.click("#reach-more > summary")
    page.check("[name=best_time][value=evening]")
    page.fill("[name=email]", "ana@example.org")
    page.fill("[name=notes]", "Two lines,\nas typed.")
    send(page)
    page.wait_for_url("**/help/received/**")
    request = Request.objects.get()
    expect(page.locator(f"[data-reference='{request.reference}']")).to_contain_text(request.reference)
    assert request.door == door
    assert request.answers["best_time"] == "evening"
    assert request.answers["email"] == "ana@example.org"
    assert request.answers["notes"] == "Two lines,\nas typed."


@pytest.mark.parametrize("door", list(Door))
def test_every_question_can_be_reached(page: Any, live_url: str, door: Door) -> None:
    page.goto(live_url + address(door))
    unfold(page)
    for name, values in CONTRACT[door].items():
        if name == "submission_key":
            continue
        controls = page.locator(f"form [name={name}]")
        assert controls.count() == (len(values) if _is_group(controls) else 1), name
        for control in controls.all():
            expect(control, name).to_be_visible()
            expect(control, name).to_be_enabled()


def _is_group(controls: Any) -> bool:
    return controls.first.get_attribute("type") in ("radio", "checkbox") and controls.count() > 1


def test_nothing_offers_what_takes_a_script(page: Any, live_url: str) -> None:
    page.goto(live_url + address(Door.NEW))
    fill(page, Door.NEW)
    send(page)
    page.wait_for_url("**/help/received/**")
    expect(page.locator("[data-copy]")).to_be_hidden()
