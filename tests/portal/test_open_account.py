"""The first account of an installation, made where nobody can sign in yet."""

import logging
import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from portal.audit import AuditEntry
from portal.models import User

pytestmark = pytest.mark.django_db


def open_account(*arguments):
    """Return what is printed, by the name of its line."""
    out, err = StringIO(), StringIO()
    call_command("open_account", *arguments, stdout=out, stderr=err)
    assert err.getvalue() == ""
    return dict(re.findall(r"^(\w[\w ]*): +(\S.*)$", out.getvalue(), re.MULTILINE))


def signed_in(client, printed):
    device = TOTPDevice.objects.get(user__username=printed["Account"])
    code = f"{TOTP(device.bin_key, device.step, device.t0, device.digits).token():06d}"
    given = {"username": printed["Account"], "password": printed["Password"], "otp_token": code}
    client.post("/admin/login/", given | {"next": "/admin/"})
    return client.get("/admin/").status_code == 200


def test_what_is_printed_opens_the_admin_of_an_empty_installation(client):
    assert not User.objects.exists()
    printed = open_account("root", "--superuser", "--email", "root@pharmacy.example")
    assert signed_in(client, printed)
    assert client.get("/admin/portal/user/add/").status_code == 200
    user = User.objects.get()
    assert (user.is_staff, user.is_superuser, user.email) == (True, True, "root@pharmacy.example")


def test_the_authenticator_gets_the_same_secret_by_key_and_by_address():
    printed = open_account("root", "--superuser")
    address = printed["Address"]
    assert address.startswith("otpauth://totp/California%20Specialty%20Pharmacy")
    assert f"secret={printed['Setup key'].replace(' ', '')}&" in address


def test_every_account_has_a_password_and_a_secret_of_its_own():
    first, second = open_account("ann"), open_account("ben")
    assert first["Password"] != second["Password"]
    assert first["Setup key"] != second["Setup key"]
    assert len(first["Password"]) == 20


def test_an_account_gets_its_roles_and_no_more(client):
    call_command("sync_roles", verbosity=0)
    printed = open_account("lee", "--group", "lead", "--group", "auditor")
    user = User.objects.get()
    assert sorted(group.name for group in user.groups.all()) == ["auditor", "lead"]
    assert (user.is_staff, user.is_superuser) == (True, False)
    assert signed_in(client, printed)
    assert client.get("/admin/portal/user/add/").status_code == 403


@pytest.mark.parametrize("name", ["lee", "LEE"])
def test_an_account_that_exists_is_left_as_it_is(name):
    open_account("lee")
    before = User.objects.values().get()
    with pytest.raises(CommandError, match="There is an account lee already"):
        open_account(name, "--superuser")
    assert User.objects.values().get() == before
    assert TOTPDevice.objects.count() == 1
    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["lee", "--group", "boss"], "There is no group boss. Groups: .*frontdesk.*lead"),
        (["lee lead"], "valid username"),
        (["lee", "--email", "not an address"], "valid email"),
    ],
)
def test_what_can_t_be_right_is_refused_and_makes_nothing(arguments, reason):
    call_command("sync_roles", verbosity=0)
    with pytest.raises(CommandError, match=reason):
        open_account(*arguments)
    assert not User.objects.exists()
    assert not AuditEntry.objects.exists()


def test_before_the_roles_exist_the_reason_is_named():
    with pytest.raises(CommandError, match="sync_roles"):
        open_account("lee", "--group", "lead")


def test_an_account_whose_password_nobody_saw_is_not_kept():
    class Closed(StringIO):
        def write(self, text):
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        call_command("open_account", "lee", stdout=Closed())
    assert not User.objects.exists()


def test_the_audit_trail_names_the_act_and_the_secrets_stand_nowhere(caplog):
    caplog.set_level(logging.DEBUG)
    printed = open_account("lee", "--superuser", "--email", "lee@pharmacy.example")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor) == ("account opened", "open_account")
    assert entry.subject == f"user {User.objects.get().pk}"
    assert entry.fields == ["username", "password", "authenticator", "is_superuser", "email"]
    # The statements that Django can log in development are not the portal's log.
    logged = "\n".join(r.getMessage() for r in caplog.records if not r.name.startswith("django.db"))
    for secret in (printed["Password"], printed["Setup key"].replace(" ", ""), "lee@pharmacy.example"):
        assert secret not in logged
        assert secret not in str(entry.__dict__)
    assert printed["Password"] not in User.objects.get().password
