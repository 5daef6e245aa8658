"""Who holds a call, handing it on, and going on: what the pages say, and what a POST does."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from intake.choices import EventKind, Language, Outcome
from intake.models import StaffProfile, TemporaryRole
from intake.services import desk
from tests.intake.pages import Page
from tests.intake.requests import MORNING, submit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

NOW = MORNING + timedelta(minutes=30)


def url(item, action):
    return reverse("admin:triage-action", args=[item.pk, action])


def page(item):
    return reverse("admin:triage-request", args=[item.pk])


def keep(item):
    return reverse("admin:triage-keep", args=[item.pk])


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def post(client, item, action, **data):
    response = client.post(url(item, action), data)
    item.refresh_from_db()
    return response


def test_activity_renews_the_lease(desk_client, item, ann, clock):
    desk.claim(request_id=item.pk, by=ann, now=NOW)
    events = item.events.count()
    clock.shift(timedelta(minutes=14))
    response = desk_client.post(keep(item))
    assert response.json() == {"seconds": 1800}
    assert "no-store" in response["Cache-Control"]
    item.refresh_from_db()
    assert item.claimed_until == NOW + timedelta(minutes=44)
    assert item.events.count() == events


def test_a_lease_that_ran_out_or_went_elsewhere_is_lost(desk_client, item, ann, bob, clock, sign_in):
    assert desk_client.post(keep(item)).json() == {"seconds": 0}
    desk.claim(request_id=item.pk, by=ann, now=NOW)
    clock.shift(timedelta(minutes=31))
    sign_in(desk_client, ann)
    assert desk_client.post(keep(item)).json() == {"seconds": 0}
    desk.claim(request_id=item.pk, by=bob, now=NOW + timedelta(minutes=31))
    assert desk_client.post(keep(item)).json() == {"seconds": 0}
    item.refresh_from_db()
    assert item.claimed_by == bob


def test_looking_renews_nothing(desk_client, item, ann, clock):
    desk.claim(request_id=item.pk, by=ann, now=NOW)
    clock.shift(timedelta(minutes=14))
    assert 'data-lease="960"' in desk_client.get(page(item)).content.decode()
    item.refresh_from_db()
    assert item.claimed_until == NOW + timedelta(minutes=30)


def test_only_a_post_of_who_may_work_keeps(desk_client, client, item, staff, sign_in):
    assert desk_client.get(keep(item)).status_code == 405
    sign_in(client, staff("auditor"))
    assert client.post(keep(item)).status_code == 403


def test_others_see_who_holds_it_and_take_it_over_with_a_reason(desk_client, item, ann, bob):
    desk.claim(request_id=item.pk, by=bob, now=NOW)
    shown = text(desk_client.get(page(item)))
    assert "bob holds this request until 11:00 AM today." in shown
    assert "Don’t call beside them." in shown
    refused = post(desk_client, item, "take-over", reason=" ")
    assert refused.status_code == 422
    assert "Say why you take it over." in text(refused)
    assert item.claimed_by == bob
    assert post(desk_client, item, "take-over", reason="bob went home").status_code == 303
    event = item.events.last()
    assert (item.claimed_by, event.kind, event.from_value, event.to_value, event.note) == (
        ann,
        EventKind.TAKEN_OVER,
        "bob",
        "ann",
        "bob went home",
    )
    assert "Taken over : bob → ann" in text(desk_client.get(page(item)))


def test_a_warm_handoff_goes_to_a_colleague_of_the_queue(desk_client, item, ann, bob, staff):
    StaffProfile.objects.create(user=bob, languages=[Language.ENGLISH, Language.SPANISH])
    staff("editor", "eve")
    inactive = staff("pharmacist", "ivy")
    inactive.is_active = False
    inactive.save()
    desk.claim(request_id=item.pk, by=ann, now=NOW)
    html = desk_client.get(page(item)).content.decode()
    assert f'<option value="{bob.pk}">bob (Español)</option>' in html
    assert not re.search(r">(ann|eve|ivy)( \(|<)/?option", html)
    response = desk_client.post(url(item, "hand-on"), {"to": bob.pk, "note": "asks about R6"}, follow=True)
    item.refresh_from_db()
    assert item.claimed_by == bob
    assert "Handed on to bob." in text(response)
    assert "bob holds this request" in text(response)


def test_who_helps_out_for_the_day_can_be_handed_a_call(desk_client, item, ann, staff):
    from django.contrib.auth.models import Group

    eve = staff("editor", "eve")
    TemporaryRole.objects.create(
        user=eve,
        group=Group.objects.get(name="frontdesk"),
        starts_at=NOW,
        until=NOW + timedelta(hours=8),
        given_by=ann,
    )
    desk.claim(request_id=item.pk, by=ann, now=NOW)
    assert post(desk_client, item, "hand-on", to=eve.pk).status_code == 303
    assert item.claimed_by == eve


@pytest.mark.parametrize("to", ["", "999", "x", "stranger"])
def test_it_is_handed_to_nobody_else(desk_client, item, ann, staff, to):
    to = staff("editor", "eve").pk if to == "stranger" else to
    desk.claim(request_id=item.pk, by=ann, now=NOW)
    response = post(desk_client, item, "hand-on", to=to)
    assert response.status_code == 422
    assert "Choose a colleague who works this queue." in text(response)
    assert item.claimed_by == ann


def test_who_doesnt_hold_it_hands_nothing_on(desk_client, item, bob):
    assert "hand_on" not in desk_client.get(page(item)).context["actions"]
    assert post(desk_client, item, "hand-on", to=bob.pk).status_code == 403
    assert item.claimed_by is None


def test_a_lead_assigns_what_nobody_holds(client, staff, sign_in, item, bob):
    sign_in(client, staff("lead"))
    assert post(client, item, "hand-on", to=bob.pk).status_code == 303
    assert item.claimed_by == bob


def test_asking_for_a_pharmacist_gives_the_call_back(desk_client, item, ann):
    desk.claim(request_id=item.pk, by=ann, now=NOW)
    assert post(desk_client, item, "ask-pharmacist", note="Is it still good?").status_code == 303
    assert (item.needs_pharmacist, item.claimed_by) == (True, None)
    assert "ask_pharmacist" not in desk_client.get(page(item)).context["actions"]


def test_escalated_by_hand_with_a_reason(desk_client, item):
    assert post(desk_client, item, "escalate", note="").status_code == 422
    assert post(desk_client, item, "escalate", note="alone and afraid").status_code == 303
    assert item.escalated_at == NOW
    assert "escalated" in text(desk_client.get(page(item)))


def test_after_an_attempt_the_next_step_stands_there(desk_client, item):
    post(desk_client, item, "outreach", outcome="no_answer")
    shown = Page(desk_client.get(page(item)))
    words = text(desk_client.get(page(item)))
    assert "“No answer” is logged. What next?" in words
    assert "“Unable to reach” needs 2 more attempts." in words
    assert shown.values["at"][0] == "2026-11-18T13:30"
    assert "1:30 PM today Afternoon: not tried yet" in words
    # The outcomes are one key away.
    assert 'name="outcome"' not in shown.html
    assert 'name="outcome"' in desk_client.get(page(item) + "?again").content.decode()


def test_once_something_is_decided_the_outcomes_come_back(desk_client, item):
    post(desk_client, item, "outreach", outcome="no_answer")
    post(desk_client, item, "follow-up", at="2026-11-18T13:30")
    shown = desk_client.get(page(item))
    assert shown.context["next"] is None
    assert 'name="outcome"' in shown.content.decode()


def test_what_happens_beside_a_call_leaves_its_steps(desk_client, item):
    post(desk_client, item, "outreach", outcome="no_answer")
    post(desk_client, item, "priority", priority="urgent")
    assert desk_client.get(page(item)).context["next"]["logged"] == Outcome.NO_ANSWER.label


def test_an_offered_time_is_kept_as_it_was_offered(desk_client, item):
    item.queue.time_zone = "America/New_York"
    item.queue.save()
    post(desk_client, item, "outreach", outcome="no_answer")
    shown = desk_client.get(page(item)).context["next"]["steps"][0]
    assert post(desk_client, item, "follow-up", at=shown["value"]).status_code == 303
    assert f"{item.follow_up_at:%Y-%m-%dT%H:%M}" > "2026-11-18T18:30"


def test_and_the_next_call_is_taken_in_the_same_step(desk_client, item, ann, clock):
    other = submit(evacuated="yes", phone="+13105550177").request
    post(desk_client, item, "outreach", outcome="no_answer")
    data = {"at": "2026-11-18T13:30", "then": "next"}
    response = post(desk_client, item, "follow-up", **data)
    assert (response.status_code, response["Location"]) == (303, page(other))
    other.refresh_from_db()
    assert (item.claimed_by, other.claimed_by) == (None, ann)
    # A double click goes to the same call and takes no third one.
    third = submit(evacuated="yes", phone="+13105550178").request
    clock.shift(1)
    assert post(desk_client, item, "follow-up", **data)["Location"] == page(other)
    third.refresh_from_db()
    assert third.claimed_by is None


def test_with_no_call_left_it_leads_to_the_board(desk_client, item):
    response = desk_client.post(url(item, "close"), {"disposition": "withdrawn", "then": "next"}, follow=True)
    assert response.redirect_chain[-1][0] == reverse("admin:triage")
    assert "There is no call for you right now." in text(response)


def test_an_attempt_alone_takes_no_other_call(desk_client, item):
    response = post(desk_client, item, "outreach", outcome="no_answer", then="next")
    assert response["Location"] == page(item)


def test_danger_and_911_are_the_first_thing_on_the_page(desk_client):
    item = submit(danger_signs=["meningitis", "mild_reaction"], zip_now="90012").request
    html = desk_client.get(page(item)).content.decode()
    words = text(desk_client.get(page(item)))
    assert html.index('class="danger"') < html.index("call-card")
    assert "“Do you have this right now?” If yes, or not sure: “Hang up and call 911 now.”" in words
    assert "Where they are: 90012" in words
    assert (
        'class="danger"' not in desk_client.get(page(submit(phone="+13105550177").request)).content.decode()
    )


def test_a_later_request_s_danger_counts_as_well(desk_client):
    first = submit(evacuated="yes").request
    submit(danger_signs=["breathing"])
    assert 'class="danger"' in desk_client.get(page(first)).content.decode()


def test_the_reference_stands_there_to_be_read_out(desk_client, item):
    item.document = {**item.document, "reference": "7K4-M2P9"}
    item.save()
    assert "7 Kilo 4, Mike 2 Papa 9" in text(desk_client.get(page(item)))


def test_without_shortcuts_no_key_is_bound(desk_client, item, ann):
    StaffProfile.objects.create(user=ann, shortcuts=False)
    assert "data-shortcuts" not in desk_client.get(page(item)).content.decode()


def test_a_page_costs_the_same_with_much_history_and_many_relatives(
    desk_client, item, ann, django_assert_max_num_queries
):
    """Session, account, rights, profile, item, events, later ones, relatives, choices, audit rows."""
    for number in range(12):
        now = MORNING + timedelta(minutes=number)
        desk.log_outreach(request_id=item.pk, outcome=Outcome.BUSY, by=ann, now=now)
        submit(first_name=f"Sol{number}", now=now)
    desk_client.get(page(item))
    with django_assert_max_num_queries(24):
        response = desk_client.get(page(item))
    assert len(response.context["household"]) == 12
