"""Targets, therapies, and the signature under the rules."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from intake import triage
from intake.models import CallbackTarget, RulesetSignOff, UninterruptibleTherapy
from intake.services import site
from intake.services.errors import DeskError
from portal.audit import AuditEntry
from tests.intake.requests import MORNING
from tests.intake.stock_pages import change, last_audit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

NOW = MORNING + timedelta(days=7)


def test_targets_change_and_are_never_fewer(lead_client):
    target = CallbackTarget.objects.get(priority="urgent")
    url = change("callbacktarget", target)
    lead_client.post(url, {"basis": "elapsed", "minutes": "45", "confirmed": "on"})
    target.refresh_from_db()
    assert (target.priority, target.minutes, target.confirmed) == ("urgent", 45, True)
    assert last_audit().action == "callbacktarget changed"
    response = lead_client.post(url, {"basis": "elapsed", "minutes": ""})
    assert "Give the minutes" in response.content.decode()
    assert lead_client.get(reverse("admin:intake_callbacktarget_add")).status_code == 403
    assert lead_client.get(reverse("admin:intake_callbacktarget_delete", args=[target.pk])).status_code == 403


def test_the_pharmacist_keeps_the_list_of_therapies(client, staff, sign_in):
    sign_in(client, staff("pharmacist"))
    add = reverse("admin:intake_uninterruptibletherapy_add")
    assert client.post(add, {"name": "Ziconotide", "terms": "ziconotide\nPrialt"}).status_code == 302
    assert last_audit().action == "uninterruptibletherapy made"
    therapy = UninterruptibleTherapy.objects.get(name="Ziconotide")
    client.post(reverse("admin:intake_uninterruptibletherapy_delete", args=[therapy.pk]), {"post": "yes"})
    assert (last_audit().action, last_audit().subject) == (
        "uninterruptibletherapy deleted",
        f"uninterruptibletherapy {therapy.pk}",
    )


RULES, SIGN = "/admin/intake/rulesetsignoff/", "/admin/intake/rulesetsignoff/sign/"


@pytest.fixture
def in_charge(staff):
    person = staff("pharmacist", "pia")
    person.groups.add(Group.objects.get(name="pharmacist-in-charge"))
    return person


def test_the_pharmacist_in_charge_signs_once(client, in_charge, sign_in):
    sign_in(client, in_charge)
    html = client.get(RULES).content.decode()
    assert "not signed" in html
    assert all(row.code in html for row in triage.RULES)
    for _click in range(2):
        response = client.post(SIGN, {"version": triage.RULESET_VERSION, "note": "Read all 14."})
        assert response["Location"] == RULES
    signed = RulesetSignOff.objects.get()
    assert (signed.version, signed.signed_by, signed.signed_at) == (triage.RULESET_VERSION, in_charge, NOW)
    assert AuditEntry.objects.filter(action="rules signed").count() == 1
    html = client.get(RULES).content.decode()
    assert "Signed by pia" in html
    assert "not signed" not in html


def test_what_is_signed_is_what_was_read(client, in_charge, sign_in):
    sign_in(client, in_charge)
    response = client.post(SIGN, {"version": "proposal-0"})
    assert response.status_code == 422
    assert "The rules have changed since." in response.content.decode()
    assert not RulesetSignOff.objects.exists()


@pytest.mark.parametrize("role", ["frontdesk", "pharmacist", "lead", "auditor"])
def test_others_read_the_rules_and_can_t_sign_them(client, staff, sign_in, role):
    sign_in(client, staff(role))
    assert "Sign version" not in client.get(RULES).content.decode()
    assert client.post(SIGN, {"version": triage.RULESET_VERSION}).status_code == 403
    assert not RulesetSignOff.objects.exists()


@pytest.mark.parametrize("role", ["editor", "reviewer"])
def test_editors_and_reviewers_have_nothing_to_do_with_the_rules(client, staff, sign_in, role):
    sign_in(client, staff(role))
    assert client.get(RULES).status_code == 403


def test_a_signature_needs_the_right_and_the_version_in_force(staff, in_charge):
    with pytest.raises(PermissionDenied):
        site.sign_rules(version=triage.RULESET_VERSION, by=staff("lead"), now=NOW)
    with pytest.raises(DeskError):
        site.sign_rules(version="proposal-0", by=in_charge, now=NOW)
