import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from intake.choices import Door
from portal.audit import AuditEntry
from tests.intake.requests import submit

pytestmark = pytest.mark.django_db


def show(reference, *options):
    out = StringIO()
    call_command("show_request", reference, *options, stdout=out)
    return out.getvalue()


def test_one_json_object_with_the_keys_of_the_contract():
    sent = submit(
        door=Door.NEW, date_of_birth=None, evacuated="yes", storage_problems=["warm"], language="es"
    )
    text = show(sent.reference, "--json")
    assert text.count("\n") == 1
    assert json.loads(text) == {
        "reference": sent.reference,
        "queue": "new-patients",
        "priority": "urgent",
        "rules": ["R6", "R9"],
        "needs_pharmacist": True,
        "status": "new",
        "due_at": "2026-11-18T19:00:00Z",
        "duplicate_of": None,
        "submitted_at": "2026-11-18T18:00:00Z",
        "language": "es",
    }


def test_a_later_request_names_its_first():
    first, later = submit(evacuated="yes"), submit(evacuated="yes", notes="and my phone is dying")
    assert json.loads(show(later.reference, "--json"))["duplicate_of"] == first.reference


def test_the_reference_may_be_written_in_any_way():
    sent = submit()
    typed = sent.reference.replace("-", " ").lower()
    assert json.loads(show(typed, "--json"))["reference"] == sent.reference


def test_without_json_it_is_for_people():
    assert "current-patients" in show(submit().reference)


def test_it_says_nothing_of_the_person():
    sent = submit(notes="zebra-4471", email="alma@example.org")
    text = show(sent.reference, "--json")
    assert not [word for word in ("Alma", "Rivera", "2135550142", "1961", "zebra", "example") if word in text]


def test_each_look_is_audited_without_values():
    sent = submit()
    show(sent.reference, "--json")
    row = AuditEntry.objects.get(action="request shown")
    assert (row.actor, row.actor_id, row.subject) == ("show_request", None, f"request {sent.request.pk}")
    assert "due_at" in row.fields
    assert sent.reference not in str(row.fields)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("7K4", "7 characters"),
        ("ZZZ-ZZZZ", "never part"),
        ("234-5678", "mistake"),
        ("222-2222", "No request"),
    ],
)
def test_a_wrong_or_unknown_reference_is_said_clearly(typed, words):
    with pytest.raises(CommandError, match=words):
        show(typed, "--json")
    assert not AuditEntry.objects.filter(action="request shown").exists()
