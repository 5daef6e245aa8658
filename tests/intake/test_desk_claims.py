"""Next calls and leases: no request with two people, none with nobody, and the most urgent first."""

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection, connections

from intake.choices import Disposition
from intake.models import Request, RequestEvent
from intake.services import desk, staffing
from tests.intake.requests import MORNING, submit

pytestmark = pytest.mark.django_db

LATER = MORNING + timedelta(hours=1)


def seed(count):
    """So many open requests with other due times each, from copies of one that came through the form."""
    model = submit().request
    generated = {"id", "call_at", "call_band"}
    names = [field.attname for field in Request._meta.concrete_fields if field.attname not in generated]
    row = {name: getattr(model, name) for name in names}
    copies = []
    for number in range(1, count):
        # Every fifth an emergency; due in an order that has nothing to do with that of their numbers.
        priority = "emergency" if number % 5 == 0 else "urgent"
        due = LATER + timedelta(seconds=number * 7919 % 100_003)
        unique = {"submission_key": uuid4(), "reference_hash": f"{number:064}", "token_hash": f"{number:064}"}
        copies.append(Request(**{**row, **unique, "priority": priority, "due_at": due}))
    Request.objects.bulk_create(copies, batch_size=500)


def at_once(people, work):
    """Let each person do `work` in a thread with a connection of its own; return what went wrong."""
    start, failures = threading.Barrier(len(people)), []

    def run(person):
        try:
            start.wait()
            work(person)
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


@pytest.mark.django_db(transaction=True)
def test_twenty_people_take_a_thousand_calls_once_each_in_order_of_urgency(staff):
    """Urgency is judged by the claims' order: with 20 at it, a call may be taken before one that ranks higher
    only while that one is in somebody's hands, so never by more than 20 places.
    """
    people, count = (20, 1000) if connection.vendor == "postgresql" else (5, 150)
    seed(count)
    ranked = list(Request.objects.to_call().in_call_order().values_list("pk", flat=True))
    place, taken, lock = {pk: number for number, pk in enumerate(ranked)}, [], threading.Lock()

    def work(person):
        worker = staffing.worker(person)
        while True:
            request = desk.next_call(worker=worker, now=LATER)
            if request is None:
                return
            with lock:
                taken.append(request.pk)
            desk.close(request_id=request.pk, disposition=Disposition.NO_ACTION_NEEDED, by=person, now=LATER)

    assert at_once([staff("lead", f"lead-{number}") for number in range(people)], work) == []
    assert sorted(taken) == sorted(ranked)
    claims = RequestEvent.objects.filter(kind="claimed")
    assert claims.count() == claims.values("request").distinct().count() == count
    assert not Request.objects.to_call().exists()
    assert max(abs(place[pk] - number) for number, pk in enumerate(taken)) <= people


@pytest.mark.django_db(transaction=True)
def test_a_double_click_gives_one_person_one_request(staff):
    seed(8)
    ann, got = staff("frontdesk", "ann"), []
    assert (
        at_once([ann] * 4, lambda by: got.append(desk.next_call(worker=staffing.worker(by), now=LATER))) == []
    )
    assert len({request.pk for request in got}) == 1
    assert Request.objects.held_by(ann, LATER).count() == 1


TAKE_AND_HANG = """
import django, sys, time
django.setup()
from datetime import datetime
from portal.models import User
from intake.services import desk, staffing
user = User.objects.get(username="ann")
request = desk.next_call(worker=staffing.worker(user), now=datetime.fromisoformat(sys.argv[1]))
sys.stdout.write(f"{request.pk}\\n")
sys.stdout.flush()
time.sleep(60)
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_lease_of_a_worker_that_was_killed_returns(staff):
    seed(3)
    staff("frontdesk", "ann")
    bob = staff("frontdesk", "bob")
    name = connection.settings_dict["NAME"]
    address = os.environ.get("DATABASE_URL", "")
    url = f"sqlite:///{name}" if connection.vendor == "sqlite" else with_database(address, str(name))
    keys = {
        "PORTAL_VAR": str(settings.BASE_DIR / "var" / "test"),
        "DJANGO_SETTINGS_MODULE": "portal.settings",
    }
    worker = subprocess.Popen(
        [sys.executable, "-c", TAKE_AND_HANG, LATER.isoformat()],
        stdout=subprocess.PIPE,
        text=True,
        cwd=settings.BASE_DIR,
        env=os.environ | keys | {"DATABASE_URL": url},
    )
    held = int(worker.stdout.readline())
    worker.send_signal(signal.SIGKILL)
    worker.wait()

    worker_bob = staffing.worker(bob)
    assert desk.next_call(worker=worker_bob, now=LATER).pk != held
    desk.close(
        request_id=Request.objects.held_by(bob, LATER).get().pk,
        disposition=Disposition.SPAM,
        by=bob,
        now=LATER,
    )
    later = LATER + desk.LEASE
    assert desk.return_lapsed(now=later - timedelta(seconds=1)) == 0
    assert desk.return_lapsed(now=later) == 1
    request = Request.objects.get(pk=held)
    assert (request.status, request.claimed_by) == ("new", None)
    assert desk.next_call(worker=worker_bob, now=later).pk == held


def with_database(address, name):
    """The address of the tests' own database on the server of `address`."""
    from urllib.parse import urlsplit, urlunsplit

    return urlunsplit(urlsplit(address)._replace(path=f"/{name}"))


@pytest.mark.django_db(transaction=True)
def test_many_return_what_lapsed_once(staff):
    seed(12)
    for number in range(12):
        assert desk.next_call(worker=staffing.worker(staff("frontdesk", f"f{number}")), now=LATER)
    counts = []
    later = LATER + desk.LEASE
    assert at_once([None] * 4, lambda by: counts.append(desk.return_lapsed(now=later))) == []
    assert sum(counts) == 12
    assert RequestEvent.objects.filter(kind="returned").count() == 12


def test_somebody_whose_role_is_over_renews_no_lease(staff):
    ann, request = staff("frontdesk", "ann"), submit().request
    desk.claim(request_id=request.pk, by=ann, now=LATER)
    assert desk.keep(request_id=request.pk, by=ann, now=LATER)
    ann.groups.clear()
    assert not desk.keep(request_id=request.pk, by=ann, now=LATER)


def test_a_long_user_name_fits_into_the_history(staff):
    ann, bob = staff("frontdesk", "a" * 150), staff("lead", "b" * 150)
    request = submit().request
    desk.claim(request_id=request.pk, by=ann, now=LATER)
    desk.take_over(request_id=request.pk, reason="ill", by=bob, now=LATER)
    assert request.events.last().from_value == "a" * 60


@pytest.mark.django_db(transaction=True)
def test_linked_crosswise_nobody_waits_for_ever(staff):
    """Two people link two pairs the other way round, and a third closes: all end, and one is the first."""
    lead = staff("lead")
    for attempt in range(5):
        one = submit(phone=f"+1213555{attempt:03}1", last_name="One").request
        two = submit(phone=f"+1213555{attempt:03}2", last_name="Two").request

        def act(pair):
            try:
                if pair is None:
                    desk.close(request_id=two.pk, disposition=Disposition.SPAM, by=lead, now=LATER)  # noqa: B023
                else:
                    desk.link(request_id=pair[0], first_id=pair[1], by=lead, now=LATER)
            except desk_error():
                pass

        pairs = [(one.pk, two.pk), (two.pk, one.pk), None]
        assert at_once(pairs, act) == []
        one.refresh_from_db()
        two.refresh_from_db()
        assert not (one.duplicate_of_id and two.duplicate_of_id)


def desk_error():
    from intake.services.errors import DeskError

    return DeskError
