"""The static files as they are served: hashed names, compressed once, ahead of any visitor."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder, get_finders
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command

# Files that are sent as one, in this order: each request costs a bad network a second.
BUNDLES = {
    "css/site.css": ("css/base.css", "css/forms.css"),
    "css/library.css": ("css/base.css", "css/article.css"),
}
_COMMENT = re.compile(rb"/\*.*?\*/\s*", re.DOTALL)


class Bundles(BaseFinder):
    """Finds the bundles, made anew from their parts in a folder of their own whenever somebody looks."""

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        storage = FileSystemStorage(Path(settings.STATIC_ROOT).parent / "bundles")
        for name, parts in BUNDLES.items():
            path = Path(storage.path(name))
            path.parent.mkdir(parents=True, exist_ok=True)
            texts = [(settings.BASE_DIR / "static" / part).read_bytes() for part in parts]
            bundle = _COMMENT.sub(b"", b"".join(texts))
            if not path.exists() or path.read_bytes() != bundle:
                path.write_bytes(bundle)
            yield name, storage

    def find(self, path: str, find_all: bool = False, **options: Any) -> Any:
        found = [storage.path(name) for name, storage in self.list(None) if name == path]
        return found if find_all else next(iter(found), None)


def fingerprint() -> str:
    """Return a hash over the names and bytes of every source file, and over what processes them."""
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for path, storage in sorted(finder.list(None), key=lambda found: found[0]):
            digest.update(f"\0{path}\0".encode())
            digest.update(Path(storage.path(path)).read_bytes())
    return digest.hexdigest()


def collect() -> bool:
    """Collect the static files if a source has changed since, or if they were never collected.

    What was collected before stays: pages still open in a browser ask for it by its hashed name.
    """
    root = Path(settings.STATIC_ROOT)
    sources = root / "sources.sha256"
    current = fingerprint()
    if sources.exists() and sources.read_text() == current:
        return False
    call_command("collectstatic", interactive=False, verbosity=0)
    sources.write_text(current)
    return True
