"""The lead's view: who is on, what they hold, many reassigned at once, and roles and languages."""

from datetime import timedelta

import pytest
from django.utils import timezone

from intake.choices import EventKind, Language, Outcome, Skill
from intake.models import Queue, Request, StaffProfile, TemporaryRole
from intake.services import desk, staffing
from portal.audit import AuditEntry
from tests.intake.requests import submit
from tests.intake.stored import number_of_queries, stored

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

TEAM = "/admin/triage/team/"
REASSIGN, ROLES, PROFILE = f"{TEAM}reassign/", f"{TEAM}roles/", "/admin/triage/profile/"
MINUTE = timedelta(minutes=1)


def sent(number, now=None, **given):
    return submit(now=now or timezone.now(), phone=f"+1213555014{number}", **given).request


def people(client):
    return {person.name: person for person in client.get(TEAM).context["people"]}


def local(moment):
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


def test_who_is_on_with_what_they_hold_and_did(lead_client, lead, ann, bob, staff):
    staff("editor", "eve")
    now = timezone.now()
    one, two = sent(1), sent(2)
    desk.claim(request_id=one.pk, by=ann, now=now)
    desk.log_outreach(request_id=two.pk, outcome=Outcome.NO_ANSWER, by=ann, now=now)
    desk.claim(request_id=sent(3).pk, by=bob, now=now - 40 * MINUTE)  # ran out
    staffing.save_profile(
        user=ann, languages=[Language.SPANISH, Language.ENGLISH], skills=[Skill.COVERAGE], by=lead, now=now
    )

    found = people(lead_client)
    assert list(found) == ["ann", "bob", "lee"]
    assert (found["ann"].holds, found["ann"].calls, found["bob"].holds) == (2, 1, 0)
    assert found["ann"].last
    assert not found["lee"].last
    assert (found["ann"].languages, found["ann"].skills) == (
        ["English", "Español"],
        ["Coverage and referrals"],
    )
    assert (found["bob"].languages, found["bob"].roles) == (["English"], ["pharmacist"])
    assert found["bob"].queues == ["Current patients", "New patients"]


def test_many_are_reassigned_at_once_and_failures_are_named_one_by_one(lead_client, lead, ann, bob):
    now = timezone.now()
    held, free, closed = sent(1), sent(2), sent(3)
    desk.claim(request_id=held.pk, by=ann, now=now)
    desk.close(request_id=closed.pk, disposition="spam", by=lead, now=now)

    response = lead_client.post(
        REASSIGN, {"request": [held.pk, closed.pk, free.pk, 999_999], "to": bob.pk, "reason": "Ann went home"}
    )
    report = response.context["report"]
    assert (response.status_code, report["done"]) == (422, 2)
    assert report["failed"] == [
        {"reference": closed.reference, "reason": "The request is closed. Reopen it first."},
        {"reference": "request 999999", "reason": "You may not work this request."},
    ]
    assert closed.reference in response.content.decode()
    assert set(Request.objects.held_by(bob, timezone.now())) == {held, free}
    assigned = held.events.get(kind=EventKind.ASSIGNED)
    assert (assigned.from_value, assigned.to_value, assigned.note) == ("ann", "bob", "Ann went home")


def test_back_to_the_queue_needs_a_reason(lead_client, ann):
    item = sent(1)
    desk.claim(request_id=item.pk, by=ann, now=timezone.now())

    response = lead_client.post(REASSIGN, {"request": [item.pk], "to": "queue", "reason": " "})
    assert response.context["report"]["failed"][0]["reason"] == "Say why you take it back."
    assert Request.objects.held_by(ann, timezone.now()).exists()

    response = lead_client.post(REASSIGN, {"request": [item.pk], "to": "queue", "reason": "Gone home"})
    assert (response.status_code, response.context["report"]) == (200, {"done": 1, "failed": []})
    item.refresh_from_db()
    assert (item.claimed_by, item.status) == (None, "new")
    assert item.events.get(kind=EventKind.RELEASED).note == "Gone home"


def test_somebody_without_the_queue_is_no_choice(lead_client, ann, staff):
    item = sent(1)
    editor = staff("editor", "eve")
    response = lead_client.post(REASSIGN, {"request": [item.pk], "to": editor.pk})
    assert response.status_code == 422
    assert "Nothing was reassigned." in response.content.decode()
    assert not Request.objects.filter(claimed_by__isnull=False).exists()


@pytest.mark.parametrize(
    "posted", [{}, {"request": ["x"], "to": "queue"}, {"request": ["9" * 30], "to": "queue"}]
)
def test_nonsense_is_no_error_of_the_server(lead_client, posted):
    assert lead_client.post(REASSIGN, posted).status_code == 422


def test_what_was_picked_stays_picked(lead_client, ann):
    item = sent(1)
    response = lead_client.post(REASSIGN, {"request": [item.pk], "to": ""})
    assert f'value="{item.pk}" aria-label="{item.reference}" checked' in response.content.decode()


def test_only_requests_of_the_leads_queues_stand_there(lead_client, ann):
    _own, other = Queue.objects.all()
    other.staff_groups.clear()
    mine, theirs = sent(1), stored(other, timezone.now())
    theirs.save()
    assert [line.pk for line in lead_client.get(TEAM).context["free"]] == [mine.pk]
    response = lead_client.post(REASSIGN, {"request": [theirs.pk], "to": ann.pk})
    assert response.context["report"]["done"] == 0
    assert not Request.objects.filter(claimed_by__isnull=False).exists()


def test_any_number_takes_the_same_queries(lead_client, lead, staff, settings):
    settings.SITUATION_MAX_AGE = 3600  # its queries every two seconds are not the team's
    queue, now = Queue.objects.first(), timezone.now()

    def add(*names):
        for name in names:
            worker = staff("frontdesk", name)
            held = {"claimed_by": worker, "claimed_until": now + 30 * MINUTE}
            Request.objects.bulk_create([stored(queue, now, **held), stored(queue, now)])
            staffing.save_profile(user=worker, languages=[Language.ENGLISH], by=lead, now=now)

    add("first")
    few = number_of_queries(lead_client, TEAM)
    # Sign-in's 4, the frame's 2; held, free; accounts, groups, roles, queues' groups, events; the audit row;
    # the two choices of a role for a while.
    assert few <= 4 + 2 + 2 + 5 + 1 + 2
    add(*(f"worker-{number}" for number in range(30)))
    assert number_of_queries(lead_client, TEAM) == few
    assert len(lead_client.get(TEAM).context["held"]) == 31


def test_a_role_for_a_while_opens_the_desk_and_is_ended(lead_client, lead, staff, sign_in):
    editor = staff("editor", "eve")
    until = timezone.now() + timedelta(hours=4)
    response = lead_client.post(ROLES, {"person": editor.pk, "group": "frontdesk", "until": local(until)})
    assert (response.status_code, response["Location"]) == (303, TEAM)
    role = TemporaryRole.objects.get()
    assert (role.user, role.group.name, local(role.until), role.given_by) == (
        editor,
        "frontdesk",
        local(until),
        lead,
    )
    assert people(lead_client)["eve"].temporary == [role]

    response = lead_client.post(f"{ROLES}{role.pk}/end/")
    assert response.status_code == 303
    assert "eve" not in people(lead_client)
    # The same again, and one that never was.
    assert lead_client.post(f"{ROLES}{role.pk}/end/").status_code == 303
    assert lead_client.post(f"{ROLES}{role.pk + 1}/end/").status_code == 404


@pytest.mark.parametrize(
    ("group", "hours", "problem"),
    [
        ("frontdesk", -1, "Choose an end that is still to come"),
        ("frontdesk", 24 * 20, "within 14 days"),
        ("lead", 4, "Select a valid choice"),
        ("auditor", 4, "Select a valid choice"),
    ],
)
def test_a_role_that_cant_be_given_says_why(lead_client, staff, group, hours, problem):
    editor = staff("editor", "eve")
    until = local(timezone.now() + timedelta(hours=hours))
    response = lead_client.post(ROLES, {"person": editor.pk, "group": group, "until": until})
    assert response.status_code == 422
    assert problem in response.content.decode()
    assert not TemporaryRole.objects.exists()


def test_languages_and_skills_are_the_leads_to_change(lead_client, ann):
    page = f"{TEAM}{ann.pk}/"
    assert 'value="en" id="id_languages_0" checked' in lead_client.get(page).content.decode()
    response = lead_client.post(page, {"languages": ["es", "en"], "skills": ["equipment"]})
    assert (response.status_code, response["Location"]) == (303, TEAM)
    profile = StaffProfile.objects.get(user=ann)
    assert (profile.languages, profile.skills, profile.shortcuts) == (["en", "es"], ["equipment"], True)
    assert lead_client.post(page, {"languages": []}).status_code == 422
    assert lead_client.post(page, {"languages": ["xx"]}).status_code == 422
    assert lead_client.get(f"{TEAM}999999/").status_code == 404
    assert AuditEntry.objects.get(action="profile changed").subject == f"account {ann.pk}"


@pytest.mark.parametrize("role", ["frontdesk", "pharmacist", "auditor", "editor"])
def test_only_a_lead_sees_the_team(client, staff, sign_in, role):
    user = staff(role, "somebody")
    sign_in(client, user)
    given = TemporaryRole(pk=1)
    for path in (TEAM, f"{TEAM}{user.pk}/"):
        assert client.get(path).status_code == 403
    for path in (REASSIGN, ROLES, f"{ROLES}{given.pk}/end/", f"{TEAM}{user.pk}/"):
        assert client.post(path, {"languages": ["es"]}).status_code == 403
    assert not StaffProfile.objects.exists()


@pytest.mark.parametrize("path", [REASSIGN, ROLES, f"{ROLES}1/end/"])
def test_changes_are_posted(lead_client, path):
    assert lead_client.get(path).status_code == 405


def test_ones_own_shortcuts_are_switched_off_and_on(client, ann, sign_in):
    sign_in(client, ann)
    assert "checked" in client.get(PROFILE).content.decode()
    assert client.post(PROFILE, {}).status_code == 303
    assert StaffProfile.objects.get(user=ann).shortcuts is False
    assert "checked" not in client.get(PROFILE).content.decode()
    client.post(PROFILE, {"shortcuts": "on", "languages": ["es"]})
    profile = StaffProfile.objects.get(user=ann)
    assert (profile.shortcuts, profile.languages) == (True, ["en"])


def test_ones_own_page_is_for_the_desk(client, staff, sign_in):
    sign_in(client, staff("editor"))
    assert client.get(PROFILE).status_code == 403


def test_only_a_lead_takes_back(lead, ann, bob):
    from django.core.exceptions import PermissionDenied

    item = sent(1)
    desk.claim(request_id=item.pk, by=ann, now=timezone.now())
    with pytest.raises(PermissionDenied):
        desk.take_back(request_id=item.pk, reason="I want it", by=bob, now=timezone.now())
    assert Request.objects.held_by(ann, timezone.now()).exists()
