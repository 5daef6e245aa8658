"""What the drill does as the portal: `python -m benchmarks.drill.inside COMMAND` in its environment."""

import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from uuid import uuid4

import django

django.setup()

from django.contrib.auth.models import Group  # noqa: E402  (needs the apps)
from django.db import connection, transaction  # noqa: E402  (needs the apps)
from django.utils import timezone  # noqa: E402  (needs the apps)

from benchmarks.drill.checking import Database, Message, Stored  # noqa: E402  (needs the apps)
from intake.messages import message_id  # noqa: E402  (needs the apps)
from intake.models import OutboxMessage, Request, RequestEvent  # noqa: E402  (needs the apps)
from intake.tasks import MailServerAway, MessageWorker  # noqa: E402  (needs the apps)
from portal.models import User  # noqa: E402  (needs the apps)


def staff() -> None:
    """Somebody whom alerts are sent to."""
    user = User.objects.create(username="drill", email="drill@example.com", is_staff=True)
    user.groups.add(Group.objects.get(name="lead"))


def stored() -> dict[str, Any]:
    events = Counter(RequestEvent.objects.filter(kind="submitted").values_list("request_id", flat=True))
    messages = list(OutboxMessage.objects.select_related("request"))
    written = Counter((message.request_id, message.kind) for message in messages)
    requests = [
        Stored(
            key=str(row.submission_key),
            reference=row.reference,
            last_name=row.answers["last_name"],
            email=row.answers.get("email", ""),
            queue=row.queue.slug,
            priority=row.priority,
            rules=row.rules,
            is_due=row.due_at > row.submitted_at,
            submitted_events=events[row.pk],
            confirmations=written[row.pk, "confirmation"],
            alerts=written[row.pk, "staff_alert"],
        )
        for row in Request.objects.select_related("queue")
    ]
    told = [
        Message(
            message_id(message),
            message.kind,
            message.state,
            message.tries,
            message.request.answers.get("email", "") if message.request else "",
        )
        for message in messages
        if message.request_id is None or message.request is not None
    ]
    return asdict(Database(requests, told))


def wait(patience: str) -> int:
    """Wait until the workers have sent everything; return how many messages wait all the same."""
    deadline = time.monotonic() + float(patience)
    while waiting := _waiting().count():
        if time.monotonic() > deadline:
            break
        time.sleep(1)
    return waiting


def drain(patience: str) -> int:
    """Send what waits, with every pause and every dead worker's lease over at once. No worker may run."""
    deadline = time.monotonic() + float(patience)
    while waiting := _waiting().count():
        _waiting().update(due_at=timezone.now())
        try:
            MessageWorker().send_due()
        except MailServerAway:
            time.sleep(0.2)
        if time.monotonic() > deadline:
            break
    return waiting


def tampered() -> dict[str, Any]:
    """What is stored if a request is lost, or doubled; the database is left as it was."""
    return {"lost": _as_if(_lose), "doubled": _as_if(_double)}


def _lose(request: Request) -> None:
    # A loss asks no trigger and no foreign key.
    if connection.vendor == "postgresql":
        _execute("SET LOCAL session_replication_role = replica")
    _execute("DELETE FROM intake_requestevent WHERE request_id = %s", request.pk)
    _execute("DELETE FROM intake_outboxmessage WHERE request_id = %s", request.pk)
    _execute("DELETE FROM intake_request WHERE id = %s", request.pk)


def _double(request: Request) -> None:
    request.pk = None
    request._state.adding = True
    request.answers_digest = request.reference_hash = request.token_hash = uuid4().hex
    request.save()


def _execute(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _as_if(change: Callable[[Request], None]) -> dict[str, Any]:
    with transaction.atomic():
        change(Request.objects.order_by("id").first())
        found = stored()
        transaction.set_rollback(True)
    return found


def _waiting() -> Any:
    return OutboxMessage.objects.filter(state="waiting")


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    json.dump(globals()[command](*arguments), sys.stdout)
