"""What an article is made of. Each field says how long it may be and what it must look like."""

import re
from collections.abc import Iterator
from dataclasses import Field, asdict, dataclass, field, fields
from hashlib import sha256
from json import dumps
from typing import Any

from django.conf import settings
from django.utils.text import slugify

from ..choices import Kind, Reader

# One block of Markdown; the longest section of the first article has a tenth of it.
MAX_CHARS = 40_000
# A whole file; the first article has a tenth of it.
MAX_FILE = 400_000
MAX_BYTES = 512 * 1024
QUESTIONS_ANCHOR = "questions"
QUICK_REFERENCE_ANCHOR = "quick-reference"

_TYPES: dict[Any, str] = {str: "text", int: "a number", bool: "true or false"}
SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*"
# What stands at `/education/search/` is no article.
ADDRESS = rf"(?!search$){SLUG}"
# Ids that the page itself uses, or makes from numbers and names.
ANCHOR = (
    r"(?!(?:ref|cite|question|id|term|figure|csp)-)"
    r"(?!(?:main|contents|questions|references|glossary|help|disclaimer|share|feedback|updates)$)"
    r"[a-z][a-z0-9-]*"
)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def _text(
    most: int,
    *,
    optional: bool = False,
    empty: bool = False,
    lines: bool = False,
    pattern: str = "",
    among: Any = (),
) -> Any:
    """A field of text of at most that many characters; `lines` allows more than one line.

    An `optional` one may be left out; one that may be `empty` is asked for, so that nobody forgets it.
    """
    rule = {
        "most": most,
        "optional": optional or empty,
        "lines": lines,
        "pattern": pattern,
        "among": tuple(among),
    }
    return field(default="", metadata=rule) if optional else field(metadata=rule)


@dataclass(frozen=True)
class Section:
    heading: str = _text(120)
    anchor: str = _text(60, pattern=ANCHOR)
    reader: str = _text(10, among=Reader.values)
    body: str = _text(MAX_CHARS, lines=True)


@dataclass(frozen=True)
class Question:
    question: str = _text(200)
    answer: str = _text(MAX_CHARS, lines=True)


@dataclass(frozen=True)
class Reference:
    """A source. `text` is its citation as shown; `level` says in words how strong it is as evidence."""

    number: int = field(metadata={"most": 999})
    text: str = _text(500)
    kind: str = _text(12, among=Kind.values)
    level: str = _text(120, optional=True)
    url: str = _text(500, optional=True, pattern=r"https?://[^\s<>\"]+\.[^\s<>\"]+")
    doi: str = _text(120, optional=True, pattern=r"10\.\d{4,9}/\S+")
    to_be_checked: bool = False
    note: str = _text(300, optional=True)


@dataclass(frozen=True)
class Figure:
    """A drawing. `alternative` says in words everything that it shows."""

    name: str = _text(40, pattern=SLUG)
    title: str = _text(120)
    alternative: str = _text(3000, lines=True)
    svg: str = _text(MAX_CHARS, lines=True, pattern=r"<svg[\s\S]*</svg>")
    caption: str = _text(400, optional=True)


@dataclass(frozen=True)
class Term:
    term: str = _text(60)
    definition: str = _text(600, lines=True)


@dataclass(frozen=True)
class QuickReference:
    """What a clinician looks up, each row in Markdown with citations."""

    dose: str = _text(1500, optional=True, lines=True)
    rate: str = _text(1500, optional=True, lines=True)
    premedication: str = _text(1500, optional=True, lines=True)
    monitoring: str = _text(1500, optional=True, lines=True)
    red_flags: str = _text(1500, optional=True, lines=True)
    labeling: str = _text(1500, optional=True, lines=True)

    def __bool__(self) -> bool:
        return any(asdict(self).values())


@dataclass(frozen=True)
class Document:
    """`questions_heading` is the title of the questions in the article's language."""

    slug: str = _text(60, pattern=ADDRESS)
    language: str = _text(5, among=(code for code, _name in settings.LANGUAGES))
    title: str = _text(120)
    summary: str = _text(300)
    disclosure: str = _text(300, empty=True)
    author_name: str = _text(120)
    sections: tuple[Section, ...] = ()
    questions: tuple[Question, ...] = ()
    references: tuple[Reference, ...] = ()
    figures: tuple[Figure, ...] = ()
    glossary: tuple[Term, ...] = ()
    quick_reference: QuickReference = QuickReference()
    questions_heading: str = _text(120, optional=True)
    translated_from: str = _text(5, optional=True, among=(code for code, _name in settings.LANGUAGES))
    next_article: str = _text(60, optional=True, pattern=SLUG)
    condition: str = _text(120, optional=True)
    drug: str = _text(120, optional=True)

    @classmethod
    def of(cls, content: dict[str, Any]) -> "Document":
        """The document that `content()` was made of."""
        parts: dict[str, Any] = {
            name: tuple(part(**row) for row in content.get(name, ())) for name, part in PARTS.items()
        }
        plain = {name: value for name, value in content.items() if name not in (*PARTS, "quick_reference")}
        quick = QuickReference(**content.get("quick_reference", {}))
        return cls(**plain, **parts, quick_reference=quick)

    def content(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()
        }

    def digest(self) -> str:
        """A hex digest of everything that readers get: it changes when, and only when, the content does."""
        return sha256(dumps(self.content(), sort_keys=True).encode()).hexdigest()

    def texts(self) -> Iterator[tuple[str, str]]:
        """Every block of Markdown with the anchor of its place, in the order of the page."""
        for section in self.sections:
            yield section.anchor, section.body
        for number, question in enumerate(self.questions, 1):
            yield f"question-{number}", question.answer
        for text in asdict(self.quick_reference).values():
            yield QUICK_REFERENCE_ANCHOR, text
        for term in self.glossary:
            yield f"term-{slug_of(term.term)}", term.definition


# The parts that an article has many of.
PARTS: dict[str, Any] = {
    "sections": Section,
    "questions": Question,
    "references": Reference,
    "figures": Figure,
    "glossary": Term,
}
# How many it may have: all fields of all of them fit into one form (settings.DATA_UPLOAD_MAX_NUMBER_FIELDS).
MOST = {"sections": 60, "questions": 60, "references": 60, "figures": 12, "glossary": 50}


def slug_of(term: str) -> str:
    return slugify(term) or "term"


def check(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """What is wrong with a part or a document: names of fields, each with a sentence."""
    for item in fields(value):
        content = getattr(value, item.name)
        place = f"{where}{item.name}"
        if isinstance(content, tuple):
            if len(content) > MOST[item.name]:
                yield place, f"There are more than {MOST[item.name]}."
            for number, part in enumerate(content, 1):
                yield from check(part, f"{place}, number {number}: ")
        elif isinstance(content, QuickReference):
            yield from check(content, f"{place}: ")
        else:
            for reason in _faults(item, content):
                yield place, reason
    if isinstance(value, Document):
        yield from _doubles(value)


def _faults(item: "Field[Any]", value: Any) -> Iterator[str]:
    rule = item.metadata
    if type(value) is not item.type:
        yield f"This must be {_TYPES[item.type]}."
    elif isinstance(value, int) and rule:
        if not 1 <= value <= rule["most"]:
            yield f"This must be from 1 to {rule['most']}."
    elif isinstance(value, str):
        if not value and not rule["optional"]:
            yield "This is missing."
        elif len(value) > rule["most"]:
            yield f"This is longer than {rule['most']} characters."
        elif _UNPRINTABLE.search(value):
            yield "This holds a character that can’t be printed."
        elif "\n" in value and not rule["lines"]:
            yield "This must stand in one line."
        elif value and rule["among"] and value not in rule["among"]:
            yield f"“{value[:40]}” is none of these: {', '.join(rule['among'])}."
        elif value and rule["pattern"] and not re.fullmatch(rule["pattern"], value):
            yield f"“{value[:60]}” is not of the form that is needed here."


def _doubles(document: Document) -> Iterator[tuple[str, str]]:
    anchors = [section.anchor for section in document.sections]
    if document.quick_reference:
        anchors.append(QUICK_REFERENCE_ANCHOR)
    groups: dict[str, list[Any]] = {
        "sections": anchors,
        "references": [reference.number for reference in document.references],
        "figures": [figure.name for figure in document.figures],
        "glossary": [slug_of(term.term) for term in document.glossary],
    }
    for name, keys in groups.items():
        for key in sorted({key for key in keys if keys.count(key) > 1}, key=str):
            yield name, f"“{key}” is there twice."
