"""Waiting for a server that takes connections and says nothing."""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest
from psycopg2 import extensions

from portal import patience


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of such a server."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(16)
        yield f"host=127.0.0.1 port={listening.getsockname()[1]} dbname=x sslmode=disable gssencmode=disable"


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(patience, "_keeper", None)
    monkeypatch.setattr(patience, "_waiting_since", None)
    monkeypatch.setattr(patience, "_away", False)
    extensions.set_wait_callback(patience._wait)
    yield
    extensions.set_wait_callback(None)


def ask(address: str) -> str:
    """What comes of it, in the words of the error; from a thread of its own, which may hang."""
    said: list[str] = []

    def connect() -> None:
        try:
            psycopg2.connect(address)
        except psycopg2.OperationalError as error:
            said.append(str(error))

    thread = threading.Thread(target=connect, daemon=True)
    thread.start()
    thread.join(60)
    return said[0] if said else "it hangs"


@pytest.mark.usefixtures("waiting")
def test_waiting_for_a_connection_ends(silent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "CONNECT", 0.2)
    assert ask(silent) == "The database did not answer in time."


@pytest.mark.usefixtures("waiting")
def test_once_the_keeper_has_waited_in_vain_nobody_else_waits(
    silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "QUICK", 0.1)
    monkeypatch.setattr(patience, "KEEPER", 0.3)
    with patience.keeper(), pytest.raises(patience.Away, match="in time"):
        psycopg2.connect(silent)
    assert patience.is_away()
    assert ask(silent) == "The database is away."


@pytest.mark.usefixtures("waiting")
def test_while_the_keeper_waits_too_long_nobody_else_begins(
    silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "_waiting_since", time.monotonic() - 2 * patience.KEEPER)
    assert ask(silent) == "The database is away."


@pytest.mark.usefixtures("waiting")
def test_a_refusal_is_no_silence_and_each_tries_for_themselves(silent: str) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = f"host=127.0.0.1 port={probe.getsockname()[1]} dbname=x"
        with patience.keeper(), pytest.raises(psycopg2.OperationalError, match="refused"):
            psycopg2.connect(nobody)
    assert not patience.is_away()


@pytest.mark.django_db
@pytest.mark.usefixtures("waiting")
def test_the_keeper_finds_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import connection

    if connection.vendor != "postgresql":
        pytest.skip("SQLite is never silent")
    monkeypatch.setattr(patience, "_away", True)
    with patience.keeper(), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert not patience.is_away()


@pytest.mark.django_db
def test_the_server_is_told_what_pages_wait_for() -> None:
    from django.db import connection

    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one time-out")
    shown: dict[str, Any] = {}
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT before")
        patience._bound(None, connection)
        for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
            cursor.execute(f"SHOW {name}")
            shown[name] = cursor.fetchone()[0]
        cursor.execute("ROLLBACK TO before")
    assert shown == {
        "statement_timeout": "8s",
        "lock_timeout": "4s",
        "idle_in_transaction_session_timeout": "30s",
    }
