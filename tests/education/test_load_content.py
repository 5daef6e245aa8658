from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from education import checks, documents, services
from education.choices import Status
from education.management.commands import load_content
from education.models import Article
from tests.education.page import ADDRESS


def load() -> str:
    output = StringIO()
    call_command("load_content", stdout=output)
    return output.getvalue()


def test_loading_again_changes_nothing(db: None) -> None:
    assert "ivig-for-polymyositis" in load()
    before = list(Article.objects.values())
    assert load() == ""
    assert list(Article.objects.values()) == before


def test_loading_keeps_what_staff_wrote(article: Article, get: Callable[[str], str]) -> None:
    document = article.document()
    first = replace(document.sections[0], body="Written by the staff.")
    services.save(article, replace(document, sections=(first, *document.sections[1:])), by=None)
    services.change_status(article, Status.WITHDRAWN, by=None)
    services.change_status(article, Status.DRAFT, by=None)
    services.change_status(article, Status.PUBLISHED, by=None)
    load()
    assert "Written by the staff." in get(ADDRESS)


def test_loading_brings_stored_pages_up_to_date(article: Article, get: Callable[[str], str]) -> None:
    Article.objects.update(html="<p>What an older version made.</p>")
    assert f"rendered anew: {Article.objects.count()}." in load()
    assert "What an older version made" not in get(ADDRESS)


def test_what_is_loaded_would_pass_the_staffs_own_checks(article: Article) -> None:
    assert list(documents.check(article.document())) == []
    assert [finding for finding in checks.check(article.document()) if finding.blocks] == []


def test_a_faulty_file_is_named(db: None, tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "broken.md").write_text("nothing")
    monkeypatch.setattr(load_content, "CONTENT", tmp_path)
    with pytest.raises(CommandError, match=r"en/broken\.md: "):
        load()
