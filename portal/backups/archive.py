"""The file of a backup: a tar of the manifest and what the database wrote, readable by its owner alone."""

import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FORMAT = 1
MANIFEST, DATABASE = "manifest.json", "database"
PIECE = 1024 * 1024


class BackupError(Exception):
    """In words for whoever runs the command."""


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. `rows` counts those of each table, `left_out` names tables without theirs."""

    made_at: str
    vendor: str
    migrations: list[str]
    rows: dict[str, int]
    left_out: list[str]
    sha256: str = ""
    format: int = FORMAT


@contextmanager
def workshop(beside: Path) -> Iterator[Path]:
    """A folder that only this account can look into, gone afterwards."""
    try:
        with tempfile.TemporaryDirectory(prefix=".portal-backup-", dir=beside) as folder:
            yield Path(folder)
    except OSError as error:
        raise BackupError(f"{error.strerror or type(error).__name__}: {error.filename or beside}") from error


def write(target: Path, dump: Path, facts: dict[str, Any]) -> Manifest:
    """Put `dump` and what is known of it into `target`, which appears whole or not at all."""
    manifest = Manifest(**facts, sha256=_digest(dump))
    part = dump.parent / "part"
    with open(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        with tarfile.open(fileobj=file, mode="w") as tar:
            text = json.dumps(asdict(manifest), indent=1).encode()
            member = tarfile.TarInfo(MANIFEST)
            member.size, member.mode = len(text), 0o600
            tar.addfile(member, io.BytesIO(text))
            member = tarfile.TarInfo(DATABASE)
            member.size, member.mode = dump.stat().st_size, 0o600
            with dump.open("rb") as content:
                tar.addfile(member, content)
        file.flush()
        os.fsync(file.fileno())
    part.rename(target)
    return manifest


def read(source: Path, dump: Path) -> Manifest:
    """Write to `dump` what the database wrote; return the manifest, or raise BackupError if it disagrees."""
    try:
        with tarfile.open(source) as tar:
            manifest = Manifest(**json.loads(_member(tar, MANIFEST).read()))
            if manifest.format != FORMAT:
                raise BackupError(f"{source} has format {manifest.format}; this release reads {FORMAT}.")
            content = _member(tar, DATABASE)
            with open(os.open(dump, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                while piece := content.read(PIECE):
                    file.write(piece)
    except (tarfile.TarError, KeyError, TypeError, ValueError) as error:
        raise BackupError(f"{source} is no whole backup.") from error
    if _digest(dump) != manifest.sha256:
        raise BackupError(f"{source} is damaged: its checksum is another one.")
    return manifest


def _member(tar: tarfile.TarFile, name: str) -> Any:
    content = tar.extractfile(name)
    if content is None:
        raise KeyError(name)
    return content


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
