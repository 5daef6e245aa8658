"""An article out of its file.

A file starts with TOML front matter between lines of `+++`: slug, language, title, summary, author,
disclosure, status (`draft` or `published`), and where they are wanted translated_from, next_article,
condition, drug, `[quick_reference]`, `[[references]]`, `[[glossary]]` and `[[figures]]`. The text follows in
sections, each under a heading of the form `## What it is {#what-it-is patient}` (the reader is `patient` or
`clinician`). The section `## … {#questions}` holds one `### Question?` with its answer after the other. A
file has no way to claim a medical review.
"""

import re
import tomllib
from dataclasses import MISSING, fields
from typing import Any

from ..choices import Status
from .values import (
    MAX_BYTES,
    MAX_FILE,
    PARTS,
    QUESTIONS_ANCHOR,
    Document,
    Question,
    QuickReference,
    Section,
    check,
)

_HEADING = re.compile(
    r"## +(?P<heading>.+?) +\{#(?P<anchor>[^\s}]+)(?: +(?P<reader>[^\s}]+))?\}[ \t]*", re.ASCII
)
# A key of many dotted parts takes the reader of TOML a time that grows with their square.
MOST_DOTS = 500
# How a file starts; the other statuses come only by somebody's decision.
_STARTS = {"draft": Status.DRAFT, "published": Status.PUBLISHED}
# What the file calls differently.
_NAMES = {"author": "author_name"}


class DocumentError(ValueError):
    """This is not an article; the message says what is wrong with it, by line or by field."""


def decode(data: bytes) -> str:
    """The text in a file's bytes; DocumentError where it is too long or not UTF-8."""
    if len(data) > MAX_BYTES:
        raise DocumentError(f"The file is larger than {MAX_BYTES // 1024} KB.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise DocumentError(f"Line {line}: this is not UTF-8 text.") from error


def parse(text: str) -> tuple[Document, Status]:
    """The document in a file's text and the status that it should start with; DocumentError says why not."""
    if len(text) > MAX_FILE:
        raise DocumentError(f"The file is longer than {MAX_FILE} characters.")
    front, body, line = _split(_unified(text))
    if any(row.count(".") > MOST_DOTS for row in front.split("\n")):
        raise DocumentError(f"Front matter: a line has more than {MOST_DOTS} dots. Break it in two.")
    try:
        data = tomllib.loads(front)
    except RecursionError:
        raise DocumentError("Front matter: it is nested too deeply.") from None
    except ValueError as error:
        raise DocumentError(f"Front matter: {error}.") from error
    status = data.pop("status", "draft")
    if status not in _STARTS:
        raise DocumentError(
            "status: A file starts as draft or published; a review is never claimed by a file."
        )
    for name in ("sections", "questions", "questions_heading", *_NAMES.values()):
        if name in data:
            raise DocumentError(f"{name}: The front matter has no such field.")
    data.setdefault("disclosure", "")
    for theirs, ours in _NAMES.items():
        if theirs not in data:
            raise DocumentError(f"{theirs}: This is missing.")
        data[ours] = data.pop(theirs)
    sections, questions, heading = parse_text(body, line=line)
    document = _document(data | {"sections": sections, "questions": questions, "questions_heading": heading})
    for place, reason in check(document):
        raise DocumentError(f"{place}: {reason}")
    return document, _STARTS[status]


def parse_text(body: str, *, line: int = 1) -> tuple[tuple[Section, ...], tuple[Question, ...], str]:
    """Sections, questions and the questions' heading in a text whose first line is number `line`."""
    sections: list[Section] = []
    questions: tuple[Question, ...] = ()
    questions_heading = ""
    for heading, number, text in _under_headings(body, line):
        anchor, reader = heading["anchor"], heading["reader"] or ""
        if anchor == QUESTIONS_ANCHOR:
            if questions:
                raise DocumentError(f"Line {number}: The questions are there twice.")
            questions, questions_heading = _questions(text, number + 1), heading["heading"]
            if not questions:
                raise DocumentError(
                    f"Line {number}: Each question stands in a line of its own: ### Question?"
                )
        else:
            section = Section(heading["heading"], anchor, reader, text.strip())
            for place, reason in check(section):
                raise DocumentError(f"Line {number}: {place}: {reason}")
            sections.append(section)
    return tuple(sections), questions, questions_heading


def _unified(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _split(text: str) -> tuple[str, str, int]:
    """Front matter, text, and the number of the line that the text starts on."""
    parts = re.split(r"^\+\+\+[ \t]*$", text, maxsplit=2, flags=re.M)
    if len(parts) != 3:
        raise DocumentError("Line 1: The front matter must stand between two lines of +++.")
    opening, front, body = parts
    if opening.strip():
        raise DocumentError("Line 1: The file must start with +++.")
    # Lines are counted as in the file, also by the reader of TOML.
    front = "\n" * opening.count("\n") + front
    return front, body, front.count("\n") + 1


def _under_headings(body: str, line: int) -> list[tuple[re.Match[str], int, str]]:
    """Each heading of a section with the number of its line and the text under it."""
    found: list[tuple[re.Match[str], int, list[str]]] = []
    for number, text in enumerate(_unified(body).split("\n"), line):
        if text.startswith("## "):
            if not (heading := _HEADING.fullmatch(text)):
                raise DocumentError(
                    f"Line {number}: A section starts like this: ## Heading {{#anchor patient}}. "
                    "A heading within a section starts with ###."
                )
            found.append((heading, number, []))
        elif found:
            found[-1][2].append(text)
        elif text.strip():
            raise DocumentError(
                f"Line {number}: The text must start with a section: ## Heading {{#anchor patient}}."
            )
    if not found:
        raise DocumentError(f"Line {line}: There is no section: ## Heading {{#anchor patient}}.")
    return [(heading, number, "\n".join(lines)) for heading, number, lines in found]


def _questions(text: str, line: int) -> tuple[Question, ...]:
    found: list[tuple[str, int, list[str]]] = []
    for number, row in enumerate(text.split("\n"), line):
        if row.startswith("### "):
            found.append((row[4:].strip(), number, []))
        elif found:
            found[-1][2].append(row)
        elif row.strip():
            raise DocumentError(f"Line {number}: Before this an answer needs its question: ### Question?")
    questions = [(Question(question, "\n".join(rows).strip()), number) for question, number, rows in found]
    for question, number in questions:
        for place, reason in check(question):
            raise DocumentError(f"Line {number}: {place}: {reason}")
    return tuple(question for question, _number in questions)


def _document(data: dict[str, Any]) -> Document:
    for name, part in PARTS.items():
        if name in ("sections", "questions"):
            continue
        rows = data.get(name, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise DocumentError(f"{name}: This must be a list of tables: [[{name}]].")
        data[name] = tuple(_part(part, row, f"{name}, number {n}: ") for n, row in enumerate(rows, 1))
    quick = data.get("quick_reference", {})
    if not isinstance(quick, dict):
        raise DocumentError("quick_reference: This must be a table: [quick_reference].")
    data["quick_reference"] = _part(QuickReference, quick, "quick_reference: ")
    return _part(Document, data, "")


def _part(part: Any, data: dict[str, Any], where: str) -> Any:
    """A value of the class `part`, its text without space around it."""
    known = {item.name: item for item in fields(part)}
    for name in data:
        if name not in known:
            raise DocumentError(f"{where}{name}: There is no such field.")
    for name, item in known.items():
        if name not in data and item.default is MISSING:
            raise DocumentError(f"{where}{name}: This is missing.")
    return part(**{name: value.strip() if isinstance(value, str) else value for name, value in data.items()})
