"""How a request ends: with a reason that is true, once, with what it carries; and how it is opened again."""

from datetime import datetime, timedelta

import pytest

from intake.choices import Disposition, Outcome, Priority
from intake.services import desk
from intake.services.errors import DeskError
from portal.audit import AuditEntry
from tests.intake.requests import submit
from tests.intake.working import LA, LATER, attempts, do, kinds

pytestmark = pytest.mark.django_db


def test_closed_with_how_it_ended(item, ann):
    do(desk.claim, item, ann)
    closed = do(desk.close, item, ann, disposition=Disposition.ADDRESS_UPDATED, note="new address")
    assert (closed.status, closed.disposition, closed.closed_at) == ("closed", "address_updated", LATER)
    assert closed.claimed_by is None
    for action, arguments in [
        (desk.claim, {}),
        (desk.log_outreach, {"outcome": Outcome.BUSY}),
        (desk.set_follow_up, {"at": LATER + timedelta(hours=1)}),
        (desk.change_priority, {"priority": Priority.EMERGENCY}),
    ]:
        with pytest.raises(DeskError, match="closed"):
            do(action, item, ann, **arguments)


def test_a_second_close_is_a_double_click_only_within_seconds_and_with_the_same_end(item, ann, bob):
    do(desk.close, item, ann, disposition=Disposition.SPAM)
    do(desk.close, item, ann, LATER + timedelta(seconds=2), disposition=Disposition.SPAM)
    assert kinds(item).count("closed") == 1
    for by, after, disposition in [
        (ann, 2, Disposition.WITHDRAWN),
        (bob, 2, Disposition.SPAM),
        (ann, 60, Disposition.SPAM),
    ]:
        with pytest.raises(DeskError):
            do(desk.close, item, by, LATER + timedelta(seconds=after), disposition=disposition)


@pytest.mark.parametrize(
    ("times", "enough"),
    [
        (["10:05", "13:00", "18:00"], True),
        (["10:05", "11:00", "17:00"], True),
        (["10:05", "13:00"], False),
        (["10:05", "10:30", "11:59"], False),
    ],
)
def test_unable_to_reach_needs_three_attempts_in_two_parts_of_the_day(item, ann, times, enough):
    attempts(item, ann, *times)
    at = datetime(2026, 11, 18, 19, tzinfo=LA)
    if enough:
        assert do(desk.close, item, ann, at, disposition=Disposition.UNABLE_TO_REACH).status == "closed"
    else:
        with pytest.raises(DeskError, match="at least 3 attempts"):
            do(desk.close, item, ann, at, disposition=Disposition.UNABLE_TO_REACH)


def test_an_attempt_that_reached_somebody_is_none_for_unable_to_reach(item, ann):
    attempts(item, ann, "10:05", "13:00")
    attempts(item, ann, "17:30", outcome=Outcome.REACHED_REPRESENTATIVE)
    at = datetime(2026, 11, 18, 19, tzinfo=LA)
    with pytest.raises(DeskError):
        do(desk.close, item, ann, at, disposition=Disposition.UNABLE_TO_REACH)


def test_closing_the_first_closes_what_it_carries(ann):
    first = submit(evacuated="yes").request
    later = submit(evacuated="yes", doses_on_hand="no").request
    do(desk.close, first, ann, disposition=Disposition.EMERGENCY_REFILL)
    later.refresh_from_db()
    assert (later.status, later.disposition) == ("closed", "duplicate")
    assert AuditEntry.objects.filter(action="request closed").count() == 2


def test_reopening_says_why_and_stands_for_itself(ann):
    first = submit(evacuated="yes").request
    later = submit(evacuated="yes", doses_on_hand="no").request
    do(desk.close, first, ann, disposition=Disposition.SPAM)
    with pytest.raises(DeskError, match="why"):
        do(desk.reopen, later, ann, note=" ")
    opened = do(desk.reopen, later, ann, note="another person")
    opened.refresh_from_db()
    assert (opened.status, opened.disposition, opened.closed_at) == ("new", "", None)
    assert opened.duplicate_of is None
    assert opened.due_at == later.due_at

    do(desk.reopen, later, ann, LATER + timedelta(seconds=2), note="another person")
    assert kinds(later).count("reopened") == 1
    with pytest.raises(DeskError, match="is open"):
        do(desk.reopen, later, ann, LATER + timedelta(minutes=2), note="again")
