"""The worker as a process of its own: ended, killed, cut off from its database."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from intake.models import OutboxMessage, WorkerHeartbeat
from intake.services import outbox
from portal.models import User
from tests.intake.sending import submit_now

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
PATIENCE = 40.0


@pytest.fixture
def work(mailbox):
    """Starts workers on the test's database, and ends what is left of them."""
    started: list[Any] = []

    def start(*options: str, **environment: str) -> Any:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "send_messages", *options],
            cwd=settings.BASE_DIR,
            env={
                **os.environ,
                "DATABASE_URL": database_url(),
                "EMAIL_URL": f"smtp://127.0.0.1:{mailbox.port}",
                "PYTHONWARNINGS": "ignore",
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def database_url() -> str:
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def soon(condition: Callable[[], Any], patience: float = PATIENCE) -> bool:
    until = time.monotonic() + patience
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.05)
    return False


def end(process: Any) -> float:
    """Tell the process to end; return how many seconds it took."""
    start = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.wait(PATIENCE)
    return time.monotonic() - start


def ask(**given: Any) -> Any:
    return submit_now(email="sentinel@example.org", **given)


def test_workers_send_what_comes_and_end_when_told_to(work, mailbox):
    workers = [work(), work()]
    assert soon(WorkerHeartbeat.objects.exists)
    references = {ask(phone=f"+121355501{number:02}").reference for number in range(10)}
    assert soon(lambda: OutboxMessage.objects.filter(state="sent").count() == 10)
    for worker in workers:
        assert end(worker) < 3
        assert worker.returncode == 0
        assert worker.communicate()[0] == ""
    assert len(mailbox.messages) == 10
    assert all(any(r in message.get_content() for message in mailbox.messages) for r in references)


def test_a_server_that_hesitates_keeps_the_worker_for_seconds_only(work, mailbox):
    mailbox.hesitates = True
    ask()
    worker = work()
    assert mailbox.has_read.wait(PATIENCE)
    assert end(worker) < 4
    assert worker.returncode == 0


def test_what_a_killed_worker_was_sending_is_sent_by_the_next_one(work, mailbox):
    mailbox.hesitates = True
    ask()
    worker = work()
    assert mailbox.has_read.wait(PATIENCE)
    worker.kill()
    worker.wait()
    mailbox.hesitates = False

    message = OutboxMessage.objects.get()
    assert (message.state, message.tries) == ("waiting", 1)
    assert timedelta() < message.due_at - timezone.now() <= outbox.LEASE
    assert work("--once").wait(PATIENCE) == 0
    # What it didn't say "OK" to, a server forgets; and until the lease ends nobody tries again.
    assert mailbox.messages == []

    OutboxMessage.objects.update(due_at=timezone.now())
    assert work("--once").wait(PATIENCE) == 0
    message.refresh_from_db()
    assert (message.state, message.tries, len(mailbox.messages)) == ("sent", 2, 1)


def test_what_a_killed_worker_had_just_sent_comes_again_as_the_same_message(work, mailbox):
    mailbox.answers_late = True
    ask()
    worker = work()
    assert mailbox.has_kept.wait(PATIENCE)
    worker.kill()
    worker.wait()
    mailbox.answers_late = False

    # Nobody could know that the server had it: better twice than never.
    OutboxMessage.objects.update(due_at=timezone.now())
    assert work("--once").wait(PATIENCE) == 0
    assert OutboxMessage.objects.get().state == "sent"
    first, second = (message["Message-ID"] for message in mailbox.messages)
    assert first == second


def test_four_workers_deliver_five_hundred_messages_once_each(work, mailbox, staff):
    staff("lead", "ann")
    User.objects.update(email="ann@csp.example")
    request, now = submit_now(), timezone.now()
    rows = [
        OutboxMessage(request=request, kind="staff_alert", language="en", created_at=now, due_at=now)
        for _number in range(500)
    ]
    OutboxMessage.objects.bulk_create(rows)
    workers = [work() for _number in range(4)]
    assert soon(lambda: not OutboxMessage.objects.filter(state="waiting").exists(), 10 * PATIENCE)
    for worker in workers:
        end(worker)
    assert OutboxMessage.objects.filter(state="sent", tries=1).count() == 500
    assert len(mailbox.messages) == 500
    assert len({message["Message-ID"] for message in mailbox.messages}) == 500


def test_a_mail_server_that_comes_back_gets_everything(work, mailbox):
    mailbox.down()
    ask()
    worker = work()
    assert worker.stdout.readline().endswith("Messages wait: MailServerAway ConnectionRefusedError\n")
    mailbox.up()
    assert soon(lambda: OutboxMessage.objects.filter(state="sent").exists())
    assert worker.stdout.readline().endswith("Messages go out again.\n")
    end(worker)
    assert worker.stdout.read() == ""


def test_a_worker_outlives_its_database(work, tmp_path):
    # The folder is not there yet, so neither is the database.
    worker = work(DATABASE_URL=f"sqlite:///{tmp_path}/later/db.sqlite3")
    assert worker.stdout.readline().endswith("Messages wait: OperationalError\n")
    time.sleep(2)
    assert worker.poll() is None
    assert end(worker) < 3
    assert worker.returncode == 0
    # Said once, not at each round, and without the error's own words.
    assert worker.stdout.read() == ""


def test_one_round_says_what_became_of_the_messages_and_not_of_whom(work, mailbox):
    request = ask(first_name="Xanthippe")
    told = work("--once").communicate(timeout=PATIENCE)[0]
    assert told == "1 sent, 0 given up, 0 waiting.\n"
    mailbox.to_recipient = "550 no sentinel@example.org here"
    ask(phone="+12135550143")
    told = work("--once").communicate(timeout=PATIENCE)[0]
    assert told == "0 sent, 1 given up, 0 waiting.\n"
    assert request.reference not in told


def test_one_round_without_a_mail_server_sends_nothing(work, mailbox):
    ask()
    told = work("--once", EMAIL_URL="").communicate(timeout=PATIENCE)[0]
    assert "No mail server is set up" in told
    assert told.endswith("0 sent, 0 given up, 1 waiting.\n")
    assert mailbox.messages == []
    mailbox.down()
    worker = work("--once")
    assert "ConnectionRefusedError" in worker.communicate(timeout=PATIENCE)[0]
    assert worker.returncode == 1
