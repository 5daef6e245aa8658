"""Rows as the services leave them, many at once."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import connection
from django.test.utils import CaptureQueriesContext

from intake.choices import Priority
from intake.models import Request


def stored(queue: Any, at: datetime, **given: Any) -> Request:
    """A request that arrived `at`, due an hour later, not saved; without anything that somebody said."""
    columns = {
        "document": {"reference": "", "answers": {}, "reasons": []},
        "submission_key": uuid4(),
        "answers_digest": uuid4().hex,
        "door": "current-patient",
        "queue": queue,
        "priority": Priority.URGENT,
        "ruleset_version": "test",
        "submitted_at": at,
        "due_at": at + timedelta(minutes=60),
    }
    hashes = {f"{name}_hash": uuid4().hex for name in ("reference", "token", "phone", "last_name")}
    return Request(**{**columns, **hashes, **given})


def number_of_queries(client: Any, path: str) -> int:
    """How many a page takes, sign-in's and the frame's included."""
    client.get(path)  # the situation's first look
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)
