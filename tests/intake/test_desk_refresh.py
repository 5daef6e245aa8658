"""The board's lanes and counts, its own refresh, and the next call."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session

from intake.choices import Door, Language, WaitingOn
from intake.desk import tallies
from intake.models import Queue, Request
from intake.services import desk, staffing
from portal.audit import AuditEntry
from tests.intake.requests import MORNING, submit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

LIST, ROWS, NEXT = "/admin/triage/", "/admin/triage/rows/", "/admin/triage/next/"
NOW = MORNING + timedelta(minutes=30)


def background(client: Any, **asked: str) -> dict[str, str]:
    """What the board sends along when it refreshes itself; to get it, somebody has to look at the board."""
    page = client.get(LIST, asked).content.decode()
    return {"x-background": html.unescape(re.search(r'data-mark="([^"]+)"', page)[1])}


def make(last_name, minutes_ago=10, **given):
    phone = f"+1213555{Request.objects.count() + 100:04d}"
    now = NOW - timedelta(minutes=minutes_ago)
    return submit(now=now, **{"last_name": last_name, "phone": phone, **given}).request


def copies(item, number):
    later = []
    for index in range(number):
        copy = Request.objects.get(pk=item.pk)
        copy.pk, copy.document = None, item.document
        copy.reference_hash, copy.token_hash, copy.answers_digest = f"r{index}", f"t{index}", f"d{index}"
        later.append(copy)
    Request.objects.bulk_create(later)


def lanes(response):
    return {lane.label: lane.count for lane in response.context["lanes"]}


def test_each_lane_counts_what_it_shows(desk_client, ann):
    make("Late", 200, missed_dose="yes")
    make("Pharmacist", danger_signs=["breathing"])
    make("New", door=Door.NEW, date_of_birth=None)
    mine, promised = make("Mine"), make("Promised")
    desk.claim(request_id=mine.pk, by=ann, now=NOW)
    desk.set_follow_up(
        request_id=promised.pk, at=NOW + timedelta(minutes=5), waiting_on=WaitingOn.PAYER, by=ann, now=NOW
    )
    with time_machine.travel(NOW + timedelta(minutes=6), tick=False):
        response = desk_client.get(LIST)
        counted = lanes(response)
        for lane in response.context["lanes"]:
            shown = len(desk_client.get(LIST + lane.url).context["rows"])
            assert lane.count in ("", str(shown)), lane
    assert counted == {
        "All": "5",
        "Current patients": "4",
        "New patients": "1",
        "Mine": "1",
        "Follow-ups": "1",
        "Overdue": "3",
        "Pharmacist": "1",
        "Closed": "",
    }


def test_counting_stops_and_says_so(desk_client):
    copies(make("Many", 100, missed_dose="yes"), 505)
    counted = lanes(desk_client.get(LIST))
    assert (counted["All"], counted["Current patients"], counted["Overdue"]) == ("500+", "500+", "500+")


def test_the_counts_are_kept_for_seconds_and_no_longer(desk_client, settings):
    settings.SITUATION_MAX_AGE = 3600
    make("Bell")
    assert lanes(desk_client.get(LIST))["All"] == "1"
    make("Cruz")
    assert lanes(desk_client.get(LIST))["All"] == "1"
    settings.SITUATION_MAX_AGE = 0
    assert lanes(desk_client.get(LIST))["All"] == "2"


def test_the_share_in_time_is_that_of_the_calls_due_last(ann):
    for number, called in enumerate((20, 20, 90, None)):
        item = make(f"P{number}", 200 - number, missed_dose="yes")
        if called:
            Request.objects.filter(pk=item.pk).update(
                first_called_at=item.submitted_at + timedelta(minutes=called)
            )
    make("Not yet due", 10, missed_dose="yes")
    queue = Queue.objects.get(slug="current-patients").pk
    counts = tallies.count(queues=[queue], now=NOW)
    assert (counts[queue].due, counts[queue].in_time, counts[queue].share_in_time) == (4, 2, 50)
    assert counts[queue].oldest == NOW - timedelta(minutes=197)


def test_who_works_no_queue_sees_an_empty_board(desk_client):
    make("There")
    for queue in Queue.objects.all():
        queue.staff_groups.clear()
    response = desk_client.get(LIST)
    assert response.context["rows"] == []
    assert lanes(response)["Mine"] == "0"


def test_the_refresh_gives_what_the_board_shows(desk_client):
    make("Bell", language="es")
    make("Cruz")
    page = desk_client.get(LIST, {"language": "es"}).content.decode()
    headers = background(desk_client, language="es")
    part = desk_client.get(ROWS, {"language": "es"}, headers=headers).content.decode()
    for piece in re.split(r'<div data-part="\w+">', part)[1:]:
        assert piece.rsplit("</div>", 1)[0] in page
    assert "Bell" in part
    assert "Cruz" not in part
    assert 'data-rows="/admin/triage/rows/?language=es"' in page


def test_the_refresh_says_when_nothing_changed(desk_client):
    make("Bell")
    headers = background(desk_client)
    first = desk_client.get(ROWS, headers=headers)
    again = desk_client.get(ROWS, headers={**headers, "if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    make("Cruz")
    changed = desk_client.get(ROWS, headers={**headers, "if-none-match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]
    assert "no-store" in changed["Cache-Control"]


def test_the_refresh_is_no_activity(desk_client, ann):
    item = make("Bell")
    desk.claim(request_id=item.pk, by=ann, now=NOW)
    headers = background(desk_client)
    before = AuditEntry.objects.count(), Session.objects.get().expire_date
    with time_machine.travel(NOW + timedelta(minutes=14), tick=False):
        response = desk_client.get(ROWS, headers=headers)
    assert response.status_code == 200
    assert not response.cookies
    assert (AuditEntry.objects.count(), Session.objects.get().expire_date) == before
    item.refresh_from_db()
    assert item.claimed_until == NOW + desk.LEASE


def test_whoever_looks_at_the_rows_by_themselves_leaves_a_row(desk_client):
    desk_client.get(ROWS)
    desk_client.get(ROWS, headers={"x-background": "1"})
    # The mark of another board, which was on record, says nothing of this one.
    marked = background(desk_client)
    desk_client.get(ROWS, {"language": "es"}, headers=marked)
    assert AuditEntry.objects.filter(actor="ann", action="requests listed").count() == 4
    desk_client.get(ROWS, headers=marked)
    assert AuditEntry.objects.filter(actor="ann", action="requests listed").count() == 4


def test_the_refresh_is_for_who_may_see_requests(client, staff, sign_in):
    assert client.get(ROWS).status_code == 302
    sign_in(client, staff("editor"))
    assert client.get(ROWS).status_code == 403


def test_the_next_call_is_claimed_and_opened(desk_client, ann):
    make("Bell", 5)
    urgent = make("Cruz", 5, missed_dose="yes")
    response = desk_client.post(NEXT)
    assert (response.status_code, response["Location"]) == (303, f"{LIST}requests/{urgent.pk}/")
    urgent.refresh_from_db()
    assert urgent.claimed_by == ann
    assert desk_client.get(NEXT).status_code == 405


def test_without_a_next_call_it_is_said_what_waits_and_for_whom(desk_client, ann, staff):
    make("Doctor", danger_signs=["breathing"])
    make("Doctor", danger_signs=["breathing"])
    make("Spanish", language="es")
    desk.claim(request_id=make("Held").pk, by=staff("lead"), now=NOW)
    desk.set_follow_up(request_id=make("Later").pk, at=NOW + timedelta(hours=2), by=ann, now=NOW)
    page = desk_client.post(NEXT, follow=True).content.decode()
    for words in (
        "There is no call that you can take: 2 wait for a pharmacist",
        "1 waits for somebody who speaks Español",
        "a colleague holds 1",
        "1 is promised for later",
    ):
        assert words in page
    lead = staff("admin")
    staffing.save_profile(user=ann, languages=[Language.SPANISH], by=lead, now=NOW)
    assert "/requests/" in desk_client.post(NEXT)["Location"]


def test_without_anybody_waiting_it_is_said_so(desk_client):
    assert "Nobody is waiting for a call." in desk_client.post(NEXT, follow=True).content.decode()


def test_an_auditor_takes_no_calls(client, staff, sign_in):
    make("Bell")
    sign_in(client, staff("auditor"))
    assert client.post(NEXT).status_code == 403
    assert "Next call" not in client.get(LIST).content.decode().split("<footer")[0]
