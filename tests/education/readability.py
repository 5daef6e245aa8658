"""How hard a page is to read: the Flesch-Kincaid grade of the elements that match, from rendered HTML.

Two counts, because no counter of syllables is right about English. `grade` is meant to be fair: a list
item, a heading or a cell ends a sentence, as it does for a reader, and silent letters are not counted.
`harsh_grade` leans the other way wherever there is doubt: only punctuation ends a sentence and every group
of vowels counts.
"""

import re
from collections.abc import Callable
from html.parser import HTMLParser

_BLOCKS = {"p", "li", "h1", "h2", "h3", "h4", "td", "th", "dt", "dd", "div", "section", "ul", "ol"}
_VOID = {"br", "hr", "img", "input", "link", "meta"}


class _Text(HTMLParser):
    """Text of the elements that `wanted(tag, attributes)` picks, without citations, a block on each line."""

    def __init__(self, wanted: Callable[[str, dict[str, str | None]], bool]) -> None:
        super().__init__()
        self.wanted = wanted
        self.stack: list[
            tuple[bool, bool]
        ] = []  # for each open element: inside a wanted one, inside a citation
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n")
        if tag in _VOID:
            return
        inside, cited = self.stack[-1] if self.stack else (False, False)
        attributes = dict(attrs)
        self.stack.append(
            (inside or self.wanted(tag, attributes), cited or attributes.get("class") == "cite")
        )

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID and self.stack:
            self.stack.pop()
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if self.stack and self.stack[-1] == (True, False):
            self.parts.append(data)


def patient_text(html: str) -> str:
    return _text(html, lambda tag, attributes: attributes.get("data-reader") == "patient")


def warnings(html: str) -> str:
    return _text(html, lambda tag, attributes: "callout" in (attributes.get("class") or "").split())


def _text(html: str, wanted: Callable[[str, dict[str, str | None]], bool]) -> str:
    parser = _Text(wanted)
    parser.feed(html)
    return re.sub(r"\s*\n\s*", "\n", "".join(parser.parts)).strip()


def grade(text: str) -> float:
    sentences = [s for s in re.split(r"[.!?:;]+(?:\s|$)|\n", text) if _words(s)]
    return _formula(text, len(sentences), _syllables)


def harsh_grade(text: str) -> float:
    sentences = [s for s in re.split(r"[.!?]+(?:\s|$)", text) if _words(s)]
    return _formula(text, len(sentences), _vowel_groups)


def _formula(text: str, sentences: int, syllables: Callable[[str], int]) -> float:
    words = _words(text)
    return 0.39 * len(words) / sentences + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def _words(text: str) -> list[str]:
    return re.findall(r"[A-Za-z]+(?:['’][A-Za-z]+)?|\d+", text)


# Words of the subject that the rule below gets wrong.
_KNOWN = {"iga": 3, "diabetes": 4, "creatine": 3, "creatinine": 4, "reaction": 3, "area": 3, "idea": 3}


def _syllables(word: str) -> int:
    if word.isdigit() or (word.isupper() and len(word) < 5):
        return len(word)  # read out one by one: 911, IVIG
    word = word.lower()
    if word in _KNOWN:
        return _KNOWN[word]
    groups = len(re.findall(r"[aeiouy]+", word))
    groups += len(re.findall(r"i[aou](?!us|n\b|l\b)|uou|yo|[aeiouy]ing\b", word))  # di-a, my-o, go-ing
    if re.search(r"[^aeiouyl]e$|[^aeiouytd]ed$|[^aeiouyslxzcgh]es$|[aeiouy]le$", word):
        groups -= 1  # mak(e), pool(ed), giv(es), whil(e)
    return max(groups, 1)


def _vowel_groups(word: str) -> int:
    return len(word) if word.isdigit() else max(len(re.findall(r"[aeiouy]+", word.lower())), 1)
