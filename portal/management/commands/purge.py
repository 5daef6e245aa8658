from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from intake.services.purging import requests_on_hold
from portal import purging
from portal.audit import Broken


class Command(BaseCommand):
    help = (
        "Delete what the portal no longer keeps: requests closed long ago, messages that are done with, "
        "ended sessions, old sign-ins. Never what is on legal hold. The message worker does it daily by "
        "itself. It may be interrupted, and run twice at once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="Say how much would go, and delete nothing."
        )

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        now = timezone.now()
        if dry_run:
            counts, verb = purging.due(now), "would go"
        else:
            try:
                counts, verb = purging.purge(by="purge", now=now, progress=self._progress), "went"
            except Broken as error:
                raise CommandError(f"The audit rows were kept: {error}") from error
        for what, number in sorted(counts.items()):
            self.stdout.write(f"{what}: {number} {verb}")
        if not counts:
            self.stdout.write("Nothing is due.")
        if held := requests_on_hold():
            self.stdout.write(f"{held} on legal hold, with what is linked to them: kept.")

    def _progress(self, what: str, number: int) -> None:
        self.stderr.write(f"{what}: {number} …")
