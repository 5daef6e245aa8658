"""The centers' pages: who sees and who changes them, what depends on one, and the notice it contradicts."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from intake import situation
from intake.choices import FacilityStatus
from intake.models import EmergencyNotice, Facility, Queue, Request
from intake.services import site
from tests.intake.incidents import LATE, LATER, SOON, messages, person, set_status

NOW = LATER

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def page(slug="infusion-center-1"):
    return reverse("admin:triage-center", args=[slug])


def filled_in(response):
    return {field.html_name: field.value() or "" for field in response.context["form"]}


def test_the_page_closes_the_center_and_lists_what_depends_on_it_with_both_ranks(lead_client):
    soon, late = person(1, **SOON), person(2, **LATE)
    data = filled_in(lead_client.get(page())) | {"status": "closed", "note": "No power."}
    response = lead_client.post(page(), data)
    assert (response.status_code, response["Location"]) == (303, page())
    shown = lead_client.get(page())
    html = shown.content.decode()
    assert "2 open requests depend on it." in html
    rows = shown.context["rows"]
    assert [(row.item.pk, row.before) for row in rows] == [(soon.pk, "Routine"), (late.pk, "")]
    assert "No power." in html
    assert Facility.objects.get(slug="infusion-center-1").status == "closed"
    again = filled_in(shown) | {"status": "open"}
    lead_client.post(page(), again)
    assert "Nothing was lowered" in lead_client.get(page()).content.decode()


def test_a_page_opened_before_somebody_else_changed_the_center_is_refused(lead_client):
    data = filled_in(lead_client.get(page())) | {"note": "mine"}
    Facility.objects.filter(slug="infusion-center-1").update(status="closed")
    response = lead_client.post(page(), data)
    assert response.status_code == 422
    assert "Somebody else has changed this" in response.content.decode()
    assert Facility.objects.get(slug="infusion-center-1").status == "closed"


def test_the_front_desk_looks_and_does_not_change(client, staff, sign_in):
    sign_in(client, staff("frontdesk"))
    assert client.get(page()).context["form"] is None
    assert client.post(page(), {"status": "closed"}).status_code == 403
    assert Facility.objects.get(slug="infusion-center-1").status == "open"


def test_nobody_sees_requests_of_other_queues(client, staff, sign_in):
    ann = staff("frontdesk", "ann")
    person(1, **SOON)
    Queue.objects.get(slug="current-patients").staff_groups.clear()
    sign_in(client, ann)
    assert client.get(page()).context["rows"] == []
    assert [row["depend"] for row in client.get(reverse("admin:triage-centers")).context["rows"]] == [0, 0, 0]


def test_the_pages_take_the_same_queries_for_more_rows(lead_client):
    def queries(address):
        with CaptureQueriesContext(connection) as captured:
            assert lead_client.get(address).status_code == 200
        return len(captured)

    person(1, **SOON)
    few = queries(page())
    for number in range(2, 12):
        person(number, **SOON)
    assert queries(page()) == few


def test_the_admin_form_leads_on_to_the_requests(lead_client):
    person(1, **SOON)
    center = Facility.objects.get(slug="infusion-center-1")
    url = reverse("admin:intake_facility_change", args=[center.pk])
    form = lead_client.get(url).context["adminform"].form
    data = {field.html_name: field.value() for field in form if field.value() not in (None, False)}
    response = lead_client.post(url, data | {"status": "closed"})
    assert response["Location"] == page()
    assert "1 open request depends on it." in lead_client.get(page()).content.decode()
    assert Request.objects.get().priority == "urgent"


# Notices


def test_the_contradicted_notice_s_owner_is_told_once(lead, lead_client):
    notice = EmergencyNotice.objects.get()
    assert notice.says_centers_open
    set_status(FacilityStatus.LIMITED, lead)
    set_status(FacilityStatus.CLOSED, lead)
    assert messages("notice_contradicted").count() == 1
    situation.refresh()
    html = lead_client.get(page()).content.decode()
    assert "A notice tells the public that all infusion centers run normally." in html
    html = lead_client.get(reverse("admin:intake_emergencynotice_change", args=[notice.pk])).content.decode()
    assert "Infusion center 1: Closed" in html

    opened = site.version(notice)
    notice.says_centers_open = False
    site.save_notice(notice=notice, opened=opened, by=lead, now=LATER)
    opened = site.version(notice)
    notice.says_centers_open = True
    site.save_notice(notice=notice, opened=opened, by=lead, now=LATER)
    opened = site.version(notice)
    notice.body = "All centers run normally."
    site.save_notice(notice=notice, opened=opened, by=lead, now=LATER)
    assert messages("notice_contradicted").count() == 2


def test_a_notice_that_is_over_contradicts_nothing(lead):
    EmergencyNotice.objects.update(starts_at=LATER - timedelta(days=2), ends_at=LATER - timedelta(days=1))
    set_status(FacilityStatus.CLOSED, lead)
    assert not messages("notice_contradicted").exists()
