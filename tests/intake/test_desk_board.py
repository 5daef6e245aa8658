"""The list of requests: in call order, only one's own queues, each row in words, constant in queries."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from intake.choices import Disposition, Door, Outcome, WaitingOn
from intake.desk import tallies
from intake.models import Facility, Queue, Request
from intake.services import desk
from portal.audit import AuditEntry
from tests.intake.requests import MORNING, submit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

LIST = "/admin/triage/"
NOW = MORNING + timedelta(minutes=30)


def make(last_name, minutes_ago=10, **given):
    phone = f"+1213555{Request.objects.count() + 100:04d}"
    return submit(
        now=NOW - timedelta(minutes=minutes_ago), **{"last_name": last_name, "phone": phone, **given}
    ).request


def names(response):
    return [row.patient.split(",")[0] for row in response.context["rows"]]


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_emergencies_first_then_the_promised_time(desk_client, ann):
    make("Routine", 300)
    make("Day", 200, evacuated="yes")
    make("Urgent", 30, missed_dose="yes")
    make("Grave", 5, danger_signs=["breathing"])
    overdue = make("Waits", 180, missed_dose="yes")
    followed = make("Emergency-followed", 60, danger_signs=["breathing"])
    desk.set_follow_up(request_id=followed.pk, at=NOW + timedelta(days=3), by=ann, now=NOW)

    response = desk_client.get(LIST)
    assert names(response) == ["Grave", "Emergency-followed", "Waits", "Urgent", "Day", "Routine"]
    assert overdue.due_at < NOW


def test_a_row_says_everything_in_words(desk_client, staff):
    item = make(
        "Lee",
        13,
        first_name="Ana",
        danger_signs=["meningitis"],
        fire_affected="yes",
        language="es",
        interpreter=True,
    )
    held = make("Okafor", 90, missed_dose="yes")
    desk.claim(request_id=held.pk, by=staff("pharmacist", "bob"), now=NOW)
    words = text(desk_client.get(LIST))
    for said in (
        "Emergency due in 2 min 10:32 AM today",
        f"Lee, Ana {item.reference} Español interpreter",
        "pharmacist Severe headache with stiff neck, fever or light hurting the eyes, after an infusion R2",
        "also R13",
        "13 min",
        "overdue by 30 min",
        "Held by bob In progress · Current patients",
        "All 2",
        "Current patients 2 1 overdue",
        "Overdue 1",
        "1 emergency 2 waiting 1 overdue oldest not yet called: 1 h 30 min",
    ):
        assert said in words


def test_the_priority_is_a_word_in_a_shape(desk_client):
    make("Grave", danger_signs=["breathing"])
    html = desk_client.get(LIST).content.decode()
    assert re.search(
        r'<span class="priority priority--emergency"><svg[^>]*aria-hidden="true">.*?</svg>\s*Emergency', html
    )


def test_what_is_closed_or_linked_is_left_out(desk_client, ann):
    make("Open", evacuated="yes", phone="+12135550199")
    make("Open", evacuated="yes", phone="+12135550199", doses_on_hand="no")
    done = make("Done")
    desk.close(request_id=done.pk, disposition=Disposition.SPAM, by=ann, now=NOW)
    assert names(desk_client.get(LIST)) == ["Open"]
    assert names(desk_client.get(LIST, {"show": "closed"})) == ["Done"]
    assert names(desk_client.get(LIST, {"status": "closed"})) == ["Done"]


def test_the_first_shows_the_reasons_of_what_it_carries(desk_client):
    make("Bell", evacuated="yes", phone="+12135550199")
    make("Bell", evacuated="yes", phone="+12135550199", missed_dose="yes", interpreter=True)
    [row] = desk_client.get(LIST).context["rows"]
    assert ([reason.code for reason in row.reasons], row.others) == (["R4"], ["R9"])
    assert row.interpreter


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"queue": "new-patients"}, {"New"}),
        ({"priority": "urgent"}, {"Urgent"}),
        ({"status": "waiting"}, {"Waiting"}),
        ({"language": "ko"}, {"Urgent"}),
        ({"interpreter": "yes"}, {"Urgent"}),
        ({"center": "infusion-center-2"}, {"Center"}),
        ({"pharmacist": "yes"}, {"Mild"}),
        ({"show": "mine"}, {"Mine"}),
        ({"show": "overdue"}, {"Urgent"}),
        ({"show": "overdue", "priority": "routine"}, set()),
        ({"queue": "nowhere", "page": "x", "show": "?", "priority": "\0"}, None),
        ({"e": "1", "anything": "else"}, None),
    ],
)
def test_filters_narrow_the_list_and_nonsense_doesn_t(desk_client, ann, asked, found):
    make("New", door=Door.NEW, date_of_birth=None)
    make("Urgent", 100, missed_dose="yes", language="ko", interpreter=True)
    make("Mild", 300, danger_signs=["mild_reaction"])
    make("Center", 10, care_setting="center", center=Facility.objects.get(slug="infusion-center-2").slug)
    mine, waiting = make("Mine"), make("Waiting")
    desk.claim(request_id=mine.pk, by=ann, now=NOW)
    desk.set_follow_up(
        request_id=waiting.pk, at=NOW + timedelta(hours=1), waiting_on=WaitingOn.PAYER, by=ann, now=NOW
    )
    everything = {"New", "Urgent", "Mild", "Center", "Mine", "Waiting"}
    assert set(names(desk_client.get(LIST, asked))) == (everything if found is None else found)


def test_only_the_queues_of_one_s_groups(desk_client):
    make("Here")
    make("There", door=Door.NEW, date_of_birth=None)
    Queue.objects.get(slug="new-patients").staff_groups.clear()
    response = desk_client.get(LIST)
    assert names(response) == ["Here"]
    assert [str(label) for _, label in response.context["filters"].fields["queue"].choices] == [
        "Any",
        "Current patients",
    ]
    assert names(desk_client.get(LIST, {"queue": "new-patients"})) == ["Here"]


def test_the_next_page_is_there_without_counting(desk_client, monkeypatch):
    monkeypatch.setattr("intake.desk.board.PAGE_SIZE", 2)
    for number in range(3):
        make(f"P{number}", 10 - number)
    first = desk_client.get(LIST, {"queue": "current-patients"})
    assert names(first) == ["P0", "P1"]
    second = desk_client.get(LIST + first.context["next"])
    assert (names(second), second.context["next"]) == (["P2"], "")
    assert names(desk_client.get(LIST + second.context["previous"])) == ["P0", "P1"]


def test_queries_are_constant_for_10_and_1000_rows(
    desk_client, ann, django_assert_num_queries, monkeypatch, settings
):
    monkeypatch.setattr("intake.desk.board.PAGE_SIZE", 1000)
    settings.SITUATION_MAX_AGE = 3600  # its eight queries every two seconds are not the list's
    item = make("One", missed_dose="yes")
    desk.claim(request_id=item.pk, by=ann, now=NOW)

    def copies(number):
        document, start = item.document, Request.objects.count()
        later = []
        for index in range(start, start + number):
            copy = Request.objects.get(pk=item.pk)
            copy.pk, copy.document = None, document
            copy.reference_hash, copy.token_hash = f"r{index}", f"t{index}"
            copy.answers_digest = f"d{index}"
            later.append(copy)
        Request.objects.bulk_create(later)

    copies(9)
    desk_client.get(LIST)
    # Sign-in’s: session, account with its authenticator, rights. The list’s: what the person sees (queues,
    # saved filters, profile), counts, rows, their later requests, the audit row.
    expected = 3 + 5
    tallies.forget()
    with django_assert_num_queries(expected):
        assert len(desk_client.get(LIST).context["rows"]) == 10
    copies(990)
    tallies.forget()
    with django_assert_num_queries(expected):
        assert len(desk_client.get(LIST).context["rows"]) == 1000


def test_one_look_at_the_list_is_one_audit_row(desk_client):
    make("Xanthippe")
    desk_client.get(LIST)
    [row] = AuditEntry.objects.filter(actor="ann")
    assert (row.action, row.subject) == ("requests listed", "")
    assert "last_name" in row.fields


def test_nobody_keeps_a_copy_of_the_page(desk_client):
    assert "no-store" in desk_client.get(LIST)["Cache-Control"]


def test_the_unsigned_rules_are_said_to_be_so(desk_client, staff):
    assert "These rules are a proposal: not signed" in text(desk_client.get(LIST))


@pytest.mark.parametrize("role", ["editor", "reviewer"])
def test_editors_and_reviewers_see_no_requests(client, staff, sign_in, role):
    item = make("Lee")
    sign_in(client, staff(role))
    assert client.get(LIST).status_code == 403
    assert client.get(reverse("admin:triage-request", args=[item.pk])).status_code == 403
    assert client.post(reverse("admin:triage-find"), {"q": "Lee"}).status_code == 403
    assert LIST not in client.get("/admin/").content.decode()


def test_the_auditor_sees_every_queue(client, staff, sign_in):
    make("Here")
    make("There", door=Door.NEW, date_of_birth=None)
    Queue.objects.get(slug="new-patients").staff_groups.clear()
    sign_in(client, staff("auditor"))
    assert set(names(client.get(LIST))) == {"Here", "There"}


def test_nothing_is_added_changed_or_deleted_by_editing(client, staff, sign_in):
    item = make("Lee")
    sign_in(client, staff("admin"))
    for path in ("add/", f"{item.pk}/delete/", f"{item.pk}/history/"):
        assert client.get(LIST + path).status_code in (404, 405)
        assert client.post(LIST + path).status_code == 404
    assert client.post(LIST, {"action": "delete_selected", "_selected_action": item.pk}).status_code == 405


def test_after_an_attempt_it_is_shown_who_waits_for_whom(desk_client, ann):
    item = make("Lee")
    desk.log_outreach(request_id=item.pk, outcome=Outcome.BUSY, by=ann, now=timezone.now())
    desk.set_follow_up(
        request_id=item.pk, at=NOW + timedelta(days=1), waiting_on=WaitingOn.PRESCRIBER, by=ann, now=NOW
    )
    assert "due in 1 day follow-up 10:30 AM tomorrow" in text(desk_client.get(LIST))
    assert "Waiting: The prescriber" in text(desk_client.get(LIST))
