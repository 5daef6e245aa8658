"""The purge: everything that the portal keeps for a while only, a batch at a time."""

import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.sessions.models import Session
from django.db import connection, models
from django.db.models import Sum

from intake.services import purging
from portal import audit

logger = logging.getLogger(__name__)

# Rows of one statement, where they are small.
BATCH = 1000
SIGN_INS_KEPT = timedelta(days=365)
# Six years, with their leap days.
AUDIT_KEPT = timedelta(days=2192)
DAY = timedelta(hours=23)
# How much the message worker purges at a time: its messages must not wait.
BATCHES_A_TURN = 5
SUBJECT = "purge"
UNFINISHED = "unfinished"

# What is told while it goes on: of what, how many so far.
Progress = Callable[[str, int], None]
Batch = Callable[[Any, datetime], Counter[str]]


def due(now: datetime) -> Counter[str]:
    """How much would go at `now`, by what it is."""
    found = Counter({f"{door} requests": number for door, number in purging.requests_due(now=now).items()})
    found["messages"] = purging.messages_due(now=now)
    for name, rows in _spent(now).items():
        found[name] = rows.count()
    expiring = audit.AuditSeal.objects.filter(expired_at=None, newest__lt=_audit_before(now))
    found["audit rows"] = expiring.aggregate(rows=Sum("rows"))["rows"] or 0
    return +found


def purge(
    *, by: Any, now: datetime, most: int | None = None, progress: Progress = lambda what, number: None
) -> Counter[str]:
    """Purge what is due, or `most` batches of it, and record in one audit row how much went, by what it is.

    Each batch is a transaction of its own with its own audit rows, so that it may be interrupted at any time
    and run any number of times at once. The row with the counts is written also then. A part that fails keeps
    no other one: its error is raised when the rest is done.
    """
    _overwrite_what_goes()
    gone: Counter[str] = Counter()
    failed: dict[str, Exception] = {}
    end = [UNFINISHED]
    try:
        if _batches(gone, failed, by, now, most, progress) and _forget_the_journal():
            end = []
        end += [f"failed: {name} ({type(error).__name__})" for name, error in failed.items()]
    finally:
        counts = [f"{what}: {number}" for what, number in sorted(gone.items())]
        audit.record("purged", by=by, subject=SUBJECT, fields=[*counts, *end])
    for error in failed.values():
        raise error
    return gone


def purge_daily(now: datetime) -> None:
    """Purge a little where nobody has finished it today. What failed is tried again tomorrow."""
    last = audit.AuditEntry.objects.filter(subject=SUBJECT, at__gt=now - DAY).first()
    if last is None or UNFINISHED in last.fields:
        purge(by="portal", now=now, most=BATCHES_A_TURN)


def _batches(
    gone: Counter[str],
    failed: dict[str, Exception],
    by: Any,
    now: datetime,
    most: int | None,
    progress: Progress,
) -> bool:
    """Whether nothing that was due is left, but for what `failed`."""
    done = 0
    for name, batch in _parts(now).items():
        while most is None or done < most:
            try:
                step = batch(by, now)
            except Exception as error:
                # Without its text, which may name somebody.
                logger.error("The purge of %s failed: %s", name, type(error).__name__)
                failed[name] = error
                break
            if not step:
                break
            done += 1
            gone.update(step)
            progress(name, sum(gone[what] for what in gone if what.endswith(name)))
        else:
            return False
    return True


def _parts(now: datetime) -> dict[str, Batch]:
    def requests(by: Any, now: datetime) -> Counter[str]:
        gone = purging.purge_requests(by=by, now=now)
        return Counter({f"{door} requests": number for door, number in gone.items()})

    def messages(by: Any, now: datetime) -> Counter[str]:
        return +Counter(messages=purging.purge_messages(by=by, now=now))

    def spent(name: str) -> Batch:
        return lambda by, now: +Counter({name: _delete_some(_spent(now)[name])})

    def audit_rows(by: Any, now: datetime) -> Counter[str]:
        return +Counter({"audit rows": audit.expire(before=_audit_before(now), by=by, now=now)})

    parts = {"requests": requests, "messages": messages} | {name: spent(name) for name in _spent(now)}
    return {**parts, "audit rows": audit_rows}


def _audit_before(now: datetime) -> datetime:
    """Whoever must keep a request must be able to say who saw it."""
    held_since = purging.oldest_on_hold()
    return min(now - AUDIT_KEPT, held_since or now)


def _spent(now: datetime) -> dict[str, models.QuerySet[Any]]:
    long_ago = now - SIGN_INS_KEPT
    return {
        "ended sessions": Session.objects.filter(expire_date__lt=now),
        "failed sign-ins": AccessAttempt.objects.filter(attempt_time__lt=long_ago),
        "logged failures": AccessFailureLog.objects.filter(attempt_time__lt=long_ago),
        "logged sign-ins": AccessLog.objects.filter(attempt_time__lt=long_ago),
    }


def _delete_some(rows: models.QuerySet[Any]) -> int:
    some = list(rows.order_by().values_list("pk", flat=True)[:BATCH])
    return rows.filter(pk__in=some).delete()[0] if some else 0


def _overwrite_what_goes() -> None:
    # SQLite would leave deleted rows in the free parts of its file. PostgreSQL has its vacuum.
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = ON")


def _forget_the_journal() -> bool:
    """False where somebody reads from the journal just now: it still holds what went."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return True
    with connection.cursor() as cursor:
        (patience,) = cursor.execute("PRAGMA busy_timeout").fetchone()
        # It would wait for every reader, and let nobody write meanwhile.
        cursor.execute("PRAGMA busy_timeout = 0")
        try:
            (busy, *_pages) = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {patience}")
    return not busy
