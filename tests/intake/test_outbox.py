"""Messages: written with what they speak of, sent once by any number of workers, given up visibly."""

import threading
from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from intake.choices import Door, Language, MessageState, WaitingOn
from intake.messages import compose
from intake.models import OutboxMessage, Queue
from intake.services import desk, outbox
from intake.services.submission import submit_request
from intake.tasks import DUMMY, MailServerAway, MessageWorker, keeps_up
from tests.intake.mailbox import Mailbox
from tests.intake.requests import answers, submit

pytestmark = pytest.mark.django_db
SMTP = "django.core.mail.backends.smtp.EmailBackend"

# Whatever of this turns up in a message or a log has leaked.
SAID = {
    "first_name": "Xanthippe",
    "last_name": "Quillfeather",
    "date_of_birth": "1948-02-29",
    "therapy": "immunoglobulin",
    "notes": "zebra",
    "danger_signs": ["meningitis"],
    "email": "xanthippe@example.org",
}
URGENT = {"missed_dose": "yes"}


@pytest.fixture
def mailbox(settings):
    box = Mailbox()
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = SMTP, "127.0.0.1", box.port
    settings.PORTAL_URL, settings.DEFAULT_FROM_EMAIL = "https://portal.example", "no-reply@portal.example"
    box.up()
    yield box
    box.hesitates = False
    box.down()


def now_submit(**given):
    return submit(now=timezone.now(), **given).request


def written():
    return [(m.kind, m.request) for m in OutboxMessage.objects.order_by("id").select_related("request")]


def send(times=1):
    """Do `times` rounds, each after every pause and lease has run out."""
    done = Counter()
    for number in range(times):
        with time_machine.travel(timezone.now() + timedelta(hours=2 * number), tick=False):
            done += MessageWorker().send_due()
    return done


# Writing


def test_a_confirmation_is_written_where_an_address_was_given():
    with_address, _without = now_submit(email="x@example.org"), now_submit(phone="+12135550143")
    assert written() == [("confirmation", with_address)]


@pytest.mark.parametrize(
    ("given", "alerts"),
    [(URGENT, True), ({"danger_signs": ["breathing"]}, True), ({"evacuated": "yes"}, False)],
)
def test_emergencies_and_urgent_requests_alert_the_staff(given, alerts):
    request = now_submit(**given)
    assert written() == ([("staff_alert", request)] if alerts else [])


def test_a_linked_request_alerts_about_its_first_when_that_becomes_more_pressing():
    first = now_submit()
    now_submit(**URGENT)
    now_submit(**URGENT, notes="again")
    assert written() == [("staff_alert", first)]
    now_submit(danger_signs=["breathing"])
    assert written() == [("staff_alert", first)] * 2


def test_a_linked_request_that_ends_a_wait_alerts(staff):
    first = now_submit(**URGENT)
    now = timezone.now()
    desk.set_follow_up(
        request_id=first.pk,
        at=now + timedelta(days=1),
        waiting_on=WaitingOn.PATIENT,
        by=staff("lead"),
        now=now,
    )
    now_submit(**URGENT, notes="it can't wait")
    assert written() == [("staff_alert", first)] * 2


def test_a_repeated_post_writes_nothing_more():
    key = uuid4()
    for _time in range(3):
        now_submit(key=key, email="x@example.org", **URGENT)
    assert len(written()) == 2


def test_nothing_announces_a_request_that_was_rolled_back():
    with transaction.atomic():
        now_submit(email="x@example.org", **URGENT)
        transaction.set_rollback(True)
    assert written() == []


def test_the_address_is_sealed_and_goes_once_the_message_is_out(mailbox):
    now_submit(email="sentinel@example.org")

    def stored():
        with connection.cursor() as cursor:
            cursor.execute("SELECT address FROM intake_outboxmessage")
            return cursor.fetchone()[0]

    assert "sentinel" not in stored()
    assert OutboxMessage.objects.get().address == "sentinel@example.org"
    send()
    assert stored() == ""


def test_submitting_with_all_messages_and_a_first_takes_at_most_10_queries():
    # lock (PostgreSQL), earlier ones, center, request, first, events, messages; with BEGIN and COMMIT
    given = {"care_setting": "center", "center": "infusion-center-1", "email": "x@example.org"}
    now_submit(**given)
    with CaptureQueriesContext(connection) as queries:
        now_submit(**given, **URGENT)
    assert len(written()) == 3
    assert len(queries) == (9 if connection.vendor == "postgresql" else 8)


# What they say


def test_a_confirmation_says_reference_line_and_link_and_nothing_else_about_anybody(mailbox, caplog, capfd):
    request = now_submit(**SAID)
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
    seen = f"{message['Subject']} {text} {caplog.text} {logged.out} {logged.err}".casefold()
    leaks = [
        *(word for word in SAID.values() if isinstance(word, str)),
        "meningitis",
        "2135550142",
        "emergency",
    ]
    assert [word for word in leaks if word.casefold() in seen] == []
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
    request = now_submit(**SAID | {"email": None})
    send()

    assert mailbox.recipients == [["here@csp.example"]]
    (message,) = mailbox.messages
    text = message.get_content()
    assert message["Subject"] == "A request needs a call now"
    assert request.reference in text
    assert f"https://portal.example/admin/intake/request/{request.pk}/change/" in text
    assert [word for word in SAID.values() if isinstance(word, str) and word in text] == []


def test_an_alert_without_anybody_to_tell_is_given_up_where_staff_see_it(mailbox):
    now_submit(**URGENT)
    send(outbox.MAX_TRIES)
    message = OutboxMessage.objects.get()
    assert (message.state, message.tries, message.problem) == ("failed", outbox.MAX_TRIES, "NobodyToTell")
    assert mailbox.messages == []


def test_nothing_is_said_any_more_about_a_closed_request(mailbox, staff):
    request = now_submit(email="x@example.org", **URGENT)
    desk.close(request_id=request.pk, disposition="withdrawn", by=staff("lead"), now=timezone.now())
    assert send() == {MessageState.OBSOLETE: 2}
    assert mailbox.messages == []


# Sending


def test_without_a_mail_server_messages_stay_sealed_and_waiting(settings):
    settings.EMAIL_BACKEND = DUMMY
    now_submit(email="x@example.org")
    assert send() == {}
    message = OutboxMessage.objects.get()
    assert (message.state, message.tries, message.address) == ("waiting", 0, "x@example.org")
    assert mail.outbox == []


def test_a_mail_server_that_is_down_costs_no_try(mailbox):
    mailbox.down()
    now_submit(email="x@example.org")
    for _time in range(outbox.MAX_TRIES + 1):
        with pytest.raises(MailServerAway, match="ConnectionRefusedError"):
            send()
    assert OutboxMessage.objects.get().tries == 0
    mailbox.up()
    assert send() == {MessageState.SENT: 1}
    assert send() == {}
    assert len(mailbox.messages) == 1


def test_a_refused_message_is_tried_again_later_and_later_and_the_others_go_on(mailbox):
    mailbox.to_content = "451 try later"
    now_submit(email="x@example.org")
    start = timezone.now()
    pauses = []
    for number in range(1, outbox.MAX_TRIES):
        with time_machine.travel(start, tick=False):
            assert MessageWorker().send_due() == {MessageState.WAITING: 1}
            assert MessageWorker().send_due() == {}
        message = OutboxMessage.objects.get()
        assert (message.tries, message.problem) == (number, "SMTPDataError 451")
        pauses.append(message.due_at - start)
        start = message.due_at
    assert timedelta(seconds=10) < pauses[0] < timedelta(seconds=20)
    assert pauses[0] < pauses[2] < pauses[4] < pauses[6]
    assert max(pauses) < timedelta(hours=1.3)
    assert timedelta(hours=6) < sum(pauses, timedelta()) < timedelta(hours=14)
    with time_machine.travel(start, tick=False):
        assert MessageWorker().send_due() == {MessageState.FAILED: 1}

    mailbox.to_content = ""
    now_submit(email="y@example.org", phone="+12135550143")
    send()
    assert mailbox.recipients == [["y@example.org"]]


def test_an_address_that_the_server_refuses_for_good_is_given_up_at_once(mailbox, caplog):
    mailbox.to_recipient = "550 no sentinel@example.org here"
    now_submit(email="sentinel@example.org")
    assert send() == {MessageState.FAILED: 1}
    assert OutboxMessage.objects.get().problem == "SMTPRecipientsRefused 550"
    assert "sentinel" not in caplog.text


def test_staff_have_a_given_up_message_tried_again(mailbox, staff):
    mailbox.to_recipient = "550 no"
    now_submit(email="x@example.org")
    send()
    message = OutboxMessage.objects.get()
    with pytest.raises(PermissionDenied):
        outbox.try_again(message_id=message.pk, by=staff("frontdesk"), now=timezone.now())
    lead = staff("lead")
    assert outbox.try_again(message_id=message.pk, by=lead, now=timezone.now())
    assert not outbox.try_again(message_id=message.pk, by=lead, now=timezone.now())
    mailbox.to_recipient = ""
    assert send() == {MessageState.SENT: 1}
    assert not outbox.try_again(message_id=message.pk, by=lead, now=timezone.now())


def test_a_message_that_cannot_be_opened_does_not_stop_the_others(mailbox):
    broken, _sound = (
        now_submit(email="x@example.org"),
        now_submit(email="y@example.org", phone="+12135550143"),
    )
    with connection.cursor() as cursor:
        cursor.execute("UPDATE intake_outboxmessage SET address = 'x' WHERE request_id = %s", [broken.pk])
    assert send() == {MessageState.WAITING: 1, MessageState.SENT: 1}
    assert OutboxMessage.objects.defer("address").get(request=broken).problem == "InvalidToken"


def test_a_taken_message_comes_back_when_its_worker_died(mailbox):
    now_submit(email="x@example.org")
    now = timezone.now()
    lost = outbox.take(now=now)
    assert outbox.take(now=now + outbox.LEASE * 0.99) is None
    with time_machine.travel(now + outbox.LEASE, tick=False):
        assert MessageWorker().send_due() == {MessageState.SENT: 1}
    # and the late word of the one that was thought dead changes nothing
    outbox.put_off(lost, problem="late", now=now)
    assert OutboxMessage.objects.get().state == MessageState.SENT


def test_a_message_has_the_same_number_at_each_try(mailbox):
    mailbox.to_content = "451 try later"
    now_submit(email="x@example.org")
    tried = [compose(OutboxMessage.objects.get()).extra_headers["Message-ID"]]
    send()
    mailbox.to_content = ""
    send(2)
    assert [message["Message-ID"] for message in mailbox.messages] == tried
    assert tried[0].endswith("@portal.example>")


def test_a_message_that_ends_each_worker_is_given_up():
    now_submit(email="x@example.org")
    OutboxMessage.objects.update(tries=outbox.MAX_TRIES)
    assert send() == {MessageState.FAILED: 1}
    assert mail.outbox == []


def test_an_outage_of_any_length_ends_no_worker(mailbox, monkeypatch):
    mailbox.down()
    now_submit(email="x@example.org")
    worker, pauses = MessageWorker(), []

    def sleep(seconds):
        pauses.append(seconds)
        worker.stopping = len(pauses) == 1100

    monkeypatch.setattr(worker, "_sleep", sleep)
    worker.run()
    assert pauses[0] < 3
    # A sign of life is due each minute.
    assert 20 < max(pauses) < 45


@pytest.mark.django_db(transaction=True)
def test_many_workers_send_each_message_once(mailbox):
    count = 40
    for number in range(count):
        now_submit(email=f"person-{number}@example.org", phone=f"+121355501{number:02}")
    start, done = threading.Barrier(4), Counter()

    def work():
        start.wait()
        done.update(MessageWorker().send_due())
        connections.close_all()

    workers = [threading.Thread(target=work) for _n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert done == {MessageState.SENT: count}
    assert sorted(mailbox.recipients) == sorted([f"person-{n}@example.org"] for n in range(count))
    assert len({message["Message-ID"] for message in mailbox.messages}) == count


# What staff and load balancers see


def test_the_worker_keeps_up_while_it_lives_and_messages_go_out(mailbox):
    now = timezone.now()
    assert not keeps_up(now)
    send()
    assert keeps_up(now)
    assert not keeps_up(now + timedelta(minutes=2))

    now_submit(email="x@example.org")
    assert keeps_up(now)
    mailbox.down()
    later = now + timedelta(minutes=10)
    with time_machine.travel(later, tick=False), pytest.raises(MailServerAway):
        MessageWorker().send_due()
    assert not keeps_up(later)


def test_waiting_for_a_mail_server_to_be_set_up_is_no_fault_of_the_worker(settings):
    settings.EMAIL_BACKEND = DUMMY
    now_submit(email="x@example.org")
    later = timezone.now() + timedelta(minutes=10)
    outbox.beat(now=later)
    assert keeps_up(later)


def test_readyz_reports_the_worker_and_stays_ready(client):
    assert client.get("/readyz").json()["worker"] == "degraded"
    outbox.beat(now=timezone.now())
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["worker"]) == (200, "ok")


def test_staff_see_messages_without_contents_and_try_again(client, staff, sign_in, settings):
    settings.EMAIL_BACKEND = DUMMY
    request = now_submit(**SAID)
    outbox.give_up(outbox.take(now=timezone.now()), problem="SMTPRecipientsRefused 550", now=timezone.now())
    sign_in(client, staff("lead"))
    message = OutboxMessage.objects.filter(kind="confirmation").get()

    for address in ("/admin/intake/outboxmessage/", f"/admin/intake/outboxmessage/{message.pk}/change/"):
        page = client.get(address).content.decode()
        assert "SMTPRecipientsRefused 550" in page
        assert request.reference not in page
        assert [word for word in SAID.values() if isinstance(word, str) and word in page] == []
    assert "No mail server is set up" in client.get("/admin/intake/outboxmessage/").content.decode()

    client.post("/admin/intake/outboxmessage/", {"action": "try_again", "_selected_action": [message.pk]})
    message.refresh_from_db()
    assert (message.state, message.tries) == ("waiting", 0)
