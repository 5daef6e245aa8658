import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from education import documents, services
from education.choices import PUBLIC, StepKind
from education.models import Article


class Command(BaseCommand):
    help = (
        "Read an article from a Markdown file. One that is there gets a new revision, which readers see when "
        "somebody publishes it; a new one starts as the file says, draft or published."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="a path, or - for the standard input")
        parser.add_argument("--note", default="", help="what changed, in a sentence for readers")

    def handle(self, *args: Any, file: str, note: str, **options: Any) -> None:
        try:
            data = sys.stdin.buffer.read(documents.MAX_BYTES + 1) if file == "-" else _bytes(Path(file))
            document, status = documents.parse(documents.decode(data))
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}.") from error
        except documents.DocumentError as error:
            raise CommandError(f"{file}: {error}") from error
        name = f"{document.slug} ({document.language})"
        article = Article.objects.filter(slug=document.slug, language=document.language).first()
        try:
            if article is None:
                services.add(document, status=status, by=None, kind=StepKind.IMPORTED)
                self.stdout.write(f"Added: {name}, {status.label.lower()}.")
                return
            newest = article.newest()
            revision = services.save(article, document, note=note, by=None, kind=StepKind.IMPORTED)
        except services.NotAllowed as reason:
            raise CommandError(str(reason)) from reason
        if revision.number == newest.number:
            self.stdout.write(f"Unchanged: {name}.")
            return
        waits = " Readers get it when somebody publishes it." if article.status in PUBLIC else ""
        self.stdout.write(f"Revision {revision.number}: {name}.{waits}")


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(documents.MAX_BYTES + 1)
