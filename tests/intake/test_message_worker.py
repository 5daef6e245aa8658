"""Messages are sent once by any number of workers, tried again, and given up where staff see it."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import connection, connections
from django.utils import timezone

from intake.choices import MessageState
from intake.messages import compose
from intake.models import OutboxMessage
from intake.services import outbox
from intake.tasks import DUMMY, MailServerAway, MessageWorker, keeps_up
from tests.intake.sending import SAID, leaks, send, submit_now

pytestmark = pytest.mark.django_db


def test_without_a_mail_server_messages_stay_sealed_and_waiting(settings):
    settings.EMAIL_BACKEND = DUMMY
    submit_now(email="x@example.org")
    assert send() == {}
    message = OutboxMessage.objects.get()
    assert (message.state, message.tries, message.address) == ("waiting", 0, "x@example.org")
    assert mail.outbox == []


def test_a_mail_server_that_is_down_costs_no_try(mailbox):
    mailbox.down()
    submit_now(email="x@example.org")
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
    submit_now(email="x@example.org")
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
    submit_now(email="y@example.org", phone="+12135550143")
    send()
    assert mailbox.recipients == [["y@example.org"]]


def test_a_mail_server_that_falls_silent_is_left_and_asked_again_later(mailbox, settings):
    settings.EMAIL_TIMEOUT = 0.2
    mailbox.hesitates = True
    submit_now(email="x@example.org")
    assert send() == {MessageState.WAITING: 1}
    message = OutboxMessage.objects.get()
    assert (message.tries, message.problem) == (1, "SMTPServerDisconnected")
    mailbox.messages.clear()
    mailbox.hesitates = False
    settings.EMAIL_TIMEOUT = 10
    assert send(2) == {MessageState.SENT: 1}


@pytest.mark.parametrize("refusal", ["554 5.7.1 not today", "552 5.3.4 too much"])
def test_contents_that_the_server_refuses_are_tried_again_as_the_server_may_change_its_mind(mailbox, refusal):
    mailbox.to_content = refusal
    submit_now(email="x@example.org")
    assert send(outbox.MAX_TRIES) == {MessageState.WAITING: outbox.MAX_TRIES - 1, MessageState.FAILED: 1}
    assert OutboxMessage.objects.get().problem == f"SMTPDataError {refusal[:3]}"


def test_an_address_that_the_server_refuses_for_good_is_given_up_at_once(mailbox, caplog):
    mailbox.to_recipient = "550 no sentinel@example.org here"
    submit_now(email="sentinel@example.org")
    assert send() == {MessageState.FAILED: 1}
    assert OutboxMessage.objects.get().problem == "SMTPRecipientsRefused 550"
    assert "sentinel" not in caplog.text


def test_staff_have_a_given_up_message_tried_again(mailbox, staff):
    mailbox.to_recipient = "550 no"
    submit_now(email="x@example.org")
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
        submit_now(email="x@example.org"),
        submit_now(email="y@example.org", phone="+12135550143"),
    )
    with connection.cursor() as cursor:
        cursor.execute("UPDATE intake_outboxmessage SET address = 'x' WHERE request_id = %s", [broken.pk])
    assert send() == {MessageState.WAITING: 1, MessageState.SENT: 1}
    assert OutboxMessage.objects.defer("address").get(request=broken).problem == "CantUnseal"


def test_a_taken_message_comes_back_when_its_worker_died(mailbox):
    submit_now(email="x@example.org")
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
    submit_now(email="x@example.org")
    tried = [compose(OutboxMessage.objects.get()).extra_headers["Message-ID"]]
    send()
    mailbox.to_content = ""
    send(2)
    assert [message["Message-ID"] for message in mailbox.messages] == tried
    assert tried[0].endswith("@portal.example>")


def test_a_message_that_ends_each_worker_is_given_up():
    submit_now(email="x@example.org")
    OutboxMessage.objects.update(tries=outbox.MAX_TRIES)
    assert send() == {MessageState.FAILED: 1}
    assert mail.outbox == []


def test_an_outage_of_any_length_ends_no_worker(mailbox, monkeypatch):
    mailbox.down()
    submit_now(email="x@example.org")
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
        submit_now(email=f"person-{number}@example.org", phone=f"+121355501{number:02}")
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

    submit_now(email="x@example.org")
    assert keeps_up(now)
    mailbox.down()
    later = now + timedelta(minutes=10)
    with time_machine.travel(later, tick=False), pytest.raises(MailServerAway):
        MessageWorker().send_due()
    assert not keeps_up(later)


def test_waiting_for_a_mail_server_to_be_set_up_is_no_fault_of_the_worker(settings):
    settings.EMAIL_BACKEND = DUMMY
    submit_now(email="x@example.org")
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
    request = submit_now(**SAID)
    outbox.give_up(outbox.take(now=timezone.now()), problem="SMTPRecipientsRefused 550", now=timezone.now())
    sign_in(client, staff("lead"))
    message = OutboxMessage.objects.filter(kind="confirmation").get()

    for address in ("/admin/intake/outboxmessage/", f"/admin/intake/outboxmessage/{message.pk}/change/"):
        page = client.get(address).content.decode()
        assert "SMTPRecipientsRefused 550" in page
        assert request.reference not in page
        assert leaks(page) == []
    assert "No mail server is set up" in client.get("/admin/intake/outboxmessage/").content.decode()

    client.post("/admin/intake/outboxmessage/", {"action": "try_again", "_selected_action": [message.pk]})
    message.refresh_from_db()
    assert (message.state, message.tries) == ("waiting", 0)
