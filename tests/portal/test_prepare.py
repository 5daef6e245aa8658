"""Bringing a database up to date beside people who use it."""

from io import StringIO
from types import SimpleNamespace

import psycopg2
import pytest
from django.core.management import call_command
from django.db import connection, transaction

from portal.management.commands import prepare


@pytest.mark.django_db(transaction=True)
def test_a_change_that_would_wait_lets_go_and_is_tried_again(monkeypatch, settings):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer and no such locks.")
    settings.DEMO = False
    monkeypatch.setattr(prepare.assets, "collect", lambda: False)
    reader = psycopg2.connect(**{**connection.get_connection_params(), "cursor_factory": None})
    tries = []

    def migrate(name, **options):
        if name == "migrate":
            tries.append(name)
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("LOCK TABLE intake_request IN ACCESS EXCLUSIVE MODE")

    try:
        with reader.cursor() as cursor:
            cursor.execute("LOCK TABLE intake_request IN ACCESS SHARE MODE")
        monkeypatch.setattr(prepare.Command, "_migrations_are_missing", lambda self: True)
        monkeypatch.setattr(prepare, "call_command", migrate)
        monkeypatch.setattr(prepare, "LOCK", 1)
        # The pause before the next try: the reader ends in it.
        monkeypatch.setattr(prepare, "time", SimpleNamespace(sleep=lambda pause: reader.rollback()))
        out = StringIO()
        call_command("prepare", stdout=out)
    finally:
        reader.close()
    assert len(tries) == 2
    assert "trying again" in out.getvalue()
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)
