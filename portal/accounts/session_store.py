"""Where sessions are kept: as Django keeps them in the database, found by a question that is worded once."""

from functools import lru_cache

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db import DEFAULT_DB_ALIAS, connection
from django.utils import timezone

from intake.worded import NOW, Statement, worded_rows

COLUMNS = [column.attname for column in Session._meta.concrete_fields]
# Stands for the key of a session, and is none.
KEY = "-"


class SessionStore(db.SessionStore):
    def _get_session_from_db(self) -> Session | None:
        rows = _session(connection.vendor).ask(key=self.session_key, now=timezone.now())
        if rows:
            return Session.from_db(DEFAULT_DB_ALIAS, COLUMNS, rows[0])
        self._session_key = None
        return None


@lru_cache
def _session(vendor: str) -> Statement:
    """One that is not over. Every page of the staff asks this."""
    running = Session.objects.filter(session_key=KEY, expire_date__gt=NOW)
    return worded_rows(running.values_list(*COLUMNS), {"key": KEY, "now": NOW})
