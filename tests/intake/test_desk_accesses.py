"""Who looked at a patient's requests: on a page, and as a table for a breach report."""

import csv
import io
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from intake import accesses
from intake.choices import Door
from intake.models import Queue
from intake.services import desk, emergency
from portal import audit
from portal.audit import AuditEntry
from tests.intake.requests import MORNING, submit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

REPORT, EXPORT = "/admin/triage/accesses/", "/admin/triage/accesses.csv"


@pytest.fixture
def item():
    return submit(email="alma@example.org").request


@pytest.fixture
def ada(staff):
    return staff("auditor", "ada")


@pytest.fixture
def auditor_client(client, ada, sign_in):
    sign_in(client, ada)
    return client


def page(item):
    return reverse("admin:triage-request-accesses", args=[item.pk])


def looked_at(item, by, times=1):
    for _time in range(times):
        audit.record("request viewed", by=by, subject=f"request {item.pk}", fields=["first_name", "phone"])


def exported(client, **asked):
    response = client.post(EXPORT, asked)
    assert response.status_code == 200
    text = b"".join(response.streaming_content).decode("utf-8").removeprefix("\ufeff")
    return list(csv.DictReader(io.StringIO(text, newline="")))


# The page


@pytest.mark.parametrize("role", ["lead", "auditor"])
def test_who_looked_when_and_at_what(client, staff, sign_in, ann, item, role):
    looked_at(item, ann)
    sign_in(client, staff(role))
    text = client.get(page(item)).content.decode()
    for part in ("ann", "request viewed", "first_name, phone", item.reference, "10:00 AM"):
        assert part in text
    assert "Verified" in text
    row = AuditEntry.objects.first()
    assert (row.action, row.subject, row.actor) == ("accesses viewed", f"request {item.pk}", f"test-{role}")


def test_the_call_screen_leads_there_for_those_who_may(client, sign_in, ann, lead, item):
    sign_in(client, ann)
    call = reverse("admin:triage-request", args=[item.pk])
    assert page(item) not in client.get(call).content.decode()
    assert client.get(page(item)).status_code == 403
    sign_in(client, lead)
    assert page(item) in client.get(call).content.decode()


def test_the_same_patient_s_other_requests_stand_with_it(auditor_client, ann, item):
    day = timedelta(days=2)
    by_phone = submit(now=MORNING + day, first_name="ALMA", email="other@example.org").request
    by_mail = submit(now=MORNING + day, phone="+12135550177", email="Alma@example.org").request
    spouse = submit(now=MORNING + day, first_name="Bert").request
    stranger = submit(now=MORNING + day, phone="+12135550188", first_name="Alma").request
    for one in (item, by_phone, by_mail, spouse, stranger):
        looked_at(one, ann)
    text = auditor_client.get(page(item)).content.decode()
    for one in (by_phone, by_mail):
        assert one.reference in text
    for one in (spouse, stranger):
        assert one.reference not in text


def test_a_lead_sees_nothing_of_other_queues(lead_client, item):
    item.queue.staff_groups.clear()
    assert lead_client.get(page(item)).status_code == 404


def test_many_rows_come_in_pages(auditor_client, ann, item):
    looked_at(item, ann, 120)
    first = auditor_client.get(page(item)).content.decode()
    assert first.count("first_name, phone") == 100
    assert "?page=2" in first
    second = auditor_client.get(page(item) + "?page=2").content.decode()
    assert second.count("first_name, phone") == 21  # the first look at the page is a row itself
    for wrong in ("0", "-1", "x", "9" * 50, "999999"):
        assert auditor_client.get(page(item), {"page": wrong}).status_code == 200


def test_the_page_asks_no_more_for_more_rows(auditor_client, ann, item):
    looked_at(item, ann, 2)
    auditor_client.get(page(item))
    with CaptureQueriesContext(connection) as few:
        auditor_client.get(page(item))
    looked_at(item, ann, 60)
    with CaptureQueriesContext(connection) as many:
        auditor_client.get(page(item))
    assert len(many) == len(few)


def test_rows_that_were_tampered_with_are_said_to_be(auditor_client, ann, item):
    looked_at(item, ann)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE portal_auditentry SET actor = 'somebody else'")
    text = auditor_client.get(page(item)).content.decode()
    assert "These rows are not what was written" in text
    assert "Verified" not in text


def test_a_request_that_lost_all_its_rows_is_not_verified(auditor_client, clock):
    audit.record("signed in", by="a test")
    audit.seal(now=timezone.now())
    clock.shift(timedelta(minutes=1))
    item = submit(now=timezone.now()).request
    audit.seal(now=timezone.now())
    assert "Verified" in auditor_client.get(page(item)).content.decode()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM portal_auditentry WHERE subject = %s", [str(item)])
        cursor.execute("DELETE FROM portal_audithead WHERE subject = %s", [str(item)])
    assert "Verified" not in auditor_client.get(page(item)).content.decode()


def test_what_was_seen_by_an_emergency_access_is_marked(client, sign_in, ada, ann, item, clock):
    item.queue.staff_groups.set(Group.objects.filter(name="lead"))
    looked_at(item, ann)
    clock.shift(timedelta(minutes=1))
    emergency.open_in_emergency(request_id=item.pk, reason="a fire", by=ann, now=timezone.now())
    looked_at(item, ann)
    clock.shift(timedelta(minutes=61))
    sign_in(client, ada)
    text = client.get(page(item)).content.decode()
    assert text.count("emergency access</span>") == 2  # opened, and viewed
    rows = exported(client, reference=item.reference)
    assert [(row["action"], row["in_emergency"]) for row in rows if row["name"] == "ann"] == [
        ("request viewed", "no"),
        ("emergency access opened", "yes"),
        ("request viewed", "yes"),
    ]


# The table


def test_the_table_says_who_touched_whose_request_and_which_fields(auditor_client, ann, item):
    looked_at(item, ann)
    audit.record("signed in", by=ann)
    rows = exported(auditor_client, account=ann.pk)
    (row,) = rows
    assert list(row) == list(accesses.COLUMNS)
    assert row == {
        "at": "2026-11-18T18:00:00Z",
        "account": str(ann.pk),
        "name": "ann",
        "action": "request viewed",
        "request": f"request {item.pk}",
        "reference": item.reference,
        "queue": "current-patients",
        "fields": "first_name phone",
        "in_emergency": "no",
    }
    exports = AuditEntry.objects.filter(action="accesses exported")
    assert exports.get().subject == f"account {ann.pk}"


def test_by_period_by_patient_and_both(client, sign_in, ada, ann, bob, item, clock):
    other = submit(Door.NEW, phone="+12135550199", last_name="Other").request
    looked_at(item, ann)
    audit.record("requests listed", by=ann, fields=["last_name"])
    clock.shift(timedelta(days=1))
    looked_at(item, bob)
    looked_at(other, bob)
    sign_in(client, ada)
    day = "2026-11-19"
    by_day = exported(client, first=day, last=day)
    assert {(row["name"], row["reference"]) for row in by_day} == {
        ("bob", item.reference),
        ("bob", other.reference),
        ("ada", ""),  # this very export
    }
    by_patient = exported(client, reference=item.reference)
    assert [row["name"] for row in by_patient if row["action"] == "request viewed"] == ["ann", "bob"]
    both = exported(client, reference=item.reference, last="2026-11-18")
    assert [row["name"] for row in both if row["action"] == "request viewed"] == ["ann"]
    lists = exported(client, account=ann.pk)
    assert [(row["action"], row["reference"]) for row in lists] == [
        ("request viewed", item.reference),
        ("requests listed", ""),
    ]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "Choose a period, an account or a patient’s request."),
        ({"first": "2026-11-19", "last": "2026-11-18"}, "The last day comes before the first."),
        ({"first": "yesterday"}, "Enter a day like 2026-11-24."),
        ({"reference": "7K4-M2P9"}, ""),
        ({"account": "77777"}, ""),
        ({"reference": "x" * 500}, ""),
    ],
)
def test_what_cannot_be_understood_exports_nothing(auditor_client, asked, said):
    response = auditor_client.post(EXPORT, asked)
    assert response.status_code == 422
    assert "Nothing was exported." in response.content.decode()
    assert said in response.content.decode()
    assert not AuditEntry.objects.filter(action="accesses exported").exists()


def test_the_export_of_a_patient_s_is_on_the_record_of_each_request(auditor_client, item):
    other = submit(email="other@example.org").request
    exported(auditor_client, reference=item.reference, first="2026-11-18")
    rows = AuditEntry.objects.filter(action="accesses exported").order_by("id")
    assert {str(item)} <= {row.subject for row in rows} <= {str(item), str(other)}
    assert rows[0].fields == [*accesses.COLUMNS, "2026-11-18.."]
    assert "accesses exported" in auditor_client.get(page(item)).content.decode()


@pytest.mark.parametrize("role", ["frontdesk", "pharmacist", "lead"])
def test_only_an_auditor_exports(client, staff, sign_in, role):
    sign_in(client, staff(role))
    assert client.get(REPORT).status_code == 403
    assert client.post(EXPORT, {"first": "2026-11-18"}).status_code == 403


def test_no_cell_is_a_formula(auditor_client, item):
    audit.record("=HYPERLINK(1)", by="+cmd", subject=f"request {item.pk}", fields=["@SUM(1)"])
    row = next(row for row in exported(auditor_client, reference=item.reference) if "HYPER" in row["action"])
    assert (row["name"], row["action"], row["fields"]) == ("'+cmd", "'=HYPERLINK(1)", "'@SUM(1)")


def test_a_purged_request_is_still_told_by_its_number(auditor_client, ann, item):
    looked_at(item, ann)
    number = item.pk
    item.delete()
    (row,) = exported(auditor_client, account=ann.pk)
    assert (row["request"], row["reference"]) == (f"request {number}", "")


def test_the_table_is_never_held_whole(auditor_client, ann, item, monkeypatch):
    monkeypatch.setattr(accesses, "CHUNK", 10)
    monkeypatch.setattr("intake.exporting.CHUNK", 10)
    looked_at(item, ann, 40)
    response = auditor_client.post(EXPORT, {"account": ann.pk})
    pieces = list(response.streaming_content)
    assert len(pieces) == 5
    with CaptureQueriesContext(connection) as queries:
        list(accesses.lines(AuditEntry.objects.filter(actor="ann")))
    # The rows; and for each ten of them requests and emergency accesses.
    assert len(queries) == 1 + 4 * 2


def test_every_look_at_a_request_leaves_a_row(lead_client, lead, item):
    """The services' own rows stand in test_audited.py."""
    assert Queue.objects.readable_by(lead).exists()
    lead_client.get(reverse("admin:triage-request", args=[item.pk]))
    desk.claim(request_id=item.pk, by=lead, now=timezone.now())
    rows = AuditEntry.objects.filter(subject=f"request {item.pk}", actor="lee").order_by("id")
    assert [row.action for row in rows] == ["request viewed", "request claimed"]
