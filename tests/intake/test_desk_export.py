"""The export: who may, what stands in it, and that it runs through without being held."""

import csv
import io
import tracemalloc
from datetime import timedelta

import pytest
from django.utils import timezone

from intake import exporting
from intake.choices import Outcome
from intake.models import Queue, Request
from intake.services import desk
from portal.audit import AuditEntry
from tests.intake.requests import submit
from tests.intake.stored import stored

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

EXPORT = "/admin/triage/export.csv"


def exported(client, **asked):
    today = timezone.localdate().isoformat()
    response = client.post(EXPORT, {"first": today, "last": today, **asked})
    assert response.status_code == 200
    text = b"".join(response.streaming_content).decode("utf-8")
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_each_request_is_a_row_of_decisions_and_times(lead_client, lead):
    now = timezone.now().replace(microsecond=0)
    first = submit(now=now, missed_dose="yes", language="es", interpreter=True).request
    later = submit(now=now, notes="again").request
    desk.log_outreach(request_id=first.pk, outcome=Outcome.BUSY, by=lead, now=now)
    desk.log_outreach(request_id=first.pk, outcome=Outcome.NO_ANSWER, by=lead, now=now)

    one, two = exported(lead_client)
    assert list(one) == list(exporting.COLUMNS)
    assert one["reference"] == first.reference
    assert one["submitted_at"] == one["first_called_at"] == now.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert (one["queue"], one["language"], one["interpreter"]) == ("current-patients", "es", "yes")
    assert (one["priority"], one["rules"].split()[0]) == ("urgent", "R4")
    assert (one["status"], one["attempts"], one["closed_at"], one["duplicate_of"]) == (
        "in_progress",
        "2",
        "",
        "",
    )
    assert (two["reference"], two["duplicate_of"], two["attempts"]) == (later.reference, first.reference, "0")


def test_nothing_in_it_names_or_quotes_anybody(lead_client):
    submit(
        now=timezone.now(),
        first_name="Zebulon", last_name="Quill", phone="+12135550177", email="z@example.org",
        notes="=HYPERLINK secret", therapy="IVIG", zip_now="91101", date_of_birth="1944-01-02",
    )  # fmt: skip
    today = timezone.localdate().isoformat()
    response = lead_client.post(EXPORT, {"first": today, "last": today})
    text = b"".join(response.streaming_content).decode()
    for said in ("Zebulon", "Quill", "5550177", "example.org", "secret", "IVIG", "91101", "1944"):
        assert said not in text
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == f'attachment; filename="requests-{today}-{today}.csv"'
    assert "no-store" in response["Cache-Control"]


def test_days_and_queue_are_those_asked_for(lead_client):
    now = timezone.now()
    queues = {queue.slug: queue for queue in Queue.objects.all()}
    yesterday = now - timedelta(days=1)
    stored(queues["new-patients"], now).save()
    stored(queues["new-patients"], yesterday).save()
    stored(queues["current-patients"], now).save()

    assert len(exported(lead_client)) == 2
    assert [row["queue"] for row in exported(lead_client, queue="new-patients")] == ["new-patients"]
    day = timezone.localdate(yesterday).isoformat()
    assert len(exported(lead_client, first=day, last=day)) == 1
    assert len(exported(lead_client, first=day)) == 3


def test_it_is_on_record_before_the_first_line_goes_out(lead_client, lead):
    stored(Queue.objects.get(slug="new-patients"), timezone.now()).save()
    today = timezone.localdate().isoformat()
    # Nothing of it is read.
    lead_client.post(EXPORT, {"first": today, "last": today, "queue": "new-patients"})
    [row] = AuditEntry.objects.filter(action="requests exported")
    assert (row.actor, row.subject) == (lead.username, f"1 of {today}..{today} new-patients")
    assert row.fields == list(exporting.COLUMNS)


def test_no_link_starts_it(lead_client):
    assert lead_client.get(EXPORT).status_code == 405
    assert not AuditEntry.objects.filter(action="requests exported").exists()


@pytest.mark.parametrize(
    ("role", "status"),
    [("frontdesk", 403), ("pharmacist", 403), ("editor", 403), ("lead", 200), ("auditor", 200)],
)
def test_who_may(client, staff, sign_in, role, status):
    sign_in(client, staff(role))
    response = client.post(EXPORT, {})
    assert response.status_code == status
    assert AuditEntry.objects.filter(action="requests exported").exists() == (status == 200)


def test_only_queues_of_the_account(lead_client):
    own, other = Queue.objects.all()
    other.staff_groups.clear()
    stored(other, timezone.now()).save()
    stored(own, timezone.now()).save()
    assert [row["queue"] for row in exported(lead_client)] == [own.slug]
    # Another's by its name exports nothing at all.
    assert lead_client.post(EXPORT, {"queue": other.slug}).status_code == 302


def test_days_that_cant_be_export_nothing(lead_client):
    response = lead_client.post(EXPORT, {"first": "2026-03-09", "last": "2026-03-07"})
    assert (response.status_code, response["Location"]) == (302, "/admin/triage/figures/")
    assert not AuditEntry.objects.filter(action="requests exported").exists()


@pytest.mark.parametrize(
    "start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", " =", "\u3000＝"]
)
def test_no_cell_is_a_formula(start):
    assert exporting.cell(f"{start}1+1") == f"'{start}1+1"


@pytest.mark.parametrize(("value", "text"), [(None, ""), (True, "yes"), (0, "0"), ("R4 R5", "R4 R5")])
def test_other_cells_stay_as_they_are(value, text):
    assert exporting.cell(value) == text


def test_what_no_key_opens_has_no_reference(lead_client):
    item = submit(now=timezone.now()).request
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("UPDATE intake_request SET document = 'broken' WHERE id = %s", [item.pk])
    [row] = exported(lead_client)
    assert (row["reference"], row["status"]) == ("", "new")


def test_ten_times_the_rows_take_no_more_memory(lead_client):
    """Counted over the lines alone: what is held doesn't grow with what there is."""
    queue, now = Queue.objects.first(), timezone.now()
    sealed = stored(queue, now)

    def add(number):
        Request.objects.bulk_create(
            (stored(queue, now, document=sealed.document) for _ in range(number)), batch_size=500
        )

    def peak():
        for _piece in exporting.lines(Request.objects.all()):
            pass  # what is kept for good, such as compiled statements, is there from now on
        tracemalloc.start()
        rows = sum(piece.count("\n") for piece in exporting.lines(Request.objects.all()))
        held = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return rows, held

    add(1_000)
    rows, few = peak()
    assert rows == 1_001
    add(9_000)
    rows, many = peak()
    assert rows == 10_001
    assert many < 1.3 * few
