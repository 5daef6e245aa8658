"""An article into its file: the same document always gives the same text, and `parse` gives it back."""

from dataclasses import MISSING, asdict, fields
from json import dumps
from typing import Any

from ..choices import PUBLIC, Reader, Status
from .values import QUESTIONS_ANCHOR, Document, Section

_FIRST = ("slug", "language", "status", "title", "summary", "author", "disclosure")
_OPTIONAL = ("translated_from", "next_article", "condition", "drug")


def dump(document: Document, status: Status) -> str:
    """The file; of the status it says only whether readers get the article."""
    start = "published" if status in PUBLIC else "draft"
    known = {**vars(document), "status": start, "author": document.author_name}
    lines = ["+++", *(_pair(name, known[name]) for name in _FIRST)]
    lines += [_pair(name, known[name]) for name in _OPTIONAL if known[name]]
    if document.quick_reference:
        lines += ["", "[quick_reference]"]
        lines += [_pair(name, text) for name, text in asdict(document.quick_reference).items() if text]
    for name in ("references", "glossary", "figures"):
        for part in getattr(document, name):
            lines += ["", f"[[{name}]]", *_pairs(part)]
    return "\n".join([*lines, "+++", "", dump_text(document)])


def dump_text(document: Document) -> str:
    """Sections and questions; the questions stand before the first section for clinicians."""
    blocks = [_section(section) for section in document.sections]
    if document.questions:
        heading = document.questions_heading or "Questions and answers"
        answers = [f"### {question.question}\n\n{question.answer}" for question in document.questions]
        blocks.insert(
            before_clinicians(document), "\n\n".join([f"## {heading} {{#{QUESTIONS_ANCHOR}}}", *answers])
        )
    return "\n\n".join(blocks) + "\n"


def before_clinicians(document: Document) -> int:
    """How many sections stand before what is for clinicians only."""
    readers = [section.reader for section in document.sections]
    return readers.index(Reader.CLINICIAN.value) if Reader.CLINICIAN in readers else len(readers)


def _section(section: Section) -> str:
    return f"## {section.heading} {{#{section.anchor} {section.reader}}}\n\n{section.body}"


def _pairs(part: Any) -> list[str]:
    """What must be there, and what else says something."""
    return [
        _pair(item.name, getattr(part, item.name))
        for item in fields(part)
        if item.default is MISSING or getattr(part, item.name) != item.default
    ]


def _pair(name: str, value: Any) -> str:
    return f"{name} = {_toml(value)}"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if "\n" not in value or "+++" in value:
        # JSON escapes as TOML does, and no line of it can end the front matter.
        return dumps(value, ensure_ascii=False)
    if "'''" not in value and not value.endswith("'"):
        return f"'''\n{value}'''"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"""\n{escaped}"""'
