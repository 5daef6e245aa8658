"""One-time links: an administrator makes one, its owner chooses, and nobody uses it twice."""

import html
import re
import threading
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from portal.accounts import factors, invitations, recovery
from portal.accounts.factors import Setup
from portal.audit import AuditEntry
from portal.models import Invitation, User
from tests.portal.accounts.people import PASSWORD, code, is_in, shown, sign_in

pytestmark = pytest.mark.django_db

NEW = "correct horse staple"
HOURS = timedelta(hours=1)


@pytest.fixture
def root(staff, clock):
    client = Client()
    sign_in(client, staff("admin", "root"))
    return client


@pytest.fixture
def carl(root):
    """An account that was just opened in the admin, as yet without anything to sign in with."""
    root.post("/admin/portal/user/add/", {"username": "carl", "first_name": "Maximilian"})
    return User.objects.get(username="carl")


def invite(root, user, renews="both"):
    """The link, as it stands on the administrator's page."""
    response = root.post(f"/admin/portal/user/{user.pk}/access/", {"renews": renews})
    assert "no-store" in response["Cache-Control"]
    return re.search(r"http://testserver(/admin/invitation/[\w-]+/)", response.content.decode())[1]


def setup_of(page):
    """What the page brings along, and the device that its secret makes."""
    text = page.content.decode()
    token = html.unescape(re.search(r'name="setup" value="([^"]+)"', text)[1])
    return token, page.context["form"].setup.device


def chosen(page, **given):
    token, device = setup_of(page)
    return {"setup": token, "new_code": shown(device), "password1": NEW, "password2": NEW} | given


def test_the_link_leads_from_nothing_to_a_signed_in_account(root, carl, clock, caplog):
    assert not carl.has_usable_password()
    link = invite(root, carl)
    visitor = Client()
    page = visitor.get(link)
    text = page.content.decode()
    assert "You sign in as <b>carl</b>." in text
    assert "no-store" in page["Cache-Control"]
    secret = page.context["form"].setup.secret
    assert secret in text
    assert f"otpauth://totp/California%20Specialty%20Pharmacy%3Acarl?secret={secret.replace(' ', '')}" in text
    assert 'src="data:image/svg+xml' in text

    done = visitor.post(link, chosen(page))
    assert done.status_code == 200
    codes = re.findall(r"<code>(\d{4} \d{4} \d{4})</code>", done.content.decode())
    assert len(codes) == 10
    clock.shift(30)
    assert sign_in(visitor, carl, password=NEW, next="/admin/account/").status_code == 302
    assert visitor.get("/admin/account/").status_code == 200
    assert sign_in(Client(), carl, password=NEW, otp_token=codes[0], next="/admin/").status_code == 302

    acts = dict(AuditEntry.objects.filter(subject=f"user {carl.pk}").values_list("action", "actor"))
    assert (acts["user made"], acts["invitation made"], acts["invitation used"]) == ("root", "root", "carl")
    kept = str([*AuditEntry.objects.values(), *Invitation.objects.values()]) + caplog.text
    assert not [one for one in (link.split("/")[3], secret.replace(" ", ""), NEW) if one in kept]


def test_it_works_once(root, carl):
    link = invite(root, carl)
    page = Client().get(link)
    assert Client().post(link, chosen(page)).status_code == 200
    again = Client().post(link, chosen(page, password1="x" * 20, password2="x" * 20))
    assert again.status_code == 404
    assert "This link does not work any more" in again.content.decode()
    carl.refresh_from_db()
    assert carl.check_password(NEW)


@pytest.mark.parametrize(("after", "status"), [(72 * HOURS, 404), (72 * HOURS - timedelta(seconds=1), 200)])
def test_it_works_for_72_hours(root, carl, clock, after, status):
    link = invite(root, carl)
    page = Client().get(link)
    clock.shift(after)
    assert Client().get(link).status_code == status
    if status == 404:
        assert Client().post(link, chosen(page)).status_code == 404
        assert not TOTPDevice.objects.filter(user=carl).exists()


def test_only_its_hash_is_kept(root, carl):
    secret = invite(root, carl).split("/")[3]
    assert len(secret) == 43
    assert secret not in str(Invitation.objects.values())
    page = root.get(f"/admin/portal/user/{carl.pk}/access/").content.decode()
    assert secret not in page
    assert "A link is open until" in page


def test_a_newer_link_replaces_it_and_it_can_be_withdrawn(root, carl):
    first, second = invite(root, carl), invite(root, carl)
    assert Client().get(first).status_code == 404
    assert Client().get(second).status_code == 200
    root.post(f"/admin/portal/user/{carl.pk}/access/", {"withdraw": "1"})
    assert Client().get(second).status_code == 404


def test_an_account_that_was_made_inactive_meanwhile_is_not_let_in(root, carl):
    link = invite(root, carl)
    User.objects.filter(pk=carl.pk).update(is_active=False)
    assert Client().get(link).status_code == 404
    response = root.post(f"/admin/portal/user/{carl.pk}/access/", {"renews": "both"})
    assert response.status_code == 422


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"password1": "short", "password2": "short"}, "password1", "at least 12 characters"),
        ({"password1": "passwordpassword", "password2": "x"}, "password2", "not the same"),
        ({"password1": "maximilian-1", "password2": "maximilian-1"}, "password1", "too similar"),
        ({"password1": "123456789012", "password2": "123456789012"}, "password1", "entirely numeric"),
        ({"password1": "administrator", "password2": "administrator"}, "password1", "too common"),
        ({"password1": ""}, "password1", "required"),
        ({"new_code": "000000"}, "new_code", "not the code for now"),
        ({"new_code": "no code"}, "new_code", "not the code for now"),
        ({"setup": "forged"}, "new_code", "open for too long"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_spends_nothing(root, carl, wrong, field, words):
    link = invite(root, carl)
    page = Client().get(link)
    refused = Client().post(link, chosen(page, **wrong))
    assert refused.status_code == 422
    assert words in " ".join(refused.context["form"].errors[field])
    assert f'id="id_{field}_error"' in refused.content.decode()
    if "setup" not in wrong:
        # The secret that the phone has taken is still the one that counts.
        assert setup_of(refused)[1].key == setup_of(page)[1].key
    assert Client().post(link, chosen(refused)).status_code == 200


def test_the_secret_of_another_link_is_not_taken(root, carl, staff):
    other = Client().get(invite(root, staff("lead", "bob")))
    link = invite(root, carl)
    refused = Client().post(link, chosen(other))
    assert "open for too long" in refused.content.decode()


# What somebody lost


@pytest.fixture
def ann(staff, clock):
    return staff("frontdesk", "ann")


def test_a_lost_authenticator_is_replaced_by_whoever_knows_the_password(root, ann, clock):
    old = ann.totpdevice_set.get()
    working = Client()
    sign_in(working, ann)
    link = invite(root, ann, "authenticator")
    page = Client().get(link)
    token, device = setup_of(page)
    given = {"setup": token, "new_code": shown(device)}
    assert is_in(working)  # nothing is lost until the link is used

    assert Client().post(link, {**given, "password": "wrong"}).status_code == 422
    assert TOTPDevice.objects.get(user=ann) == old
    assert Client().post(link, {**given, "password": PASSWORD}).status_code == 200
    assert TOTPDevice.objects.get(user=ann).key == device.key
    assert recovery.left(ann) == 10
    assert not is_in(working)
    clock.shift(30)
    assert sign_in(Client(), ann, otp_token=shown(old)).status_code == 200
    clock.shift(30)
    assert sign_in(Client(), ann).status_code == 302


def test_a_lost_password_is_replaced_by_whoever_has_the_authenticator(root, ann, clock):
    link = invite(root, ann, "password")
    new = {"password1": NEW, "password2": NEW}
    assert Client().post(link, {**new, "code": "000000"}).status_code == 422
    clock.shift(30)
    done = Client().post(link, {**new, "code": code(ann)})
    assert done.status_code == 200
    assert "<code>" not in done.content.decode()
    clock.shift(30)
    assert sign_in(Client(), ann).status_code == 200
    clock.shift(30)
    assert sign_in(Client(), ann, password=NEW).status_code == 302


def test_who_has_the_link_alone_is_locked_after_five_guesses(root, ann, clock):
    link = invite(root, ann, "password")
    for _attempt in range(5):
        locked = Client().post(link, {"password1": NEW, "password2": NEW, "code": "1234 5678 9012"})
    assert locked.status_code == 429
    clock.shift(30)
    right = Client().post(link, {"password1": NEW, "password2": NEW, "code": code(ann)})
    assert right.status_code == 429
    ann.refresh_from_db()
    assert ann.check_password(PASSWORD)


def test_only_both_can_be_new_where_there_is_nothing_yet(root, carl):
    response = root.post(f"/admin/portal/user/{carl.pk}/access/", {"renews": "password"})
    assert response.status_code == 422
    assert not Invitation.objects.exists()


def test_only_administrators_make_links(client, ann, staff, clock):
    sign_in(client, staff("lead"))
    assert client.post(f"/admin/portal/user/{ann.pk}/access/", {"renews": "both"}).status_code == 403
    assert not Invitation.objects.exists()


# By command


def test_the_first_administrator_can_be_invited_too(settings, clock):
    settings.PORTAL_URL = "https://portal.example"
    out = StringIO()
    call_command("open_account", "root", "--superuser", "--invite", stdout=out)
    printed = dict(re.findall(r"^(\w+): +(\S.*)$", out.getvalue(), re.MULTILINE))
    assert printed.keys() == {"Account", "Link"}
    assert printed["Link"].startswith("https://portal.example/admin/invitation/")
    user = User.objects.get()
    assert (user.is_superuser, user.has_usable_password()) == (True, False)
    link = printed["Link"].removeprefix("https://portal.example")
    assert Client().post(link, chosen(Client().get(link))).status_code == 200
    clock.shift(30)
    assert sign_in(Client(), user, password=NEW).status_code == 302


# At the same moment


@pytest.mark.django_db(transaction=True)
def test_two_who_use_it_at_the_same_moment_are_one(staff):
    ann = staff("frontdesk", "ann")
    secret = invitations.invite(user=ann, renews=Invitation.Renews.BOTH, by=ann, now=timezone.now())
    opened = [invitations.find(secret, timezone.now()) for _one in range(4)]
    results = []

    def accept(number):
        try:
            invitations.accept(
                invitation=opened[number],
                password=f"{NEW} {number}",
                setup=Setup(ann),
                now=timezone.now(),
            )
            results.append(number)
        except invitations.InvitationGone:
            pass
        connection.close()

    threads = [threading.Thread(target=accept, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 1
    assert User.objects.get(pk=ann.pk).check_password(f"{NEW} {results[0]}")
    assert TOTPDevice.objects.filter(user=ann).count() == 1


def test_the_setup_key_stands_in_groups_of_four(staff):
    device = staff("lead").totpdevice_set.get()
    assert re.fullmatch(r"(\w{4} ){7}\w{4}", factors.setup_key(device))
