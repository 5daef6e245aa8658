"""Legal hold: who may set it, what stands on record, and where it is seen (what it keeps: test_purge)."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from intake.choices import Disposition
from intake.models import Request
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
    rows = AuditEntry.objects.filter(subject=str(item), action__startswith="legal hold").order_by("id")
    actions = rows.values_list("action", "fields")
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


def linked(lead):
    """A request and a later one that it carries."""
    first, later = submit().request, submit(notes="again").request
    assert later.duplicate_of_id == first.pk
    return first, later


def parted(how, later, by):
    if how == "reopened":
        desk.close(request_id=later.pk, disposition=Disposition.SPAM, by=by, now=MORNING)
        desk.reopen(request_id=later.pk, note="no spam", by=by, now=MORNING)
    else:
        desk.unlink(request_id=later.pk, note="two people", by=by, now=MORNING)


@pytest.mark.parametrize("how", ["unlinked", "reopened"])
@pytest.mark.parametrize("held_one", [0, 1])
def test_whoever_parts_linked_requests_frees_none_of_them_from_a_hold(lead, ann, how, held_one):
    both = linked(lead)
    held, other = both[held_one], both[1 - held_one]
    desk.set_hold(request_id=held.pk, reason="court", by=lead, now=MORNING)
    parted(how, both[1], ann)
    assert Request.objects.get(pk=both[1].pk).duplicate_of is None
    assert set(Request.objects.on_legal_hold()) == set(both)
    (event,) = other.events.filter(kind="hold_set")
    assert event.by is None
    row = AuditEntry.objects.get(subject=str(other), action="legal hold set")
    assert "legal_hold_at" in row.fields
    assert row.actor == ann.get_username()
    assert held.events.filter(kind="hold_set").count() == 1
    desk.lift_hold(request_id=held.pk, reason="over", by=lead, now=MORNING)
    assert list(Request.objects.on_legal_hold()) == [other]


def test_parting_requests_without_a_hold_sets_none_and_others_that_are_held_keep_their_first(lead, ann):
    first, later = linked(lead)
    third = submit(notes="once more").request
    desk.set_hold(request_id=third.pk, reason="court", by=lead, now=MORNING)
    desk.unlink(request_id=later.pk, note="two people", by=ann, now=MORNING)
    assert set(Request.objects.on_legal_hold()) == {third, later}
    desk.lift_hold(request_id=third.pk, reason="over", by=lead, now=MORNING)
    desk.unlink(request_id=third.pk, note="two people", by=ann, now=MORNING)
    assert list(Request.objects.on_legal_hold()) == [later]
    assert not first.events.filter(kind="hold_set").exists()
