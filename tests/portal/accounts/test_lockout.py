"""Sign-in is locked by pair, by account and by address, and nobody locks the staff out from afar."""

import threading
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.db import connection
from django.test import Client

from portal.accounts.lockout import ACCOUNT_LIMIT, ADDRESS_LIMIT
from portal.models import User
from tests.portal.accounts.people import LOGIN, PASSWORD, is_in, sign_in

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def at(number):
    """A browser at an address of its own."""
    return Client(REMOTE_ADDR=f"203.0.113.{number}")


def fail(client, username):
    return client.post(LOGIN, {"username": username, "password": "wrong", "otp_token": "000000"})


@pytest.fixture
def ann(staff, clock):
    return staff("frontdesk", "ann")


def attack(ann):
    """As many failures as lock the account, from addresses none of which is locked by itself."""
    for number in range(ACCOUNT_LIMIT):
        response = fail(at(10 + number // 4), ann.username)
    return response


def test_one_address_locks_only_its_own_pair(ann, staff):
    for _attempt in range(5):
        locked = fail(at(1), "ann")
    assert locked.status_code == 429
    assert sign_in(at(1), ann).status_code == 429
    assert sign_in(at(1), staff("lead", "bob")).status_code == 302
    assert sign_in(at(2), ann).status_code == 302


def test_many_addresses_lock_the_account(ann, staff, clock):
    assert attack(ann).status_code == 429
    assert sign_in(at(1), ann).status_code == 429
    assert sign_in(at(1), staff("lead", "bob")).status_code == 302
    clock.shift(15 * MINUTE + timedelta(seconds=1))
    assert sign_in(at(1), ann).status_code == 302


def test_a_browser_of_before_is_let_in_while_strangers_have_locked_the_account(ann, clock):
    known = at(1)
    assert sign_in(known, ann).status_code == 302
    known.post("/admin/logout/")
    attack(ann)
    clock.shift(30)
    # From another place too: in a fire people move.
    known.defaults["REMOTE_ADDR"] = "198.51.100.7"
    assert sign_in(known, ann).status_code == 302
    assert is_in(known)


def test_a_browser_of_before_still_has_its_five_attempts(ann, clock):
    known = at(1)
    sign_in(known, ann)
    known.post("/admin/logout/")
    for _attempt in range(5):
        locked = fail(known, "ann")
    assert locked.status_code == 429
    clock.shift(30)
    assert sign_in(known, ann).status_code == 429


def test_a_browser_of_before_is_known_for_its_own_accounts_only(ann, staff, clock):
    known = at(1)
    sign_in(known, staff("lead", "bob"))
    known.post("/admin/logout/")
    attack(ann)
    assert sign_in(known, ann).status_code == 429


def test_nobody_makes_the_mark_of_a_known_browser(ann):
    attack(ann)
    stranger = at(1)
    stranger.cookies["staff_browser"] = '["ann"]'
    assert sign_in(stranger, ann).status_code == 429


def test_one_address_that_tries_many_names_is_locked(ann):
    for number in range(ADDRESS_LIMIT):
        response = fail(at(1), f"guess{number}")
    assert response.status_code == 429
    assert sign_in(at(1), ann).status_code == 429
    assert sign_in(at(2), ann).status_code == 302


def test_failures_of_an_office_behind_one_address_are_no_lock(ann):
    """Ten people, each wrong four times."""
    for number in range(40):
        assert fail(at(1), f"colleague{number // 4}").status_code == 200
    assert sign_in(at(1), ann).status_code == 302


def test_one_s_own_sign_in_does_not_clear_what_was_tried_on_others(ann, staff, clock):
    bob = staff("lead", "bob")
    for number in range(ADDRESS_LIMIT - 1):
        fail(at(1), f"guess{number}")
    assert sign_in(at(1), bob).status_code == 302
    assert fail(at(1), "another").status_code == 429


def test_trying_on_does_not_prolong_a_lock(ann, clock):
    for _attempt in range(5):
        fail(at(1), "ann")
    clock.shift(14 * MINUTE)
    assert fail(at(1), "ann").status_code == 429
    clock.shift(MINUTE + timedelta(seconds=1))
    assert sign_in(at(1), ann).status_code == 302


def test_wrong_codes_count_for_the_account(ann, clock):
    for number in range(ACCOUNT_LIMIT):
        response = sign_in(at(10 + number // 4), ann, otp_token="000000")
    assert response.status_code == 429
    assert sign_in(at(1), ann).status_code == 429


def test_the_next_sign_in_tells_what_was_tried_since(client, ann, clock):
    sign_in(client, ann)
    assert "This is your first sign-in." in client.get("/admin/triage/").content.decode()
    clock.shift(MINUTE)
    fail(at(1), "ann")
    sign_in(at(2), ann, otp_token="000000")
    clock.shift(5 * MINUTE)
    sign_in(client, ann)
    said = client.get("/admin/triage/").content.decode()
    assert "Your last sign-in: Nov. 18, 2026, 10:00 AM." in said
    assert "Since then 2 attempts to sign in have failed." in said
    assert "2 attempts to sign in failed between then and this sign-in" in client.get(
        "/admin/account/"
    ).content.decode().replace("\n", " ")
    assert User.objects.get(username="ann").failed_sign_ins == 0


def test_what_was_typed_is_not_kept(ann):
    fail(at(1), "ann")
    kept = AccessAttempt.objects.get()
    assert "wrong" not in kept.post_data
    assert "000000" not in kept.post_data


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_attempts_at_the_same_moment_all_count(staff):
    staff("frontdesk", "ann")

    def try_once(number):
        fail(at(10 + number), "ann")
        connection.close()

    threads = [threading.Thread(target=try_once, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(AccessAttempt.objects.values_list("failures_since_start", flat=True)) == 8
    assert User.objects.get(username="ann").failed_sign_ins == 8
    assert PASSWORD not in str(AccessAttempt.objects.values())
