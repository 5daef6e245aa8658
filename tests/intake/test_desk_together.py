"""What belongs together: duplicates that are linked and unlinked, and others of one phone or e-mail."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from intake.choices import Door, EventKind
from intake.services import desk
from portal.audit import AuditEntry
from tests.intake.requests import MORNING, submit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

NOW = MORNING + timedelta(minutes=30)


def url(item, action):
    return reverse("admin:triage-action", args=[item.pk, action])


def page(item):
    return reverse("admin:triage-request", args=[item.pk])


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.fixture
def first():
    return submit(evacuated="yes").request


@pytest.fixture
def later():
    """The same patient from another phone, misspelled, so that nothing linked it."""
    return submit(last_name="Ribera", phone="+13105550177", missed_dose="yes").request


def test_linked_from_the_first_it_carries_both(desk_client, first, later):
    response = desk_client.post(url(first, "link"), {"reference": later.reference.lower()}, follow=True)
    assert response.redirect_chain == [(page(first), 303)]
    assert "Linked: this one, which came first, carries both." in text(response)
    first.refresh_from_db()
    later.refresh_from_db()
    assert (later.duplicate_of, first.priority) == (first, "urgent")


def test_linked_from_the_later_one_the_call_goes_on_in_the_first(desk_client, first, later, ann):
    desk.claim(request_id=later.pk, by=ann, now=NOW)
    response = desk_client.post(url(later, "link"), {"reference": first.reference})
    assert response["Location"] == page(first)
    first.refresh_from_db()
    later.refresh_from_db()
    assert (later.duplicate_of, later.claimed_by, first.claimed_by) == (first, None, ann)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Enter the reference of the other request."),
        ("7K4-M2P8", "There is a mistake in this reference."),
        ("7K4", "A reference has 7 characters"),
        ("unknown", "No request that you may work has this reference."),
        ("own", "This is the request itself."),
    ],
)
def test_what_cant_be_linked_is_said(desk_client, first, later, typed, words):
    from intake import references

    typed = {"own": first.reference, "unknown": references.new_reference()}.get(typed, typed)
    response = desk_client.post(url(first, "link"), {"reference": typed})
    assert response.status_code == 422
    assert words in text(response)


def test_looking_for_the_other_one_is_on_record(desk_client, first):
    from intake import references

    for typed, searches in (("7K4", 0), (references.new_reference(), 1)):
        desk_client.post(url(first, "link"), {"reference": typed})
        found = AuditEntry.objects.filter(action="requests searched", actor="ann", fields=["reference"])
        assert found.count() == searches


def test_a_request_of_others_cant_be_linked(desk_client, first):
    other = submit(door=Door.NEW, last_name="Ribera", date_of_birth=None).request
    other.queue.staff_groups.clear()
    response = desk_client.post(url(first, "link"), {"reference": other.reference})
    assert "No request that you may work has this reference." in text(response)


def test_what_a_colleague_holds_is_not_linked(desk_client, first, later, staff):
    desk.claim(request_id=later.pk, by=staff("pharmacist", "bob"), now=NOW)
    response = desk_client.post(url(first, "link"), {"reference": later.reference})
    assert (response.status_code, "bob holds this request." in text(response)) == (422, True)
    later.refresh_from_db()
    assert later.duplicate_of is None


def test_a_closed_one_is_not_linked(desk_client, first, later, ann):
    desk.close(request_id=later.pk, disposition="address_updated", by=ann, now=NOW)
    response = desk_client.post(url(first, "link"), {"reference": later.reference})
    assert "The request is closed." in text(response)


@pytest.mark.parametrize("where", ["the first's page", "its own page"])
def test_unlinked_with_a_reason_it_stands_for_itself_again(desk_client, first, later, ann, where):
    desk.link(request_id=later.pk, first_id=first.pk, by=ann, now=MORNING)
    shown = desk_client.get(page(first if where == "the first's page" else later)).content.decode()
    assert f'action="{url(later, "unlink")}"' in shown
    assert desk_client.post(url(later, "unlink"), {"note": ""}).status_code == 422
    assert desk_client.post(url(later, "unlink"), {"note": "the sister"}).status_code == 303
    later.refresh_from_db()
    assert later.duplicate_of is None
    assert later.events.last().kind == EventKind.UNLINKED


def test_a_link_or_unlink_is_a_post(desk_client, first):
    for action in ("link", "unlink"):
        assert desk_client.get(url(first, action)).status_code == 405


def test_other_patients_of_the_phone_are_listed_open_ones_first(desk_client, first, ann):
    sister = submit(first_name="Sol").request
    closed = submit(first_name="Leo", now=MORNING + timedelta(minutes=9)).request
    desk.close(request_id=closed.pk, disposition="spam", by=ann, now=NOW)
    response = desk_client.get(page(first))
    listed = response.context["household"]
    assert [one.item for one in listed] == [sister, closed]
    words = text(response)
    assert "Same phone or e-mail" in words
    assert "Rivera, Sol" in words
    assert "Closed: Spam" in words
    assert f'href="{page(sister)}"' in response.content.decode()
    # Only an open one can be the same request.
    assert [one.linkable for one in listed] == [True, False]


def test_so_are_those_of_the_caregiver_s_e_mail_and_of_the_other_phone(desk_client):
    one = submit(email="Sol@Example.org", phone_alternate="+13105550179").request
    mail = submit(first_name="Leo", phone="+13105550177", email="sol@example.org").request
    phone = submit(first_name="Mia", phone="+13105550179").request
    stranger = submit(first_name="Ida", phone="+13105550111").request
    listed = {neighbour.item for neighbour in desk_client.get(page(one)).context["household"]}
    assert listed == {mail, phone}
    assert stranger not in listed


def test_linked_ones_and_those_of_others_are_not_among_them(desk_client, first):
    submit(evacuated="no")
    hidden = submit(door=Door.NEW, first_name="Leo", date_of_birth=None).request
    hidden.queue.staff_groups.clear()
    assert desk_client.get(page(first)).context["household"] == []


def test_at_most_twenty_are_listed(desk_client, first):
    for number in range(22):
        submit(first_name=f"Sol{number}")
    assert len(desk_client.get(page(first)).context["household"]) == 20


def test_that_they_were_seen_is_audited(desk_client, first):
    submit(first_name="Sol")
    desk_client.get(page(first))
    row = AuditEntry.objects.get(action="requests listed")
    assert "first_name" in row.fields
    assert "Sol" not in str(row.fields)
