"""Every look at requests, and every change of one, leaves its audit row: by address, and by service."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from intake.choices import Disposition, Door, Outcome, Priority, WaitingOn
from intake.models import Queue, Request
from intake.services import desk, escalation
from portal.audit import AuditEntry
from tests.intake.requests import submit
from tests.portal.test_role_matrix import ROWS

pytestmark = pytest.mark.django_db

# What a GET of each of the desk's addresses, or a POST where there is no GET, leaves; "" for none.
LEAVES = {
    "triage/": "requests listed",
    "triage/rows/": "requests listed",
    "triage/find/": "requests searched",
    "triage/filters/": "",  # views by name, no request
    "triage/profile/": "",  # the person's own
    "triage/next/": "request claimed",
    "triage/requests/<int:pk>/": "request viewed",
    "triage/requests/<int:pk>/keep/": "",  # the lease of who claimed it, which is on record, goes on
    "triage/requests/<int:pk>/<slug:action>/": "request claimed",
    "triage/requests/<int:pk>/accesses/": "accesses viewed",
    "triage/phone/": "",  # asks for a reference; a search is a POST, below
    "triage/phone/<slug:door>/": "",  # an empty form
    "triage/phone/taken/<int:pk>/": "request viewed",
    "triage/accesses/": "",  # an empty form
    "triage/accesses.csv": "accesses exported",
    "triage/emergency/": "",  # without an offer it leads back; opening stands in test_desk_emergency.py
    "triage/emergencies/": "emergency accesses listed",
    "triage/centers/": "",  # how many depend on each
    "triage/centers/<slug:slug>/": "center listed",
    "triage/figures/": "",  # numbers
    "triage/handover/": "hand-over sheet",
    "triage/holds/": "requests listed",
    "triage/export.csv": "requests exported",
    "triage/team/": "team viewed",
    "triage/team/<int:pk>/": "",  # a colleague's languages
    "triage/team/reassign/": "team viewed",
    "triage/team/roles/": "team viewed",
    "triage/team/roles/<int:pk>/end/": "",  # no request; the role's own row stands in test_staffing.py
}
POSTED = {
    "triage/find/": {"q": "Rivera"},
    "triage/export.csv": {},
    "triage/accesses.csv": {"first": "2026-11-18"},
    "triage/team/roles/": {},
}


@pytest.fixture
def things(client, staff, sign_in):
    boss = staff("admin")
    sign_in(client, boss)
    item = submit(now=timezone.now(), by=boss).request
    Request.objects.update(channel="phone")
    return {"boss": boss, "item": item, "user": staff("editor", "ed")}


def test_every_address_of_the_desk_is_considered():
    assert {route for route in ROWS if route.startswith("triage/")} == LEAVES.keys()


@pytest.mark.parametrize("route", LEAVES)
def test_an_address_leaves_its_row(route, things, client):
    values = {
        "<int:pk>": things["user"].pk if "team" in route else things["item"].pk,
        "<slug:action>": "claim",
        "<slug:door>": "current-patient",
        "<slug:slug>": "infusion-center-1",
    }
    address = "/admin/" + route
    for name, value in values.items():
        address = address.replace(name, str(value))
    before = set(AuditEntry.objects.values_list("pk", flat=True))
    get, _post = ROWS[route]
    is_read = bool(get) or "taken" in route
    response = client.get(address) if is_read else client.post(address, POSTED.get(route, {}))
    assert response.status_code in (200, 302, 303, 404, 422)
    rows = AuditEntry.objects.exclude(pk__in=before)
    assert {row.action for row in rows} == ({LEAVES[route]} if LEAVES[route] else set())
    for row in rows:
        assert row.actor_id == things["boss"].pk
        # A claim by "next call" has fields; an empty search has none.
        assert row.fields


def test_a_search_and_a_request_by_phone_leave_rows(things, client):
    client.post("/admin/triage/phone/", {"q": "213-555-0142"})
    assert [row.action for row in AuditEntry.objects.all()[:2]] == ["requests listed", "requests searched"]


def test_a_submission_leaves_rows_for_itself_and_for_its_first(client):
    first = submit().request
    later = submit(notes="again", danger_signs=["breathing"]).request
    rows = AuditEntry.objects.order_by("id").values_list("actor", "action", "subject")
    assert list(rows) == [
        ("public", "request submitted", str(first)),
        ("public", "request submitted", str(later)),
        ("public", "request linked", str(first)),
    ]
    assert "priority" in AuditEntry.objects.get(action="request linked").fields


def test_a_repeated_post_leaves_no_second_row():
    from uuid import uuid4

    key = uuid4()
    for _time in range(2):
        submit(key=key)
    assert AuditEntry.objects.count() == 1


@pytest.fixture
def call(lead, bob, ann):
    """A request that Bob holds, later ones, and the time."""
    now = timezone.now()
    item = submit(now=now).request
    return {"item": item, "lead": lead, "bob": bob, "ann": ann, "now": now}


def steps(item, lead, bob, ann, now):
    """Every service of the desk, in an order that lets each do something."""
    one, by = {"request_id": item.pk, "now": now}, {"by": bob}
    queue = Queue.objects.get(slug="new-patients")
    current = Queue.objects.get(slug="current-patients")
    return [
        ("request claimed", lambda: desk.claim(**one, **by)),
        ("request released", lambda: desk.release(**one, **by)),
        ("request claimed", lambda: desk.claim(**one, **by)),
        ("request assigned", lambda: desk.assign(**one, to=ann, by=lead)),
        ("request taken over", lambda: desk.take_over(**one, reason="she left", **by)),
        ("request taken back", lambda: desk.take_back(**one, reason="he left", by=lead)),
        ("outreach logged", lambda: desk.log_outreach(**one, outcome=Outcome.BUSY, **by)),
        ("priority changed", lambda: desk.change_priority(**one, priority=Priority.URGENT, note="x", **by)),
        ("pharmacist asked for", lambda: desk.ask_pharmacist(**one, **by)),
        ("request escalated", lambda: desk.escalate(**one, note="x", **by)),
        (
            "follow-up set",
            lambda: desk.set_follow_up(
                **one, at=now + timedelta(hours=4), waiting_on=WaitingOn.PATIENT, **by
            ),
        ),
        ("request re-routed", lambda: desk.reroute(**one, queue=queue, **by)),
        ("request re-routed", lambda: desk.reroute(**one, queue=current, **by)),
        ("request closed", lambda: desk.close(**one, disposition=Disposition.ADDRESS_UPDATED, **by)),
        ("request reopened", lambda: desk.reopen(**one, note="x", **by)),
    ]


def test_every_service_leaves_a_row_that_names_the_request(call):
    for action, step in steps(**call):
        before = set(AuditEntry.objects.values_list("pk", flat=True))
        step()
        rows = AuditEntry.objects.exclude(pk__in=before)
        assert [(row.action, row.subject) for row in rows] == [(action, str(call["item"]))], action
        assert rows[0].fields, action


def test_linking_and_unlinking_leave_a_row_for_each_request_that_changes(call):
    others = [submit(now=call["now"], phone=f"+1213555018{number}").request for number in (1, 2)]
    first, (later, last) = call["item"], others
    desk.link(request_id=last.pk, first_id=later.pk, by=call["bob"], now=call["now"])
    before = set(AuditEntry.objects.values_list("pk", flat=True))
    desk.link(request_id=later.pk, first_id=first.pk, by=call["bob"], now=call["now"])
    rows = AuditEntry.objects.exclude(pk__in=before)
    assert {(row.action, row.subject) for row in rows} == {
        ("request linked", str(one)) for one in [first, *others]
    }
    before = set(AuditEntry.objects.values_list("pk", flat=True))
    desk.unlink(request_id=later.pk, note="two people", by=call["bob"], now=call["now"])
    rows = AuditEntry.objects.exclude(pk__in=before)
    assert {row.subject for row in rows} == {str(first), str(later)}


def test_what_the_portal_does_by_itself_leaves_rows_too(call):
    item, later = call["item"], call["now"] + timedelta(days=3)
    desk.claim(request_id=item.pk, by=call["bob"], now=call["now"])
    Request.objects.filter(pk=item.pk).update(priority=Priority.URGENT)
    desk.return_lapsed(now=later)
    escalation.escalate_overdue(now=later)
    rows = AuditEntry.objects.filter(actor="portal").order_by("id")
    assert [(row.action, row.subject) for row in rows] == [
        ("lease ran out", str(item)),
        ("request escalated", str(item)),
    ]


def test_a_form_by_phone_leaves_a_row_of_who_took_it(desk_client, ann):
    submitted = submit(Door.CURRENT, by=ann).request
    assert AuditEntry.objects.get(subject=str(submitted)).actor == "ann"
    assert desk_client.get(reverse("admin:triage-request", args=[submitted.pk])).status_code == 200
