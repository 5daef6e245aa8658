"""What staff do with a request: each action as its rule says, and the same again as a double click does."""

import threading
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import connection, connections

from intake.choices import Disposition, EventKind, Outcome, Priority, Status, WaitingOn
from intake.models import Queue, Request
from intake.services import desk
from intake.services.errors import DeskError
from portal.audit import AuditEntry
from tests.intake.requests import submit
from tests.intake.working import LA, LATER, do, kinds

pytestmark = pytest.mark.django_db


def test_a_claim_is_a_lease_to_one_person_for_thirty_minutes(item, ann, bob):
    claimed = do(desk.claim, item, ann)
    assert (claimed.status, claimed.claimed_by, claimed.claimed_until) == (
        Status.IN_PROGRESS,
        ann,
        LATER + timedelta(minutes=30),
    )
    with pytest.raises(DeskError, match="ann"):
        do(desk.claim, item, bob)
    do(desk.claim, item, bob, LATER + timedelta(minutes=30))
    assert kinds(item) == ["submitted", "claimed", "returned", "claimed"]


def test_claiming_again_renews_the_lease_without_another_event(item, ann):
    do(desk.claim, item, ann)
    again = do(desk.claim, item, ann, LATER + timedelta(minutes=20))
    assert again.claimed_until == LATER + timedelta(minutes=50)
    assert kinds(item) == ["submitted", "claimed"]


def test_released_it_is_new_again_unless_somebody_tried(item, ann):
    do(desk.claim, item, ann)
    released = do(desk.release, item, ann)
    assert (released.status, released.claimed_by, released.claimed_until) == (Status.NEW, None, None)

    do(desk.log_outreach, item, ann, outcome=Outcome.NO_ANSWER)
    assert do(desk.release, item, ann).status == Status.IN_PROGRESS


def test_releasing_what_nobody_holds_changes_nothing(item, ann):
    do(desk.release, item, ann)
    assert kinds(item) == ["submitted"]
    assert not AuditEntry.objects.filter(action="request released").exists()


def test_what_a_colleague_holds_can_t_be_worked_on(item, ann, bob):
    do(desk.claim, item, ann)
    for action, arguments in [
        (desk.release, {}),
        (desk.log_outreach, {"outcome": Outcome.BUSY}),
        (desk.set_follow_up, {"at": LATER + timedelta(hours=1)}),
        (desk.change_priority, {"priority": Priority.ROUTINE, "note": "has enough"}),
        (desk.reroute, {"queue": Queue.objects.get(slug="new-patients")}),
        (desk.close, {"disposition": Disposition.SPAM}),
    ]:
        with pytest.raises(DeskError, match="ann"):
            do(action, item, bob, **arguments)


def test_an_attempt_is_logged_and_holds_the_request(item, ann):
    worked = do(desk.log_outreach, item, ann, outcome=Outcome.BUSY, note="  rang twice ")
    event = item.events.last()
    assert (worked.status, worked.claimed_by) == (Status.IN_PROGRESS, ann)
    assert (event.kind, event.to_value, event.note, event.by) == ("outreach", "busy", "rang twice", ann)


def test_the_same_outcome_within_seconds_is_one_attempt(item, ann):
    do(desk.log_outreach, item, ann, outcome=Outcome.BUSY)
    do(desk.log_outreach, item, ann, LATER + timedelta(seconds=3), outcome=Outcome.BUSY)
    do(desk.log_outreach, item, ann, LATER + timedelta(seconds=4), outcome=Outcome.NO_ANSWER)
    do(desk.log_outreach, item, ann, LATER + timedelta(minutes=4), outcome=Outcome.BUSY)
    assert kinds(item).count("outreach") == 3


@pytest.mark.parametrize(
    ("outcome", "given", "incident"),
    [
        (Outcome.LEFT_VOICEMAIL, {"voicemail_ok": "no"}, "voicemail_refused"),
        (Outcome.TEXT_SENT, {"text_ok": None}, "text_without_consent"),
    ],
)
def test_nothing_is_left_or_sent_against_the_patient_s_word(ann, outcome, given, incident):
    item = submit(**given).request
    with pytest.raises(DeskError):
        do(desk.log_outreach, item, ann, outcome=outcome)
    assert kinds(item) == ["submitted"]
    # What has been done all the same is not kept quiet.
    do(desk.log_outreach, item, ann, outcome=outcome, all_the_same=True)
    assert item.events.last().to_value == incident


@pytest.mark.parametrize(
    ("outcome", "given"),
    [
        (Outcome.LEFT_VOICEMAIL, {"voicemail_ok": None}),
        (Outcome.LEFT_VOICEMAIL, {"voicemail_ok": "yes"}),
        (Outcome.TEXT_SENT, {"text_ok": True}),
    ],
)
def test_what_was_agreed_is_no_incident(ann, outcome, given):
    item = submit(**given).request
    do(desk.log_outreach, item, ann, outcome=outcome, all_the_same=True)
    assert kinds(item)[-1] == EventKind.OUTREACH


def test_what_was_refused_in_a_later_request_counts_too(ann):
    first = submit(evacuated="yes", voicemail_ok="yes").request
    submit(evacuated="yes", voicemail_ok="no")
    with pytest.raises(DeskError):
        do(desk.log_outreach, first, ann, outcome=Outcome.LEFT_VOICEMAIL)


def test_a_follow_up_ends_the_claim_and_moves_the_call(item, ann):
    do(desk.claim, item, ann)
    at = LATER + timedelta(hours=20)
    set_ = do(desk.set_follow_up, item, ann, at=at, waiting_on=WaitingOn.PRESCRIBER, note="new order")
    set_.refresh_from_db()
    assert (set_.status, set_.waiting_on, set_.claimed_by) == (Status.WAITING, "prescriber", None)
    assert set_.call_at == at

    again = do(desk.set_follow_up, item, ann, at=at + timedelta(hours=1))
    assert (again.status, again.waiting_on) == (Status.IN_PROGRESS, "")


def test_the_same_follow_up_within_seconds_is_one(item, ann):
    at = LATER + timedelta(hours=20)
    for seconds in (0, 2):
        do(desk.set_follow_up, item, ann, LATER + timedelta(seconds=seconds), at=at, waiting_on="payer")
    assert kinds(item).count("follow_up") == 1


@pytest.mark.parametrize("away", [timedelta(0), timedelta(minutes=-1), timedelta(days=61)])
def test_a_follow_up_is_to_come_and_near(item, ann, away):
    with pytest.raises(DeskError):
        do(desk.set_follow_up, item, ann, at=LATER + away)


def test_re_routed_it_is_free_in_the_other_queue_and_due_as_promised(item, ann):
    do(desk.claim, item, ann)
    other = Queue.objects.get(slug="new-patients")
    moved = do(desk.reroute, item, ann, queue=other, note="not a patient")
    moved.refresh_from_db()
    assert (moved.queue, moved.due_at, moved.claimed_by) == (other, item.due_at, None)
    assert moved.status == Status.NEW
    do(desk.reroute, item, ann, queue=other)
    assert kinds(item).count("rerouted") == 1


def test_raised_it_is_due_earlier_and_never_later(item, ann):
    raised = do(desk.change_priority, item, ann, priority=Priority.URGENT)
    assert (raised.priority, raised.due_at) == ("urgent", LATER + timedelta(minutes=60))

    at = LATER + timedelta(hours=4)  # when 60 minutes from now are later than what was promised
    again = do(desk.change_priority, item, ann, at, priority=Priority.EMERGENCY)
    assert again.due_at == raised.due_at


def test_what_a_colleague_holds_can_be_raised_and_stays_theirs(item, ann, bob):
    do(desk.claim, item, ann)
    raised = do(desk.change_priority, item, bob, priority=Priority.URGENT)
    assert (raised.priority, raised.claimed_by) == ("urgent", ann)
    assert raised.is_held(LATER)
    assert item.events.last().by == bob


def test_a_later_request_is_worked_on_through_its_first(item, ann):
    later = submit(evacuated="yes", notes="again").request
    for action, arguments in [
        (desk.claim, {}),
        (desk.log_outreach, {"outcome": Outcome.BUSY}),
        (desk.set_follow_up, {"at": LATER + timedelta(hours=1)}),
        (desk.change_priority, {"priority": Priority.EMERGENCY}),
        (desk.reroute, {"queue": Queue.objects.get(slug="new-patients")}),
    ]:
        with pytest.raises(DeskError, match=item.reference):
            do(action, later, ann, **arguments)
    assert kinds(later) == ["submitted"]
    assert do(desk.close, later, ann, disposition=Disposition.SPAM).status == Status.CLOSED


def test_raising_drops_a_later_follow_up(item, ann):
    do(desk.set_follow_up, item, ann, at=LATER + timedelta(days=2), waiting_on="patient")
    raised = do(desk.change_priority, item, ann, priority=Priority.EMERGENCY)
    assert (raised.status, raised.follow_up_at, raised.waiting_on) == (Status.IN_PROGRESS, None, "")


def test_lowering_needs_a_reason(item, ann):
    with pytest.raises(DeskError, match="why"):
        do(desk.change_priority, item, ann, priority=Priority.ROUTINE, note="  ")
    lowered = do(desk.change_priority, item, ann, priority=Priority.ROUTINE, note="has a month's supply")
    # The close of the first opening period that starts after the request arrived.
    assert lowered.due_at == datetime(2026, 11, 19, 18, tzinfo=LA)
    assert item.events.last().note == "has a month's supply"


def test_the_same_priority_changes_nothing(item, ann):
    do(desk.change_priority, item, ann, priority=Priority.SAME_DAY)
    assert kinds(item) == ["submitted"]


def test_another_queue_s_requests_are_not_there(item, ann):
    item.queue.staff_groups.clear()
    with pytest.raises(Request.DoesNotExist):
        do(desk.claim, item, ann)


def test_who_may_only_look_may_not_act(item, staff):
    auditor = staff("auditor")
    item.queue.staff_groups.add(Group.objects.get(name="auditor"))
    with pytest.raises(PermissionDenied):
        do(desk.claim, item, auditor)


def test_somebody_in_two_groups_of_a_queue_can_claim(item, ann):
    ann.groups.add(Group.objects.get(name="lead"))
    assert do(desk.claim, item, ann).claimed_by == ann


def test_each_change_leaves_one_audit_row_with_its_fields(item, ann):
    do(desk.claim, item, ann)
    do(desk.log_outreach, item, ann, outcome=Outcome.BUSY)
    do(desk.set_follow_up, item, ann, at=LATER + timedelta(hours=2), waiting_on="payer")
    do(desk.close, item, ann, disposition=Disposition.WITHDRAWN)
    rows = AuditEntry.objects.filter(subject=f"request {item.pk}").order_by("id")
    assert [(row.action, row.actor) for row in rows] == [
        ("request submitted", "public"),
        ("request claimed", "ann"),
        ("outreach logged", "ann"),
        ("follow-up set", "ann"),
        ("request closed", "ann"),
    ]
    assert rows[1].fields == ["status", "claimed_by", "claimed_until", "events"]
    assert rows[2].fields == ["first_called_at", "events"]


def test_a_refusal_leaves_nothing_behind(item, ann):
    with pytest.raises(DeskError):
        do(desk.change_priority, item, ann, priority=Priority.ROUTINE)
    assert kinds(item) == ["submitted"]
    assert not AuditEntry.objects.filter(action="priority changed").exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_claim_at_once_one_wins(staff):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one writer in at a time")
    people = [staff("frontdesk", f"person-{number}") for number in range(6)]
    item = submit(evacuated="yes").request
    start, won, refused = threading.Barrier(len(people)), [], []

    def claim(person):
        try:
            start.wait()
            do(desk.claim, item, person)
            won.append(person)
        except DeskError:
            refused.append(person)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=claim, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    item.refresh_from_db()
    assert won == [item.claimed_by]
    assert len(refused) == len(people) - 1
    assert kinds(item) == ["submitted", "claimed"]
