import time
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import DatabaseError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from portal import aside, assets, demo

# Seconds that a change of a table may wait, and with it everybody who comes after: less than a page waits.
LOCK = 2
LOCK_NOT_AVAILABLE = "55P03"
# A quarter of an hour: somebody may be reading a table for a backup.
TRIES, PAUSE = 180, 5.0


class Command(BaseCommand):
    help = (
        "Bring the named database and the static files up to date; in the demonstration also make its "
        "staff and its requests. What is missing is read from the database, so it can run at every start."
    )
    # The checks would ask for tables that this command is about to make.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            connection.ensure_connection()
        except DatabaseError as error:
            raise CommandError(f"The database can't be reached: {str(error).strip()}") from error
        if self._migrations_are_missing():
            self._say("Making the tables …")
            self._migrate()
        call_command("load_content", stdout=self.stdout, stderr=self.stderr)
        call_command("sync_roles", stdout=self.stdout, stderr=self.stderr)
        if settings.DEMO:
            self._demonstration()
        if assets.collect():
            self._say("Static files are ready.")

    def _migrate(self) -> None:
        """Migrate without long waits for a table: whoever comes after one who waits for it waits too."""
        for left in reversed(range(TRIES)):
            try:
                with aside.waiting_at_most(LOCK):
                    call_command("migrate", interactive=False, verbosity=0)
            except OperationalError as error:
                if not left or getattr(error.__cause__, "pgcode", "") != LOCK_NOT_AVAILABLE:
                    raise
                self._say("Somebody is at a table that has to change; trying again …")
                time.sleep(PAUSE)
            else:
                return

    def _demonstration(self) -> None:
        try:
            made = demo.ensure_staff()
        except demo.NotADemonstration as error:
            raise CommandError(str(error)) from error
        if made:
            self._say(f"Staff accounts made: {', '.join(made)}.")
        call_command("load_demo", stdout=self.stdout, stderr=self.stderr)

    def _migrations_are_missing(self) -> bool:
        executor = MigrationExecutor(connection)
        return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
