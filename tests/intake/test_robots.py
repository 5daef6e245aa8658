"""Robots are kept out without a riddle; a shelter behind one address and a fast browser are not."""

import re
from uuid import uuid4

import pytest
import time_machine
from django.test import Client

from intake.choices import Door, Priority
from intake.models import Request
from portal import limits
from portal.limits import LimitCount
from tests.intake.pages import Page
from tests.intake.posts import posted
from tests.intake.requests import MORNING

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _within_one_window():
    with time_machine.travel(MORNING, tick=False):
        yield


def visitor(**given):
    """Somebody in the shelter: nobody is counted who comes from this very machine."""
    return Client(REMOTE_ADDR="192.0.2.1", **given)


@pytest.fixture
def client():
    return visitor()


LINES = ("877-595-0757", "877-602-7779")


def address(door):
    return f"/help/{door}/"


def phones(number):
    return f"213 555 {number:04d}"


def assert_not_sent(response, status):
    page = Page(response)
    assert response.status_code == status
    assert "NOT SENT." in page.html
    assert all(line in page.html for line in LINES)
    assert "no-store" in response["Cache-Control"]
    return page


@pytest.mark.parametrize("door", Door)
class TestTrap:
    def test_it_is_off_everybodys_path(self, client, door):
        html = client.get(address(door)).content.decode()
        (box,) = re.findall(r'<div class="field" hidden>.*?</div>', html, re.DOTALL)
        assert 'name="subject"' in box
        assert "Leave this empty" in box
        assert 'tabindex="-1"' in box
        assert 'autocomplete="off"' in box

    def test_whoever_fills_it_gets_everything_back_and_is_asked_to_empty_it(self, client, door):
        data = posted(door, subject="Fires", notes="Please hurry")
        page = assert_not_sent(client.post(address(door), data), 422)
        assert Request.objects.count() == 0
        assert page.typed["notes"] == "Please hurry"
        assert page.typed["subject"] == "Fires"
        assert '<a href="#id_subject">' in page.html
        assert "hidden><label" not in page.html, "the box can be seen now"
        assert 'tabindex="-1" autocomplete' not in page.html
        # and with the box emptied the very same form is taken
        sent = client.post(address(door), data | {"subject": " "})
        assert sent.status_code == 303

    def test_posts_without_it_pass(self, client, door):
        assert client.post(address(door), posted(door)).status_code == 303


def test_staff_by_phone_have_no_such_box(desk_client):
    assert 'name="subject"' not in desk_client.get("/admin/triage/phone/current-patient/").content.decode()


def test_a_shelter_behind_one_address_passes():
    for number in range(100):
        response = visitor().post(address(Door.CURRENT), posted(phone=phones(number)))
        assert response.status_code == 303, "speed alone refuses nobody"
    assert Request.objects.count() == 100


class TestLimit:
    @pytest.fixture(autouse=True)
    def _two(self, settings):
        settings.LIMIT_REQUESTS = 2

    def send(self, number, client=None, **changes):
        return (client or visitor()).post(address(Door.CURRENT), posted(phone=phones(number), **changes))

    def fill(self):
        return [self.send(number) for number in range(2)]

    @pytest.mark.parametrize("known", [True, False])
    def test_beyond_it_the_form_comes_back_and_says_when_to_try_again(self, known):
        self.fill()
        if known:
            self.send(2)
        response = self.send(3, notes="Please hurry")
        page = assert_not_sent(response, 429)
        assert page.typed["notes"] == "Please hurry"
        assert response["Retry-After"] == "600"
        assert "You can send it again at 10:10 a.m." in page.html
        assert Request.objects.count() == 2
        assert LimitCount.objects.get().count == 2, "what was not stored was not counted"

    def test_other_processes_refuse_too(self):
        self.fill()
        limits.forget()
        assert self.send(3).status_code == 429

    def test_elsewhere_it_goes_on(self):
        self.fill()
        assert self.send(3).status_code == 429
        elsewhere = Client(REMOTE_ADDR="192.0.2.77")
        assert self.send(3, elsewhere).status_code == 303

    def test_an_address_that_a_visitor_claims_changes_nothing(self):
        self.fill()
        spoofed = visitor(headers={"x-forwarded-for": "203.0.113.5"})
        assert self.send(3, spoofed).status_code == 429

    def test_what_is_there_already_still_answers_with_its_reference(self):
        data = posted(phone=phones(7))
        first = visitor().post(address(Door.CURRENT), data)
        self.send(8)
        assert self.send(9).status_code == 429
        again = visitor().post(address(Door.CURRENT), data)
        assert (again.status_code, again["Location"]) == (303, first["Location"])

    def test_an_emergency_always_passes(self):
        self.fill()
        assert self.send(3, danger_signs=["breathing"]).status_code == 303
        assert Request.objects.filter(priority=Priority.EMERGENCY).count() == 1

    def test_staff_by_phone_are_not_counted(self, desk_client):
        self.fill()
        sent = desk_client.post(
            "/admin/triage/phone/current-patient/", posted(phone=phones(4)) | {"submission_key": str(uuid4())}
        )
        assert sent.status_code == 303
        assert Request.objects.count() == 3

    @pytest.mark.django_db(transaction=True)
    def test_without_its_table_nobody_is_refused(self, monkeypatch):
        monkeypatch.setattr(limits.LimitCount._meta, "db_table", "not_there")
        for number in range(4):
            assert self.send(number).status_code == 303
        assert Request.objects.count() == 4


class TestJunk:
    def test_too_much_of_it_is_told_to_wait_but_who_sends_a_good_form_is_not(self, settings):
        settings.LIMIT_JUNK = 10
        client = visitor()
        answers = [
            client.post(address(Door.NEW), posted(Door.NEW, phone="1", notes="Please hurry"))
            for _ in range(25)
        ]
        assert [answer.status_code for answer in answers] == [422] * 19 + [429] * 6
        page = assert_not_sent(answers[-1], 429)
        assert page.typed["notes"] == "Please hurry"
        assert "Enter a phone number with 10 digits" in page.html
        assert answers[-1]["Retry-After"]
        assert client.post(address(Door.NEW), posted(Door.NEW)).status_code == 303
