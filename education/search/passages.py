"""A rendered article to the parts of it that can be found, without the database.

What is read is the HTML that readers get, so nothing is found that a page doesn't show.
"""

import re
from dataclasses import dataclass, field
from enum import IntEnum
from html.parser import HTMLParser

from . import words

# Marks of the text that are not its words: citations, and ways back to them.
_LEFT_OUT_CLASSES = {"cite", "backs"}
_LEFT_OUT_TAGS = {"svg", "script", "style"}
_VOID = {"br", "hr", "img", "input", "link", "meta", "wbr"}
_HEADINGS = {"h2", "h3", "h4", "dt"}
_BLOCKS = {"p", "li", "tr", "div", "section", "td", "th", "dd", "figure", "figcaption", "table", "ul", "ol"}
_BLOCKS |= {"summary", "details", "blockquote", "br"} | _HEADINGS


class Kind(IntEnum):
    """What a part is; the number is how much a word in its heading counts."""

    TITLE = 60
    QUESTION = 30
    SECTION = 15
    TERM = 7


# A word in running text counts once for each time it stands in a part, up to this.
MOST_IN_TEXT = 3


@dataclass
class Passage:
    """A part under a heading. `anchor` is where it stands on the page; empty for the page's top."""

    kind: Kind
    anchor: str
    heading: str = ""
    text: str = ""

    def weights(self, language: str) -> dict[str, int]:
        """Each stem in the passage with what it counts there."""
        counts: dict[str, int] = {}
        for word in words.words(self.text, language):
            counts[word.stem] = min(counts.get(word.stem, 0) + 1, MOST_IN_TEXT)
        for word in words.words(self.heading, language):
            counts[word.stem] = max(counts.get(word.stem, 0), self.kind)
        return counts


def passages(title: str, summary: str, html: str) -> list[Passage]:
    """The page's top, then every part of its rendered text in order."""
    reading = _Reading()
    reading.feed(html)
    reading.close()
    found = [Passage(Kind.TITLE, "", title, summary), *reading.found]
    for passage in found:
        passage.heading = _tidy(passage.heading)
        passage.text = _tidy(passage.text)
    return [passage for passage in found if passage.heading or passage.text]


def plain(html: str) -> str:
    """The words of some HTML, one space between blocks."""
    reading = _Reading()
    reading.feed(f'<section id="x">{html}</section>')
    reading.close()
    return _tidy(" ".join(f"{passage.heading} {passage.text}" for passage in reading.found))


def _tidy(text: str) -> str:
    text = re.sub(r"\s+", " ", words.normal(text)).strip()
    return re.sub(r" ([.,;:!?)])", r"\1", text)


@dataclass
class _Element:
    tag: str
    left_out: bool
    is_heading: bool = False


@dataclass
class _Reading(HTMLParser):
    """A part starts at each heading with an anchor; other headings are text of the part around them."""

    found: list[Passage] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[_Element] = []
        self._anchor = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag in _BLOCKS:
            self._add(" ")
        if tag in _VOID:
            return
        around = self._open[-1] if self._open else _Element("", False)
        left_out = (
            around.left_out
            or tag in _LEFT_OUT_TAGS
            or bool(_LEFT_OUT_CLASSES & set(attributes.get("class", "").split()))
        )
        element = _Element(tag, left_out)
        self._open.append(element)
        if left_out:
            return
        anchor = attributes.get("id", "")
        if tag == "section" and anchor:
            self._anchor = anchor
            self.found.append(Passage(Kind.SECTION, anchor))
        elif anchor.startswith("term-"):
            self.found.append(Passage(Kind.TERM, anchor))
            element.is_heading = tag == "dt"
        elif tag in ("h3", "h4") and anchor:
            kind = Kind.QUESTION if anchor.startswith("question-") else Kind.SECTION
            self.found.append(Passage(kind, anchor))
            element.is_heading = True
        elif tag in ("h2", "dt") and self.found and not self.found[-1].heading:
            element.is_heading = tag == "h2" or not self.found[-1].text.strip()

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._add(" ")
        if any(element.tag == tag for element in self._open):
            while self._open.pop().tag != tag:
                pass
        if tag in ("section", "dl") and self.found:
            # What follows belongs to no part yet.
            self.found.append(Passage(Kind.SECTION, self._anchor))

    def handle_data(self, data: str) -> None:
        if not (self._open and self._open[-1].left_out):
            self._add(data)

    def _add(self, text: str) -> None:
        if not self.found:
            if not text.strip():
                return
            self.found.append(Passage(Kind.SECTION, ""))
        if any(element.is_heading for element in self._open):
            self.found[-1].heading += text
        else:
            self.found[-1].text += text
