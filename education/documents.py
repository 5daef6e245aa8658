"""An article as plain values, and how it is read from one Markdown file.

A file starts with TOML front matter between lines of `+++`: slug, language, title, summary, disclosure,
author, status and `[[references]]`. The text follows in sections, each under a heading of the form
`## What it is {#what-it-is patient}` (the reader is `patient` or `clinician`). The section
`## … {#questions}` holds one `### Question?` with its answer after the other. A file has no way to claim a
medical review.
"""

import re
import tomllib
from dataclasses import asdict, dataclass
from hashlib import sha256
from json import dumps

from .choices import Kind, Reader, Status

QUESTIONS_ANCHOR = "questions"
_SECTION = re.compile(r"^## (?P<heading>.+?) \{#(?P<anchor>[a-z][a-z0-9-]*)(?: (?P<reader>[a-z]+))?\}$", re.M)
_QUESTION = re.compile(r"^### (?P<question>.+)$", re.M)


class DocumentError(ValueError):
    """The file is not an article; the message says what is wrong with it."""


@dataclass(frozen=True)
class Section:
    heading: str
    anchor: str
    reader: str
    body: str


@dataclass(frozen=True)
class Question:
    question: str
    answer: str


@dataclass(frozen=True)
class Reference:
    number: int
    text: str
    kind: str
    level: str = ""
    url: str = ""
    doi: str = ""
    to_be_checked: bool = False
    note: str = ""


@dataclass(frozen=True)
class Document:
    slug: str
    language: str
    title: str
    summary: str
    disclosure: str
    author_name: str
    sections: tuple[Section, ...]
    questions: tuple[Question, ...]
    references: tuple[Reference, ...]

    def digest(self) -> str:
        """A hex digest of everything that readers get: it changes when, and only when, the content does."""
        return sha256(dumps(asdict(self), sort_keys=True).encode()).hexdigest()


def parse(text: str) -> tuple[Document, Status]:
    """The document in a file's text and the status that it should start with; DocumentError says why not."""
    opening, front, body = _split(text)
    if opening.strip():
        raise DocumentError("The file must start with +++.")
    try:
        data = tomllib.loads(front)
        status = Status(data.pop("status"))
        references = tuple(Reference(**reference) for reference in data.pop("references", []))
        for reference in references:
            Kind(reference.kind)
        sections, questions = _sections(body)
        document = Document(
            author_name=data.pop("author"),
            sections=sections,
            questions=questions,
            references=references,
            **data,
        )
    except KeyError as error:
        raise DocumentError(f"The front matter lacks {error}.") from error
    except (TypeError, ValueError) as error:
        raise DocumentError(str(error)) from error
    return document, status


def _split(text: str) -> list[str]:
    parts = re.split(r"^\+\+\+$", text, maxsplit=2, flags=re.M)
    if len(parts) != 3:
        raise DocumentError("The front matter must stand between two lines of +++.")
    return parts


def _sections(body: str) -> tuple[tuple[Section, ...], tuple[Question, ...]]:
    headings = list(_SECTION.finditer(body))
    if not headings or body[: headings[0].start()].strip():
        raise DocumentError("The text must start with a section: ## Heading {#anchor patient}.")
    sections: list[Section] = []
    questions: tuple[Question, ...] = ()
    for heading, end in zip(headings, [*(h.start() for h in headings[1:]), len(body)], strict=True):
        text = body[heading.end() : end].strip()
        if heading["anchor"] == QUESTIONS_ANCHOR:
            questions = _questions(text)
        else:
            reader = Reader(heading["reader"] or "")
            sections.append(Section(heading["heading"], heading["anchor"], reader.value, text))
    return tuple(sections), questions


def _questions(text: str) -> tuple[Question, ...]:
    found = list(_QUESTION.finditer(text))
    ends = [*(question.start() for question in found[1:]), len(text)]
    return tuple(
        Question(question["question"], text[question.end() : end].strip())
        for question, end in zip(found, ends, strict=True)
    )
