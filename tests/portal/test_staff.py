"""The staff's site: sign-in with both factors at once, the frame of its pages, accounts, the audit trail."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django_otp.oath import TOTP

from intake.models import EmergencyNotice, Facility, Queue
from portal.audit import AuditEntry
from portal.models import User
from tests.intake.requests import submit

pytestmark = pytest.mark.django_db

LOGIN, INDEX, LIST = "/admin/login/", "/admin/", "/admin/triage/"
NOW = datetime(2026, 11, 18, 18, 0, 10, tzinfo=UTC)
PASSWORD = "a long pass phrase"


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def code(user, seconds=0):
    device = user.totpdevice_set.get(confirmed=True)
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits)
    totp.time = datetime.now(UTC).timestamp() + seconds
    return f"{totp.token():06d}"


def post(client, user, path=LOGIN, **data):
    given = {"username": user.username, "password": PASSWORD, "otp_token": code(user), "next": INDEX}
    return client.post(path, given | data)


def is_in(client):
    return client.get(INDEX).status_code == 200


# Sign-in


def test_all_three_at_once_open_the_list_of_requests(client, staff, clock):
    ann = staff("frontdesk", "ann")
    response = post(client, ann)
    assert (response.status_code, response["Location"]) == (302, LIST)
    assert client.get(LIST).status_code == 200
    assert AuditEntry.objects.filter(action="signed in", actor="ann").count() == 1


def test_who_has_no_requests_lands_on_the_index(client, staff, clock):
    assert post(client, staff("editor"))["Location"] == INDEX


def test_whoever_was_on_the_way_to_a_page_gets_there(client, staff, clock):
    response = client.get("/admin/intake/queue/")
    assert response["Location"] == f"{LOGIN}?next=/admin/intake/queue/"
    ann = staff("frontdesk", "ann")
    assert post(client, ann, next="/admin/intake/queue/")["Location"] == "/admin/intake/queue/"


def test_nobody_is_led_to_another_site(client, staff, clock):
    assert post(client, staff("editor"), next="https://evil.example/")["Location"] == INDEX


def test_spaces_in_a_code_don_t_matter(client, staff, clock):
    ann = staff("frontdesk", "ann")
    token = code(ann)
    assert post(client, ann, otp_token=f" {token[:3]} {token[3:]} ").status_code == 302


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "another pass phrase"},
        {"otp_token": "000000"},
        {"otp_token": "abc"},
        {"otp_token": "\0"},
        {"username": "nobody"},
        {"otp_token": ""},
        {"password": ""},
    ],
)
def test_a_part_that_is_wrong_or_missing_opens_nothing(client, staff, clock, wrong):
    response = post(client, staff("frontdesk", "ann"), **wrong)
    assert response.status_code == 200
    assert not is_in(client)


def test_a_name_longer_than_any_is_refused_like_a_wrong_one(client, staff, clock):
    response = post(client, staff("frontdesk"), username="é" * 5000)
    assert response.status_code == 200
    assert "That did not work." in response.content.decode()


def test_it_is_not_said_which_part_was_wrong(client, staff, clock):
    ann = staff("frontdesk", "ann")
    said = {
        re.search(r'role="alert">(.*?)</div>', post(client, ann, **wrong).content.decode(), re.S).group(1)
        for wrong in ({"password": "wrong pass phrase"}, {"otp_token": "000000"}, {"username": "nobody"})
    }
    assert len(said) == 1


def test_a_missing_code_tells_nothing_of_the_password(client, staff, clock):
    ann = staff("frontdesk", "ann")
    pages = [post(client, ann, otp_token="", password=password) for password in (PASSWORD, "wrong")]
    assert len({json.dumps(page.context["form"].errors) for page in pages}) == 1


def test_a_code_counts_once(client, staff, clock):
    ann = staff("frontdesk", "ann")
    assert post(client, ann).status_code == 302
    assert post(Client(), ann).status_code == 200
    clock.shift(30)
    assert post(Client(), ann).status_code == 302


def test_an_old_code_is_worth_nothing(client, staff, clock):
    ann = staff("frontdesk", "ann")
    assert post(client, ann, otp_token=code(ann, -120)).status_code == 200


def test_an_authenticator_that_was_never_confirmed_is_none(client, staff, clock):
    ann = staff("frontdesk", "ann")
    token = code(ann)
    ann.totpdevice_set.update(confirmed=False)
    assert (
        client.post(LOGIN, {"username": "ann", "password": PASSWORD, "otp_token": token}).status_code == 200
    )


@pytest.mark.parametrize("lacking", [{"is_staff": False}, {"is_active": False}])
def test_an_account_that_left_is_out(client, staff, clock, lacking):
    ann = staff("frontdesk", "ann")
    User.objects.filter(pk=ann.pk).update(**lacking)
    assert post(client, ann).status_code == 200
    assert not is_in(client)


def test_wrong_codes_lock_the_account_like_wrong_passwords(client, staff, clock):
    ann = staff("frontdesk", "ann")
    for _attempt in range(4):
        assert post(client, ann, otp_token="000000").status_code == 200
        clock.shift(30)
    locked = post(client, ann, otp_token="000000")
    assert locked.status_code == 429
    assert "Sign-in is locked for a while" in locked.content.decode()
    clock.shift(30)
    assert post(client, ann).status_code == 429
    clock.shift(timedelta(minutes=16))
    assert post(client, ann).status_code == 302


def test_a_device_of_another_account_is_worth_nothing(client, staff, clock):
    ann, bob = staff("frontdesk", "ann"), staff("pharmacist", "bob")
    token = code(bob)
    response = post(client, ann, otp_token=token, otp_device=bob.totpdevice_set.get().persistent_id)
    assert response.status_code == 200


def test_signed_in_by_password_alone_there_is_no_page(client, staff, clock):
    client.force_login(staff("admin"), backend="portal.backends.RolesBackend")
    for path in (INDEX, LIST, "/admin/portal/user/", "/admin/password_change/"):
        assert client.get(path)["Location"].startswith(LOGIN)


def test_signing_out_is_a_post_and_ends_it(client, staff, sign_in):
    sign_in(client, staff("frontdesk", "ann"))
    assert client.get("/admin/logout/").status_code == 405
    client.post("/admin/logout/")
    assert not is_in(client)


def test_forms_can_be_posted_and_pages_are_not_kept(client, staff, sign_in):
    """Browsers send "Origin: null" under no-referrer, which the CSRF check refuses."""
    assert client.get(LOGIN)["Referrer-Policy"] == "same-origin"
    assert "no-store" in client.get(LOGIN)["Cache-Control"]
    sign_in(client, staff("lead"))
    for path in (INDEX, LIST, "/admin/intake/queue/"):
        response = client.get(path)
        assert response["Referrer-Policy"] == "same-origin"
        assert "no-store" in response["Cache-Control"]
        assert "unsafe" not in response["Content-Security-Policy"]


# The frame


def test_the_index_counts_each_queue(client, staff, sign_in, clock):
    submit(now=NOW - timedelta(minutes=20), danger_signs=["breathing"])
    submit(now=NOW, first_name="Bo")
    Queue.objects.get(slug="new-patients").staff_groups.clear()
    sign_in(client, staff("frontdesk"))
    html = client.get(INDEX).content.decode()
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))
    assert "Current patients (877) 595-0757 2 waiting 1 overdue 1 emergency" in words
    assert "New patients (877)" not in words


def test_both_lines_and_the_notice_stand_on_staff_pages(client, staff, sign_in):
    sign_in(client, staff("frontdesk"))
    html = client.get(LIST).content.decode()
    assert "877-595-0757" in html
    assert "877-602-7779" in html


# Accounts


@pytest.fixture
def admin_client(client, staff, sign_in):
    sign_in(client, staff("admin", "root"))
    return client


def test_only_superusers_change_accounts(client, staff, sign_in):
    ann = staff("frontdesk", "ann")
    lead = staff("lead")
    lead.groups.first().permissions.add(*_all_rights_on_accounts())
    sign_in(client, lead)
    assert client.get(reverse("admin:portal_user_add")).status_code == 403
    assert client.post(reverse("admin:portal_user_change", args=[ann.pk]), {}).status_code == 403
    assert client.get(reverse("admin:portal_user_access", args=[ann.pk])).status_code == 403


def _all_rights_on_accounts():
    from django.contrib.auth.models import Permission

    return Permission.objects.filter(content_type__app_label="portal", content_type__model="user")


def test_an_account_is_opened_with_a_role_and_without_a_password(admin_client, staff):
    add = reverse("admin:portal_user_add")
    assert "password" not in admin_client.get(add).content.decode().split("<main")[1]
    group = Group.objects.get(name="frontdesk")
    response = admin_client.post(add, {"username": "carl", "groups": [group.pk]})
    carl = User.objects.get(username="carl")
    assert response["Location"] == reverse("admin:portal_user_access", args=[carl.pk])
    assert (carl.is_staff, carl.is_superuser, carl.has_usable_password()) == (True, False, False)
    assert list(carl.groups.all()) == [group]
    made = AuditEntry.objects.get(action="user made")
    assert (made.actor, made.subject, set(made.fields)) == ("root", f"user {carl.pk}", {"username", "groups"})


def test_two_accounts_never_differ_in_case_alone(admin_client):
    response = admin_client.post(reverse("admin:portal_user_add"), {"username": "ROOT"})
    assert "There is an account of this name already." in response.content.decode()
    assert not User.objects.filter(username="ROOT").exists()


def test_a_role_is_changed(admin_client, staff):
    ann = staff("frontdesk", "ann")
    lead = Group.objects.get(name="lead")
    url = reverse("admin:portal_user_change", args=[ann.pk])
    data = {"username": "ann", "is_active": "on", "is_staff": "on", "groups": [lead.pk]}
    assert admin_client.post(url, data).status_code == 302
    assert list(ann.groups.all()) == [lead]
    changed = AuditEntry.objects.get(action="user changed")
    assert (changed.actor, changed.subject, changed.fields) == ("root", f"user {ann.pk}", ["groups"])


def test_an_account_is_never_deleted(admin_client, staff):
    ann = staff("frontdesk", "ann")
    assert admin_client.get(reverse("admin:portal_user_delete", args=[ann.pk])).status_code == 403


def test_the_stock_pages_that_show_secrets_are_gone(admin_client):
    assert admin_client.get("/admin/otp_totp/totpdevice/").status_code == 404


def test_nobody_types_a_password_for_somebody_else(admin_client, staff):
    ann = staff("frontdesk", "ann")
    url = f"/admin/portal/user/{ann.pk}/password/"
    admin_client.post(url, {"usable_password": "true", "password1": "x" * 12, "password2": "x" * 12})
    ann.refresh_from_db()
    assert ann.check_password(PASSWORD)


# The audit trail


def test_the_auditor_reads_the_trail_and_nobody_changes_it(client, staff, sign_in):
    submit()
    auditor = staff("auditor", "olga")
    sign_in(client, auditor)
    client.get(LIST)
    url = reverse("admin:portal_auditentry_changelist")
    html = client.get(url, {"q": "olga"}).content.decode()
    assert "requests listed" in html
    row = AuditEntry.objects.first()
    client.post(url, {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"})
    assert client.get(reverse("admin:portal_auditentry_delete", args=[row.pk])).status_code == 403
    assert client.post(reverse("admin:portal_auditentry_change", args=[row.pk]), {}).status_code == 403
    assert client.get(reverse("admin:portal_auditentry_add")).status_code == 403
    assert AuditEntry.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("role", ["frontdesk", "pharmacist", "lead", "editor", "reviewer"])
def test_others_don_t_see_the_trail(client, staff, sign_in, role):
    sign_in(client, staff(role))
    assert client.get(reverse("admin:portal_auditentry_changelist")).status_code == 403


# In a browser

OWN = [
    "/admin/",
    LIST,
    f"{LIST}?show=closed",
    "/admin/intake/rulesetsignoff/",
    "/admin/portal/user/{user}/access/",
]
STOCK = [
    "/admin/intake/queue/",
    "/admin/intake/queue/{queue}/change/",
    "/admin/intake/emergencynotice/{notice}/change/",
    "/admin/intake/facility/{facility}/change/",
    "/admin/intake/uninterruptibletherapy/",
    "/admin/portal/user/",
    "/admin/portal/user/add/",
    "/admin/portal/user/{user}/change/",
    "/admin/portal/auditentry/",
    "/admin/auth/group/{group}/change/",
    "/admin/password_change/",
]


def seen(page, url, *, worst):
    """Open the page: no policy is broken, and axe finds nothing of the kinds in `worst`."""
    problems = []
    page.on("console", lambda message: problems.append(message.text) if "Policy" in message.text else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    assert page.goto(url).status == 200
    assert problems == []
    # axe itself inserts styles, which the policy rightly refuses.
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["target"]) for one in found if one["impact"] in worst] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 768])
@pytest.mark.django_db(transaction=True)
def test_pages_of_our_own_in_a_browser(page, live_url, staff, sign_in_page, width, scheme):
    first = submit(evacuated="yes", danger_signs=["meningitis"], language="es", interpreter=True).request
    submit(evacuated="yes", doses_on_hand="no")
    root = staff("admin", "root")
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    worst = {"minor", "moderate", "serious", "critical"}
    seen(page, live_url + LOGIN, worst=worst)
    sign_in_page(page, root)
    for path in [*OWN, reverse("admin:triage-request", args=[first.pk])]:
        seen(page, live_url + path.format(user=root.pk), worst=worst)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.django_db(transaction=True)
def test_pages_of_the_stock_admin_in_a_browser(page, live_url, staff, sign_in_page, scheme):
    root = staff("admin", "root")
    ids = {
        "user": root.pk,
        "queue": Queue.objects.first().pk,
        "notice": EmergencyNotice.objects.get().pk,
        "facility": Facility.objects.first().pk,
        "group": Group.objects.first().pk,
    }
    page.emulate_media(color_scheme=scheme)
    sign_in_page(page, root)
    for path in STOCK:
        seen(page, live_url + path.format(**ids), worst={"serious", "critical"})
