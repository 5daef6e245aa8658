"""A document to safe HTML, without the database."""

from ..documents import MAX_CHARS
from .markdown import CALLOUTS, TAGS, Page, TooLong, markdown
from .pages import Rendered, render, unresolved

__all__ = ["CALLOUTS", "MAX_CHARS", "TAGS", "Page", "Rendered", "TooLong", "markdown", "render", "unresolved"]
