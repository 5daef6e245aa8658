"""The board in a browser: it refreshes by itself without getting in the way, and needs no mouse."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from intake.models import Request, StaffProfile
from portal.audit import AuditEntry
from tests.browser.accessibility import violations
from tests.intake.requests import submit

BOARD = "/admin/triage/"
SIZES = ((1280, 800), (768, 1024), (360, 740))


def send(last_name: str, minutes_ago: int = 5, **given: Any) -> Request:
    phone = f"+1213555{Request.objects.count() + 100:04d}"
    now = timezone.now() - timedelta(minutes=minutes_ago)
    return submit(now=now, **{"last_name": last_name, "phone": phone, **given}).request


@pytest.fixture
def ann(staff: Callable[..., Any], page: Any, sign_in_page: Callable[[Any, Any], None]) -> Any:
    ann = staff("frontdesk", "ann")
    sign_in_page(page, ann)
    return ann


@pytest.fixture
def opened(ann: Any, page: Any, live_url: str) -> Any:
    """The board with two rows, Bell above Cruz, whether or not the notice ran already when they were sent."""
    send("Bell", 30, evacuated="yes")
    send("Cruz", 20, evacuated="yes")
    page.goto(live_url + BOARD)
    return page


def names(page: Any) -> list[str]:
    return [name.split(",")[0] for name in page.locator("[data-row] th > a").all_inner_texts()]


def focused(page: Any) -> str:
    return page.evaluate("document.activeElement.textContent").split(",")[0]


def test_what_is_new_appears_and_the_focus_stays(opened: Any) -> None:
    opened.get_by_role("link", name="Cruz").focus()
    looks = AuditEntry.objects.filter(action="requests listed").count()
    send("Grave", 0, danger_signs=["breathing"])
    with opened.expect_response("**/rows/**"):
        opened.keyboard.press("r")
    expect(opened.locator("#news")).to_have_text("1 new")
    assert (names(opened), focused(opened)) == (["Grave", "Bell", "Cruz"], "Cruz")
    assert AuditEntry.objects.filter(action="requests listed").count() == looks


def test_what_was_sent_in_the_second_in_which_the_board_was_made_is_new(opened: Any) -> None:
    made = datetime.fromtimestamp(int(opened.locator("#live").get_attribute("data-now")), UTC)
    submit(now=made, last_name="Grave", phone="+12135550199")
    opened.keyboard.press("r")
    expect(opened.locator("#news")).to_have_text("1 new")


def test_it_refreshes_by_itself_but_not_while_somebody_chooses(opened: Any) -> None:
    opened.clock.install()
    opened.reload()
    opened.locator("summary", has_text="Filters").click()
    opened.locator("#filter_language").focus()
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    send("Late", 0)
    opened.clock.run_for(40_000)
    assert (names(opened), asked) == (["Bell", "Cruz"], [])
    opened.locator("h1").click()
    opened.evaluate("document.activeElement.blur()")
    with opened.expect_response("**/rows/**"):
        # No longer, or the board would give up its own question before the answer can be there.
        opened.clock.run_for(2000)
    expect(opened.get_by_role("link", name="Late")).to_be_visible()


def test_it_says_when_it_can_t_reach_the_server_and_when_one_is_signed_out(opened: Any) -> None:
    opened.evaluate("() => { window.reached = fetch; window.fetch = () => Promise.reject(Error('away')) }")
    opened.keyboard.press("r")
    expect(opened.locator("#trouble")).to_contain_text("Not updated since")
    expect(opened.locator("#trouble")).to_contain_text("Trying again.")
    opened.evaluate("() => { window.fetch = window.reached }")
    opened.keyboard.press("r")
    expect(opened.locator("#trouble")).to_be_empty()
    opened.context.clear_cookies()
    opened.keyboard.press("r")
    expect(opened.get_by_role("link", name="Sign in again")).to_be_visible()
    assert names(opened) == ["Bell", "Cruz"]


def test_a_call_is_found_and_opened_by_keys(opened: Any) -> None:
    press = opened.keyboard.press
    press("j")
    assert focused(opened) == "Bell"
    press("ArrowDown")
    assert focused(opened) == "Cruz"
    press("k")
    press("Enter")
    opened.wait_for_url("**/requests/*/")
    press("g")
    press("r")
    opened.wait_for_url(f"**{BOARD}")
    press("/")
    assert opened.evaluate("document.activeElement.name") == "q"
    opened.keyboard.type("jn?")
    assert opened.locator("#search-q").input_value() == "jn?"
    opened.evaluate("document.activeElement.blur()")
    press("4")
    opened.wait_for_url("**/?show=mine")
    press("?")
    expect(opened.get_by_role("dialog")).to_contain_text("Next and previous row")
    press("Escape")
    expect(opened.get_by_role("dialog")).to_have_count(0)
    press("n")
    opened.wait_for_url("**/requests/*/")


def test_keys_that_are_switched_off_do_nothing(opened: Any, ann: Any) -> None:
    StaffProfile.objects.create(user=ann, shortcuts=False)
    opened.reload()
    for key in ("n", "j", "?", "4"):
        opened.keyboard.press(key)
    assert opened.url.endswith(BOARD)
    expect(opened.get_by_role("dialog")).to_have_count(0)
    opened.get_by_text("Keyboard shortcuts").click()
    expect(opened.locator("#keys")).to_contain_text("switched off")


def test_axe_finds_nothing_on_the_board(page: Any, live_url: str, ann: Any) -> None:
    for number, given in enumerate(
        [{"danger_signs": ["meningitis"], "language": "es"}, {"missed_dose": "yes", "interpreter": True}, {}]
    ):
        send(f"P{number}", 300 * number, **given)
    found = []
    for path in (BOARD, f"{BOARD}?language=es", f"{BOARD}filters/?language=es"):
        page.goto(live_url + path)
        page.evaluate("document.querySelector('#keys').open = true")
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.scrollingElement.scrollWidth") <= width
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                lines = violations(page, rest=scheme == "light", in_columns=True)
                found += [f"{path} {width} {scheme}: {line}" for line in lines]
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(live_url + BOARD)
    page.keyboard.press("?")
    # To axe a dialog is covered by the page below; its colors are those of the same text at the page's foot.
    found += [f"help: {line}" for line in violations(page, colors=False)]
    assert not found, "\n".join(found)
