from typing import Any

from django.core.management import BaseCommand, CommandError

from intake import roles
from intake.choices import QUEUE_ROLES


class Command(BaseCommand):
    help = (
        "Give the staff's groups the rights of their roles, and groups to queues that nobody works yet. "
        "Takes nothing away."
    )

    def handle(self, *args: Any, verbosity: int, **options: Any) -> None:
        try:
            synced = roles.sync()
        except roles.UnknownRights as error:
            raise CommandError(
                f"No table has these rights: {error}. Run `manage.py migrate` first."
            ) from error
        if verbosity:
            for name, rights in synced.given.items():
                self.stdout.write(f"{name}: {len(rights)} rights given.")
            for slug in synced.queues:
                self.stdout.write(f"Queue {slug}: worked by {', '.join(QUEUE_ROLES)}.")
