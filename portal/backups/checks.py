"""What a restored database is looked through for. Each check returns what it verified, or raises."""

from collections.abc import Iterator
from io import StringIO

from cryptography.fernet import InvalidToken
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader

from portal import crypto, rotation
from portal.backups import engines
from portal.backups.archive import BackupError, Manifest

AUDIT = "verify_audit"
PIECE = 500
VERIFIED, FAILED, NOT_CHECKED = "verified", "FAILED", "not checked"


class Later(Exception):
    """What can only be checked once the newer migrations have run."""


def findings(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Each check in turn: VERIFIED, FAILED or NOT_CHECKED, and in words what was found."""
    for check in (_rows, _migrations, _constraints, _sealed, _audit):
        try:
            yield VERIFIED, check(manifest)
        except Later as reason:
            yield NOT_CHECKED, str(reason)
        except (BackupError, CommandError, DatabaseError) as error:
            yield FAILED, str(error)


def _ask(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def _rows(manifest: Manifest) -> str:
    found = engines.counted(_ask, connection.introspection.table_names()).rows
    others = sorted(
        name for name in found.keys() | manifest.rows.keys() if found.get(name) != manifest.rows.get(name)
    )
    if others:
        raise BackupError(f"other numbers of rows than in the backup: {', '.join(others)}")
    return f"{sum(found.values())} rows in {len(found)} tables, as many as in the backup"


def _migrations(manifest: Manifest) -> str:
    applied, known = _applied_and_known()
    if applied != set(manifest.migrations):
        raise BackupError("other migrations than in the backup")
    own = {name.split(".")[0] for name in known}
    if newer := sorted(name for name in applied - known if name.split(".")[0] in own):
        raise BackupError(f"made by a newer release, with {', '.join(newer)}: install that one")
    if missing := known - applied:
        return f"migrations as in the backup; {len(missing)} newer ones wait: run `manage.py migrate`"
    return "migrations as in the backup and as this release knows them"


def _applied_and_known() -> tuple[set[str], set[str]]:
    loader = MigrationLoader(connection)
    applied, known = loader.applied_migrations, loader.disk_migrations
    return {f"{app}.{name}" for app, name in applied}, {f"{app}.{name}" for app, name in known}


def _constraints(manifest: Manifest) -> str:
    if connection.vendor == "sqlite":
        if _ask("PRAGMA integrity_check") != [("ok",)] or _ask("PRAGMA foreign_key_check"):
            raise BackupError("the file is damaged, or rows point to rows that aren't there")
        return "the file is sound, and every row points to one that is there"
    if _ask("SELECT 1 FROM pg_constraint WHERE NOT convalidated") or _ask(
        "SELECT 1 FROM pg_index WHERE NOT indisvalid"
    ):
        raise BackupError("some constraints or indexes are not valid")
    return "every constraint and index stands and was checked while it was restored"


def _sealed(manifest: Manifest) -> str:
    opened, lost = 0, 0
    for table, column in _sealed_columns():
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT "{column}" FROM "{table}"')  # noqa: S608  (our own tables)
            while rows := cursor.fetchmany(PIECE):
                for (token,) in rows:
                    try:
                        opened += bool(token) and crypto.unseal(token) is not None
                    except InvalidToken:
                        lost += 1
    if lost:
        raise BackupError(
            f"{lost} of {lost + opened} sealed values open with none of the keys that are set here"
        )
    return f"all {opened} sealed values open with the keys that are set here"


def _sealed_columns() -> Iterator[tuple[str, str]]:
    """As far as the restored database has them: it may come from an earlier release."""
    with connection.cursor() as cursor:
        present = set(connection.introspection.table_names(cursor))
        for table in rotation.tables():
            name = table.model._meta.db_table
            if name in present:
                columns = {
                    column.name for column in connection.introspection.get_table_description(cursor, name)
                }
                for field in table.sealed:
                    column = str(table.model._meta.get_field(field).get_attname_column()[1])  # type: ignore[union-attr]
                    if column in columns:
                        yield name, column


def _audit(manifest: Manifest) -> str:
    applied, known = _applied_and_known()
    if known - applied:
        raise Later(f"the audit trail: after `manage.py migrate`, run `manage.py {AUDIT}`")
    call_command(AUDIT, stdout=StringIO(), stderr=StringIO())
    return "the chain of the audit trail is whole"
