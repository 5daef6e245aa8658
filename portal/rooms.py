"""Room for everybody: how much of a process one kind of visit may take, so that no flood takes all of it.

The server gives each request a thread, and the published pages are answered before they come here. What is
left is let into rooms: forms that are sent, sign-ins, the desk, and pages that ask the database. In each
only a few do their work at a time, the others wait in their threads, and who finds no place is told so at
once. There are more threads than places: some are always free for the published pages.

A body is read before its work begins, because it may come slowly for as long as its sender likes. The
connections to the database belong to the rooms, so that there are no more of them than work is done at once.
"""

import re
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.handlers.wsgi import WSGIRequest
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase

from portal import errors

PATIENCE = 20.0  # seconds; a browser waits longer, and so does a proxy
ASKS_THE_DATABASE = re.compile(r"(/\w+)?/(help/(received|requests)|education)/")
WITH_BODY = ("POST", "PUT", "PATCH", "DELETE")


class Room:
    """`at_work` at a time use a thread that computes and a connection; `waiting` more may wait for that."""

    def __init__(self, at_work: int, waiting: int) -> None:
        self.at_work, self.waiting = at_work, waiting
        self._places = threading.BoundedSemaphore(at_work + waiting)
        self._work = threading.BoundedSemaphore(at_work)

    @contextmanager
    def place(self) -> Iterator[bool]:
        with _held(self._places, patience=0) as is_in:
            yield is_in

    @contextmanager
    def work(self) -> Iterator[bool]:
        with _held(self._work, patience=PATIENCE) as begun:
            yield begun


# Whoever is signed in, or says so, has a room apart from the public's.
ROOMS = {
    "posts": Room(at_work=4, waiting=160),
    "pages": Room(at_work=4, waiting=30),
    "sign-in": Room(at_work=2, waiting=20),
    "desk": Room(at_work=6, waiting=30),
}
FREE_THREADS = 24
THREADS = sum(room.at_work + room.waiting for room in ROOMS.values()) + FREE_THREADS


def room_of(request: HttpRequest) -> Room | None:
    """None for what needs no more than the process's memory."""
    if request.path_info.startswith("/admin/"):
        signed_in = settings.SESSION_COOKIE_NAME in request.COOKIES
        return ROOMS["desk" if signed_in and "/login/" not in request.path_info else "sign-in"]
    if request.method in WITH_BODY:
        return ROOMS["posts"]
    return ROOMS["pages"] if ASKS_THE_DATABASE.match(request.path_info) else None


class Rooms:
    """The middleware. It stands before everything that asks the database."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        room = room_of(request)
        if room is None:
            return self.get_response(request)
        with room.place() as is_in:
            if not is_in:
                return self._refuse(request, partial(errors.busy, body_read=False))
            if request.method in WITH_BODY:
                try:
                    request = _with_whole_body(request)
                    # Parsed now, before the token's check or an error page stumbles over what it holds.
                    request.POST  # noqa: B018 (a property that parses)
                except RequestDataTooBig:
                    return self._refuse(request, errors.too_large)
                except (SuspiciousOperation, MultiPartParserError, UnreadablePostError, EOFError) as error:
                    return self._refuse(request, partial(errors.bad_request, exception=error))
            with room.work() as begun:
                if begun:
                    with _lent_connection():
                        return self.get_response(request)
            return self._refuse(request, partial(errors.busy, body_read=True))

    def _refuse(self, request: HttpRequest, page: Callable[[HttpRequest], HttpResponse]) -> HttpResponseBase:
        request.refusal = page  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        """Refuse here, where the page's language and its form's token are known, and no view has begun."""
        refusal = getattr(request, "refusal", None)
        return refusal(request) if refusal else None


@contextmanager
def _held(semaphore: threading.BoundedSemaphore, *, patience: float) -> Iterator[bool]:
    held = semaphore.acquire(timeout=patience) if patience else semaphore.acquire(blocking=False)
    try:
        yield held
    finally:
        if held:
            semaphore.release()


def _with_whole_body(request: HttpRequest) -> HttpRequest:
    """Return the request with its body read; raise RequestDataTooBig before reading more than is allowed.

    EOFError tells of one that is not as long as it says.
    """
    if isinstance(request, WSGIRequest) and "chunked" in request.headers.get("Transfer-Encoding", "").lower():
        request = _unchunked(request)
    length = request.META.get("CONTENT_LENGTH") or "0"
    # Half a form must not be taken for a whole one.
    if not length.isdecimal() or len(request.body) < int(length):
        raise EOFError
    return request


def _unchunked(request: WSGIRequest) -> WSGIRequest:
    """The same request with a length, which Django asks for before it reads anything."""
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    body = bytearray()
    try:
        while chunk := request.environ["wsgi.input"].read(65_536):
            body += chunk
            if len(body) > most:
                raise RequestDataTooBig
    except OSError as error:
        raise UnreadablePostError(*error.args) from error
    whole = WSGIRequest(
        {**request.environ, "CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(bytes(body))}
    )
    if whole.encoding:
        whole.encoding = "utf-8"
    # What else the middleware before has put on it.
    for name, value in vars(request).items():
        whole.__dict__.setdefault(name, value)
    return whole


_lending = False
_idle: deque[BaseDatabaseWrapper] = deque()


def lend_connections() -> None:
    """From now on threads work with connections of the rooms, as a server with many threads needs it."""
    global _lending
    _lending = True


@contextmanager
def _lent_connection() -> Iterator[None]:
    if not _lending:
        yield
        return
    own = connections[DEFAULT_DB_ALIAS]
    try:
        lent = _idle.pop()
    except IndexError:
        lent = connections.create_connection(DEFAULT_DB_ALIAS)
        lent.inc_thread_sharing()
    # As Django does for a thread's own at the start of a request.
    lent.close_if_unusable_or_obsolete()
    connections[DEFAULT_DB_ALIAS] = lent
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = own
        if lent.in_atomic_block:
            lent.close()
        else:
            lent.close_if_unusable_or_obsolete()
            _idle.append(lent)
