"""What changed from one text of an article to another, part by part and word by word."""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from difflib import SequenceMatcher
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .documents import QUICK_REFERENCE_ANCHOR, Document

# Beyond this a text is shown as replaced: comparing takes a time that grows with the square of its length.
MOST_LINES = 1000
MOST_WORDS = 800
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
_FIELDS = {
    "title": gettext_lazy("Title"),
    "summary": gettext_lazy("One-line answer"),
    "author_name": gettext_lazy("Author"),
    "disclosure": gettext_lazy("Disclosure"),
    "translated_from": gettext_lazy("Translated from"),
    "next_article": gettext_lazy("What to read next"),
    "condition": gettext_lazy("Condition"),
    "drug": gettext_lazy("Drug"),
}


@dataclass(frozen=True)
class Piece:
    """Some of a text: `kind` is "same", "gone", "new", or "skipped" where nothing changed for lines."""

    kind: str
    text: str


@dataclass(frozen=True)
class Change:
    """`kind` is "changed", "gone" or "new"; `place` the anchor of the part where it has one."""

    label: str
    kind: str
    pieces: tuple[Piece, ...]
    place: str = ""


def compare(old: Document, new: Document) -> list[Change]:
    """The parts that differ, in the order of the new text; those that are gone come last."""
    before, after = _parts(old), _parts(new)
    changes = []
    for key, (label, text) in after.items():
        place = key.partition(" ")[2]
        if key not in before:
            changes.append(Change(label, "new", (Piece("new", text),), place))
        elif before[key][1] != text:
            changes.append(Change(label, "changed", tuple(_pieces(before[key][1], text)), place))
    for key, (label, text) in before.items():
        if key not in after:
            changes.append(Change(label, "gone", (Piece("gone", text),)))
    if not changes and old.digest() != new.digest():
        changes.append(Change(_("Order"), "changed", (Piece("same", _("Parts stand in another order.")),)))
    return changes


def _parts(document: Document) -> dict[str, tuple[str, str]]:
    """Each part under a key that it keeps from text to text: its label, and its text."""
    parts = {name: (str(label), getattr(document, name)) for name, label in _FIELDS.items()}
    for section in document.sections:
        text = f"{section.heading} ({section.reader})\n{section.body}"
        parts[f"section {section.anchor}"] = (section.heading, text)
    for question in document.questions:
        parts[f"question {question.question}"] = (question.question, question.answer)
    for name, text in asdict(document.quick_reference).items():
        parts[f"{name} {QUICK_REFERENCE_ANCHOR}"] = (_("Quick reference"), text)
    for reference in document.references:
        parts[f"reference ref-{reference.number}"] = (
            _("Reference %d") % reference.number,
            _listed(reference),
        )
    for term in document.glossary:
        parts[f"term {term.term}"] = (_("Glossary: %s") % term.term, term.definition)
    for figure in document.figures:
        parts[f"figure figure-{figure.name}"] = (_("Figure: %s") % figure.title, _listed(figure))
    return {key: (label, text) for key, (label, text) in parts.items() if text}


def _listed(part: Any) -> str:
    values = ((item.name, getattr(part, item.name)) for item in fields(part))
    return "\n".join(f"{name}: {value}" for name, value in values if value not in ("", False))


def _pieces(old: str, new: str) -> Iterator[Piece]:
    before, after = old.split("\n"), new.split("\n")
    if max(len(before), len(after)) > MOST_LINES:
        yield from (Piece("gone", old), Piece("new", new))
        return
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        gone, come = "\n".join(before[i1:i2]), "\n".join(after[j1:j2])
        if kind == "equal":
            yield Piece("skipped", come)
        elif kind == "replace":
            yield from _words(gone, come)
        elif gone:
            yield Piece("gone", gone)
        elif come:
            yield Piece("new", come)


def _words(old: str, new: str) -> Iterator[Piece]:
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    if max(len(before), len(after)) > MOST_WORDS:
        yield from (Piece("gone", old), Piece("new", new))
        return
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        gone, come = "".join(before[i1:i2]), "".join(after[j1:j2])
        if kind == "equal":
            yield Piece("same", come)
            continue
        if gone:
            yield Piece("gone", gone)
        if come:
            yield Piece("new", come)
