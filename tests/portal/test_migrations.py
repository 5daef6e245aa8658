"""The database of the first release, full, comes to today's release without losing a row or a word."""

import json
import os
import re
import subprocess
import sys

import environ
import psycopg2
import pytest
from django.conf import settings as django_settings
from django.db import connection, connections
from django.db.utils import load_backend

from tests.portal.first_release import REQUESTS

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

# Parts of articles, which stand in their revisions now.
MOVED = {"education_section", "education_question", "education_reference"}
# What is reckoned from other columns, in another way since.
RECKONED = {"education_article.digest", "intake_request.call_band"}
KEPT_BY_OTHERS = {"django_migrations", "sqlite_sequence", "django_content_type", "auth_permission"}


@pytest.fixture
def url(tmp_path):
    """The address of a database of its own."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{tmp_path / 'old.sqlite3'}"
        return
    name = f"old_{os.getpid()}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    yield re.sub(r"/[^/?]*(?=\?|$)", f"/{name}", os.environ["DATABASE_URL"], count=1)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def run(url, *command):
    done = subprocess.run(
        [sys.executable, *command],
        cwd=django_settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": url, "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def tables(url):
    """Each table's rows by their key, each row by its columns."""
    there = {**connections.databases["default"], "OPTIONS": {}, **environ.Env.db_url_config(url)}
    other = load_backend(there["ENGINE"]).DatabaseWrapper(there, "other")
    try:
        with other.cursor() as cursor:
            found = {}
            for table in set(other.introspection.table_names(cursor)) - KEPT_BY_OTHERS:
                key = other.introspection.get_primary_key_column(cursor, table)
                cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608  (our own tables)
                columns = [column[0] for column in cursor.description]
                rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
                found[table] = {row[key]: row for row in rows}
    finally:
        other.close()
    return found


def asked(url, query):
    """The rows that the database at the address answers with."""
    with psycopg2.connect(url) as other, other.cursor() as cursor:
        cursor.execute(query)
        found = cursor.fetchall() if cursor.description else []
    other.close()
    return found


def test_a_full_database_of_the_first_release_keeps_every_row(url):
    run(url, "-m", "tests.portal.first_release")
    before = tables(url)
    assert len(before["intake_request"]) == REQUESTS
    if connection.vendor == "postgresql":
        # What a build that was interrupted leaves behind.
        asked(url, "CREATE INDEX audit_by_seal ON portal_auditentry (action)")
    run(url, "manage.py", "migrate", "--no-input", "--verbosity=0")
    after = tables(url)
    assert before.keys() - after.keys() <= MOVED
    lost, changed = [], {}
    for table in before.keys() & after.keys():
        for key, row in before[table].items():
            if key not in after[table]:
                lost.append((table, key))
                continue
            for column in row.keys() & after[table][key].keys():
                if row[column] != after[table][key][column]:
                    changed.setdefault(f"{table}.{column}", []).append(key)
    assert lost == []
    assert changed.keys() <= RECKONED, changed
    gone = {
        f"{table}.{column}"
        for table in before.keys() & after.keys()
        for column in columns(before[table]) - columns(after[table])
    }
    assert gone == set()
    # On SQLite as text, in which what isn't ASCII is escaped.
    contents = [row["content"] for row in after["education_revision"].values()]
    contents = [json.loads(one) if isinstance(one, str) else one for one in contents]
    words = json.dumps(contents, ensure_ascii=False)
    for table, column in (("section", "body"), ("question", "answer"), ("reference", "text")):
        for row in before[f"education_{table}"].values():
            assert row[column] in words
    if connection.vendor == "postgresql":
        assert asked(url, "SELECT conname FROM pg_constraint WHERE NOT convalidated") == []
        assert asked(url, "SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid") == []
        ((index,),) = asked(url, "SELECT indexdef FROM pg_indexes WHERE indexname = 'audit_by_seal'")
        assert index.endswith("(seal, id)")
    # What was sealed opens, and is found by its hashes.
    assert "none needs an older key" in run(url, "manage.py", "rotate_keys", "--check")


def columns(rows):
    return set(next(iter(rows.values()), {}))
