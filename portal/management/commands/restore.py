from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.db import DatabaseError, connection

from portal import audit
from portal.backups import archive, checks, engines
from portal.backups.archive import BackupError, Manifest


class Command(BaseCommand):
    help = (
        "Restore a backup into the database that DATABASE_URL names, check it, and say what was verified. "
        "Refuses a database that holds anything, unless told to replace it."
    )
    # The database may hold nothing yet.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", type=Path, help="A file that `backup` wrote.")
        parser.add_argument(
            "--replace", action="store_true", help="Replace what the database holds. Stop the site before."
        )

    def handle(self, *args: Any, source: Path, replace: bool, **options: Any) -> None:
        try:
            with archive.workshop(Path(settings.VAR)) as folder:
                manifest = archive.read(source, folder / "database")
                self._restore(folder / "database", manifest, replace)
        except (BackupError, DatabaseError) as error:
            raise CommandError(f"Nothing was restored. {error}") from error
        self.stdout.write(f"Restored the backup of {manifest.made_at}.")
        found = list(checks.findings(manifest))
        for kind, words in found:
            self.stdout.write(f"{kind}: {words}")
        if any(kind == checks.FAILED for kind, _words in found):
            aside = f" What was there before is kept as {self.aside}." if self.aside else ""
            raise CommandError(f"The restored database did not pass every check.{aside}")
        if self.aside:
            engines.engine().forget()
        try:
            audit.record("backup restored", by="restore", fields=[manifest.made_at])
        except DatabaseError:
            self.stderr.write("This is not in the audit trail: its table is an earlier release's.")

    def _restore(self, dump: Path, manifest: Manifest, replace: bool) -> None:
        if manifest.vendor != connection.vendor:
            raise BackupError(
                f"This backup is of {manifest.vendor}, and DATABASE_URL names {connection.vendor}."
            )
        engine, self.aside = engines.engine(), ""
        if connection.introspection.table_names():
            if not replace:
                raise BackupError("The database is not empty. With --replace, what it holds is replaced.")
            self.aside = engine.set_aside()
        try:
            engine.load(dump)
        except BackupError:
            if self.aside:
                engine.bring_back()
            raise
