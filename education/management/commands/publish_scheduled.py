from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from education import services


class Command(BaseCommand):
    help = (
        "Publish what is scheduled up to now, as the message worker does several times a minute. It may run "
        "as often as it likes, on any number of machines."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        done, refused = services.publish_due(now=timezone.now())
        for article in done:
            self.stdout.write(f"Published: {article.slug} ({article.language}).")
        for article, reason in refused:
            self.stderr.write(f"Not published: {article.slug} ({article.language}). {reason}")
