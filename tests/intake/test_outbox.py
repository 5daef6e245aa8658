"""Messages: written with what they speak of, saying nothing about anybody."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from intake.choices import Door, Language, MessageState, WaitingOn
from intake.models import OutboxMessage, Queue
from intake.services import desk, outbox
from intake.services.submission import submit_request
from tests.intake.requests import answers
from tests.intake.sending import SAID, URGENT, leaks, send, submit_now

pytestmark = pytest.mark.django_db


def written():
    return [(m.kind, m.request) for m in OutboxMessage.objects.order_by("id").select_related("request")]


# Writing


def test_a_confirmation_is_written_where_an_address_was_given():
    with_address, _without = submit_now(email="x@example.org"), submit_now(phone="+12135550143")
    assert written() == [("confirmation", with_address)]


@pytest.mark.parametrize(
    ("given", "alerts"),
    [(URGENT, True), ({"danger_signs": ["breathing"]}, True), ({"evacuated": "yes"}, False)],
)
def test_emergencies_and_urgent_requests_alert_the_staff(given, alerts):
    request = submit_now(**given)
    assert written() == ([("staff_alert", request)] if alerts else [])


def test_a_linked_request_alerts_about_its_first_when_that_becomes_more_pressing():
    first = submit_now()
    submit_now(**URGENT)
    submit_now(**URGENT, notes="again")
    assert written() == [("staff_alert", first)]
    submit_now(danger_signs=["breathing"])
    assert written() == [("staff_alert", first)] * 2


def test_a_linked_request_that_ends_a_wait_alerts(staff):
    first = submit_now(**URGENT)
    now = timezone.now()
    desk.set_follow_up(
        request_id=first.pk,
        at=now + timedelta(days=1),
        waiting_on=WaitingOn.PATIENT,
        by=staff("lead"),
        now=now,
    )
    submit_now(**URGENT, notes="it can't wait")
    assert written() == [("staff_alert", first)] * 2


def test_a_repeated_post_writes_nothing_more():
    key = uuid4()
    for _time in range(3):
        submit_now(key=key, email="x@example.org", **URGENT)
    assert len(written()) == 2


def test_nothing_announces_a_request_that_was_rolled_back():
    with transaction.atomic():
        submit_now(email="x@example.org", **URGENT)
        transaction.set_rollback(True)
    assert written() == []


def test_the_address_is_sealed_and_goes_once_the_message_is_out(mailbox):
    submit_now(email="sentinel@example.org")

    def stored():
        with connection.cursor() as cursor:
            cursor.execute("SELECT address FROM intake_outboxmessage")
            return cursor.fetchone()[0]

    assert "sentinel" not in stored()
    assert OutboxMessage.objects.get().address == "sentinel@example.org"
    send()
    assert stored() == ""


def test_submitting_with_all_messages_and_a_first_takes_at_most_10_queries():
    # lock (PostgreSQL), earlier ones, center, request, first, events, audit, messages; with BEGIN and COMMIT
    given = {"care_setting": "center", "center": "infusion-center-1", "email": "x@example.org"}
    submit_now(**given)
    with CaptureQueriesContext(connection) as queries:
        submit_now(**given, **URGENT)
    assert len(written()) == 3
    assert len(queries) == (10 if connection.vendor == "postgresql" else 9)


# What they say


def test_a_confirmation_says_reference_line_and_link_and_nothing_else_about_anybody(mailbox, caplog, capfd):
    request = submit_now(**SAID)
    assert send()[MessageState.SENT] == 1

    assert mailbox.recipients == [["xanthippe@example.org"]]
    (message,) = mailbox.messages
    text = message.get_content()
    assert message["Subject"] == "Your request has arrived"
    assert message["Auto-Submitted"] == "auto-generated"
    for part in (request.reference, "877-595-0757", "https://portal.example/help/current-patient/"):
        assert part in text
    assert request.token not in text
    logged = capfd.readouterr()
    seen = f"{message['Subject']} {text} {caplog.text} {logged.out} {logged.err}"
    assert leaks(seen) == []
    assert "emergency" not in seen.casefold()
    assert request.reference not in f"{message['Subject']} {caplog.text} {logged.out} {logged.err}"


@pytest.mark.parametrize(
    ("asked", "page", "spoken"),
    [
        ("es", "en", "/es/help/"),
        (None, "es", "/es/help/"),
        ("zh", "es", "/es/help/"),
        ("zh", "en", ".example/help/"),
    ],
)
def test_a_confirmation_speaks_the_language_asked_for_else_that_of_the_page(mailbox, asked, page, spoken):
    submit_request(
        door=Door.NEW,
        document=answers(email="x@example.org", language=asked),
        submission_key=uuid4(),
        language=page,
        now=timezone.now(),
    )
    send()
    text = mailbox.messages[0].get_content()
    assert spoken in text
    queue = Queue.objects.get(slug="new-patients")
    assert (queue.audience_es if "/es/" in spoken else queue.audience) in text


def test_every_language_that_can_be_asked_for_gets_a_message():
    assert {outbox.language_for(code, "") for code in Language.values} == {"en", "es"}


def test_an_alert_goes_to_the_active_staff_of_the_queue_and_names_nobody(mailbox, staff):
    people = {name: staff("frontdesk", name) for name in ("here", "gone", "elsewhere", "silent", "admin")}
    for name, person in people.items():
        person.email = "" if name == "silent" else f"{name}@csp.example"
        person.is_active = name != "gone"
        person.save()
    people["here"].groups.add(Group.objects.get(name="lead"))
    people["elsewhere"].groups.set([])
    people["admin"].groups.set([])
    request = submit_now(**SAID | {"email": None})
    send()

    assert mailbox.recipients == [["here@csp.example"]]
    (message,) = mailbox.messages
    text = message.get_content()
    assert message["Subject"] == "A request needs a call now"
    assert request.reference in text
    assert f"https://portal.example/admin/triage/requests/{request.pk}/" in text
    assert leaks(text) == []


def test_an_alert_without_anybody_to_tell_is_given_up_where_staff_see_it(mailbox):
    submit_now(**URGENT)
    send(outbox.MAX_TRIES)
    message = OutboxMessage.objects.get()
    assert (message.state, message.tries, message.problem) == ("failed", outbox.MAX_TRIES, "NobodyToTell")
    assert mailbox.messages == []


def test_nothing_is_said_any_more_about_a_closed_request(mailbox, staff):
    request = submit_now(email="x@example.org", **URGENT)
    desk.close(request_id=request.pk, disposition="withdrawn", by=staff("lead"), now=timezone.now())
    assert send() == {MessageState.OBSOLETE: 2}
    assert mailbox.messages == []
