"""Machines: real servers and workers, as an installation behind a load balancer runs them, on the test's
database, each with a port and a folder of its own.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection

from benchmarks.drill.mailserver import MailServer
from benchmarks.drill.processes import Machine, production

PATIENCE = 300.0  # seconds; other tests use the processors too


@pytest.fixture
def mail_server(tmp_path: Path) -> Iterator[MailServer]:
    folder = tmp_path / "mail"
    folder.mkdir()
    with MailServer(folder) as server:
        yield server


@pytest.fixture
def start_machines(
    transactional_db: None, settings: Any, mail_server: MailServer, tmp_path: Path
) -> Iterator[Callable[[int], list[Machine]]]:
    env = production(database_url=_database_url(), mail_port=mail_server.port)
    # The test reads and writes as they do.
    settings.SECRET_KEY = env["PORTAL_SECRET_KEY"]
    settings.PORTAL_KEYS, settings.PORTAL_HASH_KEYS = [env["PORTAL_KEYS"]], [env["PORTAL_HASH_KEYS"]]
    static = Path(settings.STATIC_ROOT)
    with ExitStack() as running:

        def start(count: int) -> list[Machine]:
            machines = []
            for number in range(count):
                var = tmp_path / f"machine-{number}"
                shutil.copytree(static, var / "static")
                machine = Machine(env, var=var, log=tmp_path / f"machine-{number}.log")
                machines.append(running.enter_context(machine))
            for machine in machines:
                machine.wait_until_ready(PATIENCE)
            return machines

        yield start


def _database_url() -> str:
    name: Any = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
