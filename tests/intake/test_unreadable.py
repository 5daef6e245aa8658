"""A request that no key opens: the others stay in reach, and its own page says so."""

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from django.urls import reverse

from intake.choices import Disposition, Outcome
from intake.models import EmergencyAccess, Request
from intake.services import desk, staffing
from portal.crypto import CantUnseal
from tests.intake.requests import MORNING, submit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

LIST = "/admin/triage/"


def spoil(item):
    """As a key that was dropped too early leaves it."""
    token = Fernet(Fernet.generate_key()).encrypt(b"{}").decode()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE intake_request SET document = %s WHERE id = %s", [token, item.pk])


@pytest.fixture
def spoiled():
    item = submit(danger_signs=["breathing"], last_name="Spoiled", phone="+12135550199").request
    spoil(item)
    return item


def page(item):
    return reverse("admin:triage-request", args=[item.pk])


def test_the_list_shows_it_with_its_rank_and_goes_on(desk_client, spoiled, caplog):
    submit()
    response = desk_client.get(LIST)
    lost, other = response.context["rows"]
    assert (lost.patient, lost.priority, lost.due) == ("Can’t be read", "Emergency", "due in 15 min")
    assert other.patient == "Rivera, Alma"
    assert page(spoiled) in response.content.decode()
    assert caplog.messages == [f"Request {spoiled.pk} can't be unsealed with the keys that are set."]


def test_a_search_finds_it_by_its_hashes(desk_client, spoiled):
    response = desk_client.post(f"{LIST}find/", {"q": "Spoiled"})
    assert [row.patient for row in response.context["rows"]] == ["Can’t be read"]


def test_its_page_says_so_and_nothing_can_be_done(desk_client, spoiled):
    answer = desk_client.get(page(spoiled))
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "none of the keys that are set opens it" in html
    assert "Emergency" in html
    done = desk_client.post(reverse("admin:triage-action", args=[spoiled.pk, "claim"]))
    assert "none of the keys that are set opens it" in done.content.decode()
    assert spoiled.events.count() == 1


def test_the_first_of_one_is_called_and_closed(desk_client, ann):
    first, later = submit(evacuated="yes").request, submit(evacuated="yes", notes="again").request
    spoil(later)
    html = desk_client.get(page(first)).content.decode()
    assert "A later request is linked that can’t be read." in html
    assert page(later) in html
    desk.log_outreach(request_id=first.pk, outcome=Outcome.LEFT_VOICEMAIL, by=ann, now=MORNING)
    desk.close(request_id=first.pk, disposition=Disposition.ADDRESS_UPDATED, by=ann, now=MORNING)
    later = Request.objects.get(pk=later.pk)
    assert later.disposition == "duplicate"


def test_a_later_one_s_first_may_be_spoiled(desk_client, ann):
    first, later = submit(evacuated="yes").request, submit(evacuated="yes", notes="again").request
    spoil(first)
    assert f">request {first.pk}</a>" in desk_client.get(page(later)).content.decode()


def test_it_is_never_written_over(spoiled):
    item = Request.objects.get(pk=spoiled.pk)
    with pytest.raises(CantUnseal):
        item.save()
    with pytest.raises(CantUnseal):
        _ = item.answers


def test_the_next_call_passes_it_over_and_says_so_when_nothing_else_waits(desk_client, ann):
    """It would be given again at every next call: nobody could go on."""
    lost, other = submit(missed_dose="yes", phone="+12135550199").request, submit().request
    spoil(lost)
    worker = staffing.worker(ann)
    assert desk.next_call(worker=worker, now=MORNING).pk == other.pk
    desk.close(request_id=other.pk, disposition=Disposition.SPAM, by=ann, now=MORNING)
    assert desk.next_call(worker=worker, now=MORNING) is None
    answer = desk_client.post(f"{LIST}next/", follow=True)
    assert "There is no call that you can take: 1 can’t be read." in answer.content.decode()


def test_the_next_call_passes_over_also_what_somebody_holds(ann, staff):
    lost, other = submit(missed_dose="yes", phone="+12135550199").request, submit().request
    desk.claim(request_id=lost.pk, by=ann, now=MORNING)
    spoil(lost)
    assert desk.next_call(worker=staffing.worker(ann), now=MORNING).pk == other.pk


UNREADABLE = "Can’t be read: none of the keys that are set opens it."


def test_a_note_that_no_key_opens_leaves_the_rest_of_the_page(desk_client, ann):
    item = submit().request
    desk.log_outreach(request_id=item.pk, outcome=Outcome.LEFT_VOICEMAIL, note="rang", by=ann, now=MORNING)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE intake_requestevent SET note = 'broken' WHERE note != ''")
    answer = desk_client.get(page(item))
    assert answer.status_code == 200
    assert UNREADABLE in answer.content.decode()
    assert item.answers["last_name"] in answer.content.decode()


def test_a_reason_that_no_key_opens_leaves_the_others_in_the_list(lead_client, ann):
    for reason in ("a fire", "a flood"):
        item = submit(phone=f"+1213555014{len(reason) % 10}").request
        EmergencyAccess.objects.create(
            request=item, user=ann, reason=reason, at=MORNING, until=MORNING + timedelta(hours=1)
        )
    with connection.cursor() as cursor:
        cursor.execute("UPDATE intake_emergencyaccess SET reason = 'broken' WHERE request_id = %s", [item.pk])
    answer = lead_client.get(f"{LIST}emergencies/")
    assert answer.status_code == 200
    assert UNREADABLE in answer.content.decode()
    assert "a fire" in answer.content.decode()
