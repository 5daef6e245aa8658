"""Copies of the public pages that are the same for everybody, kept in each process.

A copy is good for as long as its stamp: what staff publish (`intake.situation`, the articles) in the version
that was last seen, at most `settings.SITUATION_MAX_AGE` seconds ago. While the database can't be asked the
stamp stands still, and a page that can't be made anew is answered with its last copy.
"""

import contextlib
import gzip
import hashlib
import logging
import threading
import time
from dataclasses import dataclass
from datetime import datetime

import brotli
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import close_old_connections
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.http import http_date, parse_http_date, parse_http_date_safe
from django.utils.translation import override

from education.models import Article
from intake import situation
from portal import patience

logger = logging.getLogger(__name__)

# Addresses are bounded by what is published, but nothing else bounds them against a mistake.
MOST_PAGES = 500
OF_ONE_REQUEST = {"Content-Length", "X-Request-ID"}
# Where a page that is up to date leaves out of when it is (templates/includes/notice.html).
AS_OF = b"<!--as of-->"
VALIDATORS = ("ETag", "Last-Modified")


@dataclass(frozen=True)
class Page:
    stamp: str
    body: bytes
    encoded: dict[str, bytes]
    headers: dict[str, str]
    made: datetime

    def response(self, if_none_match: str = "", if_modified_since: str = "") -> HttpResponse:
        """Nothing but the headers for whoever has it already; the ETag goes before the date."""
        unchanged = self.headers["ETag"] in if_none_match
        if if_modified_since and not if_none_match and "Last-Modified" in self.headers:
            asked = parse_http_date_safe(if_modified_since)
            unchanged = asked is not None and asked >= parse_http_date(self.headers["Last-Modified"])
        if unchanged:
            return HttpResponse(status=304, headers=self.headers)
        response = HttpResponse(self.body, headers=self.headers)
        response.encoded = self.encoded  # type: ignore[attr-defined]  # for the middleware that compresses
        return response

    def saying_as_of(self, current: str) -> HttpResponse:
        """For when it can't be made anew: it says itself of when it is. `current` is the stamp of now."""
        unchanged = self.stamp.rsplit(" ", 1)[0] == current.rsplit(" ", 1)[0]
        at = situation.current().as_of if unchanged else self.made
        with override(self.headers.get("Content-Language", settings.LANGUAGE_CODE)):
            said = render_to_string("includes/as_of.html", {"at": at}).encode()
        headers = {name: value for name, value in self.headers.items() if name not in VALIDATORS}
        return HttpResponse(self.body.replace(AS_OF, said, 1), headers=headers)


_pages: dict[str, Page] = {}
_library: tuple[float, str] = (float("-inf"), "")
_asking = threading.RLock()


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
    headers = {name: value for name, value in response.headers.items() if name not in OF_ONE_REQUEST}
    headers["ETag"] = f'W/"{hashlib.sha256(body).hexdigest()[:20]}"'
    headers["Cache-Control"] = "no-cache"
    if "Last-Modified" in headers:
        headers["Last-Modified"] = _latest(headers["Last-Modified"])
    page = Page(
        current,
        body,
        {"br": brotli.compress(body, quality=11), "gzip": gzip.compress(body, mtime=0)},
        headers,
        timezone.now(),
    )
    if len(_pages) >= MOST_PAGES:
        _pages.clear()
    _pages[key] = page
    return page


def _latest(of_content: str) -> str:
    """The date of the content, or of the notice around it, or the start of the day that it tells times of."""
    now = timezone.localtime()
    notice = situation.current().running_notice(now)
    dates = [parse_http_date(of_content), now.replace(hour=0, minute=0, second=0).timestamp()]
    if notice and notice.starts_at:
        dates.append(notice.starts_at.timestamp())
    return http_date(min(max(dates), now.timestamp()))


def forget() -> None:
    """Drop every copy, as a new process would start."""
    global _library
    _pages.clear()
    _library = (float("-inf"), "")


def keep_fresh() -> None:
    """Keep the stamp fresh from a thread of its own, so that no visitor waits for the database.

    The thread is the process's keeper (`portal.patience`) and so must outlive whatever goes wrong.
    """

    def refresh() -> None:
        with patience.keeper():
            while True:
                try:
                    # Both at once: while one of them hangs no visitor is to ask for the other.
                    with situation.asking, _asking:
                        situation.refresh()
                        _refresh_library(wait=True)
                except Exception:
                    logger.exception("What pages show can't be kept fresh.")
                finally:
                    close_old_connections()
                time.sleep(settings.SITUATION_MAX_AGE * 0.6)

    threading.Thread(target=refresh, name="published", daemon=True).start()
