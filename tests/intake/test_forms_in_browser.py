"""The forms in a real browser: by keyboard, without JavaScript, narrow, dark, and with the back button."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from intake.models import Request

CURRENT = "/help/current-patient/"
FORMS = [CURRENT, "/help/new-patient/", "/es" + CURRENT, "/es/help/new-patient/"]
ANSWERS = {"first_name": "Ana", "last_name": "Núñez", "date_of_birth": "3/15/1980", "phone": "213 555 0100"}


def fill(page: Any, **changes: str) -> None:
    page.check("[name=caller_role][value=patient]")
    for name, value in (ANSWERS | changes).items():
        page.fill(f"[name={name}]", value)


def send(page: Any) -> None:
    with page.expect_navigation():
        page.click("button[type=submit]")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_and_nothing_sticks_out(page: Any, live_url: str, scheme: str, width: int) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    for path in FORMS:
        page.goto(live_url + path)
        for _blank_then_with_errors in range(2):
            page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
            violations = Axe().run(page).response["violations"]
            assert not violations, f"{path}: {json.dumps(violations, indent=1)}"
            assert page.evaluate("document.documentElement.scrollWidth") == width
            send(page)


@pytest.mark.parametrize("path", FORMS)
def test_a_form_weighs_at_most_14_kib_in_4_requests(page: Any, live_url: str, path: str) -> None:
    sizes: list[int] = []
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    page.goto(live_url + path, wait_until="networkidle")
    assert len(sizes) <= 4
    assert sum(sizes) <= 14 * 1024


def test_without_javascript_everything_is_reachable_and_sent(new_context: Any, live_url: str) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(live_url + CURRENT)
    for summary in page.locator("form summary").all():
        summary.click()
    for control in page.locator("form :is(input:not([type=hidden]), select, textarea)").all():
        # "subject" is the box that only robots meet.
        assert control.is_visible() or control.get_attribute("name") == "subject"
    send(page)
    expect(page.locator(".error-summary")).to_be_focused()
    fill(page)
    send(page)
    assert "/help/received/" in page.url


def test_errors_lead_into_their_fields(page: Any, live_url: str) -> None:
    page.goto(live_url + CURRENT)
    fill(page, phone="12")
    send(page)
    assert page.title().startswith("Error: ")
    expect(page.locator(".error-summary")).to_be_focused()
    page.click(".error-summary a")
    expect(page.locator("[name=phone]")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("213 555 0100")
    page.keyboard.press("Enter")
    page.wait_for_url("**/help/received/**")


def test_by_keyboard_alone(page: Any, live_url: str) -> None:
    page.goto(live_url + CURRENT)
    typed = {"caller_role": " ", **ANSWERS}
    while typed:
        page.keyboard.press("Tab")
        if words := typed.pop(page.evaluate("document.activeElement.name"), None):
            page.keyboard.type(words)
    while page.evaluate("document.activeElement.type") != "submit":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/help/received/**")


def test_an_answer_unfolds_what_it_makes_relevant(page: Any, live_url: str) -> None:
    page.goto(live_url + CURRENT)
    center = page.locator("[name=center]")
    expect(center).to_be_hidden()
    page.check("[name=care_setting][value=center]")
    expect(center).to_be_visible()
    page.check("[name=care_setting][value=home]")
    expect(center, "what may hold an answer is not folded away").to_be_visible()


def test_the_button_can_always_be_pressed_again(page: Any, live_url: str) -> None:
    page.clock.install()
    page.goto(live_url + CURRENT)
    fill(page)
    button = page.locator("button[type=submit]")
    page.evaluate("document.forms[0].addEventListener('submit', event => event.preventDefault())")
    page.clock.pause_at(datetime.now() + timedelta(hours=1))
    button.click()
    expect(button).to_have_text("Sending…")
    expect(button).to_be_enabled()


def test_back_and_again_is_one_request(page: Any, live_url: str) -> None:
    page.goto(live_url + CURRENT)
    fill(page)
    send(page)
    received = page.url
    page.go_back()
    expect(page.locator("[name=phone]")).to_have_value(ANSWERS["phone"])
    send(page)
    assert page.url == received
    assert Request.objects.count() == 1
