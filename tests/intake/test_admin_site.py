"""Queues with hours, facilities and notices, and two people at one of them."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from intake import situation
from intake.models import (
    CallbackTarget,
    Closure,
    EmergencyNotice,
    Facility,
    NoticeVersion,
    Queue,
    UninterruptibleTherapy,
)
from intake.services import site
from intake.services.errors import DeskError
from portal.audit import AuditEntry
from tests.intake.requests import MORNING
from tests.intake.stock_pages import change, filled_in, last_audit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

NOW = MORNING + timedelta(days=7)


# Notices


def test_a_changed_notice_keeps_what_it_said_before(lead_client, lead):
    notice = EmergencyNotice.objects.get()
    before, started = notice.body, notice.starts_at
    data = filled_in(lead_client.get(change("emergencynotice", notice)))
    data |= {"body": "Center 2 is closed.", "body_es": "El centro 2 está cerrado.", "owner": lead.pk}
    assert lead_client.post(change("emergencynotice", notice), data).status_code == 302

    notice.refresh_from_db()
    assert (notice.body, notice.owner) == ("Center 2 is closed.", lead)
    now, first = notice.versions.all()
    assert (now.by, now.at, now.content["body_es"]) == (lead, NOW, "El centro 2 está cerrado.")
    assert (first.by, first.at, first.content["body"]) == (None, started, before)
    assert (last_audit().action, last_audit().fields) == ("notice changed", ["body", "body_es", "owner"])

    html = lead_client.get(change("emergencynotice", notice)).content.decode()
    assert before in html
    assert "Center 2 is closed." in html
    assert "El centro 2 está cerrado." in html


def test_saved_unchanged_it_leaves_no_version(lead_client):
    notice = EmergencyNotice.objects.get()
    url = change("emergencynotice", notice)
    lead_client.post(url, filled_in(lead_client.get(url)))
    assert not NoticeVersion.objects.exists()


def test_a_new_notice_has_its_first_version_at_once(lead_client, lead):
    add = reverse("admin:intake_emergencynotice_add")
    data = filled_in(lead_client.get(add)) | {"severity": "emergency", "headline": "Closed", "body": "Call."}
    assert lead_client.post(add, data).status_code == 302
    notice = EmergencyNotice.objects.get(headline="Closed")
    assert (notice.owner, notice.versions.get().content["severity"]) == (lead, "emergency")


def test_a_notice_ends_after_it_starts(lead_client):
    notice = EmergencyNotice.objects.get()
    url = change("emergencynotice", notice)
    data = filled_in(lead_client.get(url)) | {"ends_at_0": "2020-01-01", "ends_at_1": "08:00:00"}
    response = lead_client.post(url, data)
    assert response.status_code == 200
    assert "A notice ends after it starts." in response.content.decode()


def test_history_can_t_be_forged_through_the_form(lead_client):
    notice = EmergencyNotice.objects.get()
    url = change("emergencynotice", notice)
    data = filled_in(lead_client.get(url)) | {
        "body": "New.",
        "versions-TOTAL_FORMS": "1",
        "versions-0-content": "{}",
    }
    lead_client.post(url, data)
    assert notice.versions.count() == 2
    assert all(version.content for version in notice.versions.all())


def test_what_the_public_was_told_is_never_deleted(client, staff, sign_in):
    sign_in(client, staff("admin"))
    notice = EmergencyNotice.objects.get()
    assert client.get(reverse("admin:intake_emergencynotice_delete", args=[notice.pk])).status_code == 403


# Facilities


def test_a_facility_s_since_moves_with_its_status_alone(lead_client):
    center = Facility.objects.get(slug="infusion-center-2")
    url = change("facility", center)
    lead_client.post(url, filled_in(lead_client.get(url)) | {"note": "Enter from Oak Street."})
    center.refresh_from_db()
    assert (center.note, center.since) == ("Enter from Oak Street.", None)

    lead_client.post(url, filled_in(lead_client.get(url)) | {"status": "closed"})
    center.refresh_from_db()
    assert (center.status, center.since) == ("closed", NOW)
    assert (last_audit().action, last_audit().subject, last_audit().fields) == (
        "facility changed",
        "facility infusion-center-2",
        ["status"],
    )


def test_the_same_status_again_keeps_its_time(lead):
    center = Facility.objects.get(slug="infusion-center-2")
    opened, center.status = site.version(center), "limited"
    site.save_facility(facility=center, opened=opened, by=lead, now=NOW)
    opened, center.note = site.version(center), "Power is back on Monday."
    site.save_facility(facility=center, opened=opened, by=lead, now=NOW + timedelta(hours=5))
    center.refresh_from_db()
    assert center.since == NOW


# Two at once: a form carries all fields of its row

MEANWHILE = "Somebody else has changed this since you opened it"


def test_a_form_opened_before_a_center_closed_does_not_open_it_again(lead_client, staff, sign_in):
    center = Facility.objects.get(slug="infusion-center-3")
    url = change("facility", center)
    early = filled_in(lead_client.get(url)) | {"note": "Enter from Oak Street."}
    other = Client()
    sign_in(other, staff("pharmacist", "pat"))
    assert other.post(url, filled_in(other.get(url)) | {"status": "closed"}).status_code == 302

    refused = lead_client.post(url, early)
    assert refused.status_code == 200
    assert MEANWHILE in refused.content.decode()
    assert filled_in(refused)["note"] == "Enter from Oak Street."
    # Sent again as it was, it still says what held before.
    assert MEANWHILE in lead_client.post(url, filled_in(refused)).content.decode()
    center.refresh_from_db()
    assert (center.status, center.note) == ("closed", "")
    assert AuditEntry.objects.filter(action="facility changed").count() == 1

    anew = filled_in(lead_client.get(url)) | {"note": "Enter from Oak Street."}
    assert lead_client.post(url, anew).status_code == 302
    center.refresh_from_db()
    assert (center.status, center.note) == ("closed", "Enter from Oak Street.")


def test_a_form_opened_before_a_notice_changed_does_not_take_the_change_back(lead_client):
    notice = EmergencyNotice.objects.get()
    url = change("emergencynotice", notice)
    early = filled_in(lead_client.get(url)) | {"headline_es": "Aviso"}
    lead_client.post(url, filled_in(lead_client.get(url)) | {"body": "Center 2 is closed."})

    refused = lead_client.post(url, early)
    assert MEANWHILE in refused.content.decode()
    assert 'value="Aviso"' in refused.content.decode()
    notice.refresh_from_db()
    assert (notice.body, notice.versions.count()) == ("Center 2 is closed.", 2)


@pytest.mark.parametrize(
    ("name", "model", "words"),
    [
        ("facility", Facility, {"note": "Enter by the back."}),
        ("emergencynotice", EmergencyNotice, {"body": "New."}),
    ],
)
def test_a_double_click_is_no_conflict(lead_client, name, model, words):
    url = change(name, model.objects.first())
    data = filled_in(lead_client.get(url)) | words
    assert [lead_client.post(url, data).status_code for _ in range(2)] == [302, 302]
    assert AuditEntry.objects.filter(action__endswith=" changed").count() == 1


def test_a_form_that_lost_its_version_is_refused(lead_client):
    center = Facility.objects.get(slug="infusion-center-3")
    url = change("facility", center)
    data = filled_in(lead_client.get(url)) | {"status": "closed"}
    assert MEANWHILE in lead_client.post(url, data | {"opened": ""}).content.decode()
    center.refresh_from_db()
    assert center.status == "open"


def test_the_service_itself_refuses_what_was_opened_earlier(lead):
    mine, theirs = (Facility.objects.get(slug="infusion-center-3") for _ in range(2))
    opened = site.version(mine)
    theirs.status = "closed"
    site.save_facility(facility=theirs, opened=opened, by=lead, now=NOW)
    mine.note = "Enter from Oak Street."
    with pytest.raises(DeskError):
        site.save_facility(facility=mine, opened=opened, by=lead, now=NOW)


# Queues


def test_hours_and_closures_are_edited_with_their_queue(lead_client):
    queue = Queue.objects.get(slug="new-patients")
    url = change("queue", queue)
    data = filled_in(lead_client.get(url)) | {
        "hours_confirmed": "on",
        "periods-0-closes": "20:00",
        "closures-0-starts_at_0": "2026-11-26",
        "closures-0-starts_at_1": "00:00",
        "closures-0-ends_at_0": "2026-11-27",
        "closures-0-ends_at_1": "00:00",
        "closures-0-reason": "Thanksgiving",
    }
    assert lead_client.post(url, data).status_code == 302
    queue.refresh_from_db()
    assert queue.hours_confirmed
    assert queue.periods.first().closes.hour == 20
    assert Closure.objects.get().reason == "Thanksgiving"
    assert last_audit().action == "queue changed"
    assert set(last_audit().fields) == {"hours_confirmed", "periods", "closures"}
    situation.refresh()
    assert len(situation.current().line_for["new-patient"].schedule.closures) == 1


def test_a_third_queue_needs_no_code(lead_client):
    add = reverse("admin:intake_queue_add")
    data = filled_in(lead_client.get(add)) | {
        "name": "Nights",
        "slug": "nights",
        "phone": "213 555 0100",
        "audience": "At night",
        "staff_groups": [Group.objects.get(name="pharmacist").pk],
    }
    assert lead_client.post(add, data).status_code == 302
    queue = Queue.objects.get(slug="nights")
    assert (queue.phone.as_e164, queue.door) == ("+12135550100", None)


def test_a_wrong_time_zone_is_refused(lead_client):
    url = change("queue", Queue.objects.get(slug="new-patients"))
    response = lead_client.post(url, filled_in(lead_client.get(url)) | {"time_zone": "Mars/Olympus"})
    assert "Enter the name of a time zone" in response.content.decode()


def test_the_front_desk_only_looks(client, staff, sign_in):
    sign_in(client, staff("frontdesk"))
    for name, model in [
        ("queue", Queue),
        ("facility", Facility),
        ("emergencynotice", EmergencyNotice),
        ("callbacktarget", CallbackTarget),
        ("uninterruptibletherapy", UninterruptibleTherapy),
    ]:
        url = change(name, model.objects.first())
        assert client.get(url).status_code == 200
        assert client.post(url, {}).status_code == 403
