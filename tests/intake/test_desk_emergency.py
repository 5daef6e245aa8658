"""Break-glass: a request of a queue of others, found by its reference and opened with a reason."""

import re
import threading
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from intake import accesses
from intake.choices import Disposition, Door
from intake.models import EmergencyAccess, OutboxMessage, Queue
from intake.services import desk, emergency
from intake.services.errors import DeskError
from portal.audit import AuditEntry
from tests.intake.requests import MORNING, submit
from tests.intake.sending import SAID, leaks, send

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

FIND, PHONE, OPEN = "/admin/triage/find/", "/admin/triage/phone/", "/admin/triage/emergency/"
LIST = "/admin/triage/emergencies/"
REASON = "Xanthippe's nurse is on the line, their queue does not answer"


@pytest.fixture
def item(staff):
    """A request of a queue that leads and pharmacists work, and the front desk doesn't."""
    staff("editor", "somebody-else")
    queue = Queue.objects.get(slug="new-patients")
    queue.staff_groups.set(Group.objects.filter(name__in=["lead", "pharmacist"]))
    return submit(Door.NEW, **SAID).request


def page(item):
    return reverse("admin:triage-request", args=[item.pk])


def offered(response):
    found = re.search(r'name="offer" value="([^"]+)"', response.content.decode())
    return found and found[1]


def opened(client, item, reason=REASON):
    offer = offered(client.post(FIND, {"q": item.reference}))
    return client.post(OPEN, {"offer": offer, "reason": reason})


def actions(item):
    rows = AuditEntry.objects.filter(subject=f"request {item.pk}").order_by("id")
    return list(rows.values_list("actor", "action"))


# Finding it


@pytest.mark.parametrize("address", [FIND, PHONE])
def test_the_reference_of_another_queue_is_offered_and_tells_nothing_of_the_patient(
    desk_client, item, address
):
    response = desk_client.post(address, {"q": item.reference.lower()})
    assert "This reference is in another queue" in response.content.decode()
    assert leaks(response.content.decode()) == []
    assert page(item) not in response.content.decode()
    assert ("ann", "request refused") in actions(item)


@pytest.mark.parametrize("typed", ["+12135550142", "Quillfeather", "7K4-M2P9", ""])
def test_nothing_else_of_another_queue_is_offered(desk_client, item, typed):
    assert offered(desk_client.post(FIND, {"q": typed})) is None


def test_what_somebody_may_read_anyway_is_not_offered(desk_client, lead, item):
    own = submit().request
    assert desk_client.post(FIND, {"q": own.reference})["Location"] == page(own)
    with pytest.raises(DeskError):
        emergency.open_in_emergency(request_id=own.pk, reason=REASON, by=lead, now=MORNING)
    assert not EmergencyAccess.objects.exists()


def test_without_an_access_it_is_not_found_and_the_try_is_on_record(desk_client, item):
    assert desk_client.get(page(item)).status_code == 404
    action = reverse("admin:triage-action", args=[item.pk, "claim"])
    assert desk_client.post(action).status_code == 404
    assert actions(item)[-2:] == [("ann", "request refused")] * 2
    assert desk_client.get(reverse("admin:triage-request", args=[item.pk + 1])).status_code == 404
    assert not AuditEntry.objects.filter(subject=f"request {item.pk + 1}").exists()


# Opening it


def test_it_is_opened_with_a_reason_and_read(desk_client, item):
    response = opened(desk_client, item)
    assert (response.status_code, response["Location"]) == (303, page(item))
    text = desk_client.get(page(item)).content.decode()
    assert "Quillfeather" in text
    assert "Opened in an emergency until 11:00 AM" in text
    assert actions(item)[-2:] == [("ann", "emergency access opened"), ("ann", "request viewed in emergency")]
    viewed = AuditEntry.objects.filter(action="request viewed in emergency").get()
    assert "date_of_birth" in viewed.fields


@pytest.mark.parametrize("reason", ["", "   "])
def test_without_a_reason_it_stays_closed(desk_client, item, reason):
    response = opened(desk_client, item, reason)
    assert response.status_code == 422
    assert "Say why you need to see it now." in response.content.decode()
    assert not EmergencyAccess.objects.exists()
    again = desk_client.post(OPEN, {"offer": offered(response), "reason": REASON})
    assert again["Location"] == page(item)


def test_an_offer_is_good_for_whoever_searched_alone(desk_client, client, item, staff, sign_in):
    for given in ("", "1:1:1", offered(desk_client.post(FIND, {"q": item.reference})) + "x"):
        response = desk_client.post(OPEN, {"offer": given, "reason": REASON})
        assert (response.status_code, response["Location"]) == (303, "/admin/triage/")
    offer = offered(desk_client.post(FIND, {"q": item.reference}))
    sign_in(client, staff("frontdesk", "dan"))
    assert client.post(OPEN, {"offer": offer, "reason": REASON})["Location"] == "/admin/triage/"
    assert not EmergencyAccess.objects.exists()


def test_after_a_while_it_is_asked_once_more_and_what_was_typed_stays(client, ann, item, clock, sign_in):
    sign_in(client, ann)
    offer = offered(client.post(FIND, {"q": item.reference}))
    clock.shift(timedelta(minutes=16))
    sign_in(client, ann)
    response = client.post(OPEN, {"offer": offer, "reason": REASON})
    assert response.status_code == 422
    assert "That search was a while ago" in response.content.decode()
    assert "their queue does not answer" in response.content.decode()
    assert not EmergencyAccess.objects.exists()
    assert actions(item)[-1] == ("ann", "request refused")
    again = client.post(OPEN, {"offer": offered(response), "reason": REASON})
    assert again["Location"] == page(item)
    assert EmergencyAccess.objects.get().reason == REASON


def test_another_reason_while_it_runs_is_not_taken_and_said_so(desk_client, item):
    offer = offered(desk_client.post(FIND, {"q": item.reference}))
    for reason in (REASON, "another"):
        response = desk_client.post(OPEN, {"offer": offer, "reason": reason}, follow=True)
    assert "You had opened it already" in response.content.decode()
    assert EmergencyAccess.objects.get().reason == REASON


def test_a_later_one_of_yet_another_queue_is_not_shown_with_it(desk_client, item):
    """Its team is told of nothing."""
    same = submit(Door.NEW, **SAID | {"notes": "the same team"}).request
    other = submit(Door.NEW, **SAID | {"notes": "another team"}).request
    for later, queue in ((same, item.queue), (other, Queue.objects.get(slug="current-patients"))):
        type(item).objects.filter(pk=later.pk).update(duplicate_of=item, queue=queue)
    Queue.objects.get(slug="current-patients").staff_groups.set(Group.objects.filter(name="lead"))
    opened(desk_client, item)
    text = desk_client.get(page(item)).content.decode()
    assert "the same team" in text
    assert "another team" not in text
    seen = AuditEntry.objects.filter(action="request viewed in emergency")
    assert set(seen.values_list("subject", flat=True)) == {str(item), str(same)}
    assert accesses.emergencies(seen) == {row.pk for row in seen}


def test_it_ends_by_the_clock(client, ann, item, clock, sign_in):
    sign_in(client, ann)
    opened(client, item)
    clock.shift(timedelta(minutes=59, seconds=59))
    sign_in(client, ann)
    assert client.get(page(item)).status_code == 200
    clock.shift(timedelta(seconds=1))
    assert client.get(page(item)).status_code == 404


def test_while_it_runs_the_search_leads_there(desk_client, item):
    opened(desk_client, item)
    before = actions(item)
    response = desk_client.post(FIND, {"q": item.reference})
    assert offered(response) is None
    assert page(item) in response.content.decode()
    assert actions(item) == before


def test_it_is_one_request_and_one_person_s(desk_client, client, item, staff, sign_in):
    other = submit(Door.NEW, phone="+12135550199", last_name="Other").request
    opened(desk_client, item)
    assert desk_client.get(page(other)).status_code == 404
    assert desk_client.get("/admin/triage/").content.decode().count(item.reference) == 0
    sign_in(client, staff("frontdesk", "dan"))
    assert client.get(page(item)).status_code == 404


def test_it_is_for_reading_alone(desk_client, item):
    opened(desk_client, item)
    assert 'id="do-' not in desk_client.get(page(item)).content.decode()
    for action in ("claim", "outreach", "close", "escalate", "priority"):
        assert desk_client.post(reverse("admin:triage-action", args=[item.pk, action])).status_code == 404
    assert desk_client.post(reverse("admin:triage-keep", args=[item.pk])).status_code == 404
    item.refresh_from_db()
    assert item.claimed_by is None


def test_a_double_click_opens_it_once(desk_client, item):
    offer = offered(desk_client.post(FIND, {"q": item.reference}))
    for _time in range(2):
        assert desk_client.post(OPEN, {"offer": offer, "reason": REASON})["Location"] == page(item)
    assert (
        EmergencyAccess.objects.count() == OutboxMessage.objects.filter(kind="emergency_access").count() == 1
    )


def test_whoever_may_read_no_requests_opens_none(item, staff):
    with pytest.raises(PermissionDenied):
        emergency.open_in_emergency(request_id=item.pk, reason=REASON, by=staff("editor"), now=timezone.now())


def test_the_reason_is_sealed(desk_client, item):
    opened(desk_client, item)
    assert EmergencyAccess.objects.get().reason == REASON
    with connection.cursor() as cursor:
        cursor.execute("SELECT reason FROM intake_emergencyaccess")
        assert "nurse" not in cursor.fetchone()[0]


# Telling the lead


def test_the_leads_of_the_queue_are_told_and_nothing_of_the_patient_is(ann, lead, item, mailbox, clock):
    lead.email = "lee@csp.example"
    lead.save()
    emergency.open_in_emergency(request_id=item.pk, reason=REASON, by=ann, now=timezone.now())
    OutboxMessage.objects.exclude(kind="emergency_access").update(state="sent", done_at=timezone.now())
    desk.close(request_id=item.pk, disposition=next(iter(Disposition)), by=lead, now=timezone.now())
    send()
    (message,) = mailbox.messages
    assert mailbox.recipients == [["lee@csp.example"]]
    assert message["Subject"] == "A request was opened in an emergency"
    text = message.get_content()
    assert item.reference in text
    assert "https://portal.example" + LIST in text
    assert leaks(text + message["Subject"]) == []


def test_whoever_opened_it_is_not_the_one_who_is_told(ann, lead, item, mailbox, staff):
    """A lead of other queues opens it, where the queue itself has no lead with an address."""
    item.queue.staff_groups.set(Group.objects.filter(name="pharmacist"))
    pharmacist = staff("pharmacist")
    for user in (lead, pharmacist):
        user.email = f"{user.username}@csp.example"
        user.save()
    emergency.open_in_emergency(request_id=item.pk, reason=REASON, by=lead, now=timezone.now())
    OutboxMessage.objects.exclude(kind="emergency_access").update(state="sent", done_at=timezone.now())
    send()
    assert mailbox.recipients == [[pharmacist.email]]


def test_nothing_is_announced_where_the_access_was_not_kept(ann, item, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(emergency.OutboxMessage.objects, "create", fail)
    with pytest.raises(RuntimeError):
        emergency.open_in_emergency(request_id=item.pk, reason=REASON, by=ann, now=timezone.now())
    assert not EmergencyAccess.objects.exists()
    assert not AuditEntry.objects.filter(action="emergency access opened").exists()


def test_leads_and_auditors_see_who_and_why(client, ann, lead, item, staff, sign_in):
    emergency.open_in_emergency(request_id=item.pk, reason=REASON, by=ann, now=timezone.now())
    for user in (lead, staff("auditor")):
        sign_in(client, user)
        text = client.get(LIST).content.decode()
        assert "nurse is on the line" in text
        assert item.reference in text
    assert AuditEntry.objects.filter(action="emergency accesses listed").count() == 2
    sign_in(client, lead)
    assert (
        "1 request of your queues was opened in an emergency"
        in client.get("/admin/triage/team/").content.decode()
    )


def test_a_lead_of_other_queues_sees_neither(lead_client, ann, item):
    emergency.open_in_emergency(request_id=item.pk, reason=REASON, by=ann, now=timezone.now())
    item.queue.staff_groups.set(Group.objects.filter(name="pharmacist"))
    assert "nurse" not in lead_client.get(LIST).content.decode()
    assert "in an emergency" not in lead_client.get("/admin/triage/team/").content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer at a time")
def test_many_clicks_at_once_are_one_access(ann):
    queue = Queue.objects.get(slug="new-patients")
    queue.staff_groups.set(Group.objects.filter(name="lead"))
    item = submit(Door.NEW).request
    ready = threading.Barrier(8)

    def click():
        ready.wait()
        emergency.open_in_emergency(request_id=item.pk, reason=REASON, by=ann, now=MORNING)
        connection.close()

    threads = [threading.Thread(target=click) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert EmergencyAccess.objects.count() == 1
