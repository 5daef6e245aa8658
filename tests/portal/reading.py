"""Reading a page as a visitor's browser does."""

from html.parser import HTMLParser
from typing import NamedTuple

LINES = {
    "tel:+18775950757": "For current patients, or if you are not sure",
    "tel:+18776027779": "For people who are not patients yet",
}


class Element(NamedTuple):
    tag: str
    attrs: dict[str, str]
    text: str


class _Reader(HTMLParser):
    VOID = {"meta", "link", "br", "input", "img", "hr"}

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, dict[str, str], list[str]]] = []
        self.elements: list[Element] = []

    def handle_starttag(self, tag, attrs):
        if tag in self.VOID:
            self.elements.append(Element(tag, dict(attrs), ""))
        else:
            self.open.append((tag, dict(attrs), []))

    def handle_startendtag(self, tag, attrs):
        self.elements.append(Element(tag, dict(attrs), ""))

    def handle_data(self, data):
        for _tag, _attrs, text in self.open:
            text.append(data)

    def handle_endtag(self, tag):
        # A stray or missing end tag is a fault of the page.
        opened, attrs, text = self.open.pop()
        assert opened == tag, f"</{tag}> closes <{opened}>"
        self.elements.append(Element(tag, attrs, " ".join("".join(text).split())))


class Page:
    def __init__(self, response) -> None:
        reader = _Reader()
        self.html = response.content.decode()
        reader.feed(self.html)
        assert not reader.open, f"not closed: {[tag for tag, _attrs, _text in reader.open]}"
        self.elements = reader.elements

    def all(self, *tags: str) -> list[Element]:
        return [element for element in self.elements if element.tag in tags]

    @property
    def h1(self) -> str:
        (heading,) = self.all("h1")
        return heading.text

    @property
    def text(self) -> str:
        (body,) = self.all("body")
        return body.text

    def calls(self, tel: str) -> list[str]:
        """What the links to a number say."""
        return [link.text for link in self.all("a") if link.attrs.get("href") == tel]

    def assert_lines_labelled(self, lines: dict[str, str] = LINES) -> None:
        for tel, audience in lines.items():
            said = self.calls(tel)
            number = f"{tel[6:9]}-{tel[9:12]}-{tel[12:]}"
            assert any(audience in text and number in text for text in said), f"{tel}: {said}"
