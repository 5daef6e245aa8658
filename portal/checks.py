"""What `manage.py check --deploy` says of an installation beyond Django's own checks.

Weak keys and settings that open a door don't wait for it: with them nothing starts (`portal.settings`).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import Error as DatabaseError

OTHERS = 0o007


@register(Tags.security, deploy=True)
def installation(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return [*_messages(), *_database(), *_folders()]


def _messages() -> Iterator[CheckMessage]:
    if settings.EMAIL_BACKEND.endswith("dummy.EmailBackend"):
        yield Warning(
            "Nobody is sent a message: confirmations, alerts and escalations wait in the outbox.",
            hint="Set EMAIL_URL.",
            id="portal.W001",
        )


def _database() -> Iterator[CheckMessage]:
    if _sqlite_file():
        yield Warning(
            "SQLite serves one machine only, and one writer at a time.",
            hint="Set DATABASE_URL to a PostgreSQL database.",
            id="portal.W002",
        )


def _folders() -> Iterator[CheckMessage]:
    for place in (Path(settings.VAR), _sqlite_file()):
        if place and place.exists() and place.stat().st_mode & OTHERS:
            yield Warning(
                f"Every account of this machine may read {place}.",
                hint=f"chmod o-rwx {place}",
                id="portal.W003",
            )


def _sqlite_file() -> Path | None:
    database = settings.DATABASES["default"]
    return Path(database["NAME"]) if database["ENGINE"].endswith("sqlite3") else None


@register(Tags.database, deploy=True)
def accounts(app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Asked with `--database default`: the demonstration's passwords lie in a file."""
    from portal import demo

    if settings.DEMO or not databases:
        return []
    try:
        names = demo.left_behind()
    except DatabaseError:
        return []
    if not names:
        return []
    said = f"The database holds accounts of the demonstration: {', '.join(names)}."
    return [Error(said, hint="Start production with an empty database.", id="portal.E001")]
