"""By phone: first find, then take with the public form; no name or number stands in an address."""

import re
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.urls import reverse

from intake.choices import Channel, Door, EventKind
from intake.models import Queue, Request
from intake.services import desk
from portal.audit import AuditEntry
from tests.intake.pages import Page
from tests.intake.posts import posted
from tests.intake.requests import MORNING, submit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

NOW = MORNING + timedelta(minutes=30)
PHONE = reverse("admin:triage-phone")


def form(door=Door.CURRENT):
    return reverse("admin:triage-phone-form", args=[door])


def page(item):
    return reverse("admin:triage-request", args=[item.pk])


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_a_reference_that_is_read_aloud_leads_to_its_request(desk_client):
    item = submit().request
    said = item.reference.replace("-", " ").lower()
    response = desk_client.post(PHONE, {"q": said})
    assert (response.status_code, response["Location"]) == (303, page(item))


def test_a_wrong_character_is_caught_at_once(desk_client):
    item = submit().request
    first = "3" if item.reference[0] != "3" else "4"
    response = desk_client.post(PHONE, {"q": first + item.reference[1:]})
    assert "There is a mistake in this reference." in text(response)
    assert first + item.reference[1:] in Page(response).values["q"]
    assert "is never part of a reference" in text(desk_client.post(PHONE, {"q": "0" + item.reference[1:]}))


@pytest.mark.parametrize("typed", ["(213) 555-0142", "Rivera", "Rivera, Alma"])
def test_the_caller_s_requests_are_listed_open_ones_first(desk_client, ann, typed):
    older = submit(evacuated="yes").request
    newer = submit(first_name="Sol", now=MORNING + timedelta(minutes=5)).request
    desk.close(request_id=newer.pk, disposition="address_updated", by=ann, now=NOW)
    response = desk_client.post(PHONE, {"q": typed})
    words = text(response)
    assert words.index(older.reference) < words.index(newer.reference)
    assert "Closed: Address updated" in words
    assert {page(older), page(newer)} <= set(Page(response).links)
    assert "None of these? Take a new request" in words


@pytest.mark.parametrize(
    ("typed", "carried"),
    [("213 555 0199", {"phone": "213 555 0199"}), ("Rivera", {"last_name": "Rivera"}), ("7K4-M2P8", {})],
)
def test_what_was_typed_goes_on_into_the_form_by_a_post(desk_client, typed, carried):
    values = Page(desk_client.post(PHONE, {"q": typed})).values
    assert {name: set(values.get(name, [])) for name in ("phone", "last_name")} == {
        "phone": set(),
        "last_name": set(),
        **{name: {value} for name, value in carried.items()},
    }
    blank = desk_client.post(form(), carried)
    assert blank.status_code == 200
    assert {name: Page(blank).typed.get(name) for name in carried} == carried
    assert Request.objects.count() == 0


def test_a_request_of_others_is_not_found(desk_client):
    item = submit().request
    item.queue.staff_groups.clear()
    assert "No request that you may see" in text(desk_client.post(PHONE, {"q": item.reference}))
    assert item.reference not in text(desk_client.post(PHONE, {"q": "Rivera"}))


def test_searching_and_seeing_are_audited_without_what_was_typed(desk_client):
    submit()
    desk_client.post(PHONE, {"q": "Rivera"})
    rows = AuditEntry.objects.filter(actor="ann")
    assert {row.action for row in rows} == {"requests searched", "requests listed"}
    assert "Rivera" not in str(list(rows.values()))


@pytest.mark.parametrize("door", Door)
def test_a_request_is_taken_claimed_and_opened(desk_client, ann, door):
    response = desk_client.post(form(door), posted(door))
    item = Request.objects.get()
    assert (response.status_code, response["Location"]) == (303, page(item))
    assert (item.channel, item.door, item.claimed_by) == (Channel.PHONE, door, ann)
    assert item.events.get(kind=EventKind.SUBMITTED).by == ann
    shown = text(desk_client.get(page(item)))
    assert item.reference in shown
    assert "by phone" in shown


def test_the_form_asks_the_questions_of_the_public_form(desk_client, client):
    staffs = Page(desk_client.get(form()))
    publics = Page(client.get("/help/current-patient/"))
    assert set(staffs.values) == set(publics.values)
    names = re.compile(r'name="([a-z_]+)"')
    # "subject" is the box that only robots fill in.
    not_asked = {"csrfmiddlewaretoken", "description", "subject"}
    assert set(names.findall(publics.html)) - not_asked <= set(names.findall(staffs.html))


def test_errors_are_those_of_the_public_form_and_what_was_typed_stays(desk_client):
    response = desk_client.post(form(), posted(phone="12", notes="zebra"))
    assert response.status_code == 422
    assert "Enter a phone number with 10 digits" in text(response)
    assert Page(response).typed["notes"] == "zebra"
    assert 'href="#id_phone"' in response.content.decode()
    assert Request.objects.count() == 0


def test_a_double_click_takes_one_request(desk_client):
    data = posted()
    first, second = desk_client.post(form(), data), desk_client.post(form(), data)
    assert first["Location"] == second["Location"]
    assert Request.objects.count() == 1
    assert Request.objects.get().events.filter(kind=EventKind.CLAIMED).count() == 1


def test_the_key_survives_an_error(desk_client):
    data = posted(phone="12")
    response = desk_client.post(form(), data)
    assert Page(response).values["submission_key"] == [data["submission_key"]]


def test_who_has_a_request_already_goes_on_in_the_one_that_carries_it(desk_client, ann):
    first = submit(
        first_name="Ana", last_name="Núñez", phone="+12135550100", date_of_birth="1980-03-15"
    ).request
    response = desk_client.post(form(), posted())
    assert response["Location"] == page(first)
    first.refresh_from_db()
    assert (first.duplicates.count(), first.claimed_by) == (1, ann)


def test_a_colleague_who_holds_the_first_keeps_it(desk_client, staff):
    bob = staff("pharmacist", "bob")
    first = submit(
        first_name="Ana", last_name="Núñez", phone="+12135550100", date_of_birth="1980-03-15"
    ).request
    desk.claim(request_id=first.pk, by=bob, now=NOW)
    response = desk_client.post(form(), posted(), follow=True)
    assert "bob holds this request." in text(response)
    first.refresh_from_db()
    assert first.claimed_by == bob


def test_for_a_queue_of_others_the_reference_is_read_out(desk_client, client, staff, sign_in):
    Queue.objects.get(slug="new-patients").staff_groups.clear()
    response = desk_client.post(form(Door.NEW), posted(Door.NEW), follow=True)
    item = Request.objects.get()
    assert response.redirect_chain[-1][0] == reverse("admin:triage-phone-taken", args=[item.pk])
    words = text(response)
    assert item.reference in words
    assert "877-602-7779" in words
    assert "Núñez" not in words
    assert item.claimed_by is None
    assert AuditEntry.objects.filter(action="request viewed", subject=f"request {item.pk}").count() == 1
    # Only who took it sees it.
    sign_in(client, staff("frontdesk", "eve"))
    assert client.get(reverse("admin:triage-phone-taken", args=[item.pk])).status_code == 404


def test_when_it_cant_be_stored_what_was_typed_stays(desk_client, monkeypatch):
    def broken(**arguments):
        raise OperationalError("213 555 0100")

    monkeypatch.setattr("intake.desk.phone.submit_request", broken)
    data = posted()
    response = desk_client.post(form(), data)
    assert response.status_code == 503
    assert "NOT SENT" in text(response)
    assert Page(response).typed["first_name"] == "Ana"
    assert Page(response).values["submission_key"] == [data["submission_key"]]


def test_with_the_token_lost_what_was_typed_stays(ann, sign_in):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    sign_in(client, ann)
    response = client.post(form(), posted())
    assert response.status_code == 403
    assert Page(response).typed["last_name"] == "Núñez"
    assert "no-store" in response["Cache-Control"]
    # A stranger is told nothing of this page.
    assert "Núñez" not in Client(enforce_csrf_checks=True).post(form(), posted()).content.decode()


def test_an_unknown_form_is_no_page(desk_client):
    assert desk_client.get(PHONE + "nobody/").status_code == 404


@pytest.mark.parametrize("role", ["auditor", "editor", "reviewer"])
def test_who_may_not_work_requests_takes_none(client, staff, sign_in, role):
    sign_in(client, staff(role))
    for address in (PHONE, form(), reverse("admin:triage-phone-taken", args=[1])):
        assert client.get(address).status_code == 403
    assert client.post(form(), posted()).status_code == 403
    assert Request.objects.count() == 0


def test_the_search_costs_the_same_for_one_and_for_many(desk_client, django_assert_max_num_queries):
    """Session, account, device, rights (2), profile, queues, search (2), audit (2), frame."""
    for number in range(30):
        submit(first_name=f"Sol{number}", phone="+12135550100")
    with django_assert_max_num_queries(16):
        desk_client.post(PHONE, {"q": "2135550100"})
