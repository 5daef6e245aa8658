"""A visitor who has no pointer."""

from typing import Any

# Something of the element must be seen. A long text box may reach below the bar at a phone's foot.
SEEN = """element => {
    const {left, right, top, height} = element.getBoundingClientRect()
    const hits = [0.1, 0.5, 0.9].map(part =>
        document.elementFromPoint((left + right) / 2, top + part * height))
    // The link of a row outlines all of the row.
    const outlined = [null, "::after"].some(part => {
        const {outlineStyle, outlineWidth} = getComputedStyle(element, part)
        return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2
    })
    return {seen: hits.some(hit => hit && (element.contains(hit) || hit.contains(element))), outlined}
}"""
MOST_STEPS = 120


class Keyboard:
    """Keys only; every element that takes the focus on the way must show it, and must not be covered."""

    def __init__(self, page: Any) -> None:
        self.page, self.press = page, page.keyboard.press

    def follow(self, key: str) -> None:
        """Press a key that leads to another page, and wait for it."""
        with self.page.expect_navigation():
            self.press(key)

    def to(self, selector: str) -> None:
        """Go on by Tab until the element has the focus."""
        for _step in range(MOST_STEPS):
            self.press("Tab")
            focused = self.page.locator(":focus")
            assert focused.count() == 1, f"the focus left the page before {selector}"
            name = focused.evaluate("element => element.outerHTML.slice(0, 100)")
            assert focused.evaluate(SEEN) == {"seen": True, "outlined": True}, name
            if focused.evaluate("(element, selector) => element.matches(selector)", selector):
                return
        raise AssertionError(f"{selector} can't be reached")

    def type(self, selector: str, text: str) -> None:
        self.to(selector)
        self.page.keyboard.type(text)
