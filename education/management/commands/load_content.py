from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from education import documents, services
from education.models import Article

CONTENT = Path(__file__).parents[2] / "content"


class Command(BaseCommand):
    help = (
        "Add the articles that come with the software and that the database doesn't have yet, and render "
        "stored ones anew. An article that is there keeps its words, whoever wrote them."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for path in sorted(CONTENT.glob("*/*.md")):
            try:
                document, status = documents.parse(path.read_text(encoding="utf-8"))
            except documents.DocumentError as error:
                raise CommandError(f"{path.relative_to(CONTENT)}: {error}") from error
            if not Article.objects.filter(slug=document.slug, language=document.language).exists():
                services.add(document, status=status, by=None)
                self.stdout.write(f"Article added: {document.slug} ({document.language}).")
        if changed := services.render_all():
            self.stdout.write(f"Articles rendered anew: {changed}.")
