"""The static files as they are served: hashed names, compressed once, ahead of any visitor."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command


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
