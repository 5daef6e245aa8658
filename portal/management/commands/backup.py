from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from portal import audit
from portal.backups import SUBJECT, engines
from portal.backups.archive import BackupError, workshop, write


class Command(BaseCommand):
    help = (
        "Write the whole database to one file while the site runs: as it stood at one moment, without the "
        "sessions, with a checksum and the numbers of rows, readable by this account alone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "target", type=Path, help="A folder, for a file named after the time; or a new file."
        )

    def handle(self, *args: Any, target: Path, **options: Any) -> None:
        now = timezone.now()
        if target.is_dir():
            target = target / f"portal-{now:%Y%m%dT%H%M%SZ}.backup"
        if target.exists():
            raise CommandError(f"{target} is there already.")
        try:
            with workshop(target.parent) as folder:
                dump = folder / "database"
                written = engines.engine().dump(dump)
                facts = {
                    "made_at": now.isoformat(timespec="seconds"),
                    "vendor": connection.vendor,
                    "migrations": written.migrations,
                    "rows": written.rows,
                    "left_out": engines.LEFT_OUT,
                }
                manifest = write(target, dump, facts)
        except (BackupError, DatabaseError) as error:
            raise CommandError(f"No backup was made. {error}") from error
        self._record(sum(manifest.rows.values()))
        self.stdout.write(f"{target}: {sum(manifest.rows.values())} rows in {len(manifest.rows)} tables.")

    def _record(self, rows: int) -> None:
        try:
            with transaction.atomic():
                audit.record("backup made", by="backup", subject=SUBJECT, fields=[f"rows: {rows}"])
        except DatabaseError:
            # Before an upgrade the tables are an earlier release's; the file is good all the same.
            self.stderr.write("The audit trail doesn't say so: its tables are another release's, or away.")
