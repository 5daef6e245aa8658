"""Copies of the public pages that are the same for everybody, kept in each process.

A copy is good for as long as its stamp: what staff publish (`intake.situation`, the articles) in the version
that was last seen, at most `settings.SITUATION_MAX_AGE` seconds ago. While the database can't be asked the
stamp stands still, and a page that can't be made anew is answered with its last copy.
"""

import contextlib
import gzip
import hashlib
import threading
import time
from dataclasses import dataclass

import brotli
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import close_old_connections
from django.http import HttpResponse
from django.utils import timezone

from education.models import Article
from intake import situation

# Addresses are bounded by what is published, but nothing else bounds them against a mistake.
MOST_PAGES = 500


@dataclass(frozen=True)
class Page:
    stamp: str
    body: bytes
    encoded: dict[str, bytes]
    headers: dict[str, str]

    def response(self, if_none_match: str = "") -> HttpResponse:
        unchanged = self.headers["ETag"] in if_none_match
        if unchanged:
            return HttpResponse(status=304, headers=self.headers)
        response = HttpResponse(self.body, headers=self.headers)
        response.encoded = self.encoded  # type: ignore[attr-defined]
        return response


_pages: dict[str, Page] = {}
_library: tuple[float, str] = (float("-inf"), "")
_asking = threading.Lock()


def stamp() -> str:
    """What published pages depend on; the same in every process that has seen the same rows."""
    return f"{situation.current().version_at(timezone.now())} {_library_stamp()} {situation.is_stale()}"


def _library_stamp() -> str:
    checked, value = _library
    if time.monotonic() - checked >= settings.SITUATION_MAX_AGE:
        # Whoever comes while somebody asks goes on with what there is: the database may hang.
        _refresh_library(wait=not value)
    return _library[1]


def _refresh_library(*, wait: bool) -> None:
    global _library
    if not _asking.acquire(blocking=wait):
        return
    try:
        # Without a database the articles stay as they were last seen.
        with contextlib.suppress(DatabaseError):
            _library = (time.monotonic(), Article.objects.stamp())
        _library = (time.monotonic(), _library[1])
    finally:
        _asking.release()


def last_copy(key: str) -> Page | None:
    return _pages.get(key)


def keep(key: str, current: str, response: HttpResponse) -> Page:
    """Keep `response` as the copy of the page `key` under the stamp `current`."""
    body = response.content
    headers = {name: value for name, value in response.headers.items() if name != "Content-Length"}
    headers["ETag"] = f'W/"{hashlib.sha256(body).hexdigest()[:20]}"'
    headers["Cache-Control"] = "no-cache"
    page = Page(
        current,
        body,
        {"br": brotli.compress(body, quality=11), "gzip": gzip.compress(body, mtime=0)},
        headers,
    )
    if len(_pages) >= MOST_PAGES:
        _pages.clear()
    _pages[key] = page
    return page


def forget() -> None:
    """Drop every copy, as a new process would start."""
    global _library
    _pages.clear()
    _library = (float("-inf"), "")


def keep_fresh() -> None:
    """Keep the stamp fresh from a thread of its own, so that no visitor waits for the database."""

    def refresh() -> None:
        while True:
            time.sleep(settings.SITUATION_MAX_AGE * 0.6)
            try:
                situation.refresh()
                _refresh_library(wait=True)
            finally:
                close_old_connections()

    threading.Thread(target=refresh, name="published", daemon=True).start()
