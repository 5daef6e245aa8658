"""The frame of a page: its template rendered once with markers where the page's own text goes.

What stands around an article is the same for all of them and costs far more to render than the article,
which was rendered when it was saved. A frame holds for as long as the stamp of what it shows.
"""

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

# Stands for parts of addresses, where only some characters are allowed.
_IN_ADDRESSES = "csp-marker-"
_MARKER = re.compile(rf"\ue000(\w+)\ue001|{_IN_ADDRESSES}([a-z]+)-end")
# The combinations of languages and parts are few, but nothing else bounds them against a mistake.
_MOST = 200


@dataclass(frozen=True)
class Frame:
    """Texts around and between the markers, and the markers' names."""

    stamp: str
    texts: list[str]
    names: list[str]

    def filled(self, values: Mapping[str, Any]) -> str:
        """The page. What is not safe HTML is escaped."""
        pieces = [self.texts[0]]
        for name, text in zip(self.names, self.texts[1:], strict=True):
            pieces += (conditional_escape(values[name]), text)
        return "".join(pieces)


_frames: dict[tuple[Any, ...], Frame] = {}


def marker(name: str) -> SafeString:
    return mark_safe(f"\ue000{name}\ue001")  # noqa: S308  names from this code


def address_marker(name: str) -> str:
    return f"{_IN_ADDRESSES}{name}-end"


def frame(
    key: tuple[Any, ...], template: str, context: dict[str, Any], request: HttpRequest, path: str
) -> Frame:
    """The template's frame for all pages of this `key`; `path` is their address with a marker in it.

    It is kept while the request brings the same stamp, and made anew for a request without one.
    """
    stamp = getattr(request, "page_stamp", "")
    kept = _frames.get(key)
    if kept and stamp and kept.stamp == stamp:
        return kept
    # What depends on the address is to depend on the marker in it.
    anywhere = copy.copy(request)
    anywhere.path = anywhere.path_info = path
    anywhere.META = {**request.META, "QUERY_STRING": ""}
    parts = _MARKER.split(render_to_string(template, context, anywhere))
    made = Frame(stamp, parts[::3], [a or b for a, b in zip(parts[1::3], parts[2::3], strict=True)])
    if len(_frames) >= _MOST:
        _frames.clear()
    _frames[key] = made
    return made
