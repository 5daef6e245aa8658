"""One run of the drill: everything is started, disturbed, brought back, and checked."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.drill import disturbing as kinds
from benchmarks.drill.checking import Database, Verdict, check
from benchmarks.drill.databases import Postgres, Sqlite
from benchmarks.drill.disturbing import MAY_DOUBLE, Disturbance, disturb
from benchmarks.drill.mailserver import ACCEPT, HANG, REFUSE, MailServer
from benchmarks.drill.patients import Patients, Visit
from benchmarks.drill.processes import ROOT, Machine, production, worker

DATABASES = {"postgresql": Postgres, "sqlite": Sqlite}
PATIENCE = 300.0  # seconds for whatever must come to an end by itself
# The lease of a message that a killed worker held, and the pauses after refusals.
OUTBOX_PATIENCE = 600.0


@dataclass
class Plan:
    database: str
    seed: int
    seconds: float
    disturbances: list[Disturbance]
    clients: int = 16
    # For how many seconds more what is planned may wait until it can be done.
    overtime: float = 0.0
    # Wait for leases and pauses as they are, instead of ending them when everything else is done.
    waits_for_leases: bool = True
    # Where static files lie that were collected already.
    static: Path | None = None


@dataclass
class Result:
    verdict: Verdict
    disturbed: Counter[str]
    met: Counter[str]
    visits: list[Visit]
    database: Database
    deliveries: list[tuple[str, list[str]]]
    most_doubled: int
    # Name of what was done to the rows → what the check says then.
    tampered: dict[str, Verdict] = field(default_factory=dict)


def run(plan: Plan, say: Callable[[str], None]) -> Result:
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(DATABASES[plan.database]())
        folder = database.folder
        if isinstance(database, Postgres):
            database.wait_until_ready(PATIENCE)
        (folder / "mail").mkdir()
        mail = MailServer(folder / "mail")
        env = production(database_url=database.url, mail_port=mail.port)
        machine = Machine(env, var=folder / "var", log=folder / "machine.log")
        if plan.static:
            shutil.copytree(plan.static, folder / "var" / "static")
        machine.manage("prepare")
        inside(machine, "staff")
        say(f"{database.name} is prepared; everything lies in {folder} until the end.")

        stack.enter_context(mail)
        second = worker(env, var=folder / "worker", log=folder / "worker.log")
        services = [mail, stack.enter_context(machine), stack.enter_context(second)]
        machine.wait_until_ready(PATIENCE)

        def keep() -> None:
            for service in services:
                service.keep()

        begin, end = _ways(plan, database, mail, machine, second)
        patients = Patients([machine.port], clients=plan.clients, seed=plan.seed)
        patients.start()
        disturbed = disturb(
            plan.disturbances,
            seconds=plan.seconds,
            begin=begin,
            end=end,
            keep=keep,
            is_up=lambda: machine.status("/readyz", patience=1.0) == 200,
            overtime=plan.overtime,
        )

        with kept_up(keep):
            if isinstance(database, Postgres):
                database.wait_until_ready(PATIENCE)
            patients.finish(PATIENCE)
            machine.wait_until_ready(PATIENCE)
            if plan.waits_for_leases:
                say("Everybody has an answer. The outbox: what a killed worker held comes after 5 minutes.")
                inside(machine, "wait", str(OUTBOX_PATIENCE))
        machine.stop()
        second.stop()
        inside(machine, "drain", "0" if plan.waits_for_leases else str(PATIENCE))

        # Each of these can leave one message of each worker delivered and not noted.
        most_doubled = 2 * sum(disturbed[kind] for kind in MAY_DOUBLE)
        found = Database.from_document(inside(machine, "stored"))
        deliveries = mail.accepted()

        def verdict_on(rows: Database) -> Verdict:
            verdict = check(patients.visits, rows, deliveries, most_doubled=most_doubled)
            verdict.breaches += patients.wrong
            return verdict

        tampered = {
            name: verdict_on(Database.from_document(rows))
            for name, rows in inside(machine, "tampered").items()
        }
        return Result(
            verdict_on(found),
            disturbed,
            patients.met,
            patients.visits,
            found,
            deliveries,
            most_doubled,
            tampered,
        )


@contextlib.contextmanager
def kept_up(keep: Callable[[], None]) -> Any:
    """Have `keep` called while something else is waited for."""
    done = threading.Event()

    def look_after() -> None:
        while not done.wait(0.1):
            keep()

    thread = threading.Thread(target=look_after)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def inside(machine: Machine, *command: str) -> Any:
    """Do something in a process of the portal, as `benchmarks.drill.inside` names it."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.drill.inside", *command],
        cwd=ROOT,
        env=machine.env | {"DJANGO_SETTINGS_MODULE": "portal.settings"},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)


def _ways(plan: Plan, database: Any, mail: MailServer, machine: Machine, second: Any) -> tuple[Any, Any]:
    """How each kind of disturbance begins, and how it ends."""
    random = Random(plan.seed)

    def kill_a_message_worker() -> None:
        random.choice((machine.kill_message_worker, second.kill))()

    def kill_all_processes() -> None:
        machine.kill_family()
        second.kill()
        mail.kill()

    begin = {
        kinds.WEB_WORKER: lambda: machine.kill_web_worker(random),
        kinds.SERVER: machine.kill_server,
        kinds.MESSAGE_WORKER: kill_a_message_worker,
        kinds.SUPERVISOR: machine.kill,
        kinds.MACHINE: kill_all_processes,
        kinds.MAIL_SERVER: mail.kill,
        kinds.MAIL_REFUSED: lambda: mail.behave(REFUSE),
        kinds.MAIL_HANGS: lambda: mail.behave(HANG),
    }
    end: dict[str, Callable[[], None]] = {
        kinds.MAIL_REFUSED: lambda: mail.behave(ACCEPT),
        kinds.MAIL_HANGS: lambda: mail.behave(ACCEPT),
    }
    if isinstance(database, Postgres):
        begin |= {kinds.DATABASE: database.kill, kinds.BACKEND: lambda: database.kill_backend(random)}
        end |= {kinds.DATABASE: database.start}
    return begin, end


def report(plan: Plan, result: Result) -> str:
    """The figures as a table, and the breaches."""
    disturbed = ", ".join(f"{kind} {number}" for kind, number in result.disturbed.most_common())
    lines = {f"{what}": number for what, number in sorted(result.met.items())} | result.verdict.figures
    width = max(map(len, lines))
    return "\n".join(
        [
            f"{plan.database}: {plan.clients} clients, {plan.seconds:g} s, seed {plan.seed}",
            f"killed or disturbed {result.disturbed.total()} times: {disturbed}",
            *(f"  {what:<{width}}  {number:>6}" for what, number in lines.items()),
            *(f"BREACH: {breach}" for breach in result.verdict.breaches),
            *(f"The check did not notice a row that is {name}." for name in unnoticed(result)),
            "" if result.verdict.breaches else "No breach.",
        ]
    )


def unnoticed(result: Result) -> list[str]:
    return [name for name, verdict in result.tampered.items() if not verdict.breaches]


def folder_of_static_files() -> Path | None:
    """Those of this checkout, if they were made: compressing them anew takes longer than the rest."""
    static = Path(os.environ.get("PORTAL_VAR") or ROOT / "var") / "static"
    return static if static.exists() else None
