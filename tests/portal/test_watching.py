"""Each request's id, and the line that a slow one leaves."""

import pytest
from django.test import Client

from portal import watching

pytestmark = pytest.mark.django_db


def test_each_answer_that_is_somebodys_own_carries_a_number_of_its_own(client):
    numbers = [client.get("/help/current-patient/")["X-Request-ID"] for _ in range(3)]
    assert len(set(numbers)) == 3


def test_pages_that_are_the_same_for_everybody_carry_none(client, settings):
    settings.SITUATION_MAX_AGE = 60
    assert not client.get("/").has_header("X-Request-ID")
    assert not client.get("/").has_header("X-Request-ID")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("7f3a-9.b_c0", True),
        ("short", False),
        ("a" * 65, False),
        ("Zyxelda Quorvath", False),
        ("x" * 10 + "\n", False),
        ("<script>alert</script>", False),
    ],
)
def test_a_proxys_number_is_taken_over_where_it_is_one(client, settings, given, kept):
    settings.BEHIND_PROXY = True
    answer = client.get("/help/current-patient/", headers={"x-request-id": given})
    assert (answer["X-Request-ID"] == given) is kept


def test_nobody_else_chooses_theirs(client):
    answer = client.get("/help/current-patient/", headers={"x-request-id": "chosen-by-me"})
    assert answer["X-Request-ID"] != "chosen-by-me"


def test_a_slow_request_leaves_a_line_and_a_quick_one_none(client, monkeypatch, lines):
    client.get("/help/current-patient/")
    assert lines() == []
    monkeypatch.setattr(watching, "SLOW", -1)
    answer = client.get("/es/help/new-patient/")
    [line] = lines()
    assert (line["logger"], line["status"]) == ("portal.watching", 200)
    assert line["route"] == "es/help/<door:door>/"
    assert line["request"] == answer["X-Request-ID"]


def test_what_is_logged_after_a_request_no_longer_speaks_of_it(client):
    client.get("/help/current-patient/")
    assert watching.current.get() is None
    broken = Client(raise_request_exception=False)
    broken.get("/nowhere/")
    assert watching.current.get() is None
