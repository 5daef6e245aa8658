"""Audit rows go only by `expire`, whole seals at a time, and what expired doesn't come back."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from portal import audit
from portal.audit import AuditEntry, AuditHead, AuditSeal, expiring
from portal.audit.seals import table
from tests.portal.trails import findings, insert, is_whole, seal_all, sql

pytestmark = pytest.mark.django_db


def expire(before):
    gone = []
    while rows := audit.expire(before=before, by="purge", now=timezone.now()):
        gone.append(rows)
    return gone


def test_what_expired_is_gone_and_the_chain_still_verifies(trail, monkeypatch):
    monkeypatch.setattr(expiring, "SEALS", 3)
    now = timezone.now()
    assert expire(now - timedelta(days=1)) == []
    assert expire(now + timedelta(seconds=1)) == [9, 1]
    rows = AuditEntry.objects.order_by("id")
    assert [(row.action, row.subject) for row in rows] == [
        ("audit rows expired", "seals 1 to 3"),
        ("audit rows expired", "seals 4 to 4"),
    ]
    report = audit.verify()
    assert (report.wrong, report.expired, report.waiting) == (0, 10, 2)
    audit.record("request viewed", by="a test", subject="request 1")
    seal_all()
    assert findings() == []
    assert is_whole("request 1")


def test_a_chain_whose_beginning_expired_still_verifies(trail):
    old, new = timezone.now() - timedelta(days=9), timezone.now()
    # Written long ago: the first two seals.
    table(AuditEntry).all()._raw_delete("default")
    table(AuditSeal).all()._raw_delete("default")
    table(AuditHead).all()._raw_delete("default")
    for at, subjects in ((old, [1, 2, 1, 3, 1, 2]), (new, [4, 5, 1, 1])):
        for number in subjects:
            row = AuditEntry(actor="a test", action="request viewed", subject=f"request {number}")
            row._meta.get_field("at").auto_now_add = False
            row.at = at
            row.save()
    row._meta.get_field("at").auto_now_add = True
    seal_all()
    assert expire(new - timedelta(days=1)) == [6]
    assert findings() == []
    assert is_whole("request 1")
    head = AuditHead.objects.get(subject="request 1")
    assert (head.rows, head.base != "") == (2, True)
    assert not AuditHead.objects.filter(subject="request 2").exists()
    sql("DELETE FROM portal_auditentry WHERE id = %s", AuditEntry.objects.order_by("-id")[2].pk)
    assert not is_whole("request 1")


def test_rows_that_are_no_longer_what_was_sealed_are_evidence_and_stay(trail):
    sql("DELETE FROM portal_auditentry WHERE id = %s", trail[1].pk)
    with pytest.raises(audit.Broken):
        expire(timezone.now() + timedelta(seconds=1))
    assert AuditEntry.objects.count() == 9


def test_what_has_no_seal_yet_does_not_expire(small):
    audit.record("request viewed", by="a test", subject="request 1")
    assert expire(timezone.now() + timedelta(days=1)) == []


def test_rows_that_return_under_an_expired_seal_are_found(trail):
    expire(timezone.now() + timedelta(seconds=1))
    insert(AuditEntry.objects.first(), seal=2)
    assert any(what == "row was put in" for what, _row, _subject in findings())


def test_a_seal_that_no_key_proves_does_not_expire_and_stops_those_behind_it(trail):
    sql("UPDATE portal_auditseal SET proof = %s WHERE number = 3", "0" * 64)
    assert audit.expire(before=timezone.now() + timedelta(seconds=1), by="purge", now=timezone.now()) == 6
    with pytest.raises(audit.Broken):
        expire(timezone.now() + timedelta(seconds=1))
    assert AuditEntry.objects.filter(seal__in=[3, 4]).count() == 4


@pytest.mark.parametrize("place", [0, 9])
def test_an_expired_row_that_is_put_back_with_its_proof_is_found_and_stays_so(trail, place):
    row = trail[place]
    expire(timezone.now() + timedelta(seconds=1))
    keep = {f.attname: getattr(row, f.attname) for f in AuditEntry._meta.concrete_fields}
    insert(AuditEntry.objects.first(), **{**keep, "fields": json.dumps(row.fields), "seal": None})
    for _time in range(2):
        assert findings() == [("row had expired and was put back", row.pk, row.subject)]
        assert not is_whole(row.subject)
        seal_all()
