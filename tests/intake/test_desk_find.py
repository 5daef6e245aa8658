"""One field finds a request by what a caller says: reference, telephone number, last name."""

import pytest
from django.urls import reverse

from intake.choices import Door
from intake.desk.finding import find
from intake.models import Queue, Request
from portal.audit import AuditEntry
from tests.intake.requests import submit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

FIND = "/admin/triage/find/"


@pytest.fixture
def desk_client(client, staff, sign_in):
    sign_in(client, staff("frontdesk", "ann"))
    return client


@pytest.fixture
def item():
    return submit(first_name="Ana", last_name="Núñez-Lee", phone="+12135550142;ext=12").request


def page_of(item):
    return reverse("admin:triage-request", args=[item.pk])


def test_a_reference_leads_to_its_request(desk_client, item):
    for typed in (item.reference, item.reference.lower().replace("-", " ")):
        response = desk_client.post(FIND, {"q": typed})
        assert (response.status_code, response["Location"]) == (302, page_of(item))


@pytest.mark.parametrize(
    ("typed", "by"),
    [
        ("213-555-0142", "phone"),
        ("(213) 555 0142", "phone"),
        ("+1 213.555.0142", "phone"),
        ("2135550142 ext. 12", "phone"),
        ("213-555-0142 x99", "phone"),
        ("Núñez-Lee", "last_name"),
        ("  NUNEZ LEE ", "last_name"),
        ("Núñez-Lee, Ana", "last_name"),
        ("Ana Nunez-Lee", "last_name"),
    ],
)
def test_numbers_and_names_in_any_notation(item, typed, by):
    found = find(typed, Request.objects.all())
    assert (found.by, list(found.requests), found.problem) == (by, [item], "")


@pytest.mark.parametrize(
    ("typed", "by", "problem"),
    [
        ("", "", "Enter a reference"),
        ("x" * 101, "", "too long"),
        ("213-555", "phone", "10 digits"),
        ("7K4-M2P", "reference", "7 characters"),
        ("7K4-M2Q9", "reference", "never part of a reference"),
        ("234-5678x", "reference", "7 characters"),
        ("222-2222", "reference", "has this reference"),
        ("222-2223", "phone", "10 digits"),
        ("CCC-CCCC", "last_name", "No request that you may see"),
        ("Nobody", "last_name", "No request that you may see"),
        ("\0", "last_name", "No request that you may see"),
        ("李", "last_name", "No request that you may see"),
    ],
)
def test_what_can_t_be_found_is_said_in_words(item, typed, by, problem):
    found = find(typed, Request.objects.all())
    assert (found.by, list(found.requests)) == (by, [])
    assert problem in found.problem


def test_all_of_a_caller_s_requests_the_newest_first(desk_client):
    first = submit(evacuated="yes").request
    later = submit(evacuated="yes", doses_on_hand="no").request
    other = submit(first_name="Bo", door=Door.NEW, date_of_birth=None).request
    response = desk_client.post(FIND, {"q": "Rivera"})
    assert [row.item for row in response.context["rows"]] == [other, later, first]
    assert "later request" in response.content.decode()
    assert "no-store" in response["Cache-Control"]


def test_what_was_typed_stays_in_the_field_and_comes_back_escaped(desk_client):
    html = desk_client.post(FIND, {"q": '"><b>'}).content.decode()
    assert 'value="&quot;&gt;&lt;b&gt;"' in html


def test_other_queues_requests_are_not_found(desk_client, item):
    Queue.objects.get(slug="current-patients").staff_groups.clear()
    for typed in (item.reference, "213-555-0142", "Núñez-Lee"):
        response = desk_client.post(FIND, {"q": typed})
        assert (response.status_code, response.context["rows"]) == (200, [])
        assert "No request that you may see" in response.content.decode()


def test_a_search_is_one_audit_row_without_what_was_searched(desk_client, item):
    for typed, by in [("Núñez-Lee", "last_name"), ("213-555-0142", "phone"), (item.reference, "reference")]:
        desk_client.post(FIND, {"q": typed})
        row = AuditEntry.objects.get(pk=AuditEntry.objects.values_list("pk")[0][0])
        assert (row.action, row.subject, row.fields) == ("requests searched", "", [by])
    assert AuditEntry.objects.filter(actor="ann").count() == 3


def test_the_form_posts_so_that_no_name_stands_in_an_address(desk_client):
    html = desk_client.get("/admin/triage/").content.decode()
    assert f'method="post" action="{FIND}"' in html
    assert desk_client.get(FIND).status_code == 405


def test_a_link_may_carry_a_reference(desk_client, item):
    response = desk_client.get("/admin/triage/", {"q": item.reference})
    assert response["Location"] == page_of(item)


@pytest.mark.parametrize("typed", ["Núñez-Lee", "213-555-0142", "7K4-M2P", "", "\0"])
def test_a_link_with_anything_else_is_not_searched_for(desk_client, item, typed):
    response = desk_client.get("/admin/triage/", {"q": typed})
    assert (response.status_code, response["Location"]) == (302, "/admin/triage/")
    assert not AuditEntry.objects.filter(action="requests searched").exists()
