"""A request's page: whom to call and how, why it ranks as it does, every answer, everything that happened."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from intake.choices import Disposition, Door, Outcome, Priority, WaitingOn
from intake.forms import FORMS
from intake.models import Queue, RulesetSignOff
from intake.services import desk
from portal.audit import AuditEntry
from tests.intake.requests import MORNING, submit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

NOW = MORNING + timedelta(minutes=30)


def page(item):
    return reverse("admin:triage-request", args=[item.pk])


def html(client, item):
    response = client.get(page(item))
    assert response.status_code == 200
    return response.content.decode()


def text(client, item):
    words = re.sub(r"<[^>]+>", " ", html(client, item))
    return re.sub(r"\s+", " ", words).replace("&nbsp;", " ")


def test_whom_to_ask_for_and_how(desk_client):
    item = submit(
        phone="+12135550142;ext=12",
        phone_alternate="+13105550177",
        best_time="evening",
        language="es",
        interpreter=True,
        accommodation="speak slowly",
    ).request
    words = text(desk_client, item)
    for said in (
        "Ask for Alma Rivera",
        "213-555-0142 ext. 12",
        "310-555-0177",
        "Call from 877-595-0757 Current patients",
        "Language Español interpreter wanted",
        "Best time Evening",
        "Help to talk speak slowly",
    ):
        assert said in words
    assert 'href="tel:+12135550142;ext=12"' in html(desk_client, item)


def test_a_caregiver_is_asked_for_and_the_patient_named(desk_client):
    item = submit(caller_role="caregiver", caller_name="Sol Rivera", caller_relationship="Daughter").request
    words = text(desk_client, item)
    assert "Ask for Sol Rivera" in words
    assert "Daughter. Whether the patient agrees was not said. Patient: Alma Rivera" in words


@pytest.mark.parametrize(
    ("voicemail_ok", "words", "offered"),
    [
        ("yes", "Voicemail with details is allowed.", "Left a voicemail"),
        (None, "Minimal message only: name, number, please call.", "Left a minimal message"),
        ("no", "No voicemail.", None),
    ],
)
def test_a_voicemail_is_offered_as_the_patient_allows(desk_client, voicemail_ok, words, offered):
    item = submit(voicemail_ok=voicemail_ok).request
    shown = html(desk_client, item)
    assert words in shown
    assert ('value="left_voicemail"' in shown) is (offered is not None)
    if offered:
        assert re.search(rf'value="left_voicemail" [^>]*><kbd aria-hidden="true">3</kbd>{offered}<', shown)
    assert ("A voicemail was left all the same" in shown) is (offered is None)


@pytest.mark.parametrize(("text_ok", "words"), [(True, "Texts are allowed."), (None, "No texts")])
def test_a_text_is_offered_only_with_consent(desk_client, text_ok, words):
    item = submit(text_ok=text_ok).request
    shown = html(desk_client, item)
    assert words in shown
    assert ('value="text_sent"' in shown) is bool(text_ok)


@pytest.mark.parametrize("door", Door)
def test_every_question_of_the_form_stands_there_and_the_unknown_is_marked(desk_client, door):
    born = "1961-04-09" if door == Door.CURRENT else None
    item = submit(door=door, date_of_birth=born, doses_on_hand="unsure", therapy="IVIG").request
    sections = desk_client.get(page(item)).context["sections"]
    shown = {answer.name: answer for section in sections for answer in section.answers}
    assert shown.keys() == FORMS[door].base_fields.keys() - {"submission_key"}
    assert {name for name, answer in shown.items() if answer.known} == item.answers.keys() - {"doses_on_hand"}
    assert shown["therapy"].value == "IVIG"
    assert (shown["doses_on_hand"].value, shown["doses_on_hand"].known) == ("Not sure", False)
    assert (shown["zip_now"].value, shown["text_ok"].value) == ("Unknown", "Not checked")


def test_the_reasons_and_that_nobody_signed_the_rules(desk_client, staff):
    item = submit(danger_signs=["meningitis"], fire_affected="yes").request
    words = text(desk_client, item)
    assert (
        "after an infusion R2 May be affected, and the next dose or the doses on hand are unknown R13"
        in words
    )
    assert "These rules are a proposal: not signed." in words
    assert "Sent 10:00 AM PST today, 30 min ago." in words

    RulesetSignOff.objects.create(version=item.ruleset_version, signed_by=staff("admin"), signed_at=NOW)
    from intake import situation

    situation.refresh()
    assert "not signed" not in text(desk_client, item)


def test_everything_that_happened_in_order(desk_client, ann):
    item = submit(evacuated="yes", voicemail_ok="no").request

    def act(action, minutes, **arguments):
        action(request_id=item.pk, by=ann, now=MORNING + timedelta(minutes=minutes), **arguments)

    act(desk.claim, 1)
    act(desk.log_outreach, 2, outcome=Outcome.LEFT_VOICEMAIL, note="Sorry.", all_the_same=True)
    act(desk.change_priority, 3, priority=Priority.URGENT)
    act(desk.reroute, 4, queue=Queue.objects.get(slug="new-patients"))
    act(desk.set_follow_up, 5, at=MORNING + timedelta(days=1), waiting_on=WaitingOn.PAYER)
    act(desk.close, 6, disposition=Disposition.WITHDRAWN)
    act(desk.reopen, 7, note="Called again.")
    events = desk_client.get(page(item)).context["events"]
    assert [(event.when, event.what, event.change, event.note) for event in events] == [
        ("10:00 AM today", "Submitted", "Same day", ""),
        ("10:01 AM today", "Claimed", "", ""),
        ("10:02 AM today", "Outreach attempt", "Left a voicemail", "Sorry."),
        ("10:02 AM today", "Incident", "Left a voicemail", ""),
        ("10:03 AM today", "Priority changed", "Same day → Urgent", ""),
        ("10:04 AM today", "Re-routed", "Current patients → New patients", ""),
        ("10:05 AM today", "Follow-up set", "10:00 AM tomorrow", ""),
        ("10:06 AM today", "Closed", "Withdrawn", ""),
        ("10:07 AM today", "Reopened", "Withdrawn → open", "Called again."),
    ]
    assert {event.who for event in events} == {"The sender", "ann"}


def test_later_requests_stand_beside_the_first(desk_client):
    first = submit(evacuated="yes", doses_on_hand="yes").request
    later = submit(evacuated="yes", doses_on_hand="no").request
    response = desk_client.get(page(first))
    rows = {row.label: row for row in response.context["comparisons"]}
    doses = rows["Do you have doses with you?"]
    assert ([answer.value for answer in doses.answers], doses.differs) == (["Yes", "No"], True)
    assert not rows["Did you have to leave your home?"].differs
    assert later.reference in response.content.decode()

    words = text(desk_client, later)
    assert "A later request: call for the first, which carries both." in words
    assert first.reference in words
    assert 'name="outcome"' not in html(desk_client, later)


def test_requests_of_both_forms_can_stand_side_by_side(desk_client, ann):
    first = submit(evacuated="yes").request
    later = submit(door=Door.NEW, transfer_from="Hill Pharmacy", date_of_birth=None).request
    assert later.duplicate_of == first
    rows = {row.label: row for row in desk_client.get(page(first)).context["comparisons"]}
    transfer = rows["Which pharmacy has the prescription now?"]
    assert [answer.value for answer in transfer.answers] == ["Not asked", "Hill Pharmacy"]


def test_who_holds_it_is_shown_and_only_what_a_colleague_may_do_is_offered(desk_client, staff):
    item = submit().request
    desk.claim(request_id=item.pk, by=staff("pharmacist", "bob"), now=NOW)
    assert "bob holds this request until 11:00 AM today." in text(desk_client, item)
    assert list(desk_client.get(page(item)).context["actions"]) == ["take_over", "escalate", "priority"]


def test_times_are_those_of_the_queue(desk_client):
    item = submit(evacuated="yes").request
    item.queue.time_zone = "America/New_York"
    item.queue.save()
    assert "Sent 1:00 PM EST today" in text(desk_client, item)


def test_each_view_is_one_audit_row_with_the_fields_seen(desk_client):
    item = submit(evacuated="yes").request
    desk_client.get(page(item))
    [row] = AuditEntry.objects.filter(actor="ann")
    assert (row.action, row.subject) == ("request viewed", f"request {item.pk}")
    assert set(row.fields) == {*item.answers, "events"}
    assert "Rivera" not in str(row.fields)


def test_what_stands_beside_it_is_audited_as_seen_too(desk_client):
    first, later = submit(evacuated="yes").request, submit(evacuated="yes", notes="again").request
    desk_client.get(page(first))
    assert set(AuditEntry.objects.filter(actor="ann").values_list("subject", flat=True)) == {
        f"request {first.pk}",
        f"request {later.pk}",
    }


def test_nobody_keeps_a_copy_and_the_title_names_nobody(desk_client):
    item = submit().request
    response = desk_client.get(page(item))
    assert "no-store" in response["Cache-Control"]
    assert re.search(r"<title>\s*(.*?)\s*</title>", response.content.decode()).group(1) == (
        f"Request {item.reference} – CSP staff"
    )


def test_a_stranger_to_the_queue_finds_nothing(desk_client):
    item = submit().request
    item.queue.staff_groups.clear()
    assert desk_client.get(page(item)).status_code == 404
    assert desk_client.get(page(item).replace(str(item.pk), "4711")).status_code == 404
    assert not AuditEntry.objects.filter(action="request viewed").exists()


def test_the_auditor_reads_and_is_offered_nothing(client, staff, sign_in):
    item = submit().request
    sign_in(client, staff("auditor"))
    assert "Ask for Alma Rivera" in text(client, item)
    assert client.get(page(item)).context["actions"] == {}


def test_without_the_second_factor_there_is_no_page(client, ann):
    item = submit().request
    client.force_login(ann, backend="portal.backends.RolesBackend")
    assert client.get(page(item))["Location"].startswith("/admin/login/")


def test_rules_of_another_version_are_shown_by_their_codes(desk_client):
    item = submit(missed_dose="yes").request
    item.rules = ["R4", "R99"]
    item.save()
    assert [reason.code for reason in desk_client.get(page(item)).context["reasons"]] == ["R4", "R99"]


def test_the_call_card_heeds_what_came_later(desk_client):
    first = submit(evacuated="yes", voicemail_ok="no", text_ok=True, phone_alternate="+13105550177").request
    submit(
        caller_role="caregiver",
        caller_name="Sol Rivera",
        phone="+12135550142",
        phone_alternate="+12135550199",
        best_time="evening",
        language="es",
        voicemail_ok="yes",
    )
    words, shown = text(desk_client, first), html(desk_client, first)
    for said in ("Ask for Sol Rivera", "Language Español", "Best time Evening", "No voicemail.", "No texts"):
        assert said in words
    for number in ("+12135550142", "+12135550199", "+13105550177"):
        assert shown.count(f'href="tel:{number}"') == 1
    assert 'value="left_voicemail"' not in shown
    assert 'value="text_sent"' not in shown
    assert "A voicemail was left all the same" in shown


def test_the_first_s_team_sees_what_it_carries_for_another_queue(desk_client):
    first = submit(evacuated="yes").request
    later = submit(door=Door.NEW, notes="zebra", date_of_birth=None).request
    assert later.duplicate_of == first
    later.queue.staff_groups.clear()
    assert "zebra" in html(desk_client, first)
    assert desk_client.get(page(later)).status_code == 404
    assert AuditEntry.objects.filter(actor="ann", subject=f"request {later.pk}").exists()
