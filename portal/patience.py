"""How long a page waits for PostgreSQL, and how it knows at once that waiting is no use.

A server that is stopped, or whose machine or network is gone, is no error to a client: it is silent, and a
query would wait for it for good. So the web processes do the waiting themselves (`begin`), with an end to it.
One thread of each, the keeper, asks the database every second or so for what all pages show. When it gets
no answer the database counts as away: whoever waits is told so, and nobody else begins to wait, so that the
threads stay free for the pages that need no database. The keeper goes on asking and finds it back.

Commands (migrations, backups, purges, the message worker) are not bounded: they may take their time.
"""

import select
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
from django.db import connections
from django.db.backends.signals import connection_created
from psycopg2 import extensions

# Seconds. The server itself ends what it is slow with, and says so; silence is what it can't tell of itself.
CONNECT = 3.0
LOCK = 4
STATEMENT = 8
SILENCE = 10.0
KEEPER = 4.0
IDLE_IN_TRANSACTION = 30
# A failure as quick as this costs nobody anything: each may try for themselves.
QUICK = 1.0
SLICE_MS = 100

BOUNDS = (
    f"SET statement_timeout = '{STATEMENT}s'; SET lock_timeout = '{LOCK}s'; "
    f"SET idle_in_transaction_session_timeout = '{IDLE_IN_TRANSACTION}s'"
)


class Away(psycopg2.OperationalError):
    """The database gave no answer in time."""


_keeper: int | None = None
_waiting_since: float | None = None  # the keeper
_away = False


def begin() -> None:
    """From now on this process waits for no database longer than the times above."""
    if connections["default"].vendor == "postgresql":
        # The connection is closed when this raises: nobody could tell what its next answer belongs to.
        extensions.set_wait_callback(_wait)
        connection_created.connect(_bound)


@contextmanager
def keeper() -> Iterator[None]:
    """Who asks inside finds out for everybody whether the database answers."""
    global _keeper
    _keeper = threading.get_ident()
    yield


def is_away() -> bool:
    """Whether the keeper's last question got no answer in time, or its present one gets none."""
    since = _waiting_since
    return _away or (since is not None and time.monotonic() - since > KEEPER)


def _bound(sender: Any, connection: Any, **kwargs: Any) -> None:
    # Said once connected: PgBouncer refuses such settings when a connection begins.
    with connection.cursor() as cursor:
        cursor.execute(BOUNDS)


def _wait(connection: Any) -> None:
    global _waiting_since, _away
    # PgBouncer lets everybody in whose database is away: only an answer to a query shows that it is back.
    connecting = connection.status == extensions.STATUS_SETUP
    limit = CONNECT if connecting else SILENCE
    if threading.get_ident() != _keeper:
        _answered(connection, limit)
        return
    _waiting_since = began = time.monotonic()
    try:
        _answered(connection, min(limit, KEEPER), keeper=True)
        _away = _away and connecting
    except Exception:
        _away = _away or time.monotonic() - began > QUICK
        raise
    finally:
        _waiting_since = None


def _answered(connection: Any, limit: float, *, keeper: bool = False) -> None:
    began = time.monotonic()
    while (state := connection.poll()) != extensions.POLL_OK:
        if not keeper and is_away():
            raise Away("The database is away.")
        if time.monotonic() - began > limit:
            raise Away("The database did not answer in time.")
        # Anew each time: while connecting, the socket may be another one.
        poller = select.poll()
        poller.register(
            connection.fileno(), select.POLLIN if state == extensions.POLL_READ else select.POLLOUT
        )
        poller.poll(SLICE_MS)
