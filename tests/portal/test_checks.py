"""What `check --deploy` says of an installation, and that a right one has nothing to hear."""

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command

from portal import checks, demo
from portal.management.commands import serve
from portal.models import User


@pytest.fixture(autouse=True)
def right(settings, tmp_path, monkeypatch):
    """A production as it should be, as far as these checks look."""
    settings.DEMO = False
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    monkeypatch.setattr(checks, "_sqlite_file", lambda: None)
    settings.VAR = tmp_path / "var"
    settings.VAR.mkdir(mode=0o750)


def said(**options):
    found = run_checks(include_deployment_checks=True, **options)
    return [message.id for message in found if message.id.startswith("portal.")]


def test_nothing_of_a_right_one():
    assert said() == []


def test_messages_that_nobody_sends(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    assert said() == ["portal.W001"]


def test_a_database_for_one_machine(monkeypatch, tmp_path):
    file = tmp_path / "portal.sqlite3"
    monkeypatch.setattr(checks, "_sqlite_file", lambda: file)
    assert said() == ["portal.W002"]
    file.touch(mode=0o600)
    assert said() == ["portal.W002"]
    file.chmod(0o644)
    assert said() == ["portal.W002", "portal.W003"]


def test_a_folder_that_everybody_may_read(settings):
    settings.VAR.chmod(0o755)
    assert said() == ["portal.W003"]


@pytest.mark.django_db
class TestDemoAccounts:
    @pytest.fixture
    def left(self):
        return User.objects.create_user("lead", email=demo.email("lead"), is_staff=True)

    def test_they_are_an_error_where_the_database_is_asked(self, left):
        assert said(databases=["default"]) == ["portal.E001"]
        assert said() == []

    def test_with_them_production_is_not_served(self, left):
        with pytest.raises(CommandError, match=r"accounts of the demonstration \(lead\)"):
            call_command("serve")

    def test_somebody_of_the_same_name_is_somebody_else(self):
        User.objects.create_user("lead", email="lead@pharmacy.example", is_staff=True)
        assert said(databases=["default"]) == []

    def test_closed_accounts_open_nothing(self, left):
        User.objects.update(is_active=False)
        assert said(databases=["default"]) == []

    def test_the_demonstration_may_have_its_own(self, left, settings):
        settings.DEMO = True
        assert said(databases=["default"]) == []
        serve._refuse_demo_staff()
