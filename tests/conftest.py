"""The cast of the suite.

settings    are the demonstration's (plain HTTP, no real keys), with a folder of their own under var/test.
database    SQLite in a file, or PostgreSQL with `-p tests.postgres`; the tables hold what the migrations put
            there: queues, hours, targets, centers, the first notice. Tests marked
            `django_db(transaction=True)` commit; the rows of the migrations are put back for each of them.
client      Django's test client, a visitor.
staff       makes staff accounts: `staff("pharmacist")` has that role's rights and a second factor.
sign_in     signs a client in with both factors: `sign_in(client, staff("lead"))`.
live_url    the portal on a port of its own, static files included, for tests with a browser.
page        a Chromium page that must see no error (pytest-playwright); `sign_in_page(page, user)` lends it
            a session. Whatever waits for it has patience: the machine may have much else to do.
"""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from portal.demo_keys import ROOT, make_keys

VAR = ROOT / "var" / "test"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
# Fixtures through which a test reaches a browser.
BROWSER_FIXTURES = {"page", "context", "browser", "new_context"}
# Longer than the 15 s after which the board looks again by itself; a page that is right takes a moment.
PATIENCE = 30_000

# Before the settings are read: keys made for this checkout's tests, and nothing of the developer's own.
for name in [name for name in os.environ if name.startswith("PORTAL_") or name == "EMAIL_URL"]:
    del os.environ[name]
os.environ["PORTAL_VAR"] = str(VAR)
os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
# Playwright's loop runs in the tests' own thread, where Django would refuse to touch the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
make_keys(VAR, mark="")  # the drills' production uses them too


def pytest_configure(config: pytest.Config) -> None:
    from django.conf import settings
    from django.db import connections

    # Under Playwright's loop Django would open a second connection, which knows nothing of the migrations'
    # rows that are put back after a test.
    connections._connections = threading.local()
    # Passwords are hashed slowly on purpose; the tests' need no protection.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    expect.set_options(timeout=PATIENCE)


def pytest_sessionstart(session: pytest.Session) -> None:
    if not CHROMIUM and os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.exit("REQUIRE_BROWSER=1, and no Chromium was found.", returncode=3)
    if "PYTEST_XDIST_WORKER" not in os.environ:
        from portal import assets

        assets.collect()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if fixtures_of(item) & BROWSER_FIXTURES:
            item.add_marker("browser")
        if item.get_closest_marker("browser") and not CHROMIUM:
            item.add_marker(pytest.mark.skip(reason="no Chromium found"))
        if commits(item):
            # Their rows are deleted afterwards, and so would be the migrations'.
            marker = item.get_closest_marker("django_db")
            kept = dict(marker.kwargs) if marker else {}
            kept |= {"transaction": True, "serialized_rollback": True}
            item.add_marker(pytest.mark.django_db(**kept), append=False)
    # What they delete is put back for the next of them only: the others come before. pytest-django sees to
    # that too, but pytest moves tests that share a browser together after it.
    items.sort(key=commits)


def fixtures_of(item: pytest.Item) -> set[str]:
    return set(getattr(item, "fixturenames", ()))


def commits(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    return "transactional_db" in fixtures_of(item) or bool(marker and marker.kwargs.get("transaction"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    from django.db import connection

    terminalreporter.ensure_newline()
    terminalreporter.line(f"database: {connection.vendor}")
    terminalreporter.line(
        f"browser: {CHROMIUM}"
        if CHROMIUM
        else "browser: no Chromium found, so the browser tests were left out"
    )


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """SQLite in a file: a database in memory has one connection, and nothing in it can be concurrent."""
    from django.db import connection

    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture(autouse=True)
def _new_process(settings: Any, tmp_path: Path) -> None:
    """Each test starts as a new process does: no copies in memory, none on disk, English spoken."""
    from django.core.cache import cache
    from django.utils import translation

    from intake.desk import tallies
    from intake.situation import keeping
    from portal import limits, published

    settings.VAR = tmp_path
    keeping.forget()
    published.forget()
    limits.forget()
    tallies.forget()
    cache.clear()
    # A page in Spanish leaves its thread's language behind.
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture
def staff(db: None) -> Callable[[str], Any]:
    from django.contrib.auth.models import Group
    from django.core.management import call_command
    from django_otp.plugins.otp_totp.models import TOTPDevice

    from portal.demo import ACCOUNTS
    from portal.models import User

    call_command("sync_roles", verbosity=0)

    def make(role: str, username: str = "") -> Any:
        """Return an account with the rights of the demo account `role`, e.g. "frontdesk"."""
        group = ACCOUNTS[role]
        user = User.objects.create_user(
            username or f"test-{role}",
            password="a long pass phrase",
            is_staff=True,
            is_superuser=group is None,
        )
        if group:
            user.groups.add(Group.objects.get(name=group))
        TOTPDevice.objects.create(user=user, name="test", confirmed=True)
        return user

    return make


@pytest.fixture
def sign_in() -> Callable[[Any, Any], None]:
    from django_otp import DEVICE_ID_SESSION_KEY

    def sign_in(client: Any, user: Any) -> None:
        client.force_login(user, backend="portal.backends.RolesBackend")
        session = client.session
        session[DEVICE_ID_SESSION_KEY] = user.totpdevice_set.get().persistent_id
        session.save()

    return sign_in


@pytest.fixture
def live_url(transactional_db: None) -> Iterator[str]:
    """Serve the WSGI application from this process, static files included, and give its address.

    At the end it waits for what is still being answered, such as a page that the browser has left: it would
    write among the next test's rows.
    """
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.signals import request_finished, request_started
    from django.core.wsgi import get_wsgi_application

    answering, change = 0, threading.Condition()

    def count(signal: Any, **_kwargs: Any) -> None:
        nonlocal answering
        with change:
            answering += 1 if signal is request_started else -1
            change.notify_all()

    class QuietHandler(WSGIRequestHandler):
        # One request a connection, so that no thread keeps a database connection beyond its answer.
        protocol_version = "HTTP/1.0"

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadedWSGIServer(("127.0.0.1", 0), QuietHandler)
    # Not portal.wsgi's: its thread would go on asking the database between the tests.
    server.set_app(get_wsgi_application())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    request_started.connect(count)
    request_finished.connect(count)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()
    with change:
        change.wait_for(lambda: answering <= 0, timeout=PATIENCE / 1000)
    request_started.disconnect(count)
    request_finished.disconnect(count)


@pytest.fixture
def sign_in_page(
    live_url: str, client: Any, sign_in: Callable[[Any, Any], None]
) -> Callable[[Any, Any], None]:
    def sign_in_page(page: Any, user: Any) -> None:
        sign_in(client, user)
        page.context.add_cookies(
            [
                {"name": name, "value": morsel.value, "url": live_url}
                for name, morsel in client.cookies.items()
            ]
        )

    return sign_in_page


@pytest.fixture
def new_context(new_context: Callable[..., Any]) -> Callable[..., Any]:
    def new_patient(**options: Any) -> Any:
        context = new_context(**options)
        context.set_default_timeout(2 * PATIENCE)
        return context

    return new_patient


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_type_launch_args,
        "executable_path": CHROMIUM,
        "args": [
            "--no-sandbox",  # root, as in containers, can't have it
            "--disable-gpu",
            "--no-first-run",
            # Nothing but the pages under test may go out.
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    }
