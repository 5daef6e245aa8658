"""What a log line says, and what never stands in one."""

import json
import logging
import subprocess
import sys
import threading
import warnings
from types import SimpleNamespace

import pytest
from django.db import OperationalError
from django.test import Client

from intake.querysets import RequestQuerySet
from portal import logs
from portal.demo_keys import ROOT

SENTINEL = "Zyxelda Quorvath 5550186"


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


@pytest.fixture
def failing(settings):
    settings.ROOT_URLCONF = "tests.portal.failing_urls"


def record(name, message, *args, error=None, **extra):
    exc_info = (type(error), error, error.__traceback__) if error else None
    made = logging.LogRecord(name, logging.ERROR, "/x/site-packages/lib/mod.py", 7, message, args, exc_info)
    made.__dict__.update(extra)
    return made


def test_the_secret_part_of_an_address_is_taken_out():
    said = logs.fields_of(record("portal", "%s: %s", "Service Unavailable", "/es/help/received/5ec4e7/"))
    assert said["message"] == "Service Unavailable: /es/help/received/[…]/"
    long = f"GET /admin/invitation/{'a1-_' * 8}/ took long"
    assert logs.redacted(long) == "GET /admin/invitation/[…]/ took long"


def test_our_own_words_stay_as_they_are():
    assert logs.fields_of(record("portal.x", "took %d s at /admin/triage/requests/12/", 3))["message"] == (
        "took 3 s at /admin/triage/requests/12/"
    )


@pytest.mark.parametrize("logger", ["django.request", "django.security.csrf", "axes", "somebody.else"])
def test_of_other_loggers_only_the_wording_is_told_never_what_is_filled_in(logger):
    said = logs.fields_of(record(logger, "Forbidden (%s): %r %(x)d", SENTINEL, SENTINEL))
    assert said["message"] == "Forbidden (…): … …"
    assert said["at"].startswith("lib/mod.py:7")
    assert logs.fields_of(record(logger, "%s: %s", SENTINEL, SENTINEL))["message"] == ""
    # Filled in by whoever wrote it: nobody can tell what it holds.
    assert logs.fields_of(record(logger, f"Invalid {SENTINEL}"))["message"] == ""
    assert logs.fields_of(record(logger, ValueError(SENTINEL)))["message"] == ""


def test_an_exception_is_its_types_and_frames_without_text_or_values():
    def refuse(name):
        try:
            raise KeyError(name)
        except KeyError as error:
            raise ValueError(f"no {name}") from error

    with pytest.raises(ValueError, match=SENTINEL) as raised:
        refuse(SENTINEL)
    for formatter in (logs.JsonLines(), logs.PlainLines()):
        line = formatter.format(record("portal", "It failed.", error=raised.value, what=SENTINEL))
        assert "Quorvath" not in line
        assert "builtins.ValueError" in line
        assert "builtins.KeyError" in line
        assert "tests/portal/test_logs.py:" in line
        assert " refuse" in line


def test_a_circle_of_exceptions_ends():
    error = ValueError()
    error.__cause__ = KeyError()
    error.__cause__.__cause__ = error
    assert len(logs.fields_of(record("portal", "x", error=error))["exception"]) == 2


def test_lines_outside_a_request_are_tied_together_by_their_process():
    said = logs.fields_of(record("intake.tasks", "Messages wait."))
    assert said["run"] == logs.RUN
    assert "request" not in said


@pytest.mark.django_db
@pytest.mark.usefixtures("failing")
@pytest.mark.parametrize(("how", "status"), [("broken", 500), ("down", 503)])
def test_what_failed_leaves_one_line_with_the_number_on_the_page(client, lines, how, status):
    response = client.get(f"/fail/{how}/", {"name": SENTINEL})
    number = response["X-Request-ID"]
    assert response.status_code == status
    assert number in response.content.decode()
    [line] = [line for line in lines() if line["logger"] == "django.request"]
    assert (line["request"], line["method"], line["route"]) == (number, "GET", "fail/<how>/")
    assert line["status"] == status
    assert line["ms"] >= 0
    assert line["level"] == "ERROR"
    assert line["time"].endswith("+00:00")
    assert line["exception"][0]["frames"][-1].startswith("tests/portal/failing_urls.py:")
    assert "Quorvath" not in json.dumps(lines())


@pytest.mark.django_db
def test_a_received_page_that_fails_leaves_no_address_in_the_log(client, monkeypatch, lines):
    def fail(self, token):
        raise OperationalError(token)

    monkeypatch.setattr(RequestQuerySet, "by_token", fail)
    assert client.get("/help/received/5ec4e75ec4e7/").status_code == 503
    assert lines()
    assert "5ec4e7" not in json.dumps(lines())
    assert lines()[0]["route"] == "help/received/<str:token>/"


@pytest.mark.django_db
@pytest.mark.parametrize("door", ["current-patient", "new-patient"])
def test_a_form_that_fails_leaves_nothing_of_what_was_typed_and_shows_its_number(
    client, monkeypatch, lines, door
):
    def refuse(**submitted):
        raise OperationalError(f"DETAIL: {submitted}")

    monkeypatch.setattr("intake.views.submit_request", refuse)
    typed = {"first_name": "Zyxelda", "last_name": "Quorvath", "date_of_birth": "1937-03-19"}
    typed |= {"phone": "213 555 0186", "caller_role": "patient", "notes": SENTINEL}
    typed["submission_key"] = "b5ef1d3c-8f47-44c9-9a3a-0a1d1d6a9f10"
    response = client.post(f"/help/{door}/", typed)
    assert response.status_code == 503
    assert response["X-Request-ID"] in response.content.decode()
    kinds = [line["message"] for line in lines() if line["logger"] == "intake.views"]
    assert kinds == ["A request could not be stored: OperationalError"]
    assert {line["request"] for line in lines()} == {response["X-Request-ID"]}
    assert "uorvath" not in json.dumps(lines())
    assert "5550186" not in json.dumps(lines())


@pytest.mark.django_db
def test_no_line_speaks_of_a_page_that_there_is_not(client, lines):
    assert client.get(f"/{SENTINEL}/").status_code == 404
    assert client.get("/", headers={"host": "elsewhere.example"}).status_code == 400
    assert lines() == []


def test_an_error_that_ends_a_process_or_a_thread_is_a_line_without_its_text(monkeypatch, lines):
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)
    logs.end_in_a_line()
    error = ValueError(SENTINEL)
    sys.excepthook(ValueError, error, None)
    threading.excepthook(
        SimpleNamespace(exc_type=ValueError, exc_value=error, exc_traceback=None, thread=None)
    )
    assert [line["exception"][0]["type"] for line in lines()] == ["builtins.ValueError"] * 2
    warnings.showwarning(f"naive {SENTINEL}", RuntimeWarning, f"{ROOT}/intake/models.py", 3)
    assert lines()[-1]["message"] == "RuntimeWarning at intake/models.py:3"
    assert "Quorvath" not in json.dumps(lines())


def test_the_servers_own_lines_are_of_the_same_form():
    """As the server reads them: portal/granian.json, in a process without Django's settings."""
    code = (
        "import json, logging; from granian.log import configure_logging, LogLevels; "
        "configure_logging(LogLevels.error, json.load(open('portal/granian.json'))); "
        "logging.getLogger('_granian').error('Unexpected exit from worker-1')"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    line = json.loads(done.stderr)
    assert (line["logger"], line["message"]) == ("_granian", "Unexpected exit from worker-1")


@pytest.mark.django_db
@pytest.mark.usefixtures("failing")
def test_the_last_resort_shows_the_number_too(client, monkeypatch):
    def refuse(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr("portal.errors.render", refuse)
    response = client.get("/fail/broken/")
    assert response.status_code == 500
    assert f'Error number / <span lang="es">Número del error</span>: {response["X-Request-ID"]}.' in (
        response.content.decode()
    )
