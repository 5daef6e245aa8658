"""The hand-over sheet: what is open, in which order, what was promised, and nobody's name."""

from datetime import timedelta

import pytest
from django.utils import timezone

from intake.choices import Outcome, WaitingOn
from intake.models import Facility, Queue, Request
from intake.services import desk
from portal.audit import AuditEntry
from tests.intake.requests import submit
from tests.intake.stored import number_of_queries, stored

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

HANDOVER = "/admin/triage/handover/"
MINUTE = timedelta(minutes=1)


def sheet(client, slug="current-patients", **asked):
    response = client.get(HANDOVER, asked)
    assert response.status_code == 200
    return next(one for one in response.context["queues"] if one["queue"].slug == slug), response


def test_open_calls_stand_in_call_order_with_what_comes_next(lead_client, lead):
    now = timezone.now()
    routine = submit(now=now - 9 * MINUTE, phone="+12135550141", fire_affected="no").request
    held = submit(now=now - 8 * MINUTE, phone="+12135550142", missed_dose="yes").request
    tried = submit(now=now - 90 * MINUTE, phone="+12135550143", missed_dose="yes").request
    grave = submit(now=now - 3 * MINUTE, phone="+12135550144", danger_signs=["meningitis"]).request
    desk.claim(request_id=held.pk, by=lead, now=now)
    desk.log_outreach(request_id=tried.pk, outcome=Outcome.NO_ANSWER, by=lead, now=now)
    desk.release(request_id=tried.pk, by=lead, now=now)

    own, response = sheet(lead_client)
    assert [line.reference for line in own["calls"]] == [r.reference for r in (grave, tried, held, routine)]
    assert [line.next_step for line in own["calls"]] == [
        "Pharmacist calls", "Try again", "Is being called", "First call",
    ]  # fmt: skip
    assert [line.holder for line in own["calls"]] == ["", "", lead.username, ""]
    assert [line.is_overdue for line in own["calls"]] == [False, True, False, False]
    assert own["calls"][0].why == "R2 · pharmacist"
    assert [rule.value for rule in response.context["legend"]] == ["R2", "R4", "R14"]
    assert own["counts"]["open"] == 4
    assert own["counts"]["overdue"] == 1
    assert own["counts"]["emergency"] == 1


def test_follow_ups_of_the_next_day_stand_apart(lead_client, lead):
    now = timezone.now()
    soon, later, over = (submit(now=now, phone=f"+1213555014{n}").request for n in range(3))
    desk.set_follow_up(request_id=soon.pk, at=now + 60 * MINUTE, waiting_on=WaitingOn.PAYER, by=lead, now=now)
    desk.set_follow_up(request_id=later.pk, at=now + timedelta(days=3), by=lead, now=now)
    desk.set_follow_up(request_id=over.pk, at=now + MINUTE, waiting_on=WaitingOn.PATIENT, by=lead, now=now)
    Request.objects.filter(pk=over.pk).update(follow_up_at=now - MINUTE)

    own, _response = sheet(lead_client)
    assert [line.reference for line in own["follow_ups"]] == [soon.reference]
    assert own["follow_ups"][0].next_step == "Waits on: The payer"
    assert [line.reference for line in own["calls"]] == [over.reference]
    assert own["calls"][0].next_step == "Waits on: The patient. Ask now"
    assert own["counts"]["later"] == 1


def test_it_names_nobody(lead_client):
    submit(
        now=timezone.now(),
        first_name="Zebulon", last_name="Quill", phone="+12135550177", notes="Private words",
        caller_role="caregiver", caller_name="Ottoline",
    )  # fmt: skip
    html = lead_client.get(HANDOVER).content.decode()
    for said in ("Zebulon", "Quill", "555 0177", "5550177", "Private", "Ottoline"):
        assert said not in html


def test_centers_incidents_and_the_day_in_numbers(lead_client, lead):
    now = timezone.now()
    Facility.objects.filter(slug="infusion-center-2").update(status="closed", note="No power")
    item = submit(now=now, voicemail_ok="no").request
    desk.log_outreach(request_id=item.pk, outcome=Outcome.LEFT_VOICEMAIL, all_the_same=True, by=lead, now=now)

    _own, response = sheet(lead_client)
    html = response.content.decode()
    assert "Infusion center 2: Closed" in html
    assert "No power" in html
    assert "Infusion center 1:" not in html
    [incident] = response.context["incidents"]
    assert (incident["reference"], incident["what"], incident["who"]) == (
        item.reference, "Left a voicemail", lead.username,
    )  # fmt: skip
    counts = {str(label): str(value) for label, value in response.context["counts"]}
    assert counts == {
        "Arrived": "1", "Calls made": "1", "Reached somebody": "0", "Closed": "0",
        "Called in time": "100% (1 of 1)",
    }  # fmt: skip


def test_what_doesnt_fit_is_counted(lead_client, monkeypatch):
    monkeypatch.setattr("intake.desk.handover.MOST", 3)
    queue, now = Queue.objects.get(slug="current-patients"), timezone.now()
    Request.objects.bulk_create(stored(queue, now) for _ in range(5))
    Request.objects.bulk_create(stored(queue, now, follow_up_at=now + 60 * MINUTE) for _ in range(4))
    own, response = sheet(lead_client)
    assert (len(own["calls"]), own["more_calls"]) == (3, 2)
    assert (len(own["follow_ups"]), own["more_follow_ups"]) == (3, 1)
    assert "and 2 more: see the board." in response.content.decode()


def test_any_number_of_rows_takes_the_same_queries(lead_client, lead, settings):
    settings.SITUATION_MAX_AGE = 3600  # its queries every two seconds are not the sheet's
    now = timezone.now()

    def add(number):
        for queue in Queue.objects.all():
            held = {"claimed_by": lead, "claimed_until": now + 30 * MINUTE}
            Request.objects.bulk_create(stored(queue, now, **held) for _ in range(number))
            later = now + 60 * MINUTE
            Request.objects.bulk_create(stored(queue, now, follow_up_at=later) for _ in range(number))

    add(1)
    few = number_of_queries(lead_client, HANDOVER)
    # Sign-in's 4, the frame's 2; queues, incidents, audit row, calls, promises, closed; 3 a queue.
    assert few <= 4 + 2 + 6 + 2 * 3
    add(150)
    assert number_of_queries(lead_client, HANDOVER) == few


def test_one_look_is_on_record(lead_client, lead):
    lead_client.get(HANDOVER)
    [row] = AuditEntry.objects.filter(action="hand-over sheet")
    assert (row.actor, row.subject) == (lead.username, "")
    assert "reference" in row.fields


@pytest.mark.parametrize(("role", "status"), [("frontdesk", 200), ("auditor", 200), ("editor", 403)])
def test_who_may(client, staff, sign_in, role, status):
    sign_in(client, staff(role))
    assert client.get(HANDOVER).status_code == status


def test_a_request_that_no_key_opens_still_stands_there(lead_client):
    from django.db import connection

    item = submit(now=timezone.now()).request
    with connection.cursor() as cursor:
        cursor.execute("UPDATE intake_request SET document = 'broken' WHERE id = %s", [item.pk])
    own, _response = sheet(lead_client)
    assert [line.reference for line in own["calls"]] == [f"request {item.pk}"]
