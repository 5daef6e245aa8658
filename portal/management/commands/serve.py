import errno
import http.client
import ipaddress
import logging
import os
import socket
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import Error as DatabaseError
from django.db import connections

from portal import demo, rooms
from portal.counting import FOLDER
from portal.supervisor import Child, Supervisor

logger = logging.getLogger(__name__)

WORKERS = 2


class Command(BaseCommand):
    help = "Serve the portal on BIND:PORT (default 127.0.0.1:8000), with the message worker beside it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--prepare", action="store_true", help="First bring database and static files up to date."
        )

    def handle(self, *args: Any, prepare: bool, **options: Any) -> None:
        host = os.environ.get("BIND") or "127.0.0.1"
        port = _port(os.environ.get("PORT") or "8000")
        _refuse_plain_http(host)
        _refuse_taken(host, port)
        _refuse_demo_staff()
        if prepare:
            call_command("prepare", stdout=self.stdout, stderr=self.stderr)
        # Children open connections of their own; this process needs none while it waits.
        connections.close_all()

        manage = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py")]
        children = [
            Child("server", _granian(host, port)),
            Child("message worker", [*manage, "send_messages"]),
        ]
        os.environ[FOLDER] = str(_counts(port))
        supervisor = Supervisor(children, env=os.environ, log=logger.warning)
        status = supervisor.run(
            is_ready=lambda: _answers(host, port),
            on_ready=lambda: self._welcome(f"http://{_in_url(host)}:{port}/", show_staff=prepare),
        )
        if status:
            raise CommandError("The portal could not start; the reason stands above.")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()  # make's output is often a file or a pipe

    def _welcome(self, url: str, *, show_staff: bool) -> None:
        lines = [f"The portal is ready: {url}"]
        if settings.DEMO and show_staff:
            lines += [
                f"Staff sign in at {url}admin/ (demonstration: every person in it is made up)",
                "",
                *(f"  {name:<11} {kept['password']}" for name, kept in demo.credentials().items()),
                "",
                "The code for a sign-in, with the same DATABASE_URL:",
                "  .venv/bin/python manage.py staff_code frontdesk",
            ]
        self._say("\n".join([*lines, "Ctrl-C ends it."]))


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise CommandError(f"PORT must be a number from 1 to 65535, not {text!r}.")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _refuse_plain_http(host: str) -> None:
    if _is_loopback(host) or (not settings.DEMO and settings.SECURE_PROXY_SSL_HEADER):
        return
    if settings.DEMO:
        raise CommandError(
            f"The demonstration speaks plain HTTP and is served on loopback only, not on {host}."
        )
    raise CommandError(
        f"Plain HTTP on {host} would show patients' data to the network. "
        "Put a proxy that speaks TLS in front and set PORTAL_BEHIND_PROXY=1."
    )


def _refuse_demo_staff() -> None:
    if settings.DEMO:
        return
    try:
        names = demo.left_behind()
    except DatabaseError:
        return  # The pages with the numbers are served all the same.
    if names:
        raise CommandError(
            f"This database holds accounts of the demonstration ({', '.join(names)}), whose passwords lie in "
            "a file. Production starts with a database of its own."
        )


def _refuse_taken(host: str, port: int) -> None:
    """Say so in a line when the address can't be had, before anything else is done."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As the server does: connections of an earlier run that linger don't count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CommandError(
                    f"Port {port} is in use already. Choose another: PORT={port + 1} make run"
                ) from error
            raise CommandError(f"{host}:{port} can't be served: {error.strerror}.") from error


def _counts(port: int) -> Path:
    """An empty folder where the processes count together: those of another `serve` keep their own."""
    folder = Path(settings.VAR).resolve() / f"counts-{port}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for file in folder.glob("*.db"):
        file.unlink()
    return folder


def _granian(host: str, port: int) -> list[str]:
    options = {
        "interface": "wsgi",
        "http": "1",
        "host": host,
        "port": port,
        "workers": WORKERS,
        "blocking-threads": rooms.THREADS,  # most of them only wait, and end when they have long been idle
        "backlog": 1024,
        "http1-header-read-timeout": 15_000,  # ms; a slow phone needs time, a slow attack has less
        "http1-buffer-size": 16_384,  # of a request's headers
        "workers-kill-timeout": 10,
        "respawn-interval": 0.5,
        "log-level": "error",  # its one warning is that there are many threads
        "working-dir": settings.BASE_DIR,
    }
    if not settings.DEMO:
        options["log-config"] = Path(settings.BASE_DIR) / "portal" / "granian.json"
    return [
        *(sys.executable, "-m", "granian"),
        *(f"--{name}={value}" for name, value in options.items()),
        "--respawn-failed-workers",
        "--no-ws",
        "--no-access-log",  # addresses of received pages are secrets
        "portal.wsgi:application",
    ]


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _answers(host: str, port: int) -> bool:
    """True once a worker answers anything at all; the socket alone is open before the workers are."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  nothing is bound here
    connection = http.client.HTTPConnection(reachable, port, timeout=2)
    try:
        connection.request("GET", "/healthz", headers={"Host": f"{_in_url(reachable)}:{port}"})
        connection.getresponse().read()
        return True
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
