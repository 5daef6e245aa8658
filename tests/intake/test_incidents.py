"""A center that closes: what depends on it is assessed again, staff are told once, and nothing is missed."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from intake.choices import Disposition, FacilityStatus, Priority, WaitingOn
from intake.models import Facility, Request, RequestEvent
from intake.services import desk, site
from intake.services.errors import DeskError
from portal.audit import AuditEntry
from tests.intake.incidents import LATE, LATER, SOON, messages, person, set_status

NOW = LATER

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def kinds(request):
    return list(request.events.values_list("kind", flat=True))


# What rises, and what doesn't


def test_who_relies_on_the_center_soon_becomes_urgent(lead):
    soon, late = person(1, **SOON), person(2, **LATE)
    elsewhere = person(3, **{**SOON, "center": "infusion-center-2"})
    assert {soon.priority, late.priority, elsewhere.priority} == {"routine"}

    set_status(FacilityStatus.CLOSED, lead)
    for request in (soon, late, elsewhere):
        request.refresh_from_db()
    assert (soon.priority, soon.rules) == ("urgent", ["R5"])
    assert soon.due_at == LATER + timedelta(minutes=60)
    assert (late.priority, late.rules, kinds(late)) == ("routine", ["R14"], ["submitted"])
    assert (elsewhere.priority, kinds(elsewhere)) == ("routine", ["submitted"])

    event = soon.events.last()
    assert (event.kind, event.from_value, event.to_value, event.by) == (
        "reassessed",
        "routine",
        "urgent",
        lead,
    )
    assert "R5" in event.note
    assert soon.ruleset_version in event.note
    assert (
        AuditEntry.objects.filter(action="request assessed again", subject=f"request {soon.pk}").count() == 1
    )


def test_an_earlier_due_time_a_raised_priority_and_a_pharmacist_stay(lead, staff):
    ann = staff("frontdesk", "ann")
    raised = person(1, **SOON)
    desk.change_priority(request_id=raised.pk, priority=Priority.EMERGENCY, by=ann, now=LATER)
    promised = person(2, **SOON, storage_problems=["warm"])
    before = Request.objects.get(pk=promised.pk)
    assert (before.priority, before.needs_pharmacist) == ("urgent", True)

    set_status(FacilityStatus.CLOSED, lead, LATER + timedelta(minutes=5))
    raised.refresh_from_db()
    promised.refresh_from_db()
    assert (raised.priority, raised.due_at) == ("emergency", LATER + timedelta(minutes=15))
    assert raised.rules == ["R5"]
    assert (promised.due_at, promised.needs_pharmacist) == (before.due_at, True)
    assert promised.rules == ["R5", "R6"]


def test_limited_counts_as_the_rules_say_and_opening_again_lowers_nothing(lead):
    soon = person(1, **SOON)
    set_status(FacilityStatus.LIMITED, lead)
    soon.refresh_from_db()
    assert soon.priority == "routine"
    set_status(FacilityStatus.CLOSED, lead)
    set_status(FacilityStatus.OPEN, lead, LATER + timedelta(minutes=10))
    soon.refresh_from_db()
    assert (soon.priority, kinds(soon)) == ("urgent", ["submitted", "reassessed"])


def test_the_first_that_carries_a_later_one_rises_with_it(lead):
    first = person(1, fire_affected="no", doses_on_hand="yes", days_supply=30, next_dose_on="2026-12-19")
    later = person(1, **SOON)
    assert (later.duplicate_of, first.priority) == (first, "routine")
    set_status(FacilityStatus.CLOSED, lead)
    first.refresh_from_db()
    later.refresh_from_db()
    assert (first.priority, first.due_at, later.priority) == ("urgent", LATER + timedelta(hours=1), "urgent")
    assert first.rules == ["R14"]  # its own; the later one's stand beside them on its page
    assert "R5" in first.events.last().note


def test_whoever_waits_is_called_after_all(lead, staff):
    ann, soon = staff("frontdesk", "ann"), person(1, **SOON)
    desk.set_follow_up(
        request_id=soon.pk, at=LATER + timedelta(days=1), waiting_on=WaitingOn.PATIENT, by=ann, now=LATER
    )
    set_status(FacilityStatus.CLOSED, lead, LATER + timedelta(hours=3))
    soon.refresh_from_db()
    assert (soon.status, soon.follow_up_at, soon.paused_at) == ("in_progress", None, None)
    assert soon.due_at == LATER + timedelta(hours=4)


def test_a_claim_stays_with_its_holder(lead, staff):
    ann, soon = staff("frontdesk", "ann"), person(1, **SOON)
    desk.claim(request_id=soon.pk, by=ann, now=LATER)
    set_status(FacilityStatus.CLOSED, lead)
    soon.refresh_from_db()
    assert (soon.priority, soon.claimed_by) == ("urgent", ann)


def test_what_was_closed_is_assessed_when_it_is_reopened(lead):
    soon = person(1, **SOON)
    desk.close(request_id=soon.pk, disposition=Disposition.WITHDRAWN, by=lead, now=LATER)
    set_status(FacilityStatus.CLOSED, lead)
    soon.refresh_from_db()
    assert soon.priority == "routine"
    again = desk.reopen(request_id=soon.pk, note="called back", by=lead, now=LATER + timedelta(minutes=1))
    again.refresh_from_db()
    assert (again.priority, kinds(again)[-2:]) == ("urgent", ["reopened", "reassessed"])


def test_what_can_t_be_read_is_left_listed_and_logged(lead, caplog):
    lost, soon = person(1, **SOON), person(2, **SOON)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE intake_request SET document = 'x' WHERE id = %s", [lost.pk])
    set_status(FacilityStatus.CLOSED, lead)
    soon.refresh_from_db()
    assert soon.priority == "urgent"
    lost = Request.objects.get(pk=lost.pk)
    assert lost.priority == "routine"
    assert f"Request {lost.pk} can't be assessed again" in caplog.text
    center = Facility.objects.get(slug="infusion-center-1")
    assert set(Request.objects.depending_on(center)) == {lost, soon}


def test_it_stands_or_falls_with_the_status(lead):
    soon = person(1, **SOON)
    with transaction.atomic():
        set_status(FacilityStatus.CLOSED, lead)
        transaction.set_rollback(True)
    soon.refresh_from_db()
    assert (soon.priority, kinds(soon), messages().count()) == ("routine", ["submitted"], 0)


def test_a_note_alone_assesses_nothing(lead):
    soon = person(1, **SOON)
    center = Facility.objects.get(slug="infusion-center-1")
    opened = site.version(center)
    center.note = "Use the back door."
    site.save_facility(facility=center, opened=opened, by=lead, now=LATER)
    assert (kinds(soon), messages().count()) == (["submitted"], 0)


def test_a_form_opened_earlier_changes_no_request(lead):
    soon = person(1, **SOON)
    center = Facility.objects.get(slug="infusion-center-1")
    opened = site.version(center)
    Facility.objects.filter(pk=center.pk).update(note="changed meanwhile")
    center.status = FacilityStatus.CLOSED
    with pytest.raises(DeskError):
        site.save_facility(facility=center, opened=opened, by=lead, now=LATER)
    assert kinds(soon) == ["submitted"]


# The list, against an oracle; and many


def seed(count, **given):
    """So many open requests, most of them of center 1, from copies of a few that came through the form."""
    models = [
        person(number, **one)
        for number, one in enumerate([SOON, LATE, {**SOON, "center": "infusion-center-2"}])
    ]
    copies = []
    for number in range(count - len(models)):
        model = models[0] if number % 2 else models[1] if number % 4 else models[2]
        copy = Request.objects.get(pk=model.pk) if number < 3 else Request(**row_of(model))
        copy.pk, copy.submission_key = None, uuid4()
        copy.reference_hash = copy.token_hash = f"{number:064}"
        copy._state.adding = True
        copies.append(copy)
    Request.objects.bulk_create(copies, batch_size=1000)


def row_of(request):
    generated = {"id", "call_at", "call_band"}
    names = [field.attname for field in Request._meta.concrete_fields if field.attname not in generated]
    return {name: getattr(request, name) for name in names}


def oracle(center):
    """Which open requests depend on the center, by looking at every one."""
    everything = list(Request.objects.all())
    names = {one.pk for one in everything if one.center_id == center.pk and one.closed_at is None}
    carrying = {one.duplicate_of_id for one in everything if one.pk in names and one.duplicate_of_id}
    return {one.pk for one in everything if one.pk in names | carrying and one.closed_at is None}


def test_ten_thousand_are_listed_in_two_queries_and_change_in_a_few_each_chunk(lead):
    big = connection.vendor == "postgresql"
    seed(10_000 if big else 1_200)
    first = person(9001, fire_affected="no")
    person(9001, **SOON)
    desk.close(
        request_id=Request.objects.filter(center__slug="infusion-center-1").first().pk,
        disposition=Disposition.WITHDRAWN,
        by=lead,
        now=LATER,
    )
    center = Facility.objects.get(slug="infusion-center-1")
    expected = oracle(center)
    assert first.pk in expected

    with CaptureQueriesContext(connection) as queries:
        set_status(FacilityStatus.CLOSED, lead)
    # Two locks and look-ups, rows, updates, events and audit rows for each 500; nothing for each request.
    assert len(queries) < 30 + 8 * (len(expected) // 500 + 2)
    with CaptureQueriesContext(connection) as queries:
        listed = set(Request.objects.depending_on(center).in_call_order().values_list("pk", flat=True))
    assert len(queries) <= 2
    assert listed == expected
    # Asked of the events alone: without statistics, joining tables just filled takes PostgreSQL minutes.
    risen = RequestEvent.objects.filter(kind="reassessed").values_list("request", flat=True)
    soon = [one for one in Request.objects.filter(pk__in=expected) if "R5" in one.rules]
    assert {one.pk for one in soon} | {first.pk} == set(risen)
    assert {one.priority for one in soon} == {"urgent"}
    assert messages().count() == 1


# Races


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(3))
def test_no_request_that_arrives_while_the_center_closes_is_missed(lead, attempt):
    for number in range(5):
        person(number, **SOON)
    start, failures = threading.Barrier(9), []

    def run(act):
        try:
            start.wait()
            act()
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    def submits(worker):
        for number in range(6):
            person(100 + 10 * worker + number, **SOON)

    workers = [threading.Thread(target=run, args=(lambda n=n: submits(n),)) for n in range(8)]
    workers.append(threading.Thread(target=run, args=(lambda: set_status(FacilityStatus.CLOSED, lead),)))
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    assert Request.objects.count() == 53
    assert set(Request.objects.values_list("priority", flat=True)) == {"urgent"}


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_a_submission_waits_for_whoever_is_closing_the_center(lead):
    """The closing has looked for requests and isn't stored yet: the new one must find the new status."""
    done = threading.Event()

    def submits():
        person(7, **SOON)
        done.set()
        connections.close_all()

    worker = threading.Thread(target=submits)
    with transaction.atomic():
        set_status(FacilityStatus.CLOSED, lead)
        worker.start()
        assert not done.wait(0.5)
    worker.join()
    assert Request.objects.get().priority == "urgent"
