"""An audit trail as somebody with the database in hand, but without a key, would change it."""

from datetime import UTC, datetime

from django.db import connection
from django.utils import timezone

from portal import audit
from portal.audit import AuditEntry

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def seal_all():
    while audit.seal(now=timezone.now()):
        pass


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def insert(copied, **changed):
    """Put a row in as whoever may write SQL would, without a key."""
    names = [f.column for f in AuditEntry._meta.concrete_fields if f.column not in ("id", *changed)]
    listed, marks = ", ".join([*names, *changed]), ", ".join([*names, *["%s"] * len(changed)])
    parts = [
        "INSERT INTO portal_auditentry (",
        listed,
        ") SELECT ",
        marks,
        " FROM portal_auditentry WHERE id = %s",
    ]
    sql("".join(parts), *changed.values(), copied.pk)


def is_whole(subject, since=None):
    """As `are_whole` tells of one subject, which is older than the chain unless `since` is given."""
    return audit.are_whole({subject: since or LONG_AGO}, first="request submitted")


def findings():
    report = audit.verify()
    assert report.wrong == len(report.first)
    return [(one.what, one.row, one.subject) for one in report.first]
