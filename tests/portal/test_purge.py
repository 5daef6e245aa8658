"""What goes when its time is over, what stays, and that nothing of a person is left behind."""

import sqlite3
import threading
import time
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection, connections

from intake.choices import Disposition, Door
from intake.models import EmergencyAccess, OutboxMessage, Request
from intake.services import desk, purging
from portal import audit
from portal.audit import AuditEntry
from tests.intake.requests import MORNING, answers, submit

CLOSED = MORNING + timedelta(hours=1)
NEW_TIME, CURRENT_TIME = timedelta(days=90), timedelta(days=1096)
SAID = {
    "first_name": "Zyxelda",
    "last_name": "Quorvath",
    "email": "zyx@example.org",
    "notes": "sentinel-notes",
    "missed_dose": "yes",
}


def closed(lead, door=Door.CURRENT, at=CLOSED, **given):
    item = submit(door, **given).request
    desk.close(request_id=item.pk, disposition=Disposition.NO_ACTION_NEEDED, by=lead, now=at)
    return item


def purge(at, *options):
    out = StringIO()
    with time_machine.travel(at, tick=False):
        call_command("purge", *options, stdout=out, stderr=StringIO())
    return out.getvalue()


def left():
    return set(Request.objects.values_list("pk", flat=True))


@pytest.fixture
def lead(staff):
    return staff("lead")


@pytest.mark.django_db
def test_each_form_s_requests_go_when_their_own_time_is_over(lead):
    new = closed(lead, Door.NEW, phone="+12135550101")
    current = closed(lead, phone="+12135550102")
    waiting = submit(phone="+12135550103").request
    moment = timedelta(minutes=1)
    purge(CLOSED + NEW_TIME - moment)
    assert left() == {new.pk, current.pk, waiting.pk}
    purge(CLOSED + NEW_TIME + moment)
    assert left() == {current.pk, waiting.pk}
    purge(CLOSED + CURRENT_TIME - moment)
    assert left() == {current.pk, waiting.pk}
    purge(CLOSED + CURRENT_TIME + moment)
    # However old it is: nobody has closed it.
    assert left() == {waiting.pk}


@pytest.mark.django_db
def test_the_times_are_settings(lead, settings):
    settings.REQUESTS_KEPT = {"new-patient": timedelta(days=30), "current-patient": timedelta(days=60)}
    new, current = closed(lead, Door.NEW, phone="+12135550101"), closed(lead, phone="+12135550102")
    purge(CLOSED + timedelta(days=31))
    assert left() == {current.pk}
    purge(CLOSED + timedelta(days=61))
    assert left() == set()
    assert new.pk != current.pk


@pytest.mark.django_db
def test_what_is_on_hold_stays_with_what_is_linked_to_it_until_the_hold_is_lifted(lead):
    first, later = submit().request, submit(notes="again").request
    assert later.duplicate_of_id == first.pk
    desk.close(request_id=first.pk, disposition=Disposition.NO_ACTION_NEEDED, by=lead, now=CLOSED)
    for held in (first, later):
        desk.set_hold(request_id=held.pk, reason="court", by=lead, now=CLOSED)
        said = purge(CLOSED + CURRENT_TIME * 2)
        assert "1 on legal hold" in said
        assert left() == {first.pk, later.pk}
        desk.lift_hold(request_id=held.pk, reason="over", by=lead, now=CLOSED)
    purge(CLOSED + CURRENT_TIME * 2)
    assert left() == set()


@pytest.mark.django_db
def test_a_linked_group_goes_only_when_all_of_it_may(lead):
    first, later = submit().request, submit(notes="again").request
    desk.close(request_id=first.pk, disposition=Disposition.NO_ACTION_NEEDED, by=lead, now=CLOSED)
    # A later one whose time is longer, and one that is open again.
    Request.objects.filter(pk=first.pk).update(door=Door.NEW)
    purge(CLOSED + NEW_TIME * 2)
    assert left() == {first.pk, later.pk}
    Request.objects.filter(pk=later.pk).update(status="new", closed_at=None, disposition="")
    purge(CLOSED + CURRENT_TIME * 2)
    assert left() == {first.pk, later.pk}


@pytest.mark.django_db
def test_a_dry_run_says_how_much_would_go_and_changes_nothing(lead):
    closed(lead, Door.NEW, phone="+12135550101")
    submit(phone="+12135550102")
    rows = AuditEntry.objects.count()
    said = purge(CLOSED + NEW_TIME * 2, "--dry-run")
    assert "new-patient requests: 1 would go" in said
    assert len(left()) == 2
    assert AuditEntry.objects.count() == rows


@pytest.mark.django_db
def test_the_audit_says_what_went_and_how_much(lead):
    items = [closed(lead, Door.NEW, phone=f"+1213555010{n}") for n in range(2)]
    purge(CLOSED + NEW_TIME * 2)
    rows = AuditEntry.objects.filter(action="request purged").values_list("subject", "actor")
    assert set(rows) == {(f"request {item.pk}", "purge") for item in items}
    (run,) = AuditEntry.objects.filter(action="purged")
    assert run.fields == ["new-patient requests: 2"]


@pytest.mark.django_db
def test_messages_that_are_done_with_go_and_waiting_ones_stay(lead):
    submit(email="a@example.org", missed_dose="yes")
    first, second = OutboxMessage.objects.order_by("id")
    OutboxMessage.objects.filter(pk=first.pk).update(state="failed", done_at=MORNING)
    purge(MORNING + timedelta(days=89))
    assert OutboxMessage.objects.count() == 2
    purge(MORNING + timedelta(days=91))
    assert list(OutboxMessage.objects.values_list("pk", flat=True)) == [second.pk]


@pytest.mark.django_db
def test_messages_of_what_a_hold_keeps_stay_with_it(lead):
    first, later = submit(email="a@example.org").request, submit(notes="again", missed_dose="yes").request
    third = submit(notes="once more", evacuated="yes").request
    assert {later.duplicate_of_id, third.duplicate_of_id} == {first.pk}
    submit(phone="+12135550199", email="b@example.org")
    OutboxMessage.objects.update(state="sent", done_at=MORNING)
    kept = set(OutboxMessage.objects.filter(request__in=[first, later, third]))
    for held in (first, later):
        desk.set_hold(request_id=held.pk, reason="court", by=lead, now=MORNING)
        purge(MORNING + timedelta(days=91))
        assert set(OutboxMessage.objects.all()) == kept
        desk.lift_hold(request_id=held.pk, reason="over", by=lead, now=MORNING)
    purge(MORNING + timedelta(days=91))
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db
def test_what_somebody_looks_at_in_an_emergency_stays_until_it_ended_and_was_told(lead):
    at = CLOSED + NEW_TIME * 2
    closed(lead, Door.NEW)
    first = Request.objects.get()
    first_access = EmergencyAccess.objects.create(
        request=first, user=lead, reason="r", at=at, until=at + timedelta(hours=1)
    )
    purge(at + timedelta(minutes=59))
    assert left() == {first.pk}
    OutboxMessage.objects.create(
        request=first, kind="emergency_access", language="en", created_at=at, due_at=at
    )
    purge(first_access.until + timedelta(minutes=1))
    assert left() == {first.pk}
    OutboxMessage.objects.update(state="sent", done_at=at)
    purge(first_access.until + timedelta(minutes=1))
    assert left() == set()


@pytest.mark.django_db
def test_ended_sessions_go_and_running_ones_stay():
    Session.objects.create(session_key="ended", session_data="", expire_date=MORNING - timedelta(hours=1))
    Session.objects.create(session_key="running", session_data="", expire_date=MORNING + timedelta(hours=1))
    purge(MORNING)
    assert [session.session_key for session in Session.objects.all()] == ["running"]


@pytest.mark.django_db
def test_the_worker_does_it_by_itself_once_a_day(lead):
    closed(lead, Door.NEW, phone="+12135550101")
    later = CLOSED + NEW_TIME * 2
    with time_machine.travel(later, tick=False):
        call_command("send_messages", once=True, stdout=StringIO())
    assert left() == set()
    with time_machine.travel(later + timedelta(hours=1), tick=False):
        call_command("send_messages", once=True, stdout=StringIO())
    assert AuditEntry.objects.filter(action="purged").count() == 1
    with time_machine.travel(later + timedelta(hours=24), tick=False):
        call_command("send_messages", once=True, stdout=StringIO())
    assert AuditEntry.objects.filter(action="purged").count() == 2


@pytest.mark.django_db
def test_the_worker_takes_a_little_at_a_time_and_goes_on(lead, monkeypatch):
    monkeypatch.setattr(purging, "BATCH", 1)
    for number in range(7):
        closed(lead, Door.NEW, phone=f"+1213555010{number}")
    with time_machine.travel(CLOSED + NEW_TIME * 2, tick=False):
        call_command("send_messages", once=True, stdout=StringIO())
        assert len(left()) == 2
        call_command("send_messages", once=True, stdout=StringIO())
    assert left() == set()


@pytest.mark.django_db
def test_interrupted_it_says_how_far_it_came_and_another_run_ends_it(lead, monkeypatch):
    monkeypatch.setattr(purging, "BATCH", 1)
    for number in range(3):
        closed(lead, Door.NEW, phone=f"+1213555010{number}")
    one_batch, done = purging.purge_requests, []

    def interrupted(**arguments):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(1)
        return one_batch(**arguments)

    monkeypatch.setattr(purging, "purge_requests", interrupted)
    with pytest.raises(KeyboardInterrupt):
        purge(CLOSED + NEW_TIME * 2)
    assert len(left()) == 1
    run = AuditEntry.objects.filter(action="purged").get()
    assert run.fields == ["new-patient requests: 2", "unfinished"]
    monkeypatch.setattr(purging, "purge_requests", one_batch)
    purge(CLOSED + NEW_TIME * 2)
    assert left() == set()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_purge_everything_once(lead, monkeypatch):
    monkeypatch.setattr(purging, "BATCH", 3)
    for number in range(20):
        closed(lead, Door.NEW, phone=f"+121355501{number:02}")
    start, failures = threading.Barrier(2), []

    def run():
        try:
            start.wait()
            call_command("purge", stdout=StringIO(), stderr=StringIO())
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    with time_machine.travel(CLOSED + NEW_TIME * 2, tick=True):
        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failures == []
    assert left() == set()
    purged = list(AuditEntry.objects.filter(action="request purged").values_list("subject", flat=True))
    assert len(purged) == len(set(purged)) == 20


def whole_database():
    """Every row of every table, sealed columns opened; for SQLite also the bytes of the file."""
    from django.apps import apps

    found = []
    for model in apps.get_models(include_auto_created=True):
        found += [repr(row) for row in model._base_manager.values_list()]
    if connection.vendor == "sqlite":
        path = Path(str(connection.settings_dict["NAME"]))
        found += [file.read_bytes().decode("latin-1") for file in path.parent.glob(f"{path.name}*")]
    return "\n".join(found)


@pytest.mark.django_db(transaction=True)
def test_nothing_of_the_person_remains_anywhere(lead, client, sign_in):
    first = submit(**SAID).request
    later = submit(**{**SAID, "notes": "sentinel-again"}).request
    assert later.duplicate_of_id == first.pk
    sign_in(client, lead)
    client.get(f"/admin/triage/requests/{first.pk}/")
    desk.log_outreach(request_id=first.pk, outcome="no_answer", note="sentinel-note", by=lead, now=MORNING)
    desk.close(request_id=first.pk, disposition=Disposition.NO_ACTION_NEEDED, by=lead, now=CLOSED)
    first.refresh_from_db()
    EmergencyAccess.objects.create(
        request=first, user=lead, reason="sentinel-reason", at=MORNING, until=MORNING + timedelta(hours=1)
    )
    # A new table that hangs on requests needs a row here.
    for relation in Request._meta.related_objects:
        assert relation.related_model._base_manager.exists(), relation
    traces = [
        *SAID.values(), "sentinel", answers()["phone"], first.reference, later.reference, first.token,
        first.phone_hash, first.last_name_hash, first.email_hash, first.reference_hash, first.token_hash,
        first.answers_digest, str(first.submission_key),
    ]  # fmt: skip
    traces = [trace for trace in traces if trace != "yes"]
    OutboxMessage.objects.update(state="sent", done_at=MORNING)
    before = whole_database()
    assert {trace for trace in traces if trace not in before} <= {first.token, str(first.submission_key)}
    purge(CLOSED + CURRENT_TIME * 2)
    after = whole_database()
    assert [trace for trace in traces if trace in after] == []
    assert first.submission_key.hex not in after
    # What staff did stays on record, and names nobody.
    assert AuditEntry.objects.filter(subject=f"request {first.pk}", action="request viewed").exists()


@pytest.mark.django_db
def test_audit_rows_go_after_six_years_and_the_trail_stays_whole(lead):
    with time_machine.travel(MORNING, tick=False):
        audit.record("request viewed", by=lead, subject="request 1")
    sealed(MORNING)
    purge(MORNING + timedelta(days=2191))
    assert AuditEntry.objects.filter(subject="request 1").exists()
    said = purge(MORNING + timedelta(days=2193), "--dry-run")
    assert "audit rows:" in said
    purge(MORNING + timedelta(days=2193))
    assert not AuditEntry.objects.filter(subject="request 1").exists()
    assert audit.verify().wrong == 0


@pytest.mark.django_db
def test_who_saw_a_request_on_hold_is_kept_with_it(lead):
    first, later = submit(email="a@example.org").request, submit(now=MORNING + timedelta(hours=1)).request
    with time_machine.travel(MORNING + timedelta(minutes=1), tick=False):
        audit.record("request viewed", by=lead, subject=f"request {first.pk}")
        desk.set_hold(request_id=later.pk, reason="court", by=lead, now=MORNING)
    sealed(MORNING)
    purge(MORNING + timedelta(days=3000))
    assert AuditEntry.objects.filter(subject=f"request {first.pk}").exists()


@pytest.mark.django_db
def test_an_audit_trail_that_was_tampered_with_stays_and_holds_up_nothing_else(lead):
    item = closed(lead, Door.NEW)
    with time_machine.travel(MORNING, tick=False):
        audit.record("request viewed", by=lead, subject=f"request {item.pk}")
    sealed(MORNING)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE portal_auditentry SET actor = 'nobody'")
    with pytest.raises(CommandError, match="audit rows were kept"):
        purge(MORNING + timedelta(days=3000))
    assert left() == set()
    run = AuditEntry.objects.filter(action="purged").get()
    assert run.fields == ["new-patient requests: 1", "failed: audit rows (Broken)"]


@pytest.mark.django_db
def test_a_part_that_fails_keeps_no_other_and_is_said(lead, monkeypatch):
    item = closed(lead, Door.NEW)
    Session.objects.create(session_key="ended", session_data="", expire_date=MORNING)

    def failing(**arguments):
        raise RuntimeError("sentinel")

    monkeypatch.setattr(purging, "purge_requests", failing)
    with pytest.raises(RuntimeError):
        purge(CLOSED + NEW_TIME * 2)
    assert left() == {item.pk}
    assert not Session.objects.exists()
    run = AuditEntry.objects.filter(action="purged").get()
    assert run.fields == ["ended sessions: 1", "failed: requests (RuntimeError)"]


@pytest.mark.django_db(transaction=True)
def test_whoever_reads_meanwhile_keeps_nobody_waiting_for_the_journal_s_end(lead):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has no such journal.")
    closed(lead, Door.NEW)
    reader = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    try:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM intake_request").fetchone()
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 300000")
        began = time.monotonic()
        purge(CLOSED + NEW_TIME * 2)
        # Not the five minutes for which it may wait for others.
        assert time.monotonic() - began < 150
        with connection.cursor() as cursor:
            assert cursor.execute("PRAGMA busy_timeout").fetchone() == (300000,)
        assert AuditEntry.objects.filter(action="purged").get().fields[-1] == "unfinished"
    finally:
        reader.close()
    with time_machine.travel(CLOSED + NEW_TIME * 2, tick=False):
        call_command("send_messages", once=True, stdout=StringIO())
    runs = AuditEntry.objects.filter(action="purged").order_by("id").values_list("fields", flat=True)
    assert "unfinished" not in list(runs)[-1]
    connection.close()


def sealed(now):
    while audit.seal(now=now):
        pass
