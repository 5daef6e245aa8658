"""The public pages of a request through HTTP: asked, sent, received, and given back when it can't be sent."""

import re
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import brotli
import pytest
from django.contrib.staticfiles import finders
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from intake import situation, views
from intake.choices import Door, FacilityStatus
from intake.models import Facility, Request
from tests.intake.contract import CONTRACT
from tests.intake.pages import Page
from tests.intake.posts import posted

pytestmark = pytest.mark.django_db

DOORS = list(Door)
LINES = ("877-595-0757", "877-602-7779")
WINDOW = 14 * 1024


def address(door: Door, language: str = "en") -> str:
    return f"/help/{door}/" if language == "en" else f"/{language}/help/{door}/"


def everything(door: Door, **changes: Any) -> dict[str, Any]:
    """Something in every field."""
    answers: dict[str, Any] = {}
    for name, values in CONTRACT[door].items():
        if name in ("danger_signs", "storage_problems"):
            answers[name] = sorted(values)[:2]
        elif isinstance(values, set):
            answers[name] = sorted(values)[-1]
        else:
            answers[name] = "on" if values is True else f"<{name}> & “x”"
    answers |= posted(door) | {
        "caller_role": "caregiver",
        "phone_alternate": "213 555 0101 x5",
        "email": "ana@example.org",
        "zip_now": "90012",
        "days_supply": "7",
        "next_dose_on": timezone.localdate().isoformat(),
        "notes": "First line\r\nsecond line",
    }
    return answers | changes


@contextmanager
def database_down() -> Any:
    def refuse(*args: Any) -> None:
        raise OperationalError("the database is away")

    with connection.execute_wrapper(refuse):
        yield


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("door", DOORS)
def test_a_blank_form(client: Client, door: Door, language: str) -> None:
    response = client.get(address(door, language))
    page = Page(response)
    assert response.status_code == 200
    assert f'<html lang="{language}"' in page.html
    assert set(re.findall(r'name="(\w+)"', page.html)) >= set(CONTRACT[door])
    assert len(page.ids) == len(set(page.ids))
    assert page.described <= set(page.ids)
    assert page.open == set()
    # The danger signs and 911 come before anything else that is asked.
    assert page.html.index('name="danger_signs"') < page.html.index('name="caller_role"')
    assert page.html.index("tel:911") < page.html.index('name="danger_signs"')
    assert page.typed == ({"language": "es"} if language == "es" else {})
    number = {Door.CURRENT: "tel:+18775950757", Door.NEW: "tel:+18776027779"}[door]
    assert page.links.count(number) >= 4, "in the notice, at the top, at the bottom, in the bar"


def test_a_blank_form_is_shared_but_for_its_token_and_key(client: Client) -> None:
    views.BLANK.forget()
    other = Client()
    pages = [Page(visitor.get(address(Door.NEW), {"q": "secret"})) for visitor in (client, other, client)]
    for name in ("csrfmiddlewaretoken", "submission_key"):
        assert len({page.values[name][0] for page in pages}) == 3
    assert client.cookies["csrftoken"].value != other.cookies["csrftoken"].value
    assert not any("secret" in page.html for page in pages)
    assert len(views.BLANK) == 1


def test_the_back_button_brings_the_same_page(client: Client) -> None:
    response = client.get(address(Door.NEW))
    assert response.cookies, "a first visitor's"
    assert "Cookie" not in response["Vary"]
    assert response["Cache-Control"] == "private, no-cache"
    # A POST drops what is kept of its own address.
    assert '<form method="post" action="?"' in response.content.decode()


def test_a_blank_form_needs_no_database_and_follows_what_staff_change(client: Client) -> None:
    assert "Infusion center 2 (Closed)" not in Page(client.get(address(Door.CURRENT))).html
    with database_down():
        assert client.get(address(Door.CURRENT)).status_code == 200
    Facility.objects.filter(slug="infusion-center-2").update(status=FacilityStatus.CLOSED)
    situation.refresh()
    assert "Infusion center 2 (Closed)" in Page(client.get(address(Door.CURRENT))).html


@pytest.mark.parametrize("door", DOORS)
def test_a_form_fits_into_one_window_of_the_network(client: Client, door: Door) -> None:
    response = client.get(address(door), headers={"Accept-Encoding": "br"})
    assert response["Content-Encoding"] == "br"
    files = [finders.find(name) for name in ("css/site.css", "js/site.js", "img/favicon.svg")]
    weight = len(response.content) + sum(len(brotli.compress(Path(file).read_bytes())) for file in files)
    assert weight <= WINDOW
    html = brotli.decompress(response.content).decode()
    assert len(re.findall(r'(?:src|href)="(/static/[^"]+)"', html)) == len(files)


@pytest.mark.parametrize("door", DOORS)
def test_a_request_is_sent_and_received(client: Client, door: Door) -> None:
    sent = client.post(address(door), everything(door))
    assert sent.status_code == 303
    response = client.get(sent["Location"])
    page = Page(response)
    (request,) = Request.objects.all()
    assert f'data-reference="{request.reference}"' in page.html
    assert re.fullmatch(r"/help/received/\w{32}/", sent["Location"])
    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "no-referrer"
    assert "213-555-0101 ext. 5" in page.html
    assert "&lt;therapy&gt; &amp; “x”" in page.html
    assert client.post(sent["Location"]).status_code == 405


def test_the_spanish_form_leads_to_the_spanish_page(client: Client) -> None:
    sent = client.post(address(Door.NEW, "es"), posted(Door.NEW))
    assert sent["Location"].startswith("/es/help/received/")
    assert Request.objects.get().language == "es"


def test_nobody_finds_a_request_by_guessing(client: Client) -> None:
    for token in ("0" * 32, "x", "%00", "current-patient"):
        assert client.get(f"/help/received/{token}/").status_code == 404


def test_a_second_press_and_a_second_try_are_one_request(client: Client) -> None:
    answers = posted(Door.NEW)
    first, second = (client.post(address(Door.NEW), answers)["Location"] for _ in range(2))
    assert first == second
    assert Request.objects.count() == 1
    # Back, a phone corrected, sent once more: kept, at an address of its own.
    assert client.post(address(Door.NEW), answers | {"phone": "213 555 0199"})["Location"] != first
    assert Request.objects.count() == 2


@pytest.mark.parametrize("door", DOORS)
def test_what_was_typed_survives_every_error(client: Client, door: Door) -> None:
    for name in CONTRACT[door]:
        if CONTRACT[door][name] is None and name != "submission_key":
            typed = everything(door, **{name: f"{'<x>' * 2000}"})
            response = client.post(address(door), typed)
            page = Page(response)
            assert response.status_code == 422, name
            assert page.title.startswith("Error: ")
            assert page.values["submission_key"] == [typed.pop("submission_key")]
            assert page.typed == typed
            assert [link for link in page.links if link.startswith("#id_")] == [f"#id_{name}"]
            assert f"id_{name}_error" in page.described
            assert "no-store" in response["Cache-Control"]
    assert Request.objects.count() == 0


@pytest.mark.parametrize("door", DOORS)
def test_the_summary_links_to_each_field(client: Client, door: Door) -> None:
    wrong = {name: ["\x07"] for name in CONTRACT[door]}
    page = Page(client.post(address(door), wrong))
    links = [link.removeprefix("#") for link in page.links if link.startswith("#id_")]
    assert len(links) == len(CONTRACT[door]) - 1  # the key is not for people to correct
    assert set(links) <= set(page.ids)
    assert page.described <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    summary = re.search(r'<div class="error-summary"[^>]*>', page.html)
    assert summary
    assert 'role="alert" tabindex="-1" autofocus' in summary[0]


def test_a_folded_part_is_open_where_it_matters(client: Client) -> None:
    def folded(**changes: Any) -> set[str]:
        return Page(client.post(address(Door.CURRENT), posted(phone="", **changes))).open

    assert folded() == set()
    assert folded(caller_role="caregiver") == {"caller"}
    assert folded(evacuated="yes", care_setting="center") == {"place", "infusion-center"}
    assert folded(evacuated="no", care_setting="home") == {"home-infusion"}
    assert folded(zip_now="90012", email="x", text_ok="on") == {"place", "reach-more"}


@pytest.mark.parametrize("door", DOORS)
def test_with_the_database_away_nothing_typed_is_lost(client: Client, door: Door) -> None:
    client.get(address(door))
    typed = everything(door)
    with database_down():
        response = client.post(address(door), typed)
    page = Page(response)
    assert response.status_code == 503
    assert "NOT SENT" in page.html
    assert all(number in page.html for number in LINES)
    # The same key: should it have been stored after all, the second try finds it.
    assert page.values["submission_key"] == [typed["submission_key"]]
    assert (
        client.post(address(door), page.typed | {"submission_key": typed["submission_key"]}).status_code
        == 303
    )


def test_with_the_cookie_away_nothing_typed_is_lost() -> None:
    client = Client(enforce_csrf_checks=True)
    typed = everything(Door.NEW)
    response = client.post(address(Door.NEW), typed)
    page = Page(response)
    assert response.status_code == 403
    assert "NOT SENT" in page.html
    assert all(number in page.html for number in LINES)
    tokens = {name: page.values[name][0] for name in ("csrfmiddlewaretoken", "submission_key")}
    assert tokens["submission_key"] == typed["submission_key"]
    assert client.post(address(Door.NEW), page.typed | tokens).status_code == 303


def multipart(charset: str) -> str:
    return f"multipart/form-data; boundary=X; charset={charset}"


PART = b'--X\r\nContent-Disposition: form-data; name="first_name"\r\n\r\n%s\r\n--X--\r\n'


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"first_name=%ED%A0%80&last_name=%00%FF&phone=%E9", "application/x-www-form-urlencoded"),
        (b"first_name=x", "application/x-www-form-urlencoded; charset=utf-16"),
        (b"--X\r\nContent-Disp", "multipart/form-data; boundary=X"),
        (b"", "multipart/form-data"),
        (PART % b"x" * 2000, "multipart/form-data; boundary=X"),
        (PART % b"\\ud800", multipart("raw_unicode_escape")),
        (PART % b"+2AA-", multipart("utf-7")),
        (PART % b"x", multipart("rot13")),
        (PART % (b"x" * 100), multipart("idna")),
        (PART % b"x", multipart("no-such-charset")),
        (b'{"first_name": "x"}', "application/json"),
        (b"\x00\xff", "text/plain"),
    ],
)
@pytest.mark.parametrize("door", DOORS)
def test_a_body_that_makes_no_sense_is_refused(
    client: Client, door: Door, body: bytes, content_type: str
) -> None:
    client.raise_request_exception = False
    # `post` would encode the body as the content type says.
    response = client.generic("POST", address(door), body, content_type)
    assert response.status_code in (400, 413, 422)
    assert all(number in response.content.decode() for number in LINES)
    assert Request.objects.count() == 0


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(client: Client, method: str) -> None:
    assert getattr(client, method)(address(Door.NEW)).status_code == 405


def test_there_are_two_doors(client: Client) -> None:
    assert client.head(address(Door.CURRENT)).status_code == 200
    assert client.get("/help/other-patient/").status_code == 404
