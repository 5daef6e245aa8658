"""What the tests read out of a rendered page."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

# The first article.
SLUG = "ivig-for-polymyositis"
ADDRESS = f"/education/{SLUG}/"

VOID = {"br", "hr", "img", "input", "link", "meta"}
BLOCKS = {"p", "li", "tr"}


@dataclass
class Block:
    """A paragraph, list item or table row: its text, the references it cites, and who it is for."""

    reader: str
    text: str = ""
    cites: set[int] = field(default_factory=set)


class Page(HTMLParser):
    """`tags` holds every start tag with its attributes, `blocks` every Block in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.blocks: list[Block] = []
        self._open: list[tuple[str, str, Block | None]] = []
        self.feed(html)
        self.close()
        for block in self.blocks:
            block.text = re.sub(r"\s+", " ", re.sub(r" ?\[[\d, ]+\]", "", block.text)).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.tags.append((tag, attributes))
        _tag, reader, block = self._open[-1] if self._open else ("", "", None)
        reader = attributes.get("data-reader", reader)
        if tag in BLOCKS:
            block = Block(reader)
            self.blocks.append(block)
        if block and (cited := re.fullmatch(r"#ref-(\d+)", attributes.get("href", ""))):
            block.cites.add(int(cited[1]))
        if tag not in VOID:
            self._open.append((tag, reader, block))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._open and (block := self._open[-1][2]):
            block.text += data

    def all(self, attribute: str) -> list[str]:
        return [attributes[attribute] for _tag, attributes in self.tags if attribute in attributes]
