from io import StringIO

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command

from intake import roles
from intake.choices import QUEUE_ROLES
from intake.models import Queue

pytestmark = pytest.mark.django_db


def rights(name):
    found = Group.objects.get(name=name).permissions.select_related("content_type")
    return {f"{one.content_type.app_label}.{one.codename}" for one in found}


def sync():
    out = StringIO()
    call_command("sync_roles", stdout=out)
    return out.getvalue()


def test_every_role_gets_its_rights_and_every_queue_its_people():
    sync()
    assert {name: rights(name) for name in roles.ROLES} == {
        name: set(held) for name, held in roles.ROLES.items()
    }
    for queue in Queue.objects.all():
        assert {group.name for group in queue.staff_groups.all()} == {"frontdesk", "pharmacist", "lead"}


def test_a_second_time_it_does_nothing_and_says_nothing():
    sync()
    assert sync() == ""


def test_what_is_missing_comes_back_and_what_was_added_stays():
    sync()
    group = Group.objects.get(name="frontdesk")
    group.permissions.remove(Permission.objects.get(codename="work_request"))
    group.permissions.add(Permission.objects.get(codename="view_auditentry"))
    sync()
    assert rights("frontdesk") == {*roles.ROLES["frontdesk"], "portal.view_auditentry"}


def test_a_queue_that_somebody_set_up_is_left_as_it_is():
    sync()
    night, queue = Group.objects.create(name="night"), Queue.objects.get(slug="new-patients")
    queue.staff_groups.set([night])
    sync()
    assert list(queue.staff_groups.all()) == [night]


def test_rights_that_no_table_has_are_an_error(monkeypatch):
    monkeypatch.setattr(roles, "ROLES", {"frontdesk": ("intake.fly_request",)})
    with pytest.raises(CommandError, match=r"intake\.fly_request"):
        sync()


def test_who_may_do_what_with_requests():
    """Editors and reviewers see none; the auditor sees all and works none; nobody edits accounts."""
    sync()
    everything = {name: rights(name) for name in roles.ROLES}
    assert {name for name, held in everything.items() if "intake.view_request" in held} == {
        "frontdesk",
        "pharmacist",
        "lead",
        "auditor",
    }
    assert {name for name, held in everything.items() if "intake.work_request" in held} == set(QUEUE_ROLES)
    assert {name for name, held in everything.items() if "portal.view_auditentry" in held} == {"auditor"}
    assert {name for name, held in everything.items() if "intake.sign_rules" in held} == {
        "pharmacist-in-charge"
    }
    assert not [
        right for held in everything.values() for right in held if right.endswith(("_user", "_group"))
    ]
