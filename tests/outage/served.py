"""The portal as `manage.py serve` runs it, and a visitor who keeps cookies."""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.cookies import SimpleCookie
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.conf import settings

from portal.demo_keys import ROOT, make_keys
from tests.portal.reading import LINES, Page

SPANISH = {
    "tel:+18775950757": "Para pacientes actuales",
    "tel:+18776027779": "Para personas que aún no son pacientes",
}
# Seconds. Far beyond what anything here takes: a thread that is stuck is stuck for good.
PATIENCE = 120.0


def wait_until(condition: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.1)


class Answer(SimpleNamespace):
    status: int
    headers: Any
    content: bytes

    @property
    def page(self) -> Page:
        return Page(self)


class Served:
    """`manage.py serve` with a folder and a log of its own."""

    def __init__(self, var: Path, database_url: str, **env: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.log, self.copy = var.with_suffix(".log"), var / "situation.json"
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
        self.env |= {"PORTAL_VAR": str(var), "DATABASE_URL": database_url, "PORT": str(self.port), **env}
        var.mkdir(exist_ok=True)
        make_keys(var)
        # Compressing the static files anew would take longer than all the rest.
        if not (var / "static").exists():
            shutil.copytree(settings.STATIC_ROOT, var / "static")

    def manage(self, *arguments: str) -> str:
        env = {name: value for name, value in self.env.items() if name != "PORT"}
        command = self._manage(*arguments)
        return subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, text=True).stdout

    def start(self) -> "Served":
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                self._manage("serve"), cwd=ROOT, env=self.env, stdout=log, stderr=subprocess.STDOUT
            )
        wait_until(lambda: "Ctrl-C ends it" in self.said() or self.process.poll() is not None, "ready")
        assert self.process.poll() is None, self.said()
        return self

    def said(self) -> str:
        return self.log.read_text()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE)
        finally:
            with suppress(ProcessLookupError):
                self.process.kill()

    def _manage(self, *arguments: str) -> list[str]:
        return [sys.executable, "manage.py", *arguments]


class Visitor:
    def __init__(self, served: Served) -> None:
        self.served, self.cookies = served, SimpleCookie()

    def get(self, path: str, **headers: str) -> Answer:
        return self._ask("GET", path, None, headers)

    def post(self, path: str, form: Mapping[str, str]) -> Answer:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", path, urllib.parse.urlencode(form), headers)

    def form(self, path: str) -> dict[str, str]:
        """The hidden fields of the form at `path`."""
        found = self.get(path).page.all("input")
        return {
            field.attrs["name"]: field.attrs["value"]
            for field in found
            if field.attrs.get("type") == "hidden" and "name" in field.attrs
        }

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.served.port, timeout=PATIENCE)
        if self.cookies:
            cookies = (f"{name}={morsel.value}" for name, morsel in self.cookies.items())
            headers = {**headers, "Cookie": "; ".join(cookies)}
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        for value in answer.headers.get_all("Set-Cookie") or []:
            self.cookies.load(value)
        return Answer(status=answer.status, headers=answer.headers, content=content)


def says_as_of_when(answer: Answer) -> bool:
    return bool(
        re.search(
            r"as of \d|as of [A-Z][a-z]+,|Actualizado: |actualizados: ", answer.page.text, re.IGNORECASE
        )
    )


def assert_lines(answer: Answer, path: str) -> None:
    """Both lines, labelled for whom."""
    html = answer.content.decode()
    said = {
        tel: any(
            number in text and (audience in text or SPANISH[tel] in text)
            for text in re.findall(rf'<a[^>]*href="{re.escape(tel)}"[^>]*>(.*?)</a>', html, re.DOTALL)
        )
        for tel, audience in LINES.items()
        for number in [f"{tel[6:9]}-{tel[9:12]}-{tel[12:]}"]
    }
    assert all(said.values()), (path, answer.status, said)
