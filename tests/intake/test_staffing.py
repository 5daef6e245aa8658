"""Roles for a while end by the clock; languages and skills are the lead's to set; filters are one's own."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from intake.choices import Language
from intake.models import Queue, Request, SavedFilter, TemporaryRole
from intake.services import desk, staffing
from intake.services.errors import DeskError
from portal.audit import AuditEntry
from portal.models import User
from tests.intake.requests import MORNING, submit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

UNTIL = MORNING + timedelta(hours=4)


@pytest.fixture
def eve(staff):
    """An editor, who sees no requests."""
    return staff("editor", "eve")


def role(name):
    return Group.objects.get(name=name)


def give(user, by, name="frontdesk", until=UNTIL, now=MORNING):
    return staffing.give_role(user=user, group=role(name), until=until, by=by, now=now)


def anew(user):
    """The account as the next page loads it: rights are kept on the object."""
    return User.objects.get(pk=user.pk)


def test_a_role_for_a_while_opens_its_queues_and_ends_by_the_clock(eve, lead, client, sign_in):
    request = submit().request
    page = reverse("admin:triage-request", args=[request.pk])
    sign_in(client, eve)
    assert client.get(page).status_code == 403
    give(eve, lead)
    assert client.get(page).status_code == 200
    assert list(Request.objects.workable_by(anew(eve))) == [request]
    with time_machine.travel(UNTIL - timedelta(seconds=1), tick=False):
        assert anew(eve).has_perm("intake.work_request")
    with time_machine.travel(UNTIL, tick=False):
        assert not anew(eve).has_perm("intake.work_request")
        assert not Request.objects.workable_by(anew(eve)).exists()
        # What opened the queue is over; the session too, as nobody did anything for hours.
        sign_in(client, eve)
        assert client.get(page).status_code == 403


def test_only_the_queues_of_one_s_groups_are_seen(lead, staff):
    night = Group.objects.create(name="night")
    Queue.objects.get(slug="new-patients").staff_groups.set([night])
    here, there = submit().request, submit(door="new-patient", phone="+12135550143").request
    ann = staff("frontdesk", "ann")
    assert list(Request.objects.workable_by(ann)) == [here]
    ann.groups.add(night)
    assert set(Request.objects.workable_by(anew(ann))) == {here, there}


def test_it_ends_early_once(eve, lead):
    given = give(eve, lead)
    for minutes in (1, 2):
        at = MORNING + timedelta(minutes=minutes)
        ended = staffing.end_role(role_id=given.pk, by=lead, now=at)
    assert (ended.ended_at, ended.ended_by) == (MORNING + timedelta(minutes=1), lead)
    assert not anew(eve).has_perm("intake.work_request")
    assert AuditEntry.objects.filter(action="role ended").count() == 1


def test_given_twice_it_is_one_role_and_ends_with_the_later_promise(eve, lead):
    first = give(eve, lead)
    assert give(eve, lead) == first
    longer = give(eve, lead, until=UNTIL + timedelta(hours=2))
    assert list(TemporaryRole.objects.in_force(MORNING)) == [longer]
    staffing.end_role(role_id=longer.pk, by=lead, now=MORNING)
    assert not anew(eve).has_perm("intake.work_request")


@pytest.mark.parametrize("until", [MORNING, MORNING - timedelta(hours=1), MORNING + timedelta(days=15)])
def test_its_end_is_to_come_and_near(eve, lead, until):
    with pytest.raises(DeskError):
        give(eve, lead, until=until)


def test_who_may_give_what_to_whom(eve, lead, staff):
    ann = staff("frontdesk", "ann")
    with pytest.raises(PermissionDenied):
        give(eve, ann)
    for user, by, name in ((eve, lead, "lead"), (eve, lead, "auditor"), (lead, lead, "pharmacist")):
        with pytest.raises(DeskError):
            give(user, by, name)
    gone = staff("editor", "gone")
    gone.is_active = False
    gone.save()
    with pytest.raises(DeskError):
        give(gone, lead)
    give(eve, staff("admin"), "lead")
    assert anew(eve).has_perm("intake.assign_request")
    assert not TemporaryRole.objects.filter(user=lead).exists()


def test_a_role_that_is_over_holds_nobody_s_call_for_long(eve, lead):
    give(eve, lead)
    request = submit().request
    later = UNTIL + desk.LEASE
    desk.claim(request_id=request.pk, by=anew(eve), now=MORNING)
    with time_machine.travel(later, tick=False):
        assert desk.return_lapsed(now=later) == 1


# Languages and skills


def test_a_lead_sets_languages_and_a_person_only_their_shortcuts(eve, lead, staff):
    ann = staff("frontdesk", "ann")
    staffing.save_profile(user=ann, languages=["en", "es"], skills=["equipment"], by=lead, now=MORNING)
    kept = staffing.save_profile(user=ann, languages=["ru"], shortcuts=False, by=ann, now=MORNING)
    assert (kept.languages, kept.skills, kept.shortcuts) == (["en", "es"], ["equipment"], False)
    with pytest.raises(PermissionDenied):
        staffing.save_profile(user=eve, languages=["en"], by=ann, now=MORNING)
    rows = AuditEntry.objects.filter(action="profile changed").count()
    staffing.save_profile(
        user=ann, languages=["en", "es"], skills=["equipment"], shortcuts=False, by=lead, now=MORNING
    )
    assert AuditEntry.objects.filter(action="profile changed").count() == rows


@pytest.mark.parametrize(
    ("asked", "spoken", "given"),
    [
        ({"language": "es"}, ["en"], False),
        ({"language": "es"}, ["en", "es"], True),
        ({"language": "es", "interpreter": True}, ["en"], True),
        ({"language": "other"}, ["en"], True),
        ({}, ["es"], False),
    ],
)
def test_calls_go_to_whoever_speaks_the_language(staff, lead, asked, spoken, given):
    ann = staff("frontdesk", "ann")
    languages = [Language(code) for code in spoken]
    staffing.save_profile(user=ann, languages=languages, by=lead, now=MORNING)
    submit(**asked)
    assert bool(desk.next_call(worker=staffing.worker(ann), now=MORNING)) == given


def test_an_escalated_call_is_anybody_s_and_a_pharmacist_s_stays_theirs(staff, lead):
    ann, pia = staff("frontdesk", "ann"), staff("pharmacist", "pia")
    russian = submit(language="ru").request
    assert desk.next_call(worker=staffing.worker(ann), now=MORNING) is None
    desk.escalate(request_id=russian.pk, note="nobody speaks it", by=lead, now=MORNING)
    assert desk.next_call(worker=staffing.worker(ann), now=MORNING) == russian
    clinical = submit(danger_signs=["breathing"], phone="+12135550143").request
    desk.release(request_id=russian.pk, by=ann, now=MORNING)
    assert desk.next_call(worker=staffing.worker(ann), now=MORNING) == russian
    assert desk.next_call(worker=staffing.worker(pia), now=MORNING) == clinical


def test_an_overdue_call_is_anybody_s_when_nobody_speaks_the_language(staff, lead):
    """A routine one is never escalated by the clock: it would wait for ever."""
    ann = staff("frontdesk", "ann")
    armenian = submit(language="hy").request
    assert armenian.priority == "routine"
    worker = staffing.worker(ann)
    assert desk.next_call(worker=worker, now=armenian.due_at) is None
    assert desk.next_call(worker=worker, now=armenian.due_at + timedelta(seconds=1)) == armenian


# Filters


def test_a_filter_is_replaced_by_name_and_deleted_by_who_made_it(staff, eve):
    ann, bob = staff("frontdesk", "ann"), staff("frontdesk", "bob")
    saved = staffing.save_filter(name="Mine", address="show=mine", shared=True, by=ann, now=MORNING)
    again = staffing.save_filter(name=" Mine ", address="show=overdue", shared=True, by=ann, now=MORNING)
    assert (again.pk, SavedFilter.objects.get().address) == (saved.pk, "show=overdue")
    staffing.delete_filter(filter_id=saved.pk, by=bob, now=MORNING)
    assert SavedFilter.objects.exists()
    for _time in range(2):
        staffing.delete_filter(filter_id=saved.pk, by=ann, now=MORNING)
    assert not SavedFilter.objects.exists()
    with pytest.raises(PermissionDenied):
        staffing.save_filter(name="x", address="", shared=False, by=eve, now=MORNING)
