"""Articles as files, by commands: out of one database and into another."""

import io
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from education import services
from education.choices import Status
from education.models import Article, Revision
from tests.education.page import SLUG
from tests.education.test_pages import a_document


def export(slug: str, language: str, *options: str) -> str:
    output = io.StringIO()
    call_command("export_article", slug, language, *options, stdout=output)
    return output.getvalue()


def import_(path: Path | str, *options: str) -> str:
    output = io.StringIO()
    call_command("import_article", str(path), *options, stdout=output)
    return output.getvalue()


@pytest.mark.parametrize("language", ["en", "es"])
def test_an_article_goes_into_an_empty_database_and_out_again_byte_for_byte(
    article: Article, tmp_path: Path, language: str
) -> None:
    first = export(SLUG, language)
    (tmp_path / "article.md").write_text(first, encoding="utf-8")
    # What readers have seen, no constraint lets go.
    Article.objects.update(status=Status.DRAFT, published=None, published_at=None)
    Article.objects.all().delete()
    assert "Added" in import_(tmp_path / "article.md")
    assert export(SLUG, language) == first
    assert Article.objects.get().status == Status.PUBLISHED
    assert Article.objects.get().reviewer is None
    assert "Unchanged" in import_(tmp_path / "article.md")
    assert Revision.objects.count() == 1


def test_an_article_that_is_there_gets_a_revision_that_waits(db: None, tmp_path: Path) -> None:
    article = services.add(a_document(), status=Status.PUBLISHED, by=None)
    path = tmp_path / "article.md"
    path.write_text(export("another", "en").replace("One line.", "Another line."), encoding="utf-8")
    assert "Readers get it when somebody publishes it" in import_(path, "--note", "A new line.")
    article.refresh_from_db()
    assert (article.summary, article.newest().note) == ("One line.", "A new line.")
    assert "Another line." in export("another", "en")
    assert "One line." in export("another", "en", "--published")


def test_a_file_comes_through_the_standard_input_too(db: None, monkeypatch: Any) -> None:
    services.add(a_document(), status=Status.DRAFT, by=None)
    text = export("another", "en").replace('slug = "another"', 'slug = "third"')
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert "Added: third (en), draft." in import_("-")


@pytest.mark.parametrize(
    ("content", "words"),
    [("nothing", "Line 1"), ("+++\n+++\n", "author"), ("x" * 600_000, "KB"), (None, "No such file")],
)
def test_what_is_no_article_is_refused_in_words(
    db: None, tmp_path: Path, content: str | None, words: str
) -> None:
    path = tmp_path / "broken.md"
    if content is not None:
        path.write_text(content)
    with pytest.raises(CommandError, match=words):
        import_(path)
    assert not Article.objects.exists()


def test_what_is_not_there_is_not_exported(db: None) -> None:
    services.add(a_document(), status=Status.DRAFT, by=None)
    with pytest.raises(CommandError, match="no article"):
        export("nothing", "en")
    with pytest.raises(CommandError, match="never published"):
        export("another", "en", "--published")
