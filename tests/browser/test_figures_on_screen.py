"""The articles' drawings on a phone and a wide screen: no word is cut off, covers another, or is tiny."""

from typing import Any

import pytest

ADDRESSES = [
    "/education/ivig-for-polymyositis/",
    "/es/education/ivig-for-polymyositis/",
]
# Every word's box on the screen with its font's size, drawing by drawing, and the drawing's own box.
WORDS = """() => [...document.querySelectorAll(".figure svg")].map(svg => {
  const box = e => { const r = e.getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom] }
  return {
    box: box(svg),
    words: [...svg.querySelectorAll("text")].map(text => ({
      text: text.textContent,
      box: box(text),
      size: parseFloat(getComputedStyle(text).fontSize) * svg.getScreenCTM().a,
    })),
  }
})"""


@pytest.mark.usefixtures("article")
@pytest.mark.parametrize("width", [320, 700])
@pytest.mark.parametrize("address", ADDRESSES)
def test_every_word_of_a_drawing_can_be_read(page: Any, live_url: str, address: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(live_url + address)
    drawings = page.evaluate(WORDS)
    assert len(drawings) == 3
    for drawing in drawings:
        left, top, right, bottom = drawing["box"]
        for i, word in enumerate(drawing["words"]):
            assert word["size"] >= 10, word
            assert min(word["box"][0] - left, right - word["box"][2]) > -1, word
            assert min(word["box"][1] - top, bottom - word["box"][3]) > -1, word
            for other in drawing["words"][:i]:
                assert not overlap(word["box"], other["box"]), (word, other)


def overlap(one: list[float], other: list[float]) -> bool:
    """Lines that follow each other share some air: only what covers letters counts."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return wide > 1 and high > 0.3 * (one[3] - one[1])
