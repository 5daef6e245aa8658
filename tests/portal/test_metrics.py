"""The figures that a scraper reads: who may, what they say, and that several processes' counts add up."""

import os
import re
import subprocess
import sys
from datetime import timedelta

import pytest
import time_machine
from django.db import OperationalError, connection
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from intake.choices import Door
from intake.models import Queue
from intake.services import desk, outbox
from intake.services.outbox import Taken
from portal import audit, backups, purging, watching
from portal.demo_keys import ROOT
from tests.intake.requests import MORNING, submit

pytestmark = pytest.mark.django_db

TOKEN = "x7-a token that a scraper would send, made up"


@pytest.fixture(autouse=True)
def _token(settings):
    settings.METRICS_TOKEN = TOKEN


def scrape(client, token=TOKEN):
    return client.get("/metrics", headers={"authorization": f"Bearer {token}"})


def figures(client):
    """Name and labels → value."""
    text = scrape(client).content.decode()
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def figure(client, name, **labels):
    return figures(client)[(name, *sorted(labels.items()))]


class TestWhoMay:
    def test_whoever_knows_the_token(self, client):
        answer = scrape(client)
        assert answer.status_code == 200
        assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
        assert "no-store" in answer["Cache-Control"]

    @pytest.mark.parametrize(
        "header", ["", "Bearer", "Bearer ", f"Bearer {TOKEN}x", TOKEN, f"Basic {TOKEN}", "Bearer é"]
    )
    def test_nobody_else(self, client, header):
        answer = client.get("/metrics", headers={"authorization": header})
        assert (answer.status_code, answer.content) == (401, b"")

    def test_nothing_can_be_sent_there(self, client):
        assert client.post("/metrics", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 405

    def test_without_a_token_there_is_no_such_page(self, client, settings):
        settings.METRICS_TOKEN = ""
        assert client.get("/metrics", headers={"authorization": "Bearer "}).status_code == 404

    def test_no_page_tells_of_it(self, client):
        for address in ("/", "/robots.txt", "/sitemap.xml"):
            assert b"metrics" not in client.get(address).content

    def test_a_scraper_asks_by_any_name_over_plain_http_as_load_balancers_do(self, client, settings):
        settings.SECURE_SSL_REDIRECT = True
        headers = {"host": "10.0.0.5:8000", "authorization": f"Bearer {TOKEN}"}
        assert client.get("/metrics", headers=headers).status_code == 200


class TestTheDesk:
    @pytest.fixture(autouse=True)
    def _at_noon(self):
        with time_machine.travel(MORNING + timedelta(hours=3), tick=False):
            yield

    def test_what_waits_by_queue_status_and_priority(self, client, staff):
        first = submit(danger_signs=["breathing"]).request
        submit(door=Door.NEW, phone="+12135550143")
        queue = first.queue.slug
        labels = {"queue": queue, "status": "new", "priority": "emergency"}
        assert figure(client, "portal_requests_open", **labels) == 1
        assert figure(client, "portal_requests_overdue", queue=queue, priority="emergency") == 1
        assert figure(client, "portal_oldest_wait_seconds", queue=queue) == 3 * 3600
        due = (MORNING + timedelta(hours=3) - first.due_at).total_seconds()
        assert figure(client, "portal_longest_overdue_seconds", queue=queue, priority="emergency") == due

        desk.claim(request_id=first.pk, by=staff("lead"), now=MORNING + timedelta(hours=3))
        assert figure(client, "portal_requests_open", **labels) == 0
        assert figure(client, "portal_requests_open", **{**labels, "status": "in_progress"}) == 1

    def test_an_empty_desk_has_a_nought_for_each_queue(self, client):
        found = figures(client)
        for slug in Queue.objects.values_list("slug", flat=True):
            assert found[("portal_oldest_wait_seconds", ("queue", slug))] == 0
            assert found[("portal_requests_overdue", ("priority", "routine"), ("queue", slug))] == 0

    def test_what_arrived_in_the_last_hour_and_day(self, client):
        submit(evacuated="yes")
        submit(phone="+12135550144", evacuated="yes", now=MORNING + timedelta(hours=2, minutes=30))
        submit(phone="+12135550145", evacuated="yes", now=MORNING - timedelta(hours=22))
        repeated = submit(evacuated="yes").request
        labels = {"door": "current-patient", "channel": "web", "priority": repeated.priority}
        assert figure(client, "portal_requests_received", window="1h", **labels) == 1
        assert figure(client, "portal_requests_received", window="24h", **labels) == 3

    def test_calls_by_outcome(self, client, staff):
        made = submit().request
        now = MORNING + timedelta(hours=3)
        desk.log_outreach(request_id=made.pk, outcome="no_answer", note="", by=staff("lead"), now=now)
        assert figure(client, "portal_calls_made", window="1h", outcome="no_answer") == 1
        with time_machine.travel(now + timedelta(hours=5), tick=False):
            assert figure(client, "portal_calls_made", window="1h", outcome="no_answer") == 0
            assert figure(client, "portal_calls_made", window="24h", outcome="no_answer") == 1

    def test_the_outbox_and_its_worker(self, client):
        found = figures(client)
        assert found[("portal_outbox_messages", ("state", "waiting"))] == 0
        assert ("portal_worker_heartbeat_seconds",) not in found
        made = submit(email="a@example.org", danger_signs=["breathing"]).request
        outbox.beat(now=MORNING + timedelta(hours=3, seconds=-30))
        [message, *_rest] = made.messages.order_by("id")
        outbox.give_up(Taken(message.pk, 0), problem="x", now=MORNING)
        found = figures(client)
        assert found[("portal_outbox_messages", ("state", "failed"))] == 1
        assert found[("portal_outbox_messages", ("state", "waiting"))] == made.messages.count() - 1
        assert found[("portal_outbox_oldest_seconds",)] == 3 * 3600
        assert found[("portal_worker_heartbeat_seconds",)] == 30

    def test_sessions(self, client, staff, sign_in):
        before = figure(client, "portal_sessions")
        sign_in(Client(), staff("lead"))
        assert figure(client, "portal_sessions") == before + 1

    def test_the_audit_trail_and_the_purge(self, client):
        found = figures(client)
        assert found[("portal_audit_unsealed_seconds",)] == 0
        assert ("portal_purge_seconds",) not in found
        with time_machine.travel(MORNING, tick=False):
            audit.record("seen", by="test")
            purging.purge(by="test", now=MORNING)
        found = figures(client)
        assert found[("portal_audit_unsealed_seconds",)] == found[("portal_purge_seconds",)] == 3 * 3600
        audit.seal(now=MORNING)
        assert figure(client, "portal_audit_unsealed_seconds") == 0

    def test_the_last_backup(self, client):
        assert ("portal_backup_seconds",) not in figures(client)
        with time_machine.travel(MORNING, tick=False):
            audit.record("backup made", by="test", subject=backups.SUBJECT)
        assert figure(client, "portal_backup_seconds") == 3 * 3600

    def test_nothing_that_was_said_stands_there(self, client):
        submit(last_name="Quorvath", email="zyx@example.org", notes="sentinel", danger_signs=["breathing"])
        page = scrape(client).content.decode().lower()
        assert not [word for word in ("quorvath", "zyx", "sentinel", "5550142", "rivera") if word in page]

    def test_as_few_queries_however_much_there_is(self, client, django_assert_num_queries):
        # queues, what waits, what arrived, calls, outbox, the worker's sign of life, sessions, audit, chores
        with django_assert_num_queries(9):
            scrape(client)
        for number in range(30):
            submit(phone=f"+1213555{number:04d}", email=f"{number}@example.org", danger_signs=["breathing"])
        with django_assert_num_queries(9):
            scrape(client)


def test_the_page_for_whoever_is_on_call_names_each_figure_and_no_other(client):
    submit(danger_signs=["breathing"])
    outbox.beat(now=MORNING)
    purging.purge(by="test", now=MORNING)
    audit.record("backup made", by="test", subject=backups.SUBJECT)
    client.get("/help/")
    families = {family.name for family in text_string_to_metric_families(scrape(client).content.decode())}
    named = re.findall(r"\bportal_[a-z_]+", (ROOT / "docs" / "watching.md").read_text())
    assert {name.removesuffix("_total") for name in named} == families


def test_the_page_answers_while_the_database_is_away(client):
    assert figure(client, "portal_database_up") == 1

    def refuse(execute, sql, params, many, context):
        raise OperationalError("the database is down")

    with connection.execute_wrapper(refuse):
        found = figures(client)
    assert found[("portal_database_up",)] == 0
    assert ("portal_sessions",) not in found
    assert any(name[0] == "portal_responses_total" for name in found)


class TestWhatProcessesCount:
    def count(self, client, name, **labels):
        return figures(client).get((name, *sorted(labels.items())), 0)

    @pytest.mark.parametrize(
        ("method", "address", "area", "status"),
        [
            ("get", "/help/current-patient/", "form", "2xx"),
            ("post", "/help/new-patient/", "form", "4xx"),
            ("get", "/help/received/nothing/", "received", "4xx"),
            ("get", "/admin/triage/", "desk", "3xx"),
            ("get", "/admin/login/", "admin", "2xx"),
            ("get", "/status.json", "public", "2xx"),
            ("get", "/nowhere/", "none", "4xx"),
        ],
    )
    def test_answers_and_their_times_by_area(self, client, method, address, area, status):
        answers = {"name": "portal_responses_total", "area": area, "status": status}
        times = {"name": "portal_request_seconds_count", "area": area, "method": method.upper()}
        before = self.count(client, **answers), self.count(client, **times)
        getattr(client, method)(address)
        assert (self.count(client, **answers), self.count(client, **times)) == (before[0] + 1, before[1] + 1)

    def test_pages_from_memory_and_static_files_are_not_counted(self, client, settings):
        settings.SITUATION_MAX_AGE = 60
        client.get("/")
        before = scrape(client).content
        client.get("/")
        client.get("/static/img/favicon.svg")
        counted = [line for line in scrape(client).content.splitlines() if line.startswith(b"portal_resp")]
        assert counted == [line for line in before.splitlines() if line.startswith(b"portal_resp")]

    @pytest.mark.parametrize("door", ["current-patient", "new-patient"])
    def test_a_request_that_could_not_be_stored(self, monkeypatch, door):
        client = Client(raise_request_exception=False)

        def refuse(self):
            raise OperationalError

        monkeypatch.setattr("intake.forms.RequestForm.is_valid", refuse)
        before = self.count(client, "portal_requests_not_stored_total", door=door)
        assert client.post(f"/help/{door}/", {}).status_code == 503
        assert self.count(client, "portal_requests_not_stored_total", door=door) == before + 1

    def test_no_label_is_made_of_an_address(self, client):
        client.get("/Zyxelda-Quorvath/")
        client.generic("BREW", "/help/current-patient/")
        page = scrape(client).content.decode()
        assert "Quorvath" not in page
        assert "BREW" not in page


COUNT = (
    "import sys, time; from portal import counting; "
    "[counting.answered(area='form', method='POST', status=303, seconds=0.2) for _ in range(50)]; "
    "counting.not_stored('new-patient'); print('counted', flush=True); time.sleep(600)"
)
SHOW = (
    "from portal import counting; from prometheus_client import generate_latest; "
    "print(generate_latest(counting.of_all_processes()).decode())"
)


def test_two_processes_add_up_and_one_that_is_killed_takes_nothing_away(tmp_path):
    env = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    python = [sys.executable, "-c"]
    workers = [
        subprocess.Popen([*python, COUNT], cwd=ROOT, env=env, stdout=subprocess.PIPE) for _ in range(2)
    ]
    try:
        for worker in workers:
            assert worker.stdout.readline() == b"counted\n"
        workers[0].kill()
        workers[0].wait()
        shown = subprocess.run([*python, SHOW], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
            worker.stdout.close()
    assert 'portal_responses_total{area="form",status="3xx"} 100.0' in shown.stdout
    assert 'portal_request_seconds_count{area="form",method="POST"} 100.0' in shown.stdout
    assert 'portal_requests_not_stored_total{door="new-patient"} 2.0' in shown.stdout


def test_on_a_full_disk_a_process_counts_for_itself(tmp_path):
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)); "
        "from portal import counting; counting.not_stored('new-patient'); " + SHOW
    )
    env = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True)
    assert 'portal_requests_not_stored_total{door="new-patient"} 1.0' in done.stdout, done.stderr


def test_what_can_not_be_counted_is_answered_all_the_same(client, monkeypatch, lines):
    def refuse(**answer):
        raise OSError

    monkeypatch.setattr("portal.counting.answered", refuse)
    assert client.get("/help/current-patient/").status_code == 200
    assert [line["message"] for line in lines()] == ["A request was not counted."]


def test_each_area_that_there_is_can_be_reached():
    assert {watching._area(name) for name in ("help-form", "help-received", "home", "admin:index")} == {
        *("form", "received", "public", "admin")
    }
