import threading
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet
from django.core import signing
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from intake import lookup, references, situation
from intake.choices import Door, EventKind, Status
from intake.models import Facility, OutboxMessage, Request, RequestEvent
from intake.services import desk
from portal.crypto import keyed_hash
from tests.intake.requests import MORNING, submit

pytestmark = pytest.mark.django_db


def test_a_request_is_stored_with_its_triage_queue_due_time_and_first_event():
    request = Request.objects.get(pk=submit(evacuated="yes", language="es", interpreter=True).request.pk)

    assert (request.priority, request.rules, request.queue.slug) == ("same_day", ["R9"], "current-patients")
    assert request.document["reasons"] == ["Evacuated, or affected with a changed address"]
    assert request.due_at == MORNING + timedelta(hours=4)
    assert (request.status, request.language, request.interpreter) == ("new", "es", True)
    assert request.ruleset_version
    assert [(e.kind, e.to_value, e.by) for e in request.events.all()] == [("submitted", "same_day", None)]


def test_each_door_leads_to_its_queue():
    assert submit(door=Door.NEW, date_of_birth=None).request.queue.slug == "new-patients"


def test_the_page_language_counts_where_none_was_asked_for():
    assert submit(language=None).request.language == "en"


def test_nothing_that_was_said_stands_in_the_row_in_clear():
    said = {"first_name": "Xanthippe", "notes": "zebra-4471", "email": "xan@example.org"}
    submit(**said)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM intake_request")
        row = repr(cursor.fetchall())
    assert not [word for word in [*said.values(), "2135550142", "Rivera", "1961"] if word in row]


def test_a_center_that_staff_closed_counts_at_once():
    situation.current()
    Facility.objects.filter(slug="infusion-center-2").update(status="closed")
    request = submit(
        care_setting="center", center="infusion-center-2", center_reachable="yes", next_dose_on="2026-11-19"
    ).request
    assert (request.priority, request.rules) == ("urgent", ["R5"])


def test_the_same_submission_again_is_the_same_request():
    key = uuid4()
    first, again = submit(key=key), submit(key=key, now=MORNING + timedelta(days=3))
    assert again.replayed
    assert not first.replayed
    assert (again.reference, again.token) == (first.reference, first.token)
    assert Request.objects.count() == RequestEvent.objects.count() == 1


def test_the_same_form_with_other_answers_is_kept_as_a_linked_later_request():
    key = uuid4()
    first, later = submit(key=key), submit(key=key, phone="+12135550143")
    assert later.reference != first.reference
    assert later.request.duplicate_of == first.request
    # and each of the two can be sent again
    assert submit(key=key).reference == first.reference
    assert submit(key=key, phone="+12135550143").reference == later.reference


@pytest.mark.parametrize(
    ("given", "linked"),
    [
        ({}, True),
        ({"first_name": "ÁLMA", "last_name": "rivera "}, True),
        ({"phone": "+12135550142;ext=5"}, True),
        ({"date_of_birth": None}, True),
        ({"date_of_birth": "1961-04-10"}, False),
        ({"first_name": "Alba"}, False),
        ({"last_name": "Rivero"}, False),
        ({"phone": "+12135550143"}, False),
        ({"now": MORNING + timedelta(hours=24)}, True),
        ({"now": MORNING + timedelta(hours=24, seconds=1)}, False),
    ],
)
def test_duplicates_have_phone_names_and_birth_date_in_common(given, linked):
    first = submit()
    later = submit(**given)
    assert (later.request.duplicate_of == first.request) is linked


def test_a_duplicate_never_hides_behind_a_closed_request(staff):
    first, by = submit().request, staff("lead")
    desk.close(request_id=first.pk, disposition="no_action_needed", by=by, now=MORNING)
    assert submit().request.duplicate_of is None


def test_the_first_carries_what_the_later_one_says():
    first = submit(evacuated="yes").request
    later = submit(danger_signs=["meningitis"], now=MORNING + timedelta(hours=1)).request
    first.refresh_from_db()
    assert (first.priority, first.due_at, first.needs_pharmacist) == ("emergency", later.due_at, True)
    event = first.events.get(kind=EventKind.DUPLICATE_LINKED)
    assert (event.from_value, event.to_value, event.note) == ("same_day", "emergency", later.reference)
    assert list(Request.objects.to_call()) == [first]


def test_the_first_never_sinks():
    first = submit(danger_signs=["breathing"]).request
    submit(now=MORNING + timedelta(hours=1))
    before = first.due_at
    first.refresh_from_db()
    assert (first.priority, first.due_at) == ("emergency", before)


def test_a_later_cry_for_help_ends_the_wait_for_a_follow_up(staff):
    first, by = submit().request, staff("lead")
    tomorrow = MORNING + timedelta(days=1)
    desk.set_follow_up(request_id=first.pk, at=tomorrow, waiting_on="patient", by=by, now=MORNING)
    submit(missed_dose="yes", now=MORNING + timedelta(hours=1))
    first.refresh_from_db()
    assert (first.status, first.follow_up_at) == (Status.IN_PROGRESS, None)
    assert first.call_at == MORNING + timedelta(hours=2)


def test_emergencies_are_called_first_then_by_the_promised_time():
    routine = submit(phone="+12135550101").request
    same_day = submit(phone="+12135550102", evacuated="yes").request
    urgent = submit(phone="+12135550103", missed_dose="yes").request
    emergency = submit(
        phone="+12135550104", danger_signs=["breathing"], now=MORNING + timedelta(hours=9)
    ).request
    assert list(Request.objects.to_call().in_call_order()) == [emergency, urgent, same_day, routine]


def test_found_by_reference_phone_last_name_and_address():
    request, token = (made := submit(last_name="Núñez-O’Hara")).request, made.token
    found = Request.objects
    assert found.by_reference(references.parse(made.reference.lower())).get() == request
    assert found.by_phone("(213) 555-0142").get() == request
    assert found.by_last_name("NUNEZ OHARA").get() == request
    assert found.by_token(token).get() == request
    assert not found.by_token(signing.dumps("guess")).exists()


def test_lookups_outlive_a_key_rotation(settings):
    made = submit()
    settings.PORTAL_HASH_KEYS = ["n" * 40, *settings.PORTAL_HASH_KEYS]
    assert Request.objects.by_phone("2135550142").get().token == made.token
    again = submit(key=made.request.submission_key)
    assert again.replayed
    assert again.reference == made.reference


def test_while_keys_change_a_reference_that_stands_under_an_older_key_is_drawn_again(monkeypatch, settings):
    taken = submit().reference
    settings.PORTAL_HASH_KEYS = [uuid4().hex * 2, *settings.PORTAL_HASH_KEYS]
    drawn = iter([taken, taken, "222-2222"])
    monkeypatch.setattr(references, "new_reference", lambda: next(drawn))
    assert submit(phone="+12135550199").reference == "222-2222"


def test_a_drawn_reference_that_is_taken_is_drawn_again(monkeypatch):
    taken = submit().reference
    drawn = iter([taken, "222-2222"])
    monkeypatch.setattr(references, "new_reference", lambda: next(drawn))
    assert submit(phone="+12135550199").reference == "222-2222"


def test_submitting_takes_at_most_10_queries(settings):
    settings.SITUATION_MAX_AGE = 60
    situation.current()
    sick = {"center": "infusion-center-1", "danger_signs": ["breathing"], "email": "a@example.org"}
    for _ in range(2):  # the second is a duplicate that raises the first
        with CaptureQueriesContext(connection) as queries:
            submit(**sick)
        assert len(queries) <= 10
        sick["missed_dose"] = "yes"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("given", [{}, {"evacuated": "yes"}])
def test_50_replays_at_once_are_one_request(given):
    key, references_seen, failures = uuid4(), set(), []
    start = threading.Barrier(50)

    def send() -> None:
        try:
            start.wait()
            references_seen.add(submit(key=key, **given).reference)
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(50)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert not failures
    assert Request.objects.count() == 1
    assert references_seen == {Request.objects.get().reference}


@pytest.mark.django_db(transaction=True)
def test_repeated_requests_sent_at_once_have_one_first():
    failures = []
    start = threading.Barrier(8)

    def send() -> None:
        try:
            start.wait()
            submit()
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert not failures
    assert Request.objects.count() == 8
    assert Request.objects.to_call().count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_submission_that_the_database_ends_for_another_is_tried_again():
    """Somebody holds the first request and then waits for the phone's lock: one of the two gives way."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time: nobody waits in a circle.")
    first = submit().request
    phones = int(keyed_hash("lock", lookup.digits(first.answers["phone"]))[:15], 16)
    sent = []

    def send() -> None:
        try:
            sent.append(submit().request)
        finally:
            connections.close_all()

    sender = threading.Thread(target=send)
    with transaction.atomic(), connection.cursor() as cursor:
        # Whoever waits longest finds the circle, and is ended: that must not be this one.
        cursor.execute("SET LOCAL deadlock_timeout = '60s'")
        Request.objects.select_for_update().get(pk=first.pk)
        sender.start()
        while not waiting_for_a_lock():
            time.sleep(0.05)
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [phones])
    sender.join()
    assert [request.duplicate_of for request in sent] == [first]


def waiting_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        # Within a transaction it would go on showing what it showed first.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE NOT granted AND datname = current_database()"
        )
        return cursor.fetchone()[0] > 0


def test_a_chain_of_corrections_leads_to_its_first():
    first = submit().request
    key = uuid4()
    second = submit(key=key, notes="again").request
    third = submit(key=key, notes="again", phone="+12135550143").request
    assert (second.duplicate_of, third.duplicate_of) == (first, first)
    assert list(Request.objects.to_call()) == [first]


def test_a_new_reason_to_hurry_alerts_again():
    first = submit(danger_signs=["meningitis"]).request
    submit(danger_signs=["meningitis"], notes="the same")
    assert first.messages.count() == 1
    submit(danger_signs=["breathing"])
    assert first.messages.count() == 2


def test_an_alert_goes_to_both_queues_where_they_differ():
    first = submit(door=Door.NEW).request
    later = submit(danger_signs=["breathing"]).request
    assert later.duplicate_of == first
    assert {m.request.queue.slug for m in OutboxMessage.objects.all()} == {"new-patients", "current-patients"}


def test_an_emergency_stays_first_when_a_follow_up_is_promised(staff):
    urgent = submit(phone="+12135550103", missed_dose="yes").request
    emergency = submit(phone="+12135550104", danger_signs=["breathing"]).request
    desk.set_follow_up(
        request_id=emergency.pk, at=MORNING + timedelta(hours=2), by=staff("lead"), now=MORNING
    )
    assert list(Request.objects.to_call().in_call_order()) == [emergency, urgent]


def test_an_earlier_request_that_no_key_opens_stops_nobody(settings):
    first = submit()
    settings.PORTAL_KEYS = [Fernet.generate_key().decode()]
    assert submit().reference != first.reference
    assert Request.objects.count() == 2
