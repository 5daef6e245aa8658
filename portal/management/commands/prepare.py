from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from portal import assets, demo


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
            call_command("migrate", interactive=False, verbosity=0)
        call_command("load_content", stdout=self.stdout, stderr=self.stderr)
        call_command("sync_roles", stdout=self.stdout, stderr=self.stderr)
        if settings.DEMO:
            self._demonstration()
        if assets.collect():
            self._say("Static files are ready.")

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
