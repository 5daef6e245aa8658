"""What people and networks do to a form: press twice, lose an answer, go back, come back later."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from intake.choices import Door
from intake.models import Request
from tests.browser.filling import address, fill, send, unfold

RECEIVED = "**/help/received/**"


def reference(page: Any) -> str:
    return page.locator("[data-reference]").get_attribute("data-reference")


def stop_the_clock(page: Any) -> None:
    """The button says that it sends for eight seconds; a slow machine may take longer to look at it."""
    page.clock.pause_at(datetime.now() + timedelta(hours=1))


@pytest.mark.parametrize("door", list(Door))
def test_a_double_click_is_one_request(page: Any, live_url: str, door: Door) -> None:
    page.goto(live_url + address(door))
    fill(page, door)
    page.dblclick("form [type=submit]")
    # The second click takes the place of the first's answer, so no single navigation can be waited for.
    page.wait_for_selector("[data-reference]")
    assert Request.objects.get().reference == reference(page)


@pytest.mark.parametrize("reached", [False, True], ids=["lost on the way", "its answer lost"])
def test_after_a_failed_try_the_button_sends_again(page: Any, live_url: str, reached: bool) -> None:
    tried: list[str] = []

    def lose_the_first(route: Any) -> None:
        if route.request.method != "POST":
            return route.continue_()
        tried.append(route.request.post_data)
        if len(tried) > 1:
            return route.continue_()
        if reached:
            route.fetch(max_redirects=0)
        # As when somebody has pressed Stop: the page stays.
        return route.abort("aborted")

    page.route("**/help/**", lose_the_first)
    page.clock.install()
    page.goto(live_url + address(Door.CURRENT))
    fill(page, Door.CURRENT)
    button = page.locator("form [type=submit]")
    stop_the_clock(page)
    with page.expect_event("requestfailed", lambda request: request.method == "POST"):
        button.click()
    expect(button).to_have_text("Sending…")
    expect(button).to_be_enabled()
    assert Request.objects.count() == reached
    button.click()
    page.wait_for_url(RECEIVED)
    assert tried[0] == tried[1]
    assert Request.objects.get().reference == reference(page)


def test_the_button_stops_saying_that_it_sends(page: Any, live_url: str) -> None:
    page.clock.install()
    page.route(
        "**/help/**",
        lambda route: route.abort("aborted") if route.request.method == "POST" else route.continue_(),
    )
    page.goto(live_url + address(Door.NEW))
    button = page.locator("form [type=submit]")
    said = button.inner_text()
    stop_the_clock(page)
    button.click()
    expect(button).to_have_text("Sending…")
    page.clock.run_for(8000)
    expect(button).to_have_text(said)


def test_back_and_sent_again_is_the_same_request(page: Any, live_url: str) -> None:
    page.goto(live_url + address(Door.CURRENT))
    fill(page, Door.CURRENT)
    send(page)
    page.wait_for_url(RECEIVED)
    first, arrived = reference(page), page.url
    page.go_back()
    expect(page.locator("[name=phone]")).to_have_value("213 555 0100")
    send(page)
    page.wait_for_url(RECEIVED)
    assert (page.url, reference(page)) == (arrived, first)

    page.go_back()
    expect(page.locator("[name=phone]")).to_have_value("213 555 0100")
    page.fill("[name=phone]", "213 555 0199")
    send(page)
    page.wait_for_url(RECEIVED)
    assert reference(page) != first
    earlier, later = Request.objects.order_by("id")
    assert (earlier.reference, later.reference) == (first, reference(page))
    assert later.duplicate_of == earlier


@pytest.mark.parametrize("door", list(Door))
def test_with_the_cookie_lost_nothing_typed_is(page: Any, live_url: str, door: Door) -> None:
    page.goto(live_url + address(door))
    fill(page, door, notes="Two lines,\nas typed.")
    page.check("[value=mild_reaction]")
    page.click("#reach-more > summary")
    page.fill("[name=email]", "ana@example.org")
    page.context.clear_cookies()
    send(page)
    summary = page.locator(".error-summary")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("NOT SENT")
    for number in ("877-595-0757", "877-602-7779"):
        expect(summary.get_by_role("link", name=number)).to_be_visible()
    assert Request.objects.count() == 0

    send(page)
    page.wait_for_url(RECEIVED)
    answers = Request.objects.get().answers
    assert answers["notes"] == "Two lines,\nas typed."
    assert answers["email"] == "ana@example.org"
    assert answers["danger_signs"] == ["mild_reaction"]
    assert answers["first_name"] == "Ana"


def test_nothing_stays_in_the_browser(page: Any, live_url: str) -> None:
    page.goto(live_url)
    page.click("a[href='/help/current-patient/']")
    fill(page, Door.CURRENT, phone="12")
    unfold(page)
    send(page)
    page.locator(".error-summary").wait_for()
    page.fill("[name=phone]", "213 555 0100")
    send(page)
    page.wait_for_url(RECEIVED)
    assert page.evaluate(
        """async () => [
            localStorage.length,
            sessionStorage.length,
            (await indexedDB.databases()).length,
            (await caches.keys()).length,
            (await navigator.serviceWorker.getRegistrations()).length,
        ]"""
    ) == [0, 0, 0, 0, 0]
    (cookie,) = page.context.cookies()
    assert (cookie["name"], cookie["httpOnly"], cookie["sameSite"]) == ("csrftoken", True, "Lax")
    assert page.evaluate("document.cookie") == ""
