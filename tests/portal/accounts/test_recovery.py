"""Recovery codes: ten, hashed, each once, in the field of the authenticator's code."""

import re
import threading

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from portal.accounts import recovery
from portal.audit import AuditEntry
from portal.models import RecoveryCode, User
from tests.portal.accounts.people import ACCOUNT, LIST, PASSWORD, code, is_in, sign_in

pytestmark = pytest.mark.django_db

PAGE = f"{ACCOUNT}recovery-codes/"


@pytest.fixture
def ann(staff, clock):
    return staff("frontdesk", "ann")


def listed(response):
    return re.findall(r"<code>(\d{4} \d{4} \d{4})</code>", response.content.decode())


@pytest.fixture
def codes(ann, client, clock):
    """As shown on the page of the account, by a browser that is signed in."""
    sign_in(client, ann)
    clock.shift(30)
    response = client.post(PAGE, {"password": PASSWORD, "code": code(ann)})
    clock.shift(30)
    assert "no-store" in response["Cache-Control"]
    return listed(response)


def test_there_are_ten_and_none_is_stored(codes, ann):
    assert len(set(codes)) == 10
    stored = str(list(RecoveryCode.objects.values()))
    assert RecoveryCode.objects.filter(user=ann).count() == 10
    assert not [one for one in codes if one in stored or one.replace(" ", "") in stored]
    assert AuditEntry.objects.filter(action="recovery codes made", actor="ann").count() == 1


def test_each_signs_in_once_and_says_how_many_are_left(codes, ann):
    first = Client()
    assert sign_in(first, ann, otp_token=codes[0]).status_code == 302
    page = first.get(LIST).content.decode()
    assert "You used a recovery code: 9 are left." in page
    assert AuditEntry.objects.filter(action="recovery code used", actor="ann").count() == 1
    second = Client()
    assert sign_in(second, ann, otp_token=codes[0]).status_code == 200
    assert not is_in(second)
    assert sign_in(second, ann, otp_token=codes[1].replace(" ", "-")).status_code == 302
    assert "8 are left" in second.get(ACCOUNT).content.decode()


def test_a_code_of_somebody_else_opens_nothing(codes, ann, staff):
    bob = staff("lead", "bob")
    assert sign_in(Client(), bob, otp_token=codes[0]).status_code == 200
    assert recovery.left(ann) == 10


def test_a_code_without_the_password_opens_nothing_and_stays(codes, ann):
    assert sign_in(Client(), ann, password="wrong", otp_token=codes[0]).status_code == 200
    assert recovery.left(ann) == 10


def test_a_wrong_one_counts_towards_a_lock(ann, clock):
    for _attempt in range(5):
        response = sign_in(Client(), ann, otp_token="1234 5678 9012")
    assert response.status_code == 429


def test_a_wrong_one_does_not_slow_the_authenticator_down(ann, clock):
    sign_in(Client(), ann, otp_token="1234 5678 9012")
    assert sign_in(Client(), ann).status_code == 302


def test_new_ones_replace_the_earlier(codes, ann, client, clock):
    again = listed(client.post(PAGE, {"password": PASSWORD, "code": codes[0]}))
    assert len(again) == 10
    assert sign_in(Client(), ann, otp_token=codes[1]).status_code == 200
    assert sign_in(Client(), ann, otp_token=again[0]).status_code == 302


@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"code": "000000"}, {"code": ""}, {"password": ""}])
def test_whoever_finds_an_open_browser_gets_none(ann, client, clock, wrong):
    sign_in(client, ann)
    clock.shift(30)
    assert listed(client.get(PAGE)) == []
    response = client.post(PAGE, {"password": PASSWORD, "code": code(ann), **wrong})
    assert response.status_code == 422
    assert listed(response) == []
    assert recovery.left(ann) == 0


def test_guessing_at_an_open_browser_is_locked_too(ann, client, clock):
    sign_in(client, ann)
    for _attempt in range(5):
        response = client.post(PAGE, {"password": "wrong", "code": "000000"})
    assert response.status_code == 429
    assert User.objects.get(pk=ann.pk).failed_sign_ins == 5


@pytest.mark.django_db(transaction=True)
def test_at_the_same_moment_a_code_counts_once(staff):
    ann = staff("frontdesk", "ann")
    first = recovery.renew(user=ann, by=ann, now=timezone.now())[0].replace(" ", "")
    used = []

    def use():
        used.append(recovery.use(user=ann, code=first))
        connection.close()

    threads = [threading.Thread(target=use) for _one in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(used) == [False] * 5 + [True]
    assert AuditEntry.objects.filter(action="recovery code used").count() == 1
