"""Pages that are made once, with marks in place of what differs from one visitor to the next.

Making such a page costs more than all the rest of an answer, and most of it is the same for everybody.
"""

import re
from collections.abc import Callable, Hashable, Mapping

from django.utils.html import conditional_escape


class Moulds:
    """Copies in this process of pages of one kind, by what is `shown`; at most `most` of them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[Hashable, list[str]] = {}

    def page(
        self, shown: Hashable, render: Callable[[dict[str, str]], str], values: Mapping[str, str]
    ) -> str:
        """Return the page for what is `shown`, with `values` in their places, escaped unless they are safe.

        `render` makes it from a mark for each value, and is only called where no copy is kept. It must put
        nothing else into the page that differs between two visitors who are shown the same.
        """
        parts = self._kept.get(shown)
        if parts is None:
            marks = {name: _mark(name) for name in values}
            # Literal text and names in turn.
            parts = re.split("|".join(f"({re.escape(mark)})" for mark in marks.values()), render(marks))
            parts = [part for part in parts if part is not None]
            if len(self._kept) >= self._most:
                self._kept.clear()
            self._kept[shown] = parts
        filled = {_mark(name): str(conditional_escape(value)) for name, value in values.items()}
        return "".join(filled.get(part, part) for part in parts)

    def forget(self) -> None:
        """Drop every copy, as a new process would start."""
        self._kept.clear()

    def __len__(self) -> int:
        return len(self._kept)


def _mark(name: str) -> str:
    # No page holds it by chance, and it survives escaping.
    return f"{name}-goes-here"
