"""Sessions end: after 15 idle minutes, after 12 hours, and when somebody ends them; what was typed stays."""

import html
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from intake.services import desk
from portal.accounts import sessions
from portal.accounts.sessions import Ended, why_ended
from portal.audit import AuditEntry
from portal.models import User
from tests.intake.requests import submit
from tests.portal.accounts.people import ACCOUNT, INDEX, LIST, LOGIN, PASSWORD, code, is_in, sign_in

pytestmark = pytest.mark.django_db

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ALMOST, OVER = timedelta(minutes=14, seconds=59), timedelta(minutes=15, seconds=1)


@pytest.fixture
def ann(staff, client, clock):
    ann = staff("frontdesk", "ann")
    sign_in(client, ann)
    return ann


# The limits


@pytest.mark.parametrize(
    ("signed_in", "active", "reason"),
    [
        (0, 0, None),
        (900, 900, None),
        (901, 901, Ended.IDLE),
        (12 * 3600, 5, None),
        (12 * 3600 + 1, 0, Ended.LONGEST),
        (12 * 3600 + 1, 901, Ended.LONGEST),
    ],
)
def test_the_rule(signed_in, active, reason):
    now = 1_800_000_000.0
    assert why_ended(signed_in=now - signed_in, active=now - active, now=now) == reason


def test_idle_for_less_than_fifteen_minutes_one_stays_in(client, ann, clock):
    clock.shift(ALMOST)
    assert is_in(client)
    clock.shift(ALMOST)
    assert is_in(client)


def test_idle_for_longer_one_is_out_and_told_why(client, ann, clock):
    clock.shift(OVER)
    response = client.get(LIST)
    assert response["Location"] == f"{LOGIN}?next=/admin/triage/&ended=idle"
    assert "after 15 minutes without activity" in client.get(response["Location"]).content.decode()
    assert not Session.objects.exists()


def test_active_all_the_time_one_is_out_after_twelve_hours(client, ann, clock):
    for _tenth in range(6 * 12):
        clock.shift(10 * MINUTE)
        assert is_in(client)
    clock.shift(timedelta(seconds=1))
    response = client.get(LIST)
    assert response["Location"].endswith("&ended=longest")
    assert "a sign-in lasts 12 hours" in client.get(response["Location"]).content.decode()


def test_a_reason_in_an_address_is_one_of_ours(client):
    page = client.get(LOGIN, {"ended": "<b>call this number"}).content.decode()
    assert "call this number" not in page


def test_the_board_s_own_refresh_is_no_activity(client, ann, clock):
    mark = html.unescape(re.search(r'data-mark="([^"]+)"', client.get(LIST).content.decode())[1])
    for _refresh in range(14):
        clock.shift(MINUTE)
        assert client.get(f"{LIST}rows/", headers={"x-background": mark}).status_code == 200
    clock.shift(MINUTE + timedelta(seconds=1))
    assert client.get(f"{LIST}rows/", headers={"x-background": mark}).status_code == 302


def test_keeping_a_lease_is_activity(client, ann, clock):
    item = submit().request
    desk.claim(request_id=item.pk, by=ann, now=timezone.now())
    clock.shift(ALMOST)
    assert client.post(f"{LIST}requests/{item.pk}/keep/").status_code == 200
    clock.shift(ALMOST)
    assert is_in(client)


def test_activity_is_written_at_most_once_a_minute(client, ann, clock):
    def writes():
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/admin/jsi18n/").status_code == 200
        return [one["sql"] for one in asked if one["sql"].startswith(("UPDATE", "INSERT"))]

    clock.shift(59)
    assert writes() == []
    clock.shift(1)
    assert len(writes()) == 1
    assert writes() == []


def test_a_session_from_before_the_limits_is_over(client, ann, clock):
    session = client.session
    del session[sessions.ACTIVE]
    session.save()
    assert not is_in(client)


def test_a_public_visitor_s_session_is_left_alone(client, ann, clock):
    clock.shift(HOUR)
    before = Session.objects.values().get()
    client.get("/help/current-patient/")
    assert Session.objects.values().get() == before


# Ended by somebody


def test_one_signs_out_everywhere(client, ann, clock):
    clock.shift(30)
    other = Client()
    sign_in(other, ann)
    clock.shift(30)
    assert is_in(client)
    assert is_in(other)
    assert client.get(f"{ACCOUNT}sign-out/").status_code == 405
    assert client.post(f"{ACCOUNT}sign-out/")["Location"] == LOGIN
    assert not is_in(client)
    assert not is_in(other)
    assert AuditEntry.objects.filter(action="signed out everywhere", actor="ann").count() == 1
    assert sign_in(other, ann).status_code == 302


def test_an_administrator_signs_somebody_else_out_and_stays_in(client, ann, staff, clock):
    root = Client()
    sign_in(root, staff("admin", "root"))
    response = root.post(f"/admin/portal/user/{ann.pk}/access/", {"sign_out": "1"})
    assert response.status_code == 303
    assert not is_in(client)
    assert is_in(root)
    entry = AuditEntry.objects.get(action="signed out everywhere")
    assert (entry.actor, entry.subject) == ("root", f"user {ann.pk}")


def test_a_new_password_ends_the_other_sessions_and_is_on_record(client, ann, clock):
    clock.shift(30)
    other = Client()
    sign_in(other, ann)
    new = {"new_password1": "another long phrase", "new_password2": "another long phrase"}
    wrong = client.post("/admin/password_change/", {"old_password": "wrong", **new})
    assert wrong.status_code == 200
    assert not AuditEntry.objects.filter(action="password changed").exists()
    ann.refresh_from_db()
    assert ann.failed_sign_ins == 1
    short = {"old_password": PASSWORD, "new_password1": "short", "new_password2": "short"}
    assert "at least 12 characters" in client.post("/admin/password_change/", short).content.decode()
    right = client.post("/admin/password_change/", {"old_password": PASSWORD, **new})
    assert right.status_code == 302
    assert is_in(client)
    assert not is_in(other)
    entry = AuditEntry.objects.get(action="password changed")
    assert (entry.actor, entry.subject) == ("ann", f"user {ann.pk}")


def test_an_account_that_is_made_inactive_is_out_at_once(client, ann):
    User.objects.filter(pk=ann.pk).update(is_active=False)
    assert client.get(LIST)["Location"].startswith(LOGIN)


def test_a_role_that_is_taken_is_gone_at_once(client, ann):
    assert client.get(LIST).status_code == 200
    ann.groups.remove(Group.objects.get(name="frontdesk"))
    assert client.get(LIST).status_code == 403


# What was typed


def test_what_was_typed_into_a_call_comes_back_after_signing_in(client, ann, clock):
    item = submit().request
    desk.claim(request_id=item.pk, by=ann, now=timezone.now())
    address = f"{LIST}requests/{item.pk}/note/"
    clock.shift(OVER)
    page = client.post(address, {"note": "Will <call> at noon"})
    assert page.status_code == 403
    assert "no-store" in page["Cache-Control"]
    words = page.content.decode()
    assert "NOT SAVED" in words
    assert "after 15 minutes without activity" in words
    assert "Will &lt;call&gt; at noon" in words
    token = html.unescape(re.search(r'name="unsaved" value="([^"]+)"', words)[1])

    wrong = sign_in(client, ann, otp_token="000000", unsaved=token).content.decode()
    assert "NOT SAVED YET" in wrong
    assert html.escape(token) in wrong
    clock.shift(30)
    again = sign_in(client, ann, unsaved=token)
    assert again.status_code == 200
    words = again.content.decode()
    assert f'action="{address}"' in words
    assert '<input type="hidden" name="note" value="Will &lt;call&gt; at noon">' in words
    assert not item.events.filter(kind="note").exists()
    assert is_in(client)


def test_nobody_else_is_given_what_was_typed(client, ann, staff, clock):
    clock.shift(OVER)
    page = client.post(f"{LIST}filters/", {"name": "Mine alone"}).content.decode()
    token = html.unescape(re.search(r'name="unsaved" value="([^"]+)"', page)[1])
    response = sign_in(client, staff("lead", "bob"), unsaved=token)
    assert response.status_code == 302
    assert "Mine alone" not in client.get(LIST).content.decode()


def test_words_that_nobody_signed_are_not_taken(client, ann, clock):
    clock.shift(30)
    assert sign_in(client, ann, unsaved='["/admin/", [["a", "b"]], ""]').status_code == 302


def test_passwords_are_never_given_back(client, ann, clock):
    clock.shift(OVER)
    typed = {"old_password": "secret one", "new_password1": "secret two", "new_password2": "secret two"}
    page = client.post("/admin/password_change/", typed).content.decode()
    assert "NOT SAVED" in page
    assert "secret" not in page
    assert 'name="unsaved"' not in page


def test_while_sign_in_is_locked_the_words_stay(client, ann, clock):
    clock.shift(OVER)
    page = client.post(f"{LIST}filters/", {"name": "Mine"}).content.decode()
    token = html.unescape(re.search(r'name="unsaved" value="([^"]+)"', page)[1])
    for _attempt in range(5):
        locked = sign_in(client, ann, password="wrong", unsaved=token)
    assert locked.status_code == 429
    assert html.escape(token) in locked.content.decode()


def test_a_page_from_before_a_new_sign_in_still_sends_what_was_typed(ann, clock):
    """Signing in changes the CSRF token, in all windows of the browser."""
    browser = Client(enforce_csrf_checks=True)
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', browser.get(LOGIN).content.decode())[1]
    clock.shift(30)
    given = {"username": "ann", "password": PASSWORD, "otp_token": code(ann), "next": INDEX}
    origin = {"origin": "http://testserver"}
    assert browser.post(LOGIN, {**given, "csrfmiddlewaretoken": token}, headers=origin).status_code == 302
    stale = {"csrfmiddlewaretoken": token, "name": "My filter", "address": "?show=mine"}
    page = browser.post(f"{LIST}filters/", stale, headers=origin)
    assert page.status_code == 403
    words = page.content.decode()
    assert "NOT SAVED YET" in words
    assert 'name="name" value="My filter"' in words
    fresh = re.search(r'action="/admin/triage/filters/">.*?value="(\w+)"', words, re.S)[1]
    assert (
        browser.post(f"{LIST}filters/", {**stale, "csrfmiddlewaretoken": fresh}, headers=origin).status_code
        != 403
    )


@pytest.mark.parametrize("headers", [{}, {"origin": "https://evil.example"}, {"origin": "null"}])
def test_other_sites_fill_in_nothing(ann, client, headers, clock):
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = client.cookies
    page = browser.post(f"{LIST}filters/", {"name": "planted"}, headers=headers)
    assert page.status_code == 403
    assert "planted" not in page.content.decode()
