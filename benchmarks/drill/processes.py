"""The processes of the portal as an installation runs them: started, killed, and kept running."""

import base64
import contextlib
import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from random import Random
from typing import Any, Self

import psutil

ROOT = Path(__file__).resolve().parent.parent.parent
HOST = "portal.example"
GRACE = 30.0  # seconds for an orderly end
RESTART = 0.5  # seconds after which an init system starts again what ended


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], Any], what: str, patience: float) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Waited in vain for {patience:.0f} s: {what}.")
        time.sleep(0.05)


def production(*, database_url: str, mail_port: int) -> dict[str, str]:
    """The environment of an installation behind a proxy, with keys of its own; nothing of the developer's."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
    return {name: os.environ[name] for name in kept if name in os.environ} | {
        "PORTAL_SECRET_KEY": secrets.token_urlsafe(50),
        "PORTAL_KEYS": base64.urlsafe_b64encode(os.urandom(32)).decode(),
        "PORTAL_HASH_KEYS": secrets.token_urlsafe(32),
        "PORTAL_HOSTS": HOST,
        "PORTAL_BEHIND_PROXY": "true",
        "DATABASE_URL": database_url,
        "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}",
    }


def kill(processes: Iterable[psutil.Process]) -> None:
    """SIGKILL all of them at once, and wait until they are gone."""
    victims = list(processes)
    for victim in victims:
        with contextlib.suppress(psutil.NoSuchProcess):
            victim.kill()
    wait_until(lambda: not any(map(is_alive, victims)), "killed processes end", GRACE)


def is_alive(process: psutil.Process) -> bool:
    try:
        # Whoever inherits an orphan may never ask what became of it.
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class Kept:
    """A command that is started again whenever it has ended, as an init system would."""

    def __init__(self, command: list[str], *, env: Mapping[str, str], log: Path) -> None:
        self.command, self.env, self.log = command, dict(env), log
        self.process: psutil.Popen | None = None
        self.seen: set[psutil.Process] = set()
        self.due = 0.0

    def __enter__(self) -> Self:
        self.keep()
        return self

    def __exit__(self, *error: Any) -> None:
        self.stop()
        kill(filter(is_alive, self.seen))

    def keep(self) -> None:
        """Start it if it doesn't run and its time has come; remember whom it has started."""
        if self.process is not None:
            self.family()
            if self.process.poll() is None:
                return
            self.process, self.due = None, time.monotonic() + RESTART
        if time.monotonic() >= self.due:
            with self.log.open("a") as log:
                self.process = psutil.Popen(
                    self.command,
                    cwd=ROOT,
                    env=self.env,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )

    def family(self) -> list[psutil.Process]:
        """The process and all that it has started, the eldest first."""
        if self.process is None:
            return []
        try:
            family = [psutil.Process(self.process.pid), *self.process.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []
        self.seen.update(family)
        return family

    def kill(self) -> None:
        kill(self.family()[:1])

    def kill_family(self) -> None:
        kill(self.family())

    def stop(self) -> None:
        """End it in good order."""
        self.family()
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(psutil.TimeoutExpired):
                self.process.wait(GRACE)
            kill(filter(is_alive, self.seen))
        self.process = None


def worker(env: Mapping[str, str], *, var: Path, log: Path) -> Kept:
    """A message worker by itself."""
    return Kept([sys.executable, "manage.py", "send_messages"], env=env | {"PORTAL_VAR": str(var)}, log=log)


class Machine(Kept):
    """`manage.py serve` with a port and a folder of its own: the server, and its message worker."""

    def __init__(self, env: Mapping[str, str], *, var: Path, log: Path) -> None:
        self.port = free_port()
        own = {"PORTAL_VAR": str(var), "PORT": str(self.port)}
        super().__init__([sys.executable, "manage.py", "serve"], env={**env, **own}, log=log)

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=ROOT, env=self.env, capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"{arguments[0]} failed: {done.stdout}{done.stderr}")
        return done.stdout

    def status(self, path: str, *, patience: float = 10.0) -> int:
        """What the machine answers a load balancer; 0 for no answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=patience)
        try:
            connection.request("GET", path, headers={"Host": HOST})
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def wait_until_ready(self, patience: float) -> None:
        def is_ready() -> bool:
            self.keep()
            return self.status("/readyz") == 200

        wait_until(is_ready, f"the server on port {self.port} is ready", patience)

    def servers(self) -> list[psutil.Process]:
        """The server's own process first, then the workers that answer requests."""
        return [one for one in self.family() if _runs(one, "granian", "multiprocessing.spawn")]

    def kill_server(self) -> None:
        kill(self.servers()[:1])

    def kill_web_worker(self, random: Random) -> None:
        if workers := self.servers()[1:]:
            kill([random.choice(workers)])

    def kill_message_worker(self) -> None:
        kill(one for one in self.family() if _runs(one, "send_messages"))


def _runs(process: psutil.Process, *words: str) -> bool:
    try:
        line = " ".join(process.cmdline())
    except psutil.Error:
        return False
    return any(word in line for word in words)
