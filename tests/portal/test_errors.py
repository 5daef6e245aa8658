import logging

import pytest
from django.db import OperationalError, connection
from django.test import Client, RequestFactory

from intake import situation
from portal import errors, last_resort
from tests.portal.reading import LINES, Page

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


@pytest.fixture
def failing(settings):
    settings.ROOT_URLCONF = "tests.portal.failing_urls"


@pytest.fixture
def database_down():
    def refuse(execute, sql, params, many, context):
        raise OperationalError("the database is down")

    with connection.execute_wrapper(refuse):
        yield


@pytest.fixture
def templates_broken(monkeypatch):
    def refuse(*args, **kwargs):
        raise RuntimeError("no template can be rendered")

    monkeypatch.setattr(errors, "render", refuse)


FAILURES = [
    ("/fail/bad/", 400),
    ("/fail/forbidden/", 403),
    ("/nowhere/", 404),
    ("/help/received/no-such-token/", 404),
    ("/fail/broken/", 500),
    ("/fail/down/", 503),
]


@pytest.mark.usefixtures("failing")
@pytest.mark.parametrize(("path", "status"), FAILURES)
def test_every_error_page_has_both_lines_each_labelled_for_whom(client, path, status):
    response = client.get(path)
    assert response.status_code == status
    page = Page(response)
    page.assert_lines_labelled()
    assert page.h1
    assert "as of" in page.text
    assert "no-store" in response["Cache-Control"]


@pytest.mark.usefixtures("failing", "database_down")
@pytest.mark.parametrize(("path", "status"), FAILURES[:3] + FAILURES[4:])
def test_so_it_has_with_the_database_down(client, path, status):
    response = client.get(path)
    assert response.status_code == status
    page = Page(response)
    page.assert_lines_labelled()
    assert "Newer changes can’t be read right now. This is as of" in page.text


@pytest.mark.usefixtures("database_down")
@pytest.mark.parametrize("path", ["/", "/help/", "/status/", "/privacy/", "/nondiscrimination/"])
def test_pages_are_served_with_the_database_down_and_say_as_of_when(client, path):
    response = client.get(path)
    assert response.status_code == 200
    page = Page(response)
    page.assert_lines_labelled()
    assert "This is as of" in page.text


@pytest.mark.usefixtures("failing", "templates_broken")
@pytest.mark.parametrize(("path", "status"), FAILURES)
def test_so_it_has_when_no_template_can_be_rendered(client, path, status):
    response = client.get(path)
    assert response.status_code == status
    page = Page(response)
    page.assert_lines_labelled()
    assert page.calls("tel:911")
    assert "As of 20" in page.text


@pytest.mark.usefixtures("failing", "templates_broken")
def test_so_it_has_when_no_copy_of_the_lines_can_be_read(client, monkeypatch):
    def refuse():
        raise RuntimeError("no copy can be read")

    monkeypatch.setattr(situation, "current", refuse)
    response = errors.server_error(_request())
    assert response.status_code == 500
    Page(response).assert_lines_labelled()


@pytest.mark.usefixtures("failing")
def test_pages_fall_back_to_the_fixed_lines(monkeypatch):
    def refuse():
        raise RuntimeError("no copy can be read")

    monkeypatch.setattr(situation, "current", refuse)
    response = errors.server_error(_request())
    assert response.status_code == 500
    page = Page(response)
    page.assert_lines_labelled()
    assert "Something went wrong here" in page.text


def test_the_fixed_lines_are_those_of_the_rows():
    rows = {line.tel: line for line in situation.current().lines}
    assert set(rows) == set(LINES)
    for fixed in last_resort.LINES:
        row = rows[fixed.tel]
        assert (fixed.door, fixed.audience_en, fixed.audience_es, fixed.display) == (
            row.door,
            row.audience_en,
            row.audience_es,
            row.display,
        )


@pytest.mark.usefixtures("failing")
def test_an_unreachable_database_is_worth_another_try(client):
    assert client.get("/fail/down/")["Retry-After"]


@pytest.mark.usefixtures("failing")
def test_a_post_that_failed_says_not_sent(client):
    assert "NOT SENT." in Page(client.post("/fail/broken/", {"first_name": "Ana"})).text
    assert "NOT SENT." not in Page(client.get("/fail/broken/")).text


@pytest.mark.usefixtures("failing")
def test_errors_speak_the_pages_language(client):
    page = Page(client.get("/es/nowhere/"))
    (html,) = page.all("html")
    assert html.attrs["lang"] == "es"
    assert any("Para pacientes actuales" in text for text in page.calls("tel:+18775950757"))


def test_a_wrong_host_still_gets_the_lines(client):
    response = client.get("/", headers={"host": "elsewhere.example"})
    assert response.status_code == 400
    Page(response).assert_lines_labelled()


TYPED = {"first_name": "Sentinel-Ana", "phone": "213 555 0100", "caller_role": "patient"}


def test_a_form_comes_back_when_the_code_behind_it_fails(client, monkeypatch):
    def refuse(self):
        raise ZeroDivisionError

    monkeypatch.setattr("intake.forms.RequestForm.is_valid", refuse)
    response = client.post("/help/new-patient/", TYPED)
    assert response.status_code == 500
    page = Page(response)
    page.assert_lines_labelled()
    assert "NOT SENT." in page.text
    assert "Sentinel-Ana" in [field.attrs.get("value") for field in page.all("input")]


class TestCsrf:
    @pytest.fixture
    def strict(self):
        return Client(raise_request_exception=False, enforce_csrf_checks=True)

    @pytest.mark.parametrize("door", ["current-patient", "new-patient"])
    def test_a_form_comes_back_with_what_was_typed(self, strict, door):
        response = strict.post(f"/help/{door}/", TYPED)
        assert response.status_code == 403
        page = Page(response)
        page.assert_lines_labelled()
        assert "NOT SENT." in page.text
        assert "Sentinel-Ana" in [field.attrs.get("value") for field in page.all("input")]

    @pytest.mark.usefixtures("database_down")
    def test_so_it_does_with_the_database_down(self, strict):
        response = strict.post("/es/help/current-patient/", TYPED)
        assert response.status_code == 403
        assert "Sentinel-Ana" in response.content.decode()

    def test_elsewhere_it_is_a_page(self, strict):
        response = strict.post("/", {})
        assert response.status_code in (403, 405)
        response = strict.post("/admin/login/", {"username": "x"})
        assert response.status_code == 403
        Page(response).assert_lines_labelled()

    def test_when_the_form_cannot_be_given_back_the_lines_are(self, strict, monkeypatch, caplog):
        def refuse(*args, **kwargs):
            raise RuntimeError("no form today")

        monkeypatch.setattr("intake.views.keep_typed", refuse)
        with caplog.at_level(logging.CRITICAL):
            response = strict.post("/help/current-patient/", TYPED)
        assert response.status_code == 403
        page = Page(response)
        page.assert_lines_labelled()
        assert "NOT SENT." in page.text


def _request():
    return RequestFactory().get("/")
