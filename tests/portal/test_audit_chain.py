"""The audit trail shows what was done to it behind the portal's back, and goes only by `expire`."""

import json
import threading
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal import audit
from portal.audit import AppendOnly, AuditEntry, AuditHead, AuditSeal, verifying
from portal.audit.seals import table
from tests.portal.trails import LONG_AGO, findings, insert, is_whole, seal_all, sql

pytestmark = pytest.mark.django_db

HASH_KEY = "a hash key that was set later on, 40 long"


# Whole


def test_what_nobody_touched_is_whole(trail):
    audit.record("request viewed", by="a test", subject="request 1")
    report = audit.verify()
    assert (report.wrong, report.rows, report.seals, report.waiting) == (0, 10, 4, 1)
    assert all(is_whole(f"request {number}") for number in range(1, 8))


def test_an_empty_trail_is_whole():
    assert (audit.verify().wrong, audit.verify().head) == (0, "")


def test_a_row_that_is_committed_late_is_sealed_as_well(small):
    rows = [audit.record("request viewed", by="a test", subject="request 1") for _number in range(4)]
    sql("UPDATE portal_auditentry SET seal = 0 WHERE id = %s", rows[0].pk)  # not there yet
    seal_all()
    sql("UPDATE portal_auditentry SET seal = NULL WHERE id = %s", rows[0].pk)
    seal_all()
    assert findings() == []
    assert AuditEntry.objects.get(pk=rows[0].pk).seal == 2


def test_writing_a_row_is_one_statement_and_no_lock(trail):
    with CaptureQueriesContext(connection) as queries:
        audit.record("request viewed", by="a test", subject="request 1")
        audit.record_all("requests assessed", by="a test", subjects=["request 1", "request 2"])
    inserts = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(inserts) == 2
    assert all(text.startswith("INSERT INTO") for text in inserts)


# Touched


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("actor", "somebody else"),
        ("actor_id", 77),
        ("action", "nothing"),
        ("subject", "request 99"),
        ("fields", []),
        ("at", LONG_AGO),
        ("proof", "0" * 64),
    ],
)
def test_a_changed_row_is_found(trail, column, value):
    row = trail[4]
    table(AuditEntry).filter(pk=row.pk).update(**{column: value})
    assert findings() == [("row was changed", row.pk, "request 1")]
    assert not is_whole("request 1")
    assert is_whole("request 2")


def test_a_changed_row_is_found_before_it_is_sealed(trail):
    row = audit.record("request viewed", by="a test", subject="request 1")
    sql("UPDATE portal_auditentry SET actor = 'somebody else' WHERE id = %s", row.pk)
    assert findings() == [("row is not the portal’s own", row.pk, "request 1")]
    assert not is_whole("request 1")


@pytest.mark.parametrize("place", [0, 4, 9])
def test_a_deleted_row_is_found(trail, place):
    row = trail[place]
    sql("DELETE FROM portal_auditentry WHERE id = %s", row.pk)
    assert findings() == [("row is gone", row.pk, "request 1")]
    assert not is_whole("request 1")


def test_a_row_that_was_put_in_is_found(trail):
    insert(trail[4])
    new = AuditEntry.objects.order_by("id").last()
    assert ("row was put in", new.pk, "request 1") in findings()
    assert not is_whole("request 1")


@pytest.mark.parametrize("sealed", [False, True])
def test_a_copy_that_waits_for_its_seal_is_found(trail, sealed):
    insert(trail[4], seal=None)
    if sealed:
        seal_all()
    assert findings() == [("row was copied", trail[4].pk, "request 1")]


def test_a_row_that_was_made_up_is_found(trail):
    insert(trail[4], seal=None, actor="somebody else")
    new = AuditEntry.objects.order_by("id").last()
    assert ("row is not the portal’s own", new.pk, "request 1") in findings()


def test_two_rows_that_were_swapped_are_found(trail):
    one, other = trail[0], trail[2]
    for row, number in ((one, 0), (other, one.pk), (one, other.pk)):
        held = 0 if (row, number) == (one, other.pk) else row.pk
        sql("UPDATE portal_auditentry SET id = %s WHERE id = %s", number, held)
    assert findings() == [
        ("row was changed", one.pk, "request 1"),
        ("row was changed", other.pk, "request 1"),
    ]
    assert not is_whole("request 1")


def test_a_row_that_was_moved_to_another_seal_is_found(trail):
    sql("UPDATE portal_auditentry SET seal = 2 WHERE id = %s", trail[0].pk)
    assert ("row is gone", trail[0].pk, "request 1") in findings()
    assert ("row was put in", trail[0].pk, "request 1") in findings()


@pytest.mark.parametrize(
    ("column", "value"),
    [("rows", 2), ("digest", "0" * 64), ("leaves", "[]"), ("leaves", "nonsense"), ("older", True),
     ("proof", "0" * 64), ("expired_at", LONG_AGO), ("newest", LONG_AGO)],
)  # fmt: skip
def test_a_changed_seal_is_found(trail, column, value):
    table(AuditSeal).filter(number=2).update(**{column: value})
    assert any(one.seal == 2 for one in audit.verify().first)


def test_a_seal_that_was_made_anew_without_the_key_is_found(trail):
    sql("DELETE FROM portal_auditentry WHERE id = %s", trail[4].pk)
    seal = AuditSeal.objects.get(number=2)
    leaves = [parts for parts in json.loads(seal.leaves) if parts[0] != trail[4].pk]
    seal.leaves = json.dumps(leaves, separators=(",", ":"))
    seal.leaves_digest, seal.rows = verifying.proofs.digest(seal.leaves), len(leaves)
    seal.digest = seal.digest_after(AuditSeal.objects.get(number=1).digest)
    changed = {name: getattr(seal, name) for name in ("leaves", "leaves_digest", "rows", "digest")}
    table(AuditSeal).filter(number=2).update(**changed)
    assert ("seal was changed", None, "") in findings()


def test_a_seal_that_is_gone_is_found(trail):
    sql("DELETE FROM portal_auditseal WHERE number = 2")
    found = findings()
    assert ("seal is gone", None, "") in found
    assert ("row is under a seal that is not there", trail[4].pk, "request 1") in found


def test_a_tail_that_was_cut_off_is_found_by_the_heads_of_its_subjects(trail):
    sql("DELETE FROM portal_auditentry WHERE seal = 4")
    sql("DELETE FROM portal_auditseal WHERE number = 4")
    assert findings() == [("chain doesn’t end in its head", None, "request 1")]


def test_a_trail_that_was_put_back_to_an_earlier_state_is_found_by_a_head_kept_elsewhere(trail):
    heads = list(table(AuditHead).values())
    for number in (1, 7):
        audit.record("request viewed", by="a test", subject=f"request {number}")
    seal_all()
    head = audit.verify().head
    sql("DELETE FROM portal_auditentry WHERE seal = 5")
    sql("DELETE FROM portal_auditseal WHERE number = 5")
    table(AuditHead).delete()
    table(AuditHead).bulk_create(AuditHead(**values) for values in heads)
    assert findings() == []
    with pytest.raises(CommandError):
        call_command("verify_audit", head=head, stdout=StringIO(), stderr=StringIO())


@pytest.mark.parametrize(
    "statement", ["DELETE FROM {0}", "UPDATE {0} SET rows = 9", "UPDATE {0} SET proof = ''"]
)
def test_a_touched_head_is_found(trail, statement):
    sql(statement.format("portal_audithead") + " WHERE subject = 'request 1'")
    assert {subject for _what, _row, subject in findings()} == {"request 1"}
    assert not is_whole("request 1")


def test_heads_are_verified_in_parts_when_they_are_many(trail, monkeypatch):
    monkeypatch.setattr(verifying, "HEADS", 2)
    assert findings() == []
    sql("DELETE FROM portal_audithead WHERE subject = 'request 1'")
    assert findings() == [("chain doesn’t end in its head", None, "request 1")]


# Keys


def test_a_retired_key_still_verifies_and_a_renewed_chain_does_without_it(trail, settings):
    old = settings.PORTAL_HASH_KEYS
    settings.PORTAL_HASH_KEYS = [HASH_KEY, *old]
    audit.record("request viewed", by="a test", subject="request 1")
    assert findings() == []
    seal_all()
    call_command("rotate_keys", stdout=StringIO())
    settings.PORTAL_HASH_KEYS = [HASH_KEY]
    assert findings() == []
    settings.PORTAL_HASH_KEYS = ["another key, which nothing here was proved by"]
    assert findings() != []


def test_what_was_changed_is_not_proved_anew(trail, settings):
    sql("UPDATE portal_auditseal SET expired_at = %s WHERE number = 2", timezone.now())
    settings.PORTAL_HASH_KEYS = [HASH_KEY, *settings.PORTAL_HASH_KEYS]
    with pytest.raises(CommandError):
        call_command("rotate_keys", stdout=StringIO(), stderr=StringIO())
    assert ("seal was changed", None, "") in findings()


# The command


def test_the_command_tells_the_head_and_which_rows_are_broken(trail):
    out, err = StringIO(), StringIO()
    call_command("verify_audit", stdout=out)
    head = audit.verify().head
    assert f"Head: {head}" in out.getvalue()
    assert "10 rows under 4 seals" in out.getvalue()
    call_command("verify_audit", head=head, stdout=out)
    sql("DELETE FROM portal_auditentry WHERE id = %s", trail[4].pk)
    with pytest.raises(CommandError):
        call_command("verify_audit", stdout=out, stderr=err)
    assert f"seal 2, row {trail[4].pk}, request 1: row is gone" in err.getvalue()


def test_progress_is_told(trail, monkeypatch):
    monkeypatch.setattr("portal.management.commands.verify_audit.PAUSE", 0)
    out = StringIO()
    call_command("verify_audit", stdout=out)
    assert "… 6 rows" in out.getvalue()


# Only ever added


@pytest.mark.parametrize("model", [AuditEntry, AuditSeal, AuditHead])
@pytest.mark.parametrize("manager", ["objects", "_base_manager"])
def test_no_way_of_the_app_changes_or_deletes_a_row(trail, model, manager):
    rows = getattr(model, manager)
    row = rows.first()
    field = "action" if model is AuditEntry else "rows"
    tries = [
        row.save,
        row.delete,
        rows.all().delete,
        lambda: row.save(update_fields=[field]),
        lambda: rows.update(**{field: getattr(row, field)}),
        lambda: rows.filter(pk=row.pk).update(**{field: getattr(row, field)}),
        lambda: rows.bulk_update([row], [field]),
        lambda: rows.update_or_create(pk=row.pk, defaults={field: getattr(row, field)}),
        lambda: rows.bulk_create([row], None, False, True, ["id"], [field]),
        lambda: rows.bulk_create([row], update_conflicts=True, unique_fields=["pk"], update_fields=[field]),
    ]
    for attempt in tries:
        with pytest.raises(AppendOnly):
            attempt()
    assert findings() == []


# All at once


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer at a time")
def test_eight_writers_and_two_sealers_at_once_leave_a_whole_trail(small):
    writers, rows = 8, 30
    problems, written = [], threading.Event()

    def write(number):
        for turn in range(rows):
            with transaction.atomic():
                audit.record("request viewed", by="a test", subject=f"request {turn % 5}")
                audit.record("requests listed", by=f"writer {number}")

    def keep_sealing():
        while not written.is_set() or AuditEntry.objects.filter(seal=None).exists():
            audit.seal(now=timezone.now())

    def run(work, *arguments):
        try:
            work(*arguments)
        except Exception as error:
            problems.append(error)
        finally:
            connection.close()

    sealers = [threading.Thread(target=run, args=(keep_sealing,)) for _number in range(2)]
    threads = [threading.Thread(target=run, args=(write, number)) for number in range(writers)]
    for thread in sealers + threads:
        thread.start()
    for thread in threads:
        thread.join()
    written.set()
    for thread in sealers:
        thread.join()
    report = audit.verify()
    assert problems == []
    assert (report.wrong, report.rows, report.waiting) == (0, writers * rows * 2, 0)


@pytest.mark.django_db(transaction=True)
def test_verifying_sees_one_moment_and_keeps_no_writer_waiting(small):
    for number in range(7):
        audit.record("request viewed", by="a test", subject=f"request {number}")
    seal_all()
    written = []

    def write(rows):
        if not written:
            thread = threading.Thread(target=more)
            thread.start()
            thread.join()

    def more():
        written.append(audit.record("request viewed", by="a test", subject="request 1"))
        seal_all()
        connection.close()

    report = audit.verify(on_progress=write)
    assert len(written) == 1
    assert (report.wrong, report.rows, report.waiting) == (0, 7, 0)
    assert audit.verify().rows == 8
