"""How each database writes itself to a file while the site runs, and reads it again."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, connections, transaction

from portal.backups.archive import BackupError

# Who stole a backup must not go on with somebody's session.
LEFT_OUT = ["django_session"]
ASIDE = "before_restore"
SECONDS_FOR_A_LOCK = 30
LONGEST_COMPLAINT = 500
# What libpq reads from the environment: nothing of it stands on a command line.
ENVIRONMENT = {
    "host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "passfile": "PGPASSFILE",
    "service": "PGSERVICE", "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY", "connect_timeout": "PGCONNECT_TIMEOUT",
}  # fmt: skip


@dataclass(frozen=True)
class Written:
    """What stands in the file, counted in the very moment that it shows."""

    rows: dict[str, int]
    migrations: list[str]


@dataclass(frozen=True)
class Engine:
    """`load` replaces nothing: `set_aside` makes room, then `bring_back` or `forget` ends it."""

    dump: Callable[[Path], Written]
    load: Callable[[Path], None]
    set_aside: Callable[[], str]
    bring_back: Callable[[], None]
    forget: Callable[[], None]


def engine() -> Engine:
    if connection.vendor == "sqlite":
        return Engine(_sqlite_dump, _sqlite_load, _sqlite_set_aside, _sqlite_bring_back, _sqlite_forget)
    return Engine(_postgres_dump, _postgres_load, _postgres_set_aside, _postgres_bring_back, _postgres_forget)


def counted(ask: Callable[[str], list[tuple[Any, ...]]], tables: list[str]) -> Written:
    """What `ask`, which runs a statement and returns its rows, finds in the tables."""
    rows = {}
    for table in sorted(tables):
        if table not in LEFT_OUT:
            rows[table] = ask(f'SELECT COUNT(*) FROM "{table}"')[0][0]  # noqa: S608  (our own tables)
    migrations = [f"{app}.{name}" for app, name in ask("SELECT app, name FROM django_migrations ORDER BY id")]
    return Written(rows, migrations)


def _path() -> Path:
    return Path(str(connection.settings_dict["NAME"]))


def _open(path: Path) -> Any:
    return closing(sqlite3.connect(path, timeout=SECONDS_FOR_A_LOCK, isolation_level=None))


def _sqlite_dump(target: Path) -> Written:
    with _open(_path()) as source, _open(target) as copy:
        # In one step: what others write meanwhile is in it whole or not at all.
        source.backup(copy)
        # One file without a journal beside it.
        copy.execute("PRAGMA journal_mode = DELETE")
        for table in LEFT_OUT:
            copy.execute(f'DELETE FROM "{table}"')  # noqa: S608  (our own tables)
        copy.execute("VACUUM")
        names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        tables = [name for (name,) in copy.execute(names)]
        return counted(lambda statement: copy.execute(statement).fetchall(), tables)


def _sqlite_load(dump: Path) -> None:
    _copy(dump, _path())


def _copy(source: Path, target: Path) -> None:
    connections.close_all()
    try:
        with _open(source) as one, _open(target) as other:
            one.backup(other)
    except sqlite3.Error as error:
        raise BackupError(f"SQLite: {error}") from error


def _sqlite_aside() -> Path:
    return _path().with_name(f"{_path().name}.{ASIDE}")


def _sqlite_set_aside() -> str:
    aside = _sqlite_aside()
    aside.unlink(missing_ok=True)
    os.close(os.open(aside, os.O_CREAT | os.O_EXCL, 0o600))
    _copy(_path(), aside)
    return str(aside)


def _sqlite_bring_back() -> None:
    _copy(_sqlite_aside(), _path())
    _sqlite_forget()


def _sqlite_forget() -> None:
    _sqlite_aside().unlink(missing_ok=True)


def _postgres_dump(target: Path) -> Written:
    # A connection of its own, whose transaction keeps the snapshot that both read.
    mine = connection.copy()
    try:
        mine.ensure_connection()
        mine.set_autocommit(False)
        with mine.cursor() as cursor:
            # A long backup must outlast the limits that are set for pages.
            cursor.execute("SET statement_timeout = 0")
            cursor.execute("SET idle_in_transaction_session_timeout = 0")
            mine.commit()
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT pg_export_snapshot()")
            snapshot = cursor.fetchone()[0]

            def ask(statement: str) -> list[tuple[Any, ...]]:
                cursor.execute(statement)
                return list(cursor.fetchall())

            tables = mine.introspection.table_names(cursor)
            written = counted(ask, tables)
            left_out = [f"--exclude-table-data={table}" for table in LEFT_OUT]
            options = ["--format=custom", "--no-owner", "--no-privileges", f"--exclude-schema={ASIDE}"]
            _run("pg_dump", *options, *left_out, f"--snapshot={snapshot}", f"--file={target}")
            return written
    finally:
        mine.close()


def _postgres_load(dump: Path) -> None:
    connections.close_all()
    options = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
    _run("pg_restore", *options, str(dump))


def _run(name: str, *options: str) -> None:
    program = shutil.which(name)
    if program is None:
        raise BackupError(
            f"{name} is not on PATH: install PostgreSQL's client programs of the server's version."
        )
    parameters = connection.get_connection_params()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")},
        **{ENVIRONMENT[key]: str(value) for key, value in parameters.items() if key in ENVIRONMENT and value},
    }
    done = subprocess.run(  # noqa: S603  (found on PATH by a fixed name; nothing from outside)
        [program, f"--dbname={parameters.get('dbname', '')}", *options],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BackupError(f"{name} failed: {done.stderr.strip()[:LONGEST_COMPLAINT]}")


def _postgres_set_aside() -> str:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {ASIDE} CASCADE")
        cursor.execute(f"ALTER SCHEMA public RENAME TO {ASIDE}")
        cursor.execute("CREATE SCHEMA public")
    return f"schema {ASIDE}"


def _postgres_bring_back() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute(f"ALTER SCHEMA {ASIDE} RENAME TO public")


def _postgres_forget() -> None:
    with suppress(Exception), connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {ASIDE} CASCADE")
