"""The outbox: what is to be said by e-mail, written with what it speaks of, sent later, once.

A message may go out twice only if its worker dies, loses the mail server or, for longer than the lease, the
database between the moment the server has taken the message and the note of it. Its Message-ID stays.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import get_supported_language_variant

from intake.choices import MessageKind, MessageState, Priority
from intake.models import OutboxMessage, Request, WorkerHeartbeat
from portal import audit

# Longer than one try can take: a mail server may use up its timeout at each of a dozen steps.
LEASE = timedelta(minutes=5)
# The pause doubles from the first to the longest; the last try comes some nine hours after the first.
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(hours=1)
MAX_TRIES = 16
ALERTING = {Priority.EMERGENCY, Priority.URGENT}
WORKER = "messages"


@dataclass(frozen=True)
class Taken:
    """The right to send a message until the lease runs out: it is `number`'s turn of its tries."""

    message_id: int
    number: int


def announce(request: Request, *, alerts: Iterable[Request], page_language: str, now: datetime) -> None:
    """Write, in the current transaction and one query, what a new request sets off.

    That is a confirmation to the sender, where an address was given, and for each of `alerts`, the new
    request or the earlier one that carries it, an alert to the staff of its queue. Only emergencies and
    urgent requests alert.
    """
    messages = []
    if address := request.answers.get("email"):
        language = language_for(request.language, page_language)
        messages.append(_message(request, MessageKind.CONFIRMATION, language, now, address))
    messages += [
        _message(alert, MessageKind.STAFF_ALERT, settings.LANGUAGE_CODE, now)
        for alert in alerts
        if alert.priority in ALERTING
    ]
    if messages:
        OutboxMessage.objects.bulk_create(messages)


def _message(
    request: Request, kind: MessageKind, language: str, now: datetime, address: str = ""
) -> OutboxMessage:
    return OutboxMessage(
        request=request, kind=kind, address=address, language=language, created_at=now, due_at=now
    )


def language_for(*wished: str) -> str:
    """The first of the wished languages that the portal speaks."""
    for code in wished:
        try:
            return get_supported_language_variant(code)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


def take(*, now: datetime) -> Taken | None:
    """Take the message that is due the longest, so that nobody else tries it before the lease runs out."""
    with transaction.atomic():
        # PostgreSQL passes over rows that others hold. SQLite can't; there the update's condition decides.
        due = OutboxMessage.objects.due(now).select_for_update(skip_locked=True)
        # No more than numbers is read: a row that can't be unsealed must not stop the ones behind it.
        row = due.values_list("id", "tries").first()
        if row is None:
            return None
        taken = Taken(row[0], row[1] + 1)
        won = _as_it_was(taken, tries=row[1]).update(tries=taken.number, due_at=now + LEASE)
    return taken if won else None


def mark_sent(taken: Taken, *, now: datetime) -> None:
    """The mail server has it, so the address isn't needed any more."""
    _as_it_was(taken).update(state=MessageState.SENT, done_at=now, address="", problem="")


def mark_obsolete(taken: Taken, *, now: datetime) -> None:
    _as_it_was(taken).update(state=MessageState.OBSOLETE, done_at=now, address="", problem="")


def put_off(taken: Taken, *, problem: str, now: datetime) -> MessageState:
    """Try again after a pause or, when it was the last try, give up. Return which of the two."""
    if taken.number >= MAX_TRIES:
        return give_up(taken, problem=problem, now=now)
    _as_it_was(taken).update(due_at=now + pause_after(taken.number), problem=problem)
    return MessageState.WAITING


def give_up(taken: Taken, *, problem: str, now: datetime) -> MessageState:
    """Leave the message to staff, who see it and can have it tried again."""
    _as_it_was(taken).update(state=MessageState.FAILED, done_at=now, problem=problem)
    return MessageState.FAILED


def pause_after(tries: int) -> timedelta:
    longest = min(FIRST_PAUSE * 2 ** (tries - 1), LONGEST_PAUSE)
    # What failed together must not come back together.
    return longest * random.uniform(0.8, 1.2)  # noqa: S311 (nothing secret)


def _as_it_was(taken: Taken, tries: int | None = None) -> Any:
    """The row, unless somebody else has taken or finished it since."""
    return OutboxMessage.objects.filter(
        pk=taken.message_id, state=MessageState.WAITING, tries=taken.number if tries is None else tries
    )


def try_again(*, message_id: int, by: Any, now: datetime) -> bool:
    """Have a message that was given up tried anew, from its first try. False where there is none such."""
    if not by.has_perm("intake.retry_message"):
        raise PermissionDenied
    with transaction.atomic():
        changed = OutboxMessage.objects.filter(pk=message_id, state=MessageState.FAILED).update(
            state=MessageState.WAITING, tries=0, due_at=now, done_at=None
        )
        if changed:
            audit.record("message tried again", by=by, subject=f"message {message_id}")
    return bool(changed)


def beat(*, now: datetime) -> None:
    """Give the worker's sign of life."""
    WorkerHeartbeat.objects.bulk_create(
        [WorkerHeartbeat(worker=WORKER, at=now)],
        update_conflicts=True,
        unique_fields=["worker"],
        update_fields=["at"],
    )
