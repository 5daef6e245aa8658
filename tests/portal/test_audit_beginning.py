"""When rows get their seal, and from when on none without a proof is taken."""

import threading
from datetime import timedelta
from importlib import import_module
from io import StringIO
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal import audit, chores
from portal.audit import AuditEntry, AuditHead, AuditSeal, verifying
from portal.audit.seals import table
from tests.portal.trails import LONG_AGO, findings, insert, is_whole, seal_all, sql

pytestmark = pytest.mark.django_db


@pytest.fixture
def older(small):
    """Seven rows of before the chain, of which the database drew the numbers with a gap."""
    for number in range(8):
        audit.record("request viewed", by="a test", subject=f"request {number}")
    sql("DELETE FROM portal_auditentry WHERE subject = 'request 5'")
    sql("UPDATE portal_auditentry SET proof = '', at = %s", LONG_AGO)
    return list(AuditEntry.objects.order_by("id"))


def without_proof(copied, **changed):
    insert(copied, **{"proof": "", "seal": None, "subject": "request 9", **changed})


# Before it begins


def test_rows_of_before_the_chain_are_sealed_first_and_told(older):
    audit.record("request viewed", by="a test", subject="request 1")
    assert findings() == []
    seal_all()
    report = audit.verify()
    assert (report.wrong, report.rows, report.older, report.waiting) == (0, 8, 7, 0)
    assert list(AuditSeal.objects.values_list("older", "rows")) == [
        (True, 3),
        (True, 3),
        (True, 1),
        (False, 1),
    ]
    assert report.began == AuditSeal.objects.get(number=4).at
    out = StringIO()
    call_command("verify_audit", stdout=out)
    assert (
        f"began at {report.began.isoformat()}; 7 rows are older and were sealed without proof"
        in out.getvalue()
    )


def test_the_chain_waits_until_nothing_has_come_without_proof_for_an_hour(older):
    """As old code writes it that runs on beside the new."""
    new = audit.record("request viewed", by="a test", subject="request 1")
    late = audit.record("request viewed", by="a test", subject="request 1")
    sql("UPDATE portal_auditentry SET proof = '' WHERE id = %s", late.pk)
    seal_all()
    new.refresh_from_db()
    late.refresh_from_db()
    assert (new.seal, late.seal) == (None, 3)
    report = audit.verify()
    assert (report.wrong, report.began, report.waiting) == (0, None, 1)
    assert audit.seal(now=late.at + timedelta(minutes=61)) == 1
    assert audit.verify().began == late.at + timedelta(minutes=61)


# Once it has begun


@pytest.mark.parametrize("place", ["gap", "zero", "below", "next"])
def test_a_row_without_proof_is_no_longer_taken_whatever_its_number(older, place):
    audit.record("request viewed", by="a test", subject="request 1")
    seal_all()
    gap = older[4].pk + 1
    number = {"gap": gap, "zero": 0, "below": -1, "next": gap + 9}[place]
    without_proof(older[0], id=number, at=LONG_AGO)
    audit.record("request viewed", by="a test", subject="request 2")
    for _time in range(2):
        told = f"the first of 1 rows without proof since {LONG_AGO.isoformat()}"
        assert findings() == [(told, number, "request 9")]
        assert not is_whole("request 9")
        assert is_whole("request 2")
        seal_all()
    assert AuditEntry.objects.filter(seal=None).count() == 1
    with pytest.raises(CommandError):
        call_command("verify_audit", stdout=StringIO(), stderr=StringIO())


def test_a_number_below_one_is_no_older_row_even_before_the_chain(older):
    without_proof(older[0], id=-1)
    seal_all()
    assert AuditEntry.objects.get(pk=-1).seal is None
    assert AuditEntry.objects.filter(seal=None).count() == 1


def test_rows_that_no_key_proves_hold_up_none_behind_them(small, settings):
    keys = settings.PORTAL_HASH_KEYS
    settings.PORTAL_HASH_KEYS = ["the key of a worker that was set up before, long"]
    for number in range(7):
        audit.record("request viewed", by="a test", subject=f"request {number}")
    settings.PORTAL_HASH_KEYS = keys
    behind = audit.record("request viewed", by="a test", subject="request 9")
    seal_all()
    behind.refresh_from_db()
    assert (behind.seal, AuditEntry.objects.filter(seal=None).count()) == (1, 7)
    settings.PORTAL_HASH_KEYS = ["the key of a worker that was set up before, long", *keys]
    seal_all()
    assert findings() == []


# Chains of requests


def test_a_request_that_is_newer_than_the_chain_has_its_first_row(small):
    audit.record("request viewed", by="a test", subject="request 1")
    seal_all()
    since = timezone.now()
    for number in (2, 3):
        audit.record("request submitted", by="public", subject=f"request {number}")
    seal_all()
    assert is_whole("request 2", since)
    sql("DELETE FROM portal_auditentry WHERE subject = 'request 2'")
    sql("DELETE FROM portal_audithead WHERE subject = 'request 2'")
    assert not is_whole("request 2", since)
    audit.record("request viewed", by="a test", subject="request 2")
    assert not is_whole("request 2", since)
    assert is_whole("request 3", since)
    # Whoever came before the chain may have none.
    assert is_whole("request 77")


def test_many_subjects_are_verified_with_no_more_queries_than_one(trail):
    def queries(number):
        with CaptureQueriesContext(connection) as captured:
            audit.are_whole({f"request {n}": LONG_AGO for n in range(number)}, first="")
        return len(captured)

    assert queries(20) == queries(1)


@pytest.mark.django_db(transaction=True)
def test_a_seal_that_comes_while_a_chain_is_verified_is_no_change(small, monkeypatch):
    audit.record("request viewed", by="a test", subject="request 1")
    seal_all()
    audit.record("request viewed", by="a test", subject="request 1")
    real, sealed = verifying.table, []

    def work():
        sealed.append(audit.seal(now=timezone.now()))
        connection.close()

    def heads_first(model):
        if model is AuditEntry and not sealed:
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
        return real(model)

    monkeypatch.setattr(verifying, "table", heads_first)
    assert is_whole("request 1")
    assert sealed == [1]


@pytest.mark.django_db(transaction=True)
def test_what_is_found_early_in_a_long_chain_leaves_the_connection_usable():
    names = ["request 1"] * (verifying.CHUNK * 2 + 1)
    audit.record_all("request viewed", by="a test", subjects=names)
    sql("UPDATE portal_auditentry SET actor = 'somebody else'")
    assert not is_whole("request 1")
    audit.record("request viewed", by="a test", subject="request 2")
    assert is_whole("request 2")


# How many seals


def test_the_worker_waits_for_more_rows_for_a_while(small):
    row = audit.record("request viewed", by="a test", subject="request 1")
    chores.seal_audit(now=row.at + timedelta(minutes=4))
    assert not AuditSeal.objects.exists()
    chores.seal_audit(now=row.at + timedelta(minutes=6))
    assert AuditSeal.objects.get().rows == 1


def test_the_worker_seals_what_is_many_at_once_as_long_as_messages_may_wait(small, monkeypatch):
    for number in range(10):
        row = audit.record("request viewed", by="a test", subject=f"request {number}")
    for seconds, seals in ((0.0, 1), (600.0, 3)):
        monkeypatch.setattr(chores, "LONGEST_SEALING", seconds)
        chores.seal_audit(now=row.at)
        assert AuditSeal.objects.count() == seals


# The head, kept where the logs are


@pytest.mark.django_db(transaction=True)
def test_the_head_is_logged_once_an_hour_in_production_s_lines(small, lines):
    now = LONG_AGO
    for minutes in (1, 20, 40, 61, 70):
        audit.record("request viewed", by="a test", subject="request 1")
        audit.seal(now=now + timedelta(minutes=minutes))
    heads = [seal.name for seal in AuditSeal.objects.filter(number__in=[1, 4])]
    said = [line["message"] for line in lines() if line["logger"] == "portal.audit.sealing"]
    assert said == [f"The audit trail is sealed up to {head}" for head in heads]
    sql("DELETE FROM portal_auditseal")
    sql("DELETE FROM portal_audithead")
    sql("UPDATE portal_auditentry SET proof = '', seal = NULL, actor = 'somebody else'")
    assert (audit.verify().wrong, audit.verify(anchor=heads[1]).wrong) == (0, 1)


def test_a_seal_that_was_not_kept_is_not_logged(small, caplog):
    audit.record("request viewed", by="a test", subject="request 1")
    with caplog.at_level("INFO", logger="portal.audit"), transaction.atomic():
        audit.seal(now=timezone.now())
        assert table(AuditHead).exists()
        transaction.set_rollback(True)
    assert caplog.messages == []


# Built aside


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite builds no index aside")
def test_an_index_whose_building_was_interrupted_does_not_block_the_next_try():
    """It is there and no good; here it is good, and in the way all the same."""
    [aside] = import_module("portal.migrations.0003_audit_by_seal").Migration.operations
    state = SimpleNamespace(apps=apps)
    with connection.schema_editor(atomic=False) as editor:
        aside.database_forwards("portal", editor, state, state)
    with connection.cursor() as cursor:
        cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = 'audit_by_seal'::regclass")
        assert cursor.fetchall() == [(True,)]
