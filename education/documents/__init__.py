"""An article as plain values, and as one Markdown file: what `parse` reads, `dump` writes, without loss."""

from .reading import DocumentError, decode, parse, parse_text
from .values import (
    MAX_BYTES,
    MAX_CHARS,
    MAX_FILE,
    QUESTIONS_ANCHOR,
    QUICK_REFERENCE_ANCHOR,
    Document,
    Figure,
    Question,
    QuickReference,
    Reference,
    Section,
    Term,
    check,
    slug_of,
)
from .writing import before_clinicians, dump, dump_text

__all__ = [
    "MAX_BYTES",
    "MAX_CHARS",
    "MAX_FILE",
    "QUESTIONS_ANCHOR",
    "QUICK_REFERENCE_ANCHOR",
    "Document",
    "DocumentError",
    "Figure",
    "Question",
    "QuickReference",
    "Reference",
    "Section",
    "Term",
    "before_clinicians",
    "check",
    "decode",
    "dump",
    "dump_text",
    "parse",
    "parse_text",
    "slug_of",
]
