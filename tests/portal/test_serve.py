"""`make run` and what it starts, as real processes."""

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection

from portal.demo_keys import ROOT
from portal.management.commands import serve

PATIENCE = 180.0  # seconds; other tests use the processors too


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], Any], what: str, patience: float = PATIENCE) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.05)


class Run:
    """One `make run` of this checkout, with a folder of its own in place of var/."""

    def __init__(self, var: Path, database_url: str) -> None:
        self.port = free_port()
        self.log = var.with_name(f"{var.name}-{self.port}.log")
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
        self.env |= {"PORTAL_VAR": str(var), "DATABASE_URL": database_url, "PORT": str(self.port)}
        self.env.pop("PYTHONUNBUFFERED", None)  # what is printed must reach a pipe without it
        with self.log.open("w") as log:
            self.make = psutil.Popen(
                ["make", "--silent", "run"],
                cwd=ROOT,
                env=self.env,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.family: list[psutil.Process] = []

    def wait_until_ready(self) -> None:
        wait_until(lambda: "Ctrl-C ends it" in self.output() or self.make.poll() is not None, "ready")
        assert self.make.poll() is None, self.output()
        self.family = self.make.children(recursive=True)

    def output(self) -> str:
        return self.log.read_text()

    def status(self, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def process(self, *words: str) -> psutil.Process:
        """The eldest process whose command line holds all of `words`."""
        found = [child for child in self.family if all(word in child.cmdline() for word in words)]
        return min(found, key=lambda child: child.create_time())

    def manage(self, *arguments: str) -> str:
        env = {name: value for name, value in self.env.items() if name != "PORT"}
        command = [ROOT / ".venv" / "bin" / "python", "manage.py", *arguments]
        return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True).stdout

    def sign_in(self, username: str, password: str) -> int:
        """Sign in as a visitor of the demonstration would; return the status of the page behind."""
        site = f"http://127.0.0.1:{self.port}/admin/"
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with browser.open(f"{site}login/") as page:
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.read().decode())
        assert token
        form = {"csrfmiddlewaretoken": token[1], "username": username, "password": password}
        form["otp_token"] = self.manage("staff_code", username)
        form["next"] = "/admin/"
        with browser.open(f"{site}login/", urllib.parse.urlencode(form).encode()) as page:
            assert "/login/" not in page.url, page.read().decode()
            return int(page.status)

    def survivors(self) -> list[psutil.Process]:
        return [
            child for child in self.family if child.is_running() and child.status() != psutil.STATUS_ZOMBIE
        ]

    def kill(self) -> None:
        for process in [*self.survivors(), self.make]:
            if process.is_running():
                process.kill()


@pytest.fixture
def database_url(tmp_path: Path, transactional_db: None) -> Iterator[str]:
    """A database that holds nothing yet, of the kind that the suite runs on."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{tmp_path / 'served.sqlite3'}"
        return
    name = f"served_{os.getpid()}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    yield re.sub(r"/[^/?]*(?=\?|$)", f"/{name}", os.environ["DATABASE_URL"], count=1)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def make_run(tmp_path: Path, database_url: str) -> Iterator[Callable[[], Run]]:
    runs: list[Run] = []
    var = tmp_path / "served"
    # Compressing the static files anew would take longer than all the rest.
    shutil.copytree(django_settings.STATIC_ROOT, var / "static")

    def start() -> Run:
        run = Run(var, database_url)
        runs.append(run)
        run.wait_until_ready()
        return run

    yield start
    for run in runs:
        run.kill()


@pytest.mark.slow
def test_make_run_serves_survives_and_ends(make_run: Callable[[], Run], tmp_path: Path) -> None:
    run = make_run()
    assert f"http://127.0.0.1:{run.port}/" in run.output()
    assert run.status("/healthz") == 200
    assert run.status("/") == 200

    # Whatever dies is replaced.
    run.process("granian").kill()
    wait_until(lambda: run.status("/healthz") != 200, "the server is gone")
    wait_until(lambda: run.status("/healthz") == 200, "the server is back")
    run.family += run.make.children(recursive=True)

    # make alone is told to end; everything that it started ends with it.
    run.make.terminate()
    wait_until(lambda: not run.survivors(), "everybody ends")
    assert run.make.wait(PATIENCE) != 0

    var = tmp_path / "served"
    kept = {name: (var / name).read_text() for name in ("demo.env", "demo-staff.json")}
    for line in kept["demo.env"].splitlines():
        assert line.split("=", 1)[-1] not in run.output()

    again = make_run()
    assert {name: (var / name).read_text() for name in kept} == kept
    # Nothing is left to do: the address is the first that is said.
    assert again.output().startswith("The portal is ready: ")
    for username in ("frontdesk", "auditor"):
        assert again.sign_in(username, json.loads(kept["demo-staff.json"])[username]["password"]) == 200

    # The one who looks after the others is killed outright; they end all the same.
    again.process("serve").kill()
    wait_until(lambda: not again.survivors(), "everybody ends")


def held_open(port: int, start: str, number: int) -> list[socket.socket]:
    """So many clients that begin a request and never end it."""
    clients = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(number)]
    for client in clients:
        client.sendall(start.replace("{port}", str(port)).encode())
    return clients


@pytest.mark.slow
def test_clients_that_never_finish_keep_nobody_waiting(make_run: Callable[[], Run]) -> None:
    run = make_run()
    bodies = (
        "POST /help/new-patient/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 900\r\n\r\nnotes=x"
    )
    headers = "GET /status/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Slow: x"
    # More bodies than a process is given threads to work with.
    slow = [*held_open(run.port, bodies, 120), *held_open(run.port, headers, 60)]
    try:
        for path in ("/status/", "/healthz", "/readyz", "/help/new-patient/", "/admin/login/"):
            wait_until(lambda path=path: run.status(path) == 200, f"{path} is answered beside them")
        site = f"http://127.0.0.1:{run.port}/help/new-patient/"
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with browser.open(site) as page:
            names = ("csrfmiddlewaretoken", "submission_key")
            html = page.read().decode()
            form = {name: re.search(rf'name="{name}" value="([^"]+)"', html)[1] for name in names}
        form |= {"caller_role": "patient", "first_name": "A", "last_name": "B", "phone": "213 555 0100"}
        with browser.open(site, urllib.parse.urlencode(form).encode()) as page:
            assert "/help/received/" in page.url
        # Headers that don't come are given up; a body may come as slowly as a bad network brings it.
        slow[-1].settimeout(PATIENCE)
        assert b" 200 " not in slow[-1].recv(1000)
    finally:
        for client in slow:
            client.close()


def test_a_port_in_use_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        with pytest.raises(CommandError, match=rf"^Port {port} is in use already\. .*$"):
            call_command("serve")


@pytest.mark.parametrize("port", ["abc", "0", "65536", "-1", "8000 ", "٨٠٠٠"])
def test_a_port_that_is_none_is_refused(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", port)
    with pytest.raises(CommandError, match="PORT must be"):
        call_command("serve")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "portal.example"])
def test_the_demonstration_is_served_on_loopback_only(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert django_settings.DEMO
    monkeypatch.setenv("BIND", host)
    with pytest.raises(CommandError, match="loopback only"):
        call_command("serve")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_loopback_is_recognised(host: str) -> None:
    serve._refuse_plain_http(host)


def test_production_is_served_elsewhere_only_behind_a_proxy(settings: Any) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="PORTAL_BEHIND_PROXY"):
        serve._refuse_plain_http("0.0.0.0")
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    serve._refuse_plain_http("0.0.0.0")


def test_processes_count_together_from_nothing_and_each_port_for_itself(
    settings: Any, tmp_path: Path
) -> None:
    settings.VAR = tmp_path
    folder, other = serve._counts(8001), serve._counts(8002)
    for place in (folder, other):
        (place / "counter_1.db").touch()
    assert serve._counts(8001) == folder
    assert [list(place.iterdir()) for place in (folder, other)] == [[], [other / "counter_1.db"]]
    assert folder.stat().st_mode & 0o077 == 0
