"""Staff's own words come back to them when they could not be saved; nobody else's do."""

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from intake.models import Request
from tests.intake.posts import posted
from tests.intake.requests import submit
from tests.portal.reading import Page

pytestmark = pytest.mark.django_db

NOTE = "Two lines,\nas typed & <kept>"


@pytest.fixture
def lead(staff, sign_in):
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    sign_in(client, staff("lead"))
    return client


@pytest.fixture
def away():
    def refuse(*args):
        raise OperationalError("the database is away")

    return lambda: connection.execute_wrapper(refuse)


def token(client):
    page = Page(client.get("/help/new-patient/"))
    return next(
        field.attrs["value"]
        for field in page.all("input")
        if field.attrs.get("name") == "csrfmiddlewaretoken"
    )


def fields(page):
    """What pressing the button of the page sends."""
    (form_token,) = (
        field.attrs["value"]
        for field in page.all("input")
        if field.attrs.get("name") == "csrfmiddlewaretoken"
    )
    boxes = {box.attrs["name"]: box.text for box in page.all("textarea")}
    return boxes | {"csrfmiddlewaretoken": form_token}


def test_what_was_typed_on_a_call_comes_back_and_can_be_sent_again(lead, away):
    item = submit().request
    address = reverse("admin:triage-action", args=[item.pk, "outreach"])
    typed = {"outcome": "busy", "note": NOTE}
    with away():
        answer = lead.post(address, typed | {"csrfmiddlewaretoken": token(lead)})
    page = Page(answer)
    assert answer.status_code == 503
    assert "no-store" in answer["Cache-Control"]
    assert "NOT SAVED." in page.text
    assert "as of" in page.text
    page.assert_lines_labelled()
    assert page.all("form")[-1].attrs["action"] == address
    assert lead.post(address, fields(page)).status_code == 303
    assert item.events.last().to_value == "busy"
    assert item.events.last().note == "Two lines, as typed & <kept>"


def test_a_request_taken_by_phone_comes_back(lead, away):
    address = reverse("admin:triage-phone-form", args=["current-patient"])
    typed = posted(notes="Read out by the caller")
    with away():
        answer = lead.post(address, typed | {"csrfmiddlewaretoken": token(lead)})
    assert answer.status_code == 503
    page = Page(answer)
    assert "Read out by the caller" in page.text
    assert lead.post(address, fields(page)).status_code == 303
    assert Request.objects.get().answers["notes"] == "Read out by the caller"


def test_a_page_of_the_desk_says_plainly_that_it_cannot_be_read(lead, away):
    with away():
        answer = lead.get("/admin/triage/")
    assert answer.status_code == 503
    Page(answer).assert_lines_labelled()
    assert lead.get("/admin/triage/").status_code == 200


def test_what_somebody_else_made_a_browser_send_is_not_repeated(lead, away):
    item = submit().request
    with away():
        answer = lead.post(reverse("admin:triage-action", args=[item.pk, "close"]), {"note": "forged"})
    assert answer.status_code == 403
    assert "forged" not in answer.content.decode()


def test_secrets_are_never_repeated(away):
    client = Client(raise_request_exception=False)
    with away():
        answer = client.post(
            "/admin/login/", {"username": "ann", "password": "a long pass phrase", "otp_token": "123456"}
        )
    assert answer.status_code == 503
    assert "pass phrase" not in answer.content.decode()
    assert "123456" not in answer.content.decode()
