"""The pages of the forms before anybody has typed, kept in each process.

They are the same for everybody but for the CSRF token and the submission key, and making one costs more
than all the rest of a submission. So each is made once for what it shows, with marks in place of the two.
"""

from collections.abc import Callable
from typing import Any

Shown = tuple[Any, ...]

# No page holds these by chance, and both survive HTML escaping.
TOKEN_MARK, KEY_MARK = "csrf-token-goes-here", "submission-key-goes-here"
# Two forms in two languages; the rest is what was shown before.
MOST_PAGES = 16

_pages: dict[Shown, tuple[bytes, bytes, bytes]] = {}


def page(shown: Shown, render: Callable[[str, str], str], *, token: str, key: str) -> bytes:
    """Return the page for what is `shown`, with `token` and `key` in their places.

    `render` makes it from a CSRF token and a submission key, and is only called where no copy is kept.
    """
    parts = _pages.get(shown)
    if parts is None:
        html = render(TOKEN_MARK, KEY_MARK).encode()
        before, rest = html.split(TOKEN_MARK.encode())
        between, after = rest.split(KEY_MARK.encode())
        parts = before, between, after
        if len(_pages) >= MOST_PAGES:
            _pages.clear()
        _pages[shown] = parts
    before, between, after = parts
    return b"".join((before, token.encode(), between, key.encode(), after))


def forget() -> None:
    """Drop every copy, as a new process would start."""
    _pages.clear()
