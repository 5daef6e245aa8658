"""Overdue emergencies and urgent requests are pushed up once, and their leads are told."""

import logging
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import DatabaseError
from django.utils import timezone

from intake.choices import Disposition, MessageState, Priority
from intake.models import OutboxMessage, Queue, Request, StaffProfile
from intake.services import desk, escalation, outbox, staffing
from intake.services.errors import DeskError
from intake.tasks import HOUSEKEEPING, MessageWorker
from tests.intake.requests import MORNING, submit
from tests.intake.sending import SAID, URGENT, leaks, send, submit_now

pytestmark = pytest.mark.django_db

OVERDUE = MORNING + timedelta(minutes=61)


def escalated(request):
    request.refresh_from_db()
    return request.escalated_at


def escalations():
    return OutboxMessage.objects.filter(kind="escalation")


def with_address(user, **changed):
    user.email = f"{user.username}@csp.example"
    for name, value in changed.items():
        setattr(user, name, value)
    user.save()
    return user


# What is pushed up


def test_an_overdue_urgent_request_is_pushed_up_once():
    request = submit(**URGENT).request
    assert escalation.escalate_overdue(now=OVERDUE - timedelta(minutes=2)) == 0
    assert escalation.escalate_overdue(now=OVERDUE) == 1
    assert escalation.escalate_overdue(now=OVERDUE + timedelta(hours=1)) == 0
    assert escalated(request) == OVERDUE
    event = request.events.last()
    assert (event.kind, event.by) == ("escalated", None)
    assert escalations().count() == 1


def test_it_stands_right_behind_the_emergencies():
    other = submit(**URGENT, phone="+12135550143").request
    overdue = submit(**URGENT, phone="+12135550144", now=MORNING + timedelta(minutes=1)).request
    emergency = submit(danger_signs=["breathing"], phone="+12135550145", now=OVERDUE).request
    Request.objects.filter(pk=other.pk).update(due_at=MORNING + timedelta(days=1))
    escalation.escalate_overdue(now=OVERDUE + timedelta(minutes=1))
    assert list(Request.objects.to_call().in_call_order()) == [emergency, overdue, other]


@pytest.mark.parametrize("given", [{}, {"evacuated": "yes"}])
def test_what_can_wait_is_not_pushed_up(given):
    submit(**given)
    assert escalation.escalate_overdue(now=MORNING + timedelta(days=9)) == 0


def test_what_somebody_holds_is_theirs_until_the_lease_runs_out(staff):
    request = submit(**URGENT).request
    desk.claim(request_id=request.pk, by=staff("frontdesk"), now=OVERDUE - timedelta(minutes=5))
    assert escalation.escalate_overdue(now=OVERDUE) == 0
    assert escalation.escalate_overdue(now=OVERDUE + timedelta(minutes=30)) == 1


def test_a_new_promise_ends_it_and_broken_it_comes_again(staff):
    request = submit(**URGENT).request
    escalation.escalate_overdue(now=OVERDUE)
    at = OVERDUE + timedelta(hours=1)
    desk.set_follow_up(request_id=request.pk, at=at, by=staff("frontdesk"), now=OVERDUE)
    assert escalated(request) is None
    assert escalation.escalate_overdue(now=at) == 0
    assert escalation.escalate_overdue(now=at + timedelta(seconds=1)) == 1
    assert escalations().count() == 2


def test_linked_and_closed_ones_are_nobody_s_to_escalate(staff):
    first, later = submit(**URGENT).request, submit(**URGENT, notes="again").request
    assert escalation.escalate_overdue(now=OVERDUE) == 1
    assert (escalated(first), escalated(later)) == (OVERDUE, None)
    desk.close(request_id=first.pk, disposition=Disposition.SPAM, by=staff("lead"), now=OVERDUE)
    assert escalated(first) is None


def test_by_hand_it_needs_a_reason_and_happens_once(staff):
    request, ann, bob = submit().request, staff("frontdesk", "ann"), staff("frontdesk", "bob")
    desk.claim(request_id=request.pk, by=bob, now=MORNING)
    with pytest.raises(DeskError, match="why"):
        desk.escalate(request_id=request.pk, note=" ", by=ann, now=MORNING)
    for seconds in (0, 2):
        at = MORNING + timedelta(seconds=seconds)
        desk.escalate(request_id=request.pk, note="she cried", by=ann, now=at)
    assert escalated(request) == MORNING
    assert (request.claimed_by, request.events.last().by, escalations().count()) == (bob, ann, 1)


def test_lowered_to_what_can_wait_it_is_not_escalated_any_more(staff):
    request = submit(**URGENT).request
    escalation.escalate_overdue(now=OVERDUE)
    lead = staff("lead")
    for priority, stays in ((Priority.EMERGENCY, True), (Priority.URGENT, True), (Priority.SAME_DAY, False)):
        desk.change_priority(request_id=request.pk, priority=priority, note="known", by=lead, now=OVERDUE)
        assert bool(escalated(request)) == stays


def test_more_than_a_batch_is_pushed_up_in_turns():
    for number in range(5):
        submit(**URGENT, phone=f"+1213555014{number}")
    escalation.BATCH, kept = 2, escalation.BATCH
    try:
        assert [escalation.escalate_overdue(now=OVERDUE) for _n in range(4)] == [2, 2, 1, 0]
    finally:
        escalation.BATCH = kept


# Who is told


@pytest.fixture
def overdue(mailbox):
    """An urgent request whose time is over as soon as it is there."""
    with time_machine.travel(timezone.now() - timedelta(hours=2), tick=False):
        request = submit_now(**SAID | {"danger_signs": ["meningitis"], "email": None})
    OutboxMessage.objects.all().delete()
    escalation.escalate_overdue(now=timezone.now())
    return request


def test_the_leads_of_the_queue_are_told_and_nobody_s_health(overdue, mailbox, staff):
    with_address(staff("lead", "lee"))
    with_address(staff("lead", "gone"), is_active=False)
    with_address(staff("lead", "elsewhere")).groups.clear()
    with_address(staff("frontdesk", "ann"))
    assert send() == {MessageState.SENT: 1}
    assert mailbox.recipients == [["lee@csp.example"]]
    (message,) = mailbox.messages
    text = message.get_content()
    assert overdue.reference in text
    assert f"/admin/triage/requests/{overdue.pk}/" in text
    assert "877-595-0757" in text
    assert overdue.reference not in message["Subject"]
    assert leaks(f"{message['Subject']} {text}") == []
    assert "emergency" not in f"{message['Subject']} {text}".casefold()


def test_a_lead_for_a_while_is_told_while_it_lasts(overdue, mailbox, staff):
    admin, ann = staff("admin"), with_address(staff("frontdesk", "ann"))
    now = timezone.now()
    lead = Group.objects.get(name="lead")
    staffing.give_role(user=ann, group=lead, until=now + timedelta(hours=1), by=admin, now=now)
    with_address(staff("frontdesk", "bob"))
    send()
    assert mailbox.recipients == [["ann@csp.example"]]


def test_a_lead_of_other_queues_is_not_told(overdue, mailbox, staff):
    lee, night = with_address(staff("lead", "lee")), Group.objects.create(name="night")
    Queue.objects.get(slug="current-patients").staff_groups.set([night])
    ann = with_address(staff("frontdesk", "ann"))
    ann.groups.set([night])
    send()
    assert mailbox.recipients == [["ann@csp.example"]]
    # Who leads and works the queue through another group is told.
    lee.groups.add(night)
    escalations().update(state="waiting", done_at=None, due_at=timezone.now())
    send()
    assert mailbox.recipients[1:] == [["lee@csp.example"]]


def test_without_a_lead_s_address_the_queue_s_staff_are_told(overdue, mailbox, staff):
    staff("lead", "silent")
    with_address(staff("frontdesk", "ann"))
    with_address(staff("pharmacist", "pia"))
    send()
    assert mailbox.recipients == [["ann@csp.example", "pia@csp.example"]]


def test_with_nobody_at_all_it_fails_where_staff_see_it(overdue, mailbox):
    send(outbox.MAX_TRIES)
    message = escalations().get()
    assert (message.state, message.problem) == ("failed", "NobodyToTell")


def test_a_closed_or_newly_promised_request_needs_no_message(mailbox, staff):
    lee = with_address(staff("lead", "lee"))
    now = timezone.now()
    with time_machine.travel(now - timedelta(hours=2), tick=False):
        closed, promised = submit_now(**URGENT), submit_now(**URGENT, phone="+12135550143")
    OutboxMessage.objects.all().delete()
    escalation.escalate_overdue(now=now)
    desk.close(request_id=closed.pk, disposition=Disposition.SPAM, by=lee, now=now)
    desk.set_follow_up(request_id=promised.pk, at=now + timedelta(hours=1), by=lee, now=now)
    assert send() == {MessageState.OBSOLETE: 2}


def test_what_no_key_opens_is_escalated_all_the_same(overdue, mailbox, staff):
    from django.db import connection

    with_address(staff("lead", "lee"))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE intake_request SET document = 'x'")
    assert send() == {MessageState.SENT: 1}
    assert f"request {overdue.pk}" in mailbox.messages[0].get_content()


def test_a_staff_alert_counts_roles_for_a_while(mailbox, staff):
    lee, eve = staff("lead", "lee"), with_address(staff("editor", "eve"))
    now = timezone.now()
    frontdesk = Group.objects.get(name="frontdesk")
    staffing.give_role(user=eve, group=frontdesk, until=now + timedelta(hours=1), by=lee, now=now)
    submit_now(**URGENT)
    send()
    assert mailbox.recipients == [["eve@csp.example"]]
    with time_machine.travel(now + timedelta(hours=2), tick=False):
        submit_now(**URGENT, phone="+12135550143")
        assert MessageWorker().send_due() == {MessageState.WAITING: 1}
    assert StaffProfile.objects.count() == 0


# The worker's housekeeping


@pytest.fixture(autouse=True)
def _one_connection(monkeypatch):
    """The test's transaction stands in a connection that a worker would think too old."""
    monkeypatch.setattr("intake.tasks.close_old_connections", lambda: None)


def run(worker, rounds):
    """Go `rounds` rounds of which each takes as long as the pause between two times of housekeeping."""
    with time_machine.travel(timezone.now(), tick=False) as clock:
        left = [rounds]

        def sleep(seconds):
            clock.shift(HOUSEKEEPING)
            left[0] -= 1
            worker.stopping = not left[0]

        worker._sleep = sleep
        worker.run()


def test_a_worker_escalates_and_returns_leases(staff):
    now = timezone.now()
    with time_machine.travel(now - timedelta(hours=2), tick=False):
        overdue, held = submit_now(**URGENT), submit_now(phone="+12135550143")
        desk.claim(request_id=held.pk, by=staff("frontdesk"), now=timezone.now())
    run(MessageWorker(), 2)
    assert escalated(overdue)
    held.refresh_from_db()
    assert (held.status, held.claimed_by) == ("new", None)
    assert held.events.last().kind == "returned"


def test_a_mail_server_that_is_away_keeps_nothing_from_being_escalated(mailbox):
    now = timezone.now()
    with time_machine.travel(now - timedelta(hours=2), tick=False):
        overdue = submit_now(**URGENT)
    mailbox.down()
    run(MessageWorker(), 2)
    assert escalated(overdue)


def test_one_task_that_fails_is_logged_and_ends_neither_the_other_nor_the_worker(monkeypatch, caplog):
    now = timezone.now()
    with time_machine.travel(now - timedelta(hours=2), tick=False):
        overdue = submit_now(**URGENT)

    def return_lapsed(*, now):
        raise ValueError("secret")

    monkeypatch.setattr(desk, "return_lapsed", return_lapsed)
    run(MessageWorker(), 3)
    assert escalated(overdue)
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert errors == ["return_lapsed failed: ValueError"] * 2


def test_a_database_that_is_away_is_waited_for(monkeypatch, caplog):
    calls = []
    monkeypatch.setattr("intake.tasks.connections.close_all", lambda: calls.append("closed"))
    monkeypatch.setattr(outbox, "beat", lambda now: (_ for _ in ()).throw(DatabaseError))
    monkeypatch.setattr(desk, "return_lapsed", lambda now: calls.append("house") and 0)
    run(MessageWorker(), 3)
    assert "house" not in calls
