from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from intake import demo, demo_days
from intake.demo_stories import STORIES


class Command(BaseCommand):
    help = "Fill a database without requests with made-up ones. Demonstration only."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Made-up requests are for the demonstration only.")
        now = timezone.now()
        if made := demo.load(STORIES, now=now):
            demo_days.fill(now=now)
            self.stdout.write(f"{made} requests of made-up people are at the desk.")
