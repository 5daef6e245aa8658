"""Two machines on one PostgreSQL are one portal: nothing that counts stays in a process or in its folder."""

import re
import threading
import time
from uuid import uuid4

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connection

from benchmarks.drill.browser import Browser, form_in
from benchmarks.drill.checking import Database, check
from benchmarks.drill.patients import REFERENCE, Patients, Visit
from benchmarks.drill.processes import kill, wait_until
from benchmarks.drill.running import inside, kept_up
from intake.models import EmergencyNotice, OutboxMessage, Request
from portal.demo import next_code
from tests.drill.conftest import PATIENCE

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
PASSWORD = "a long pass phrase"


@pytest.fixture
def on_postgresql():
    if connection.vendor != "postgresql":
        pytest.skip("Only PostgreSQL serves several machines.")


def with_password(user):
    # The suite's own hasher is known to nobody else.
    user.password = PBKDF2PasswordHasher().encode(PASSWORD, "salt")
    user.save()
    return user


def sign_in(browser, port, user, password=PASSWORD):
    """Whether the sign-in page of the machine at `port` lets the person in."""
    form = form_in(browser.get("/admin/login/", port).html, "username")
    code, _wait = next_code(user.totpdevice_set.get(), time.time())
    form |= {"username": user.username, "password": password, "otp_token": code}
    return browser.post("/admin/login/", form, port).status == 302


def test_what_one_machine_knows_the_other_knows(on_postgresql, start_machines, staff):
    lead, clumsy = with_password(staff("lead")), with_password(staff("frontdesk"))
    one, two = (machine.port for machine in start_machines(2))
    ports = (one, two)

    # Signed in on one, at work on the other; signed out there, out on both.
    browser = Browser(ports, "198.51.100.1")
    assert sign_in(browser, one, lead)
    page = browser.get("/admin/triage/", two)
    assert page.status == 200
    assert browser.post("/admin/logout/", form_in(page.html, "csrfmiddlewaretoken"), two).status in (200, 302)
    assert [browser.get("/admin/triage/", port).status for port in ports] == [302, 302]

    # Failures are counted together: the one on the other machine makes up the number.
    guesser = Browser(ports, "198.51.100.2")
    assert not any(sign_in(guesser, port, clumsy, "wrong") for port in (one, two, one, two, one))
    assert [sign_in(guesser, port, clumsy) for port in ports] == [False, False]

    # A form of one is taken by the other, and its page shown by the first.
    visitor = Browser(ports, "198.51.100.3")
    visit = Visit(1, "current-patient", "urgent", "")
    form = form_in(visitor.get("/help/current-patient/", one).html, "submission_key") | visit.answers
    sent = visitor.post("/help/current-patient/", form, two)
    assert sent.status == 303
    assert REFERENCE.search(visitor.get(sent.location, one).html)[1] == Request.objects.get().reference

    # What staff publish shows on both.
    EmergencyNotice.objects.update(headline="The road to center 2 is closed")
    for port in ports:
        wait_until(lambda: "road to center 2" in visitor.get("/", port).html, "the notice shows", PATIENCE)  # noqa: B023

    # A page of one finds its style sheets on the other, by the same names.
    names = [set(re.findall(r'(?:href|src)="(/static/[^"]+)"', visitor.get("/", p).html)) for p in ports]
    assert names[0] == names[1] != set()
    assert {visitor.get(name, port).status for name in names[0] for port in ports} == {200}


def test_killing_either_machine_loses_nothing_and_the_other_goes_on(
    on_postgresql, start_machines, mail_server, staff
):
    lead = staff("lead")
    lead.email = "lead@example.com"
    lead.save()
    machines = start_machines(2)
    patients = Patients([machine.port for machine in machines], clients=6, seed=1)

    def acknowledged():
        return sum(bool(visit.references) for visit in list(patients.visits))

    patients.start()
    for victim, other in (machines, machines[::-1]):
        before = acknowledged()
        wait_until(lambda: acknowledged() > before + 10, "requests come in", PATIENCE)  # noqa: B023
        kill(victim.family())
        victim.process.wait()
        # The other one alone answers everybody.
        before = acknowledged()
        wait_until(lambda: acknowledged() > before + 10, "requests still come in", PATIENCE)  # noqa: B023
        assert other.status("/healthz") == 200
        victim.wait_until_ready(PATIENCE)
    with kept_up(lambda: [machine.keep() for machine in machines]):
        patients.finish(PATIENCE)
    for machine in machines:
        machine.stop()
    inside(machines[0], "drain", str(PATIENCE))

    found = Database.from_document(inside(machines[0], "stored"))
    verdict = check(patients.visits, found, mail_server.accepted(), most_doubled=2)
    assert verdict.breaches + patients.wrong == []
    assert verdict.figures["  of them acknowledged"] == acknowledged() > 40


def test_fifty_posts_of_one_form_at_once_are_one_request(start_machines):
    ports = [machine.port for machine in start_machines(2 if connection.vendor == "postgresql" else 1)]
    browser = Browser(ports, "198.51.100.4")
    form = form_in(browser.get("/help/new-patient/").html, "submission_key")
    form |= Visit(1, "new-patient", "urgent", "a@example.org").answers | {"submission_key": str(uuid4())}
    start, answers = threading.Barrier(50), []

    def post(number):
        double_click = Browser(ports, "198.51.100.4")
        double_click.cookies = dict(browser.cookies)
        start.wait()
        answers.append(double_click.post("/help/new-patient/", form, ports[number % len(ports)]))

    threads = [threading.Thread(target=post, args=(number,)) for number in range(50)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    assert {(answer.status, answer.location) for answer in answers} == {(303, answers[0].location)}
    assert len(answers) == 50
    request = Request.objects.get()
    assert {REFERENCE.search(browser.get(answers[0].location, port).html)[1] for port in ports} == {
        request.reference
    }
    assert OutboxMessage.objects.filter(request=request, kind="confirmation").count() == 1
    assert OutboxMessage.objects.filter(request=request, kind="staff_alert").count() == 1
    assert request.events.count() == 1
