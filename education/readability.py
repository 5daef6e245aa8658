"""How hard English is to read: the Flesch-Kincaid grade, 0.39·words/sentence + 11.8·syllables/word − 15.59.

Two counts, because no counter of syllables is right about English. `grade` is meant to be fair: a list
item, a heading or a cell ends a sentence, as it does for a reader, and silent letters are not counted.
`harsh_grade` leans the other way wherever there is doubt: only punctuation ends a sentence and every group
of vowels counts. Both are 0 for a text without words.
"""

import re
from collections.abc import Callable
from html.parser import HTMLParser

# The hardest that text for patients, and what tells them to act, may be.
PATIENT_GRADE = 8
WARNING_GRADE = 6

_BLOCKS = {
    "p",
    "li",
    "h1",
    "h2",
    "h3",
    "h4",
    "td",
    "th",
    "dt",
    "dd",
    "div",
    "section",
    "ul",
    "ol",
    "summary",
} | {"figcaption"}
_VOID = {"br", "hr", "img", "input", "link", "meta"}
Wanted = Callable[[str, dict[str, str | None]], bool]


class _Text(HTMLParser):
    """Text of the elements that `wanted(tag, attributes)` picks, a block on each line.

    Citations and drawings are left out: nobody reads them as sentences.
    """

    def __init__(self, wanted: Wanted) -> None:
        super().__init__()
        self.wanted = wanted
        # For each open element: inside a wanted one, inside one that is left out.
        self.stack: list[tuple[bool, bool]] = []
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n")
        if tag in _VOID:
            return
        inside, left_out = self.stack[-1] if self.stack else (False, False)
        attributes = dict(attrs)
        left_out = left_out or tag == "svg" or attributes.get("class") == "cite"
        self.stack.append((inside or self.wanted(tag, attributes), left_out))

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID and self.stack:
            self.stack.pop()
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if self.stack and self.stack[-1] == (True, False):
            self.parts.append(data)


def patient_text(html: str) -> str:
    return text_of(html, lambda tag, attributes: attributes.get("data-reader") == "patient")


def warnings(html: str) -> str:
    """The call-outs that tell a reader to act."""
    return text_of(html, _is_warning)


def _is_warning(tag: str, attributes: dict[str, str | None]) -> bool:
    classes = (attributes.get("class") or "").split()
    return "callout" in classes and "card--good" not in classes


def text_of(html: str, wanted: Wanted) -> str:
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
    if not words:
        return 0.0
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
