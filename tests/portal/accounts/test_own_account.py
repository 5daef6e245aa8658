"""The page of one's own account, reached from every staff page."""

import html
import re

import pytest
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from portal.accounts import recovery
from portal.audit import AuditEntry
from tests.portal.accounts.people import ACCOUNT, INDEX, LIST, PASSWORD, code, is_in, shown, sign_in

pytestmark = pytest.mark.django_db

PAGE = f"{ACCOUNT}authenticator/"


@pytest.fixture
def ann(staff, client, clock):
    ann = staff("frontdesk", "ann")
    sign_in(client, ann)
    clock.shift(30)
    return ann


def setup_of(page):
    token = html.unescape(re.search(r'name="setup" value="([^"]+)"', page.content.decode())[1])
    return token, page.context["form"].setup.device


def test_it_is_linked_on_the_desk_and_in_the_admin(client, ann):
    for page in (LIST, INDEX):
        assert f'href="{ACCOUNT}"' in client.get(page).content.decode()


def test_it_leads_to_everything(client, ann):
    page = client.get(ACCOUNT).content.decode()
    for address in ("/admin/password_change/", PAGE, f"{ACCOUNT}recovery-codes/"):
        assert f'href="{address}"' in page
    assert f'action="{ACCOUNT}sign-out/"' in page
    assert "None are left" in page
    assert "frontdesk" in page


def test_another_phone_takes_the_place_of_the_first(client, ann, clock):
    other = Client()
    sign_in(other, ann)
    clock.shift(30)
    recovery.renew(user=ann, by=ann, now=AuditEntry.objects.first().at)
    old = ann.totpdevice_set.get()
    token, device = setup_of(client.get(PAGE))
    given = {"setup": token, "new_code": shown(device), "password": PASSWORD, "code": code(ann)}
    response = client.post(PAGE, given)
    assert (response.status_code, response["Location"]) == (303, ACCOUNT)
    assert TOTPDevice.objects.get(user=ann).key == device.key != old.key
    assert is_in(client)
    assert not is_in(other)
    assert recovery.left(ann) == 10
    assert AuditEntry.objects.filter(action="authenticator set up", actor="ann").count() == 1
    # The code that showed the new one counts no more.
    assert sign_in(other, ann).status_code == 200
    clock.shift(30)
    assert sign_in(other, ann).status_code == 302


@pytest.mark.parametrize(
    "wrong", [{"password": "wrong"}, {"code": "000000"}, {"new_code": "000000"}, {"setup": "forged"}]
)
def test_until_everything_is_right_the_first_goes_on_working(client, ann, wrong):
    old = ann.totpdevice_set.get()
    token, device = setup_of(client.get(PAGE))
    given = {"setup": token, "new_code": shown(device), "password": PASSWORD, "code": code(ann)}
    assert client.post(PAGE, {**given, **wrong}).status_code == 422
    assert TOTPDevice.objects.get(user=ann) == old
    assert is_in(client)


def test_a_wrong_new_code_does_not_cost_the_present_one(client, ann):
    token, device = setup_of(client.get(PAGE))
    given = {"setup": token, "password": PASSWORD, "code": code(ann)}
    client.post(PAGE, {**given, "new_code": "000000"})
    assert client.post(PAGE, {**given, "new_code": shown(device)}).status_code == 303
