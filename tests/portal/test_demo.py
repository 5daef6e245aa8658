import json
import stat
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django_otp.plugins.otp_totp.models import TOTPDevice

from portal import demo
from portal.demo_keys import make_keys
from portal.models import User

pytestmark = pytest.mark.django_db
NOON = 1_794_000_000.0  # the beginning of a step of 30 seconds


@pytest.fixture(autouse=True)
def _groups(db: None) -> None:
    call_command("sync_roles", verbosity=0)


@pytest.fixture
def device(db: None) -> TOTPDevice:
    user = User.objects.create_user("frontdesk", email=demo.email("frontdesk"))
    return TOTPDevice.objects.create(user=user, name="demo", confirmed=True)


def staff_code(username: str, capsys: pytest.CaptureFixture[str]) -> str:
    call_command("staff_code", username)
    return capsys.readouterr().out


def test_keys_are_made_once_and_for_the_owner_alone(tmp_path: Path) -> None:
    assert make_keys(tmp_path / "var")
    path = tmp_path / "var" / "demo.env"
    first = path.read_text()
    assert not make_keys(tmp_path / "var")
    assert path.read_text() == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["demo.env"]


def test_every_role_gets_an_account_with_a_second_factor() -> None:
    made = demo.ensure_staff()
    assert made == ["admin", "lead", "pharmacist", "frontdesk", "editor", "reviewer", "auditor"]
    kept = json.loads(demo.staff_file().read_text())
    assert stat.S_IMODE(demo.staff_file().stat().st_mode) == 0o600
    for name in made:
        user = User.objects.get(username=name)
        assert user.check_password(kept[name]["password"])
        assert user.is_staff
        assert user.is_superuser == (name == "admin")
        assert user.totpdevice_set.filter(confirmed=True).count() == 1


def test_an_account_that_is_complete_is_left_alone(django_assert_max_num_queries: Any) -> None:
    demo.ensure_staff()
    before = list(TOTPDevice.objects.order_by("id").values_list("key"))
    # The accounts, groups and devices; then a savepoint and its end; a group may cost two for each account.
    with django_assert_max_num_queries(20):
        assert demo.ensure_staff() == []
    assert list(TOTPDevice.objects.order_by("id").values_list("key")) == before


def test_what_is_missing_comes_back_and_the_printed_password_is_the_true_one() -> None:
    demo.ensure_staff()
    password = demo.credentials()["lead"]["password"]
    User.objects.get(username="editor").delete()
    lead = User.objects.get(username="lead")
    lead.set_password("something else")
    lead.is_active = False
    lead.save()
    lead.totpdevice_set.all().delete()

    assert demo.ensure_staff() == ["editor"]
    lead.refresh_from_db()
    assert lead.check_password(password)
    assert lead.is_active
    assert lead.totpdevice_set.count() == 1


@pytest.mark.parametrize("username", ["lead", "somebody"])
def test_a_database_with_real_staff_is_not_touched(username: str) -> None:
    User.objects.create_user(username, email="lead@pharmacy.example", password="theirs")
    with pytest.raises(demo.NotADemonstration):
        demo.ensure_staff()
    assert User.objects.get().check_password("theirs")


def test_staff_that_visitors_add_to_the_demonstration_stay() -> None:
    demo.ensure_staff()
    User.objects.create_user("visitor")
    assert demo.ensure_staff() == []
    assert User.objects.filter(username="visitor").exists()


def test_the_printed_code_is_accepted_and_a_second_one_too(
    device: TOTPDevice, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.DEMO = True
    with time_machine.travel(NOON + 10, tick=False):
        first = staff_code("frontdesk", capsys)
        assert device.verify_token(first.strip())
        assert not TOTPDevice.objects.get().verify_token(first.strip())
        TOTPDevice.objects.get().throttle_reset()
        second = staff_code("frontdesk", capsys)
        assert TOTPDevice.objects.get().verify_token(second.strip())
    assert first != second
    assert first == first.strip().zfill(6) + "\n"


@pytest.mark.parametrize(("last_step", "wait"), [(-1, 0), (0, 0), (1, 20), (2, 50)])
def test_the_wait_ends_when_an_unused_step_comes_into_reach(
    device: TOTPDevice, last_step: int, wait: float
) -> None:
    device.last_t = int(NOON) // 30 + last_step
    code, seconds = demo.next_code(device, NOON + 10)
    assert seconds == wait
    with time_machine.travel(NOON + 10 + seconds, tick=False):
        assert device.verify_token(code)


@pytest.mark.parametrize("late", [0, 29.9])
def test_a_code_outlives_the_step_in_which_it_was_asked_for(device: TOTPDevice, late: float) -> None:
    code, _ = demo.next_code(device, NOON + late)
    with time_machine.travel(NOON + late + 20, tick=False):
        assert device.verify_token(code)


def test_after_wrong_codes_it_waits_until_sign_in_listens_again(
    device: TOTPDevice, settings: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.DEMO = True
    with time_machine.travel(NOON, tick=False) as clock:
        device.throttle_increment()
        device.throttle_increment()
        monkeypatch.setattr("portal.demo.time.sleep", clock.shift)
        call_command("staff_code", "frontdesk")
        output = capsys.readouterr()
        assert "Waiting 2 seconds" in output.err
        assert TOTPDevice.objects.get().verify_token(output.out.strip())


def test_a_long_lock_is_said_and_not_waited_for(device: TOTPDevice, settings: Any) -> None:
    settings.DEMO = True
    for _ in range(9):
        device.throttle_increment()
    with pytest.raises(CommandError, match="accepts none for 25"):
        call_command("staff_code", "frontdesk")


def test_codes_are_printed_in_the_demonstration_only(device: TOTPDevice, settings: Any) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="demonstration only"):
        call_command("staff_code", "frontdesk")


def test_codes_are_printed_for_demo_accounts_only(settings: Any) -> None:
    settings.DEMO = True
    colleague = User.objects.create_user("colleague", email="colleague@pharmacy.example")
    TOTPDevice.objects.create(user=colleague, name="phone", confirmed=True)
    with pytest.raises(CommandError, match="no demo account"):
        call_command("staff_code", "colleague")
