"""Legal hold: who may set it, what stands on record, and where it is seen (what it keeps: test_purge)."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from intake.choices import Disposition
from intake.services import desk
from intake.services.errors import DeskError
from portal.audit import AuditEntry
from tests.intake.requests import MORNING, submit

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(staff):
    return staff("lead")


def test_it_is_set_and_lifted_with_a_reason_on_record(lead):
    item = submit().request
    desk.set_hold(request_id=item.pk, reason="subpoena of a court", by=lead, now=MORNING)
    item.refresh_from_db()
    assert item.legal_hold_at == MORNING
    desk.lift_hold(request_id=item.pk, reason="case over", by=lead, now=MORNING)
    item.refresh_from_db()
    assert item.legal_hold_at is None
    events = list(item.events.filter(kind__startswith="hold").values_list("kind", "note", "by"))
    assert events == [("hold_set", "subpoena of a court", lead.pk), ("hold_lifted", "case over", lead.pk)]
    actions = AuditEntry.objects.filter(subject=str(item)).order_by("id").values_list("action", "fields")
    assert list(actions) == [
        ("legal hold set", ["legal_hold_at", "events"]),
        ("legal hold lifted", ["legal_hold_at", "events"]),
    ]


def test_a_closed_request_and_one_that_a_colleague_holds_can_be_kept(lead, ann):
    closed, claimed = submit().request, submit(phone="+12135550143").request
    desk.close(request_id=closed.pk, disposition=Disposition.SPAM, by=ann, now=MORNING)
    desk.claim(request_id=claimed.pk, by=ann, now=MORNING)
    for item in (closed, claimed):
        assert (
            desk.set_hold(request_id=item.pk, reason="court", by=lead, now=MORNING).legal_hold_at == MORNING
        )


def test_no_hold_without_a_reason_or_the_right(lead, ann):
    item = submit().request
    with pytest.raises(DeskError):
        desk.set_hold(request_id=item.pk, reason="  ", by=lead, now=MORNING)
    with pytest.raises(PermissionDenied):
        desk.set_hold(request_id=item.pk, reason="court", by=ann, now=MORNING)
    item.refresh_from_db()
    assert item.legal_hold_at is None


def test_a_lead_finds_the_held_ones_in_a_list_and_a_clerk_only_reads_that_it_is_so(
    client, sign_in, lead, ann
):
    item, other = submit().request, submit(phone="+12135550143", first_name="Sol").request
    page = reverse("admin:triage-request", args=[item.pk])
    sign_in(client, lead)
    assert "No request is on legal hold." in client.get(reverse("admin:triage-holds")).content.decode()
    act = reverse("admin:triage-action", args=[item.pk, "legal-hold"])
    assert client.post(act, {"reason": "court"})["Location"] == page
    listed = client.get(reverse("admin:triage-holds")).content.decode()
    assert item.reference in listed
    assert other.reference not in listed
    html = client.get(page).content.decode()
    assert reverse("admin:triage-holds") in html
    assert "do-lift-hold" in html
    assert "do-legal-hold" not in html
    sign_in(client, ann)
    html = client.get(page).content.decode()
    assert "legal hold" in html
    assert "do-lift-hold" not in html
    assert client.get(reverse("admin:triage-holds")).status_code == 403
