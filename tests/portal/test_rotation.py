"""Keys are exchanged while people work: nothing is lost, and every link that a patient holds still opens."""

import threading
from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, connections

from intake.choices import Priority
from intake.models import OutboxMessage, Request, RequestEvent
from intake.services import desk, outbox, submission
from portal import audit, rotation
from portal.audit import AuditEntry
from portal.crypto import SealedJSONField
from tests.intake.posts import posted
from tests.intake.requests import MORNING, submit


def rotate(*options):
    out, err = StringIO(), StringIO()
    try:
        call_command("rotate_keys", *options, stdout=out, stderr=err)
    except CommandError as error:
        return f"{out.getvalue()}{err.getvalue()}refused: {error}"
    return out.getvalue() + err.getvalue()


@pytest.fixture
def keys(settings):
    """`keys.add()` puts new ones first; `keys.drop()` leaves only the newest."""

    class Keys:
        def add(self):
            settings.PORTAL_KEYS = [Fernet.generate_key().decode(), *settings.PORTAL_KEYS]
            settings.PORTAL_HASH_KEYS = [uuid4().hex * 2, *settings.PORTAL_HASH_KEYS]

        def back(self):
            """The newest isn't known here yet."""
            self.newest = settings.PORTAL_KEYS.pop(0), settings.PORTAL_HASH_KEYS.pop(0)

        def again(self):
            settings.PORTAL_KEYS.insert(0, self.newest[0])
            settings.PORTAL_HASH_KEYS.insert(0, self.newest[1])

        def drop(self):
            settings.PORTAL_KEYS = settings.PORTAL_KEYS[:1]
            settings.PORTAL_HASH_KEYS = settings.PORTAL_HASH_KEYS[:1]

    return Keys()


@pytest.fixture
def lead(staff):
    return staff("lead")


def whole(lead):
    """A request with everything sealed that one can have."""
    item = submit(email="alma@example.org", notes="años", missed_dose="yes").request
    desk.log_outreach(request_id=item.pk, outcome="no_answer", note="rang twice", by=lead, now=MORNING)
    return item


@pytest.mark.django_db
def test_afterwards_the_newest_keys_are_enough(lead, keys):
    item = whole(lead)
    for _round in range(2):  # a key that replaced another is replaced itself
        keys.add()
        assert "The older keys can be removed." in rotate()
        keys.drop()
        again = Request.objects.get(pk=item.pk)
        assert again.answers == item.answers
        assert again.reference == item.reference
        assert list(again.events.exclude(note="").values_list("note", flat=True)) == ["rang twice"]
        assert "alma@example.org" in OutboxMessage.objects.values_list("address", flat=True)
        assert list(Request.objects.by_phone("(213) 555-0142")) == [item]
        assert list(Request.objects.by_last_name("rivera")) == [item]
        assert list(Request.objects.by_reference(item.reference)) == [item]
        assert again.email_hash not in ("", item.email_hash)


@pytest.mark.django_db
def test_a_patient_s_link_and_a_repeated_post_lead_where_they_led(client, keys):
    data = posted(notes="only once")
    given = client.post("/help/current-patient/", data)["Location"]
    for _round in range(2):
        keys.add()
        assert client.get(given).status_code == 200
        rotate()
        keys.drop()
        assert "only once" in client.get(given).content.decode()
        # The form is still open somewhere, and is sent again.
        assert client.post("/help/current-patient/", data)["Location"] == given
    assert Request.objects.count() == 1


@pytest.mark.django_db
def test_until_then_the_older_keys_are_said_to_be_needed(lead, keys):
    whole(lead)
    keys.add()
    assert "rows need an older key" in rotate("--check")
    assert "can be removed" not in rotate("--check")
    rotate()
    assert "The older keys can be removed." in rotate("--check")


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["PORTAL_KEYS", "PORTAL_HASH_KEYS"])
def test_either_kind_of_key_counts_by_itself(lead, keys, settings, name):
    whole(lead)
    before = getattr(settings, name)
    keys.add()
    other = ({"PORTAL_KEYS", "PORTAL_HASH_KEYS"} - {name}).pop()
    setattr(settings, other, getattr(settings, other)[1:])
    assert getattr(settings, name)[1:] == before
    assert "need an older key" in rotate("--check")
    assert "can be removed" in rotate()


@pytest.mark.django_db
def test_interrupted_it_is_begun_again_and_leaves_what_is_done(lead, keys, monkeypatch):
    monkeypatch.setattr(rotation, "BATCH", 1)
    for number in range(3):
        submit(phone=f"+1213555010{number}")
    keys.add()
    requests = [table for table in rotation.tables() if table.model is Request]
    monkeypatch.setattr(rotation, "tables", lambda: requests)
    one_look, looks = rotation._look, []

    def interrupted(table, *arguments, **options):
        if len(looks) == 2:
            raise KeyboardInterrupt
        # The audit trail's seals and heads come before.
        looks.extend([1] * (table.model is Request))
        return one_look(table, *arguments, **options)

    monkeypatch.setattr(rotation, "_look", interrupted)
    with pytest.raises(KeyboardInterrupt):
        rotate()
    monkeypatch.setattr(rotation, "_look", one_look)
    assert rotation.check().behind == 1
    assert "1 rows brought" in rotate()
    assert rotation.check().behind == 0


@pytest.mark.django_db
def test_what_no_key_opens_is_named_and_left_as_it_is(lead, keys):
    lost, item = submit(phone="+12135550199").request, whole(lead)
    token = Fernet(Fernet.generate_key()).encrypt(b"{}").decode()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE intake_request SET document = %s WHERE id = %s", [token, lost.pk])
    keys.add()
    said = rotate()
    assert f"intake.request {lost.pk}: document" in said
    assert "refused: What no key opens is as it was" in said
    with connection.cursor() as cursor:
        cursor.execute("SELECT document FROM intake_request WHERE id = %s", [lost.pk])
        assert cursor.fetchone() == (token,)
    keys.drop()
    assert Request.objects.get(pk=item.pk).answers["notes"] == "años"


@pytest.mark.django_db
def test_two_with_one_reference_are_named_and_keep_no_other_from_the_newest_keys(lead, keys, monkeypatch):
    first = submit(phone="+12135550198").request
    keys.add()
    with monkeypatch.context() as patched:
        # Drawn by a process that did not see the other.
        patched.setattr(submission, "_new_reference", lambda: first.reference)
        submit(phone="+12135550199")
    keys.back()
    others = [submit(phone=f"+1213555010{number}").request for number in range(2)]
    keys.again()
    for _time in range(2):
        said = rotate()
        assert f"intake.request {first.pk}" in said
        assert "refused: 1 rows need an older key" in said
    for item in others:
        assert Request.objects.get(pk=item.pk).phone_hash != item.phone_hash


def test_every_sealed_column_of_every_table_is_found():
    sealed = {
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, SealedJSONField)
    }
    assert {(Request, "document"), (RequestEvent, "note"), (OutboxMessage, "address")} <= sealed
    assert {(table.model, name) for table in rotation.tables() for name in table.sealed} == sealed


@pytest.mark.django_db
def test_the_audit_says_that_it_was_done(lead, keys):
    whole(lead)
    keys.add()
    rotate()
    (row,) = AuditEntry.objects.filter(action="keys rotated")
    assert (row.actor, row.fields) == ("rotate_keys", ["rows: 3"])


@pytest.mark.django_db(transaction=True)
def test_nothing_that_people_do_meanwhile_is_lost(lead, staff, keys, monkeypatch):
    monkeypatch.setattr(rotation, "BATCH", 5)
    items = [submit(phone=f"+121355501{number:02}", email=f"{number}@example.org") for number in range(30)]
    people = [staff("lead", f"lead-{number}") for number in range(3)]
    tries = 3
    keys.add()
    start, failures, added = threading.Barrier(len(people) + 3), [], []

    def at_work(work):
        def run():
            try:
                start.wait()
                work()
            except Exception as error:
                failures.append(repr(error))
            finally:
                connections.close_all()

        return threading.Thread(target=run)

    def call(person, share):
        def work():
            for round in range(tries):
                for item in share:
                    number = item.request.pk
                    now = MORNING + timedelta(minutes=round)
                    desk.change_priority(request_id=number, priority=Priority.EMERGENCY, by=person, now=now)
                    note = f"call {round} of {number}"
                    desk.log_outreach(request_id=number, outcome="no_answer", note=note, by=person, now=now)

        return work

    def ask():
        for number in range(15):
            added.append(submit(phone=f"+131055501{number:02}", notes=f"new {number}"))

    def send():
        # Whoever sends a message empties its address, which must not come back.
        while taken := outbox.take(now=MORNING + timedelta(minutes=1)):
            outbox.mark_sent(taken, now=MORNING + timedelta(minutes=1))

    works = [call(person, items[number :: len(people)]) for number, person in enumerate(people)]
    threads = [at_work(work) for work in [*works, ask, send, rotation.rotate]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert rotation.check().behind == 0
    keys.drop()
    assert Request.objects.count() == len(items) + len(added)
    for item in items:
        request = Request.objects.get(pk=item.request.pk)
        assert request.priority == Priority.EMERGENCY
        assert request.answers == item.request.answers
        notes = list(request.events.filter(kind="outreach").values_list("note", flat=True))
        assert notes == [f"call {round} of {request.pk}" for round in range(tries)]
        assert Request.objects.by_token(item.token).get() == request
        assert request.token == item.token
    assert list(OutboxMessage.objects.filter(state="sent").exclude(address="")) == []
    assert OutboxMessage.objects.filter(state="sent").count() >= len(items)
    for number, item in enumerate(added):
        assert Request.objects.by_token(item.token).get().answers["notes"] == f"new {number}"


@pytest.mark.django_db
def test_the_audit_trail_verifies_with_the_newest_keys_alone(lead, keys):
    whole(lead)
    audit.seal(now=MORNING)
    audit.record("request viewed", by=lead, subject="request 1")
    keys.add()
    assert "rows need an older key" in rotate("--check")
    assert "The older keys can be removed." in rotate()
    keys.drop()
    report = audit.verify()
    assert (report.wrong, report.first) == (0, [])


@pytest.mark.django_db(transaction=True)
def test_what_somebody_changes_while_a_row_is_sealed_anew_stays_changed(keys, monkeypatch):
    submit(email="alma@example.org")
    keys.add()
    taken = outbox.take(now=MORNING + timedelta(minutes=1))
    sealed_anew, threads = rotation.crypto.resealed, []

    def send():
        outbox.mark_sent(taken, now=MORNING + timedelta(minutes=1))
        connections.close_all()

    def meanwhile(token):
        if not threads:
            threads.append(threading.Thread(target=send))
            threads[0].start()
            # It waits for the row, so this doesn't see its end.
            threads[0].join(timeout=1)
        return sealed_anew(token)

    tables = [table for table in rotation.tables() if table.model is OutboxMessage]
    monkeypatch.setattr(rotation, "tables", lambda: tables)
    monkeypatch.setattr(rotation.crypto, "resealed", meanwhile)
    rotation.rotate()
    threads[0].join()
    message = OutboxMessage.objects.get()
    assert (message.state, message.address) == ("sent", "")
