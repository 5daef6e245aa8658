"""The forms of a request's page: a POST and one service call each; refused, what was typed stays."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from intake.choices import Disposition, Outcome, Priority
from intake.desk.actions import ACTIONS
from intake.models import Queue
from intake.services import desk
from portal.audit import AuditEntry
from tests.intake.requests import MORNING, submit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

NOW = MORNING + timedelta(minutes=30)
LA = ZoneInfo("America/Los_Angeles")


def url(item, action):
    return reverse("admin:triage-action", args=[item.pk, action])


def page(item):
    return reverse("admin:triage-request", args=[item.pk])


def post(client, item, action, **data):
    response = client.post(url(item, action), data)
    item.refresh_from_db()
    return response


def valid(action):
    """What a person would send."""
    from portal.models import User

    return {
        "outreach": {"outcome": "no_answer", "note": "rang"},
        "follow-up": {"at": "2026-11-19T09:00", "waiting_on": "payer"},
        "reroute": {"queue": Queue.objects.get(slug="new-patients").pk},
        "priority": {"priority": "urgent"},
        "close": {"disposition": "withdrawn"},
        "reopen": {"note": "called again"},
        "take-over": {"reason": "bob went home"},
        "hand-on": {"to": getattr(User.objects.filter(username="bob").first(), "pk", ""), "note": "about R6"},
        "escalate": {"note": "no dose left"},
        "link": {"reference": getattr(other_request(), "reference", "")},
        "unlink": {"note": "the neighbour"},
        "legal-hold": {"reason": "asked for by a court"},
        "lift-hold": {"reason": "the case is over"},
    }.get(action, {})


def other_request():
    """One of the same phone, about somebody else."""
    from intake.models import Request

    return next((one for one in Request.objects.order_by("id") if one.answers["first_name"] == "Sol"), None)


def prepare(item, action, by, bob):
    if action in ("legal-hold", "lift-hold"):
        by.user_permissions.add(Permission.objects.get(codename="hold_request"))
    if action == "reopen":
        desk.close(request_id=item.pk, disposition=Disposition.SPAM, by=by, now=MORNING)
    if action == "take-over":
        desk.claim(request_id=item.pk, by=bob, now=NOW)
    if action == "hand-on":
        desk.claim(request_id=item.pk, by=by, now=NOW)
    if action == "link":
        submit(first_name="Sol")
    if action == "unlink":
        first = submit(first_name="Sol").request
        desk.link(request_id=item.pk, first_id=first.pk, by=by, now=MORNING)
    if action == "lift-hold":
        desk.set_hold(request_id=item.pk, reason="a court", by=type(by).objects.get(pk=by.pk), now=MORNING)


@pytest.mark.parametrize("action", ACTIONS)
def test_each_action_is_done_by_a_post_and_leads_back(desk_client, item, ann, bob, action):
    prepare(item, action, ann, bob)
    response = post(desk_client, item, action, **valid(action))
    assert (response.status_code, response["Location"]) == (303, page(item))
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("action", ACTIONS)
def test_a_look_at_its_address_does_nothing(desk_client, item, ann, bob, action):
    prepare(item, action, ann, bob)
    before = list(item.events.values())
    assert desk_client.get(url(item, action)).status_code == 405
    assert list(item.events.values()) == before


@pytest.mark.parametrize("action", ACTIONS)
def test_a_double_click_is_safe(desk_client, item, ann, bob, action, clock):
    prepare(item, action, ann, bob)
    post(desk_client, item, action, **valid(action))
    events = item.events.count()
    clock.shift(2)
    assert post(desk_client, item, action, **valid(action)).status_code == 303
    assert item.events.count() == events


@pytest.mark.parametrize("action", ACTIONS)
def test_a_stranger_to_the_queue_finds_nothing(desk_client, item, action):
    item.queue.staff_groups.clear()
    assert post(desk_client, item, action, **valid(action)).status_code == 404


@pytest.mark.parametrize("role", ["auditor", "editor", "reviewer"])
@pytest.mark.parametrize("action", ACTIONS)
def test_who_may_not_work_is_refused(client, staff, sign_in, item, role, action):
    sign_in(client, staff(role))
    assert post(client, item, action, **valid(action)).status_code == 403
    assert item.events.count() == 1


def test_a_post_from_elsewhere_is_refused(item, staff, sign_in):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    sign_in(client, staff("frontdesk", "ann"))
    assert post(client, item, "claim").status_code == 403


def test_an_unknown_action_is_no_page(desk_client, item):
    assert post(desk_client, item, "delete").status_code == 404


def test_claimed_and_released(desk_client, item, ann):
    post(desk_client, item, "claim")
    assert item.claimed_by == ann
    assert "You hold this until 11:00 AM today." in desk_client.get(page(item)).content.decode()
    post(desk_client, item, "release")
    assert item.claimed_by is None


def test_an_attempt_is_logged_with_its_note(desk_client, item):
    post(desk_client, item, "outreach", outcome="busy", note="rang twice")
    event = item.events.last()
    assert (event.kind, event.to_value, event.note) == ("outreach", "busy", "rang twice")


def test_a_voicemail_that_was_left_all_the_same_is_logged_as_an_incident(desk_client):
    item = submit(voicemail_ok="no").request
    post(desk_client, item, "voicemail-incident", note="The mailbox picked up.")
    assert [event.kind for event in item.events.all()] == ["submitted", "outreach", "incident"]


def test_a_follow_up_is_set_in_the_queue_s_time(desk_client, item):
    item.queue.time_zone = "America/New_York"
    item.queue.save()
    post(desk_client, item, "follow-up", at="2026-11-19T09:00", waiting_on="prescriber", note="order")
    assert item.follow_up_at == datetime(2026, 11, 19, 9, tzinfo=ZoneInfo("America/New_York"))
    assert (item.status, item.waiting_on) == ("waiting", "prescriber")


@pytest.mark.parametrize(
    "at", ["", "tomorrow", "2026-11-18T10:00", "2027-11-18T10:00", "9999-99-99T10:00", "\0"]
)
def test_a_wrong_time_is_said_and_what_was_typed_stays(desk_client, item, at):
    response = post(desk_client, item, "follow-up", at=at, waiting_on="payer", note="zebra")
    assert response.status_code == 422
    html = response.content.decode()
    assert "zebra" in html
    assert '<option value="payer" selected>' in html
    assert response.context["bound"].errors
    assert item.follow_up_at is None


def test_a_reason_is_needed_to_lower_the_priority(desk_client, item):
    response = post(desk_client, item, "priority", priority="routine")
    assert response.status_code == 422
    assert "Say why the priority is lowered." in response.content.decode()
    assert '<option value="routine" selected>' in response.content.decode()
    post(desk_client, item, "priority", priority="routine", note="has a month’s supply")
    assert item.priority == Priority.ROUTINE


def test_unable_to_reach_is_refused_in_words(desk_client, item):
    response = post(desk_client, item, "close", disposition="unable_to_reach", note="zebra")
    assert response.status_code == 422
    html = response.content.decode()
    assert "needs at least 3 attempts" in html
    assert "zebra" in html


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("outreach", {}),
        ("outreach", {"outcome": "flew"}),
        ("outreach", {"outcome": "busy", "note": "x" * 1001}),
        ("outreach", {"outcome": "busy", "note": "a\0b"}),
        ("reroute", {}),
        ("reroute", {"queue": "999"}),
        ("reroute", {"queue": "x"}),
        ("priority", {"priority": "asap"}),
        ("close", {}),
        ("close", {"disposition": "gone"}),
    ],
)
def test_nonsense_is_refused_in_words(desk_client, item, action, data):
    response = post(desk_client, item, action, **data)
    assert response.status_code == 422
    html = response.content.decode()
    assert "errorlist" in html
    assert f"Nothing was changed. {response.context['bound'].errors.popitem()[1][0]}" in html
    assert f'href="#do-{action}"' in html
    assert html.count(f'id="do-{action}"') == 1
    assert item.events.count() == 1


def test_reopening_needs_a_reason(desk_client, item, ann):
    prepare(item, "reopen", ann, None)
    assert "Say why" in post(desk_client, item, "reopen", note=" ").content.decode()
    post(desk_client, item, "reopen", note="called again")
    assert (item.status, item.disposition) == ("new", "")


def test_what_a_colleague_took_meanwhile_is_refused_and_what_was_typed_stays(desk_client, item, staff):
    desk.claim(request_id=item.pk, by=staff("pharmacist", "bob"), now=NOW)
    response = post(desk_client, item, "outreach", outcome="busy", note="zebra")
    html = response.content.decode()
    assert response.status_code == 422
    assert "bob holds this request." in html
    assert "zebra" in html
    assert set(response.context["actions"]) == {"outreach", "priority", "escalate", "take_over"}
    assert item.claimed_by.username == "bob"


def test_it_is_not_re_routed_to_where_nobody_would_call(desk_client, item):
    other = Queue.objects.get(slug="new-patients")
    other.staff_groups.clear()
    response = post(desk_client, item, "reroute", queue=other.pk)
    assert response.status_code == 422
    assert "Nobody works this queue: the request would wait for ever." in response.content.decode()
    item.refresh_from_db()
    assert item.queue.slug == "current-patients"


def test_re_routed_out_of_sight_it_leads_back_to_the_list(desk_client, item, staff):
    other = Queue.objects.get(slug="new-patients")
    other.staff_groups.set(staff("pharmacist", "pia").groups.all())
    response = post(desk_client, item, "reroute", queue=other.pk)
    assert response["Location"] == reverse("admin:triage")
    assert item.queue == other


def test_a_closed_request_can_only_be_reopened(desk_client, item, ann):
    prepare(item, "reopen", ann, None)
    response = desk_client.get(page(item))
    assert list(response.context["actions"]) == ["reopen"]
    assert "Reopen it first" in post(desk_client, item, "claim").content.decode()


def test_no_message_names_anybody(desk_client, item):
    """Messages may be kept in a cookie."""
    for action in ("claim", "outreach", "follow-up", "close"):
        response = desk_client.post(url(item, action), valid(action), follow=True)
        assert not [m for m in response.context["messages"] if "Rivera" in str(m) or "Alma" in str(m)]


def test_each_action_is_audited(desk_client, item):
    post(desk_client, item, "outreach", outcome=Outcome.BUSY)
    row = AuditEntry.objects.get(action="outreach logged")
    assert (row.actor, row.subject) == ("ann", f"request {item.pk}")
