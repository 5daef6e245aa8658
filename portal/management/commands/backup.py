from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.utils import timezone

from portal.backups import engines
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
        self.stdout.write(f"{target}: {sum(manifest.rows.values())} rows in {len(manifest.rows)} tables.")
