"""A phone's first screen, and what a visitor's own settings may take away."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from intake.choices import Door
from tests.browser.filling import address, send, unfold

FIRST_SCREEN = {"width": 360, "height": 640}
FORM = address(Door.CURRENT)

# Borders, text and ground as they are drawn under forced colors.
DRAWN = """element => {
    const {color, backgroundColor: ground, borderTopStyle, borderTopWidth, borderTopColor} =
        getComputedStyle(element)
    const edge = borderTopStyle !== "none" && parseFloat(borderTopWidth) >= 1
    return {readable: color !== ground, edged: edge && borderTopColor !== ground}
}"""
MOVING = """() => [...document.querySelectorAll("*")].filter(element => {
    const {transitionDuration, animationName, scrollBehavior} = getComputedStyle(element)
    return parseFloat(transitionDuration) > 0 || animationName !== "none" || scrollBehavior === "smooth"
}).map(element => element.outerHTML.slice(0, 100))"""


@pytest.mark.parametrize("path", ["/", "/es/"])
def test_the_first_screen_has_both_lines_and_both_doors(page: Any, live_url: str, path: str) -> None:
    page.set_viewport_size(FIRST_SCREEN)
    page.goto(live_url + path)
    for line, door in (("+18775950757", Door.CURRENT), ("+18776027779", Door.NEW)):
        card = page.locator(".door", has=page.locator(f"a[href='tel:{line}']"))
        leads_to_form = card.locator(f"a[href$='{address(door)}']")
        for part in (card, card.locator("a[href^='tel:']"), leads_to_form):
            # All of it, not a row of pixels: `ratio=1` is rounded.
            box = part.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= FIRST_SCREEN["width"]
            assert box["y"] >= 0
            assert box["y"] + box["height"] <= FIRST_SCREEN["height"]
        for target in (card.locator("a[href^='tel:']"), leads_to_form):
            assert target.bounding_box()["height"] >= 44


def test_the_line_stays_at_the_foot_of_a_forms_screen(page: Any, live_url: str) -> None:
    page.set_viewport_size(FIRST_SCREEN)
    page.goto(live_url + FORM)
    number = page.locator(".callbar a")
    for part in ("#danger", "#medicine", "form [type=submit]"):
        page.locator(part).scroll_into_view_if_needed()
        expect(number).to_be_in_viewport(ratio=1)
    # On a screen of a few lines it would take away too much.
    page.set_viewport_size({"width": 320, "height": 256})
    page.evaluate("scrollTo(0, 0)")
    expect(number).not_to_be_in_viewport()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_forced_colors_take_nothing_away(new_context: Callable[..., Any], live_url: str, scheme: str) -> None:
    page = new_context(forced_colors="active", color_scheme=scheme, viewport=FIRST_SCREEN).new_page()
    page.goto(live_url + FORM)
    unfold(page)
    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    for name in ("[type=submit]", "[name=first_name]", "[name=notes]", "[name=language]", ".choices label"):
        assert page.locator(f"form {name}").first.evaluate(DRAWN) == {"readable": True, "edged": True}, name
    # All but the box that only robots meet.
    for label in page.locator("form :is(label, legend, summary):not([hidden] *)").all():
        assert label.evaluate(DRAWN)["readable"], label.inner_text()
        expect(label).to_be_visible()
    box = page.locator("[type=checkbox]").first
    assert box.evaluate("element => getComputedStyle(element).appearance") == "auto", "drawn by the browser"
    send(page)
    error = page.locator(".field__error").first
    expect(error).to_be_visible()
    assert error.evaluate(DRAWN)["readable"]
    expect(page.locator("[name=first_name]")).to_have_attribute("aria-invalid", "true")


@pytest.mark.parametrize("path", ["/", FORM])
def test_nothing_moves_under_reduced_motion(
    new_context: Callable[..., Any], live_url: str, path: str
) -> None:
    page = new_context(reduced_motion="reduce").new_page()
    page.goto(live_url + path)
    assert page.evaluate(MOVING) == []
    expect(page.locator("main a").first).to_be_visible()
