"""The audit rows in the admin: found by day, account, action and subject."""

import pytest
from django.utils import timezone

from portal import audit
from tests.intake.requests import submit

pytestmark = pytest.mark.django_db

LIST = "/admin/portal/auditentry/"


@pytest.fixture
def rows(client, staff, sign_in):
    """An auditor's list: what Ann and a command did to two requests."""
    ann = staff("frontdesk", "ann")
    sign_in(client, staff("auditor"))
    first = submit(now=timezone.now()).request
    audit.record("request viewed", by=ann, subject=f"request {first.pk}", fields=["phone"])
    audit.record("request claimed", by=ann, subject="request 9999", fields=["status"])
    audit.record("request shown", by="show_request", subject=f"request {first.pk}")

    def found(**asked):
        response = client.get(LIST, asked)
        assert response.status_code == 200, asked
        return sorted((row.actor, row.action) for row in response.context["cl"].result_list)

    found.first, found.ann = first, ann
    return found


VIEWED, CLAIMED, SHOWN = (
    ("ann", "request viewed"),
    ("ann", "request claimed"),
    ("show_request", "request shown"),
)
SUBMITTED = ("public", "request submitted")


def test_by_account(rows):
    assert rows(account=rows.ann.pk) == [CLAIMED, VIEWED]
    assert rows(account="none") == [SUBMITTED, SHOWN]


def test_by_action_and_day(rows):
    assert rows(did="request claimed") == [CLAIMED]
    today = timezone.localdate()
    assert len(rows(at__year=today.year, at__month=today.month, at__day=today.day)) == 4
    assert rows(at__year=today.year - 1) == []


def test_by_subject_or_reference(rows):
    of_first = [VIEWED, SUBMITTED, SHOWN]
    assert rows(q=f"request {rows.first.pk}") == of_first
    assert rows(q=rows.first.reference.lower()) == of_first
    assert rows(q="request 9999") == [CLAIMED]
    assert rows(q="request") == []
    assert rows(q="request 9999", account=rows.ann.pk, did="request viewed") == []
