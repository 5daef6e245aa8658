"""Keeping a copy of the situation in each process.

Every page shows part of it, and triage and due times lean on it, so a process keeps a copy that is at most
`settings.SITUATION_MAX_AGE` seconds old. While the database can't be asked, the last good copy goes on
being used: the one in memory, else the one last written to disk, else what the release came with.
"""

import json
import logging
import os
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import Error as DatabaseError
from django.utils import timezone

from intake import models
from intake.situation.values import Situation

logger = logging.getLogger(__name__)
# The database is away, or holds rows that no page can be made of.
UNREADABLE = (DatabaseError, ValueError, LookupError)
FIRST_COPY = Path(__file__).with_name("first_copy.json")


@dataclass(frozen=True)
class Kept:
    situation: Situation
    checked: float  # on the monotonic clock
    stale: bool  # the database could not be asked


_kept: Kept | None = None
# Held by whoever asks the database: meanwhile the others go on with the copy that there is.
asking = threading.RLock()


def current() -> Situation:
    """Return the situation, at most `SITUATION_MAX_AGE` seconds old, or the last good copy. Never raises."""
    return _current().situation


def is_stale() -> bool:
    """Whether the copy is shown because the database could not be asked: pages then say how old it is."""
    return _current().stale


def refresh() -> None:
    """Ask the database now and keep the answer, for this process and, when it changed, on disk."""
    with asking:
        _refresh()


def _current() -> Kept:
    kept = _kept
    if kept and time.monotonic() - kept.checked < settings.SITUATION_MAX_AGE:
        return kept
    # One thread asks; the others go on with what there is instead of waiting for a slow database.
    acquired = asking.acquire(blocking=kept is None)
    if kept and not acquired:
        return kept
    try:
        return _refresh()
    finally:
        asking.release()


def _refresh() -> Kept:
    global _kept
    now, last = timezone.now(), _kept
    try:
        situation = Situation.from_document(document := read_document(now))
        stale = False
        if last is None or last.situation.version != situation.version:
            _write(document)
    except UNREADABLE:
        if last is None or not last.stale:
            logger.warning("The situation can't be read; the last good copy is shown.")
        situation, stale = last.situation if last else _read_copy(), True
    _kept = Kept(situation, time.monotonic(), stale)
    return _kept


def forget() -> None:
    """Drop this process's copy, as a new process would start."""
    global _kept
    _kept = None


def read_document(now: datetime) -> Mapping[str, Any]:
    """Read the rows: a fixed number of queries, JSON-ready."""
    rows = {
        "queues": models.Queue.objects.order_by("position", "slug").values(
            "id", "slug", "door", "audience", "audience_es", "phone", "time_zone", "hours_confirmed"
        ),
        "periods": models.OpeningPeriod.objects.values("queue_id", "weekday", "opens", "closes"),
        "closures": models.Closure.objects.filter(ends_at__gt=now - timedelta(days=1)).values(
            "queue_id", "starts_at", "ends_at"
        ),
        "facilities": models.Facility.objects.values(
            "id", "slug", "name", "name_confirmed", "kind", "status", "since", "note", "note_es"
        ),
        "notices": models.EmergencyNotice.objects.exclude(ends_at__lt=now).values(
            "id",
            "severity",
            "headline",
            "headline_es",
            "body",
            "body_es",
            "starts_at",
            "ends_at",
            "says_centers_open",
        ),
        "targets": models.CallbackTarget.objects.values("priority", "basis", "minutes", "confirmed"),
        "therapies": models.UninterruptibleTherapy.objects.values("terms"),
    }
    document: dict[str, Any] = {name: list(values) for name, values in rows.items()}
    for queue in document["queues"]:
        queue["phone"] = queue["phone"].as_e164
    document["signed_versions"] = list(models.RulesetSignOff.objects.values_list("version", flat=True))
    document["as_of"] = now
    return json.loads(json.dumps(document, cls=DjangoJSONEncoder))


def _copy() -> Path:
    return settings.VAR / "situation.json"


def _write(document: Mapping[str, Any]) -> None:
    """Put the copy on disk in one step; a full disk must not keep anybody from reading the numbers."""
    try:
        settings.VAR.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=settings.VAR, prefix="situation-")
        with os.fdopen(handle, "w") as file:
            json.dump(document, file)
        os.replace(name, _copy())
    except OSError:
        logger.warning("The copy of the situation can't be written to disk.")


def _read_copy() -> Situation:
    for path in (_copy(), FIRST_COPY):
        try:
            return Situation.from_document(json.loads(path.read_text()))
        except (OSError, ValueError, LookupError):
            continue
    raise RuntimeError(f"{FIRST_COPY} is missing or broken.")
