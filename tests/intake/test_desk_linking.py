"""Linked requests, the first carries both; and clocks that stand while the patient is waited for."""

from datetime import timedelta

import pytest

from intake.choices import Disposition, Priority, TargetBasis, WaitingOn
from intake.hours import resumed
from intake.models import Request
from intake.services import desk
from intake.services.errors import DeskError
from portal.audit import AuditEntry
from tests.intake.requests import MORNING, submit
from tests.intake.schedules import la, schedule, weekdays

pytestmark = pytest.mark.django_db

LATER = MORNING + timedelta(hours=1)
OPEN, ELAPSED, NEXT_CLOSE = TargetBasis.OPEN, TargetBasis.ELAPSED, TargetBasis.NEXT_CLOSE


def other(number=3, **given):
    return submit(phone=f"+1213555014{number}", **given).request


def anew(request):
    return Request.objects.get(pk=request.pk)


def wait(request, by, until, now=LATER, waiting_on=WaitingOn.PATIENT):
    return desk.set_follow_up(request_id=request.pk, at=until, waiting_on=waiting_on, by=by, now=now)


# Linking


def test_the_first_carries_the_higher_priority_the_earlier_times_and_what_the_other_carried(ann):
    first, later = submit().request, other(missed_dose="yes", storage_problems=["warm"])
    carried = other(3, missed_dose="yes", notes="again")
    assert carried.duplicate_of == later
    desk.link(request_id=later.pk, first_id=first.pk, by=ann, now=LATER)
    first = anew(first)
    assert (first.priority, first.due_at, first.needs_pharmacist) == ("urgent", later.due_at, True)
    assert {anew(later).duplicate_of, anew(carried).duplicate_of} == {first}
    assert list(Request.objects.to_call()) == [first]


def test_a_call_promised_sooner_than_the_first_s_is_kept(ann):
    first, later = submit().request, other()
    at = LATER + timedelta(minutes=30)
    wait(later, ann, at)
    desk.link(request_id=later.pk, first_id=first.pk, by=ann, now=LATER)
    assert anew(first).call_at == at


def test_a_routine_one_does_not_end_a_wait_and_an_urgent_one_does(ann):
    first = submit(evacuated="yes").request
    until = LATER + timedelta(hours=5)
    wait(first, ann, until)
    desk.link(request_id=other(3).pk, first_id=first.pk, by=ann, now=LATER)
    assert (anew(first).status, anew(first).follow_up_at) == ("waiting", until)
    desk.link(request_id=other(4, missed_dose="yes").pk, first_id=first.pk, by=ann, now=LATER)
    assert (anew(first).status, anew(first).follow_up_at) == ("in_progress", None)


def test_twice_is_once_and_itself_a_closed_or_a_linked_one_is_none(ann):
    first, later, third = submit().request, other(3), other(4)
    for _time in range(2):
        desk.link(request_id=later.pk, first_id=first.pk, by=ann, now=LATER)
    assert list(first.events.values_list("kind", flat=True)) == ["submitted", "duplicate_linked"]
    for request, onto in ((first, first), (third, later), (later, third)):
        with pytest.raises(DeskError):
            desk.link(request_id=request.pk, first_id=onto.pk, by=ann, now=LATER)
    desk.close(request_id=third.pk, disposition=Disposition.SPAM, by=ann, now=LATER)
    with pytest.raises(DeskError):
        desk.link(request_id=third.pk, first_id=first.pk, by=ann, now=LATER)


def test_what_a_colleague_holds_is_not_linked(ann, staff):
    first, later, bob = submit().request, other(), staff("frontdesk", "bob")
    desk.claim(request_id=first.pk, by=bob, now=LATER)
    with pytest.raises(DeskError, match="bob"):
        desk.link(request_id=later.pk, first_id=first.pk, by=ann, now=LATER)
    assert anew(later).duplicate_of is None


def test_unlinked_each_stands_for_itself_also_after_the_first_was_closed(ann):
    first, later = submit().request, submit(evacuated="yes", notes="again").request
    with pytest.raises(DeskError, match="why"):
        desk.unlink(request_id=later.pk, note=" ", by=ann, now=LATER)
    desk.close(request_id=first.pk, disposition=Disposition.WITHDRAWN, by=ann, now=LATER)
    assert anew(later).status == "closed"
    desk.unlink(request_id=later.pk, note="two people", by=ann, now=LATER)
    assert (anew(later).status, anew(later).duplicate_of, anew(later).disposition) == ("new", None, "")
    assert list(Request.objects.to_call()) == [later]


def test_unlinking_is_on_record_for_both(ann):
    first, later = submit().request, submit(evacuated="yes", notes="again").request
    desk.unlink(request_id=later.pk, note="two people", by=ann, now=LATER)
    rows = AuditEntry.objects.filter(action="request unlinked", actor="ann")
    assert {row.subject for row in rows} == {f"request {first.pk}", f"request {later.pk}"}


def test_unlinked_what_was_closed_for_itself_stays_closed(ann):
    submit()
    spam = submit(notes="again").request
    desk.close(request_id=spam.pk, disposition=Disposition.SPAM, by=ann, now=LATER)
    desk.unlink(request_id=spam.pk, note="nobody's", by=ann, now=LATER)
    assert (anew(spam).status, anew(spam).disposition) == ("closed", "spam")


# Clocks that stand


def test_what_was_left_is_left_when_the_patient_was_waited_for(ann):
    request = submit(missed_dose="yes").request
    wait(request, ann, MORNING + timedelta(days=1), now=MORNING + timedelta(minutes=20))
    back = MORNING + timedelta(hours=20)
    desk.claim(request_id=request.pk, by=ann, now=back)
    assert (anew(request).due_at, anew(request).paused_at) == (back + timedelta(minutes=40), None)


@pytest.mark.parametrize("whom", [WaitingOn.PRESCRIBER, WaitingOn.PAYER])
def test_it_runs_on_while_somebody_else_is_waited_for(ann, whom):
    request = submit(missed_dose="yes").request
    wait(request, ann, MORNING + timedelta(days=1), waiting_on=whom)
    desk.claim(request_id=request.pk, by=ann, now=MORNING + timedelta(hours=20))
    assert anew(request).due_at == request.due_at


def test_what_was_overdue_before_stays_overdue(ann):
    request = submit(missed_dose="yes").request
    wait(request, ann, MORNING + timedelta(days=1), now=MORNING + timedelta(hours=2))
    desk.claim(request_id=request.pk, by=ann, now=MORNING + timedelta(hours=20))
    assert anew(request).due_at == request.due_at


def test_a_duplicate_that_can_wait_leaves_the_clock_standing(ann):
    first = submit(missed_dose="yes").request
    until = LATER + timedelta(minutes=10)
    wait(first, ann, until, now=MORNING + timedelta(minutes=20))
    again = MORNING + timedelta(minutes=50)
    submit(notes="nothing new", now=again)
    held = anew(first)
    assert (held.status, held.follow_up_at, held.paused_at) == (
        "waiting",
        until,
        first.submitted_at + timedelta(minutes=20),
    )


def test_a_duplicate_that_can_t_wait_is_not_overdue_because_the_clock_stood(ann):
    """When the clock runs on again, what was left is left: the call is not due since yesterday."""
    first = submit(missed_dose="yes").request
    wait(first, ann, MORNING + timedelta(days=2), now=MORNING + timedelta(minutes=20))
    again = MORNING + timedelta(hours=23)
    submit(missed_dose="yes", notes="still nothing", now=again)
    assert (anew(first).status, anew(first).paused_at) == ("in_progress", None)
    assert anew(first).due_at == again + timedelta(minutes=40)


def test_raised_while_it_stood_it_is_due_by_the_new_target(ann):
    request = submit(evacuated="yes").request
    wait(request, ann, MORNING + timedelta(days=3))
    at = MORNING + timedelta(days=2)
    desk.change_priority(request_id=request.pk, priority=Priority.URGENT, by=ann, now=at)
    assert (anew(request).due_at, anew(request).paused_at) == (at + timedelta(minutes=60), None)
    assert anew(request).status == "in_progress"


@pytest.mark.parametrize(
    ("basis", "due", "paused", "now", "expected"),
    [
        # 40 minutes left, at any hour.
        (ELAPSED, "2025-01-06 12:00", "2025-01-06 11:20", "2025-01-07 02:00", "2025-01-07 02:40"),
        # One open hour left: the night doesn't count, and neither does the weekend.
        (OPEN, "2025-01-06 12:00", "2025-01-06 11:00", "2025-01-06 17:30", "2025-01-07 08:30"),
        (OPEN, "2025-01-10 12:00", "2025-01-10 11:00", "2025-01-11 09:00", "2025-01-13 09:00"),
        # Ten open hours left until the close.
        (NEXT_CLOSE, "2025-01-07 18:00", "2025-01-06 18:00", "2025-01-08 08:00", "2025-01-08 18:00"),
        (NEXT_CLOSE, "2025-01-07 18:00", "2025-01-06 18:00", "2025-01-08 13:00", "2025-01-09 13:00"),
        # Across the hour that is skipped in spring, real minutes.
        (ELAPSED, "2025-03-09 03:30", "2025-03-09 01:30", "2025-03-09 12:00", "2025-03-09 13:00"),
        # Overdue before.
        (OPEN, "2025-01-06 12:00", "2025-01-06 12:00", "2025-01-09 12:00", "2025-01-06 12:00"),
    ],
)  # fmt: skip
def test_each_basis_counts_what_is_left_its_own_way(basis, due, paused, now, expected):
    assert resumed(la(due), la(paused), la(now), basis, weekdays()) == la(expected)


def test_closures_don_t_count_and_without_any_hours_the_clock_does():
    closed = weekdays(closures=[("2025-01-07 08:00", "2025-01-07 18:00")])
    left = resumed(la("2025-01-06 12:00"), la("2025-01-06 11:00"), la("2025-01-06 17:30"), OPEN, closed)
    assert left == la("2025-01-08 08:30")
    never = resumed(la("2025-01-06 12:00"), la("2025-01-06 11:00"), la("2025-01-06 17:30"), OPEN, schedule())
    assert never == la("2025-01-06 18:30")
