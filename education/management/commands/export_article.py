from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from education import documents
from education.choices import Status
from education.models import Article


class Command(BaseCommand):
    help = "Write an article’s newest text to the standard output, as a file that import_article reads."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("language")
        parser.add_argument("--published", action="store_true", help="What readers get, not the newest text.")

    def handle(self, *args: Any, slug: str, language: str, published: bool, **options: Any) -> None:
        article = Article.objects.filter(slug=slug, language=language).select_related("published").first()
        if article is None:
            raise CommandError(f"There is no article {slug} ({language}).")
        revision = article.published if published else article.newest()
        if revision is None:
            raise CommandError(f"{slug} ({language}) was never published.")
        self.stdout.write(documents.dump(revision.document(), Status(article.status)), ending="")
