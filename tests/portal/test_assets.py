from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders

from portal import assets


@pytest.fixture
def source(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """A lone source file, and nowhere yet where it is collected."""
    source = tmp_path / "source" / "css" / "site.css"
    source.parent.mkdir(parents=True)
    source.write_text("body { color: black }\n" * 50)
    settings.STATICFILES_DIRS = [tmp_path / "source"]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = tmp_path / "collected"
    finders.get_finder.cache_clear()
    yield source
    finders.get_finder.cache_clear()


def collected(settings: Any) -> list[str]:
    return sorted(path.name for path in Path(settings.STATIC_ROOT, "css").iterdir())


def test_files_are_collected_once(source: Path, settings: Any) -> None:
    assert assets.collect()
    assert any(name.endswith(".css.br") for name in collected(settings))
    assert not assets.collect()


def test_a_change_is_noticed_and_the_old_name_goes_on_working(source: Path, settings: Any) -> None:
    assets.collect()
    before = set(collected(settings))
    source.write_text("body { color: white }")
    assert assets.collect()
    assert before < set(collected(settings))


def test_lost_files_are_collected_again(source: Path, settings: Any) -> None:
    assets.collect()
    for path in sorted(Path(settings.STATIC_ROOT).rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    assert assets.collect()
