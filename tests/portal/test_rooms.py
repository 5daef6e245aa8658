"""No flood takes all of a process: who finds no room gets every word back, and others go on."""

import threading
from contextlib import contextmanager
from io import BytesIO

import pytest
from django.db import connection, connections
from django.test import Client, RequestFactory
from django.test.client import ClientHandler

from intake.models import Request
from portal import rooms
from tests.intake.posts import posted
from tests.portal.reading import Page

pytestmark = pytest.mark.django_db

FORM = "/help/current-patient/"


@contextmanager
def full(name, monkeypatch, *, waiting=0):
    """A room of that name in which everybody is at work; `waiting` more may come in."""
    monkeypatch.setattr(rooms, "PATIENCE", 0.01)
    room = rooms.Room(at_work=1, waiting=waiting)
    monkeypatch.setitem(rooms.ROOMS, name, room)
    with room.place(), room.work():
        yield


def assert_not_sent(response, status=503):
    assert response.status_code == status
    page = Page(response)
    page.assert_lines_labelled()
    assert "NOT SENT." in page.text
    return page


def test_who_waited_in_vain_gets_every_word_back_and_may_send_it_again(monkeypatch):
    visitor = Client(enforce_csrf_checks=True)
    visitor.get(FORM)
    token = visitor.cookies["csrftoken"].value
    with full("posts", monkeypatch, waiting=1):
        response = visitor.post(FORM, posted(notes="Please hurry", csrfmiddlewaretoken=token))
    page = assert_not_sent(response)
    assert "Very many people are sending requests." in page.text
    assert "Please hurry" in page.html
    assert response["Retry-After"] == "30"
    (field,) = [one for one in page.all("input") if one.attrs.get("name") == "csrfmiddlewaretoken"]
    again = visitor.post(FORM, posted(csrfmiddlewaretoken=field.attrs["value"]))
    assert again.status_code == 303


def test_who_finds_no_place_is_told_so_in_their_language_before_the_body_is_read(client, monkeypatch):
    with full("posts", monkeypatch):
        response = client.post(f"/es{FORM}", posted())
    assert response.status_code == 503
    assert 'lang="es"' in response.content.decode()
    assert "877-595-0757" in response.content.decode()
    assert Request.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "path"),
    [("pages", "/education/search/?q=fire"), ("desk", "/admin/"), ("sign-in", "/admin/login/")],
)
def test_a_full_room_keeps_nobody_out_of_the_others(client, monkeypatch, name, path):
    if name == "desk":
        client.cookies["sessionid"] = "somebody's"
    with full(name, monkeypatch):
        refused = client.get(path)
        assert refused.status_code == 503
        Page(refused).assert_lines_labelled()
        for free in ("/", "/status/", "/status.json", "/healthz", FORM, "/help/"):
            assert client.get(free).status_code == 200
        assert client.post(FORM, posted()).status_code == 303


def test_places_are_given_back(client, monkeypatch):
    monkeypatch.setitem(rooms.ROOMS, "posts", rooms.Room(at_work=1, waiting=0))
    for _ in range(3):
        assert client.post(FORM, posted()).status_code == 303
        assert client.post("/nowhere/", {}).status_code == 404
        assert client.post(FORM, "x", content_type="multipart/form-data; boundary=b").status_code in (
            400,
            422,
        )


def test_there_are_more_threads_than_places():
    assert rooms.THREADS - sum(room.at_work + room.waiting for room in rooms.ROOMS.values()) >= 16


class TestBodies:
    def call(self, body, **environ):
        given = RequestFactory().post(FORM, content_type="application/x-www-form-urlencoded").environ
        given |= {"wsgi.input": body if hasattr(body, "read") else BytesIO(body), **environ}
        response = ClientHandler(enforce_csrf_checks=False)(given)
        return response.status_code, response.content.decode()

    def body(self, **changes):
        return "&".join(f"{name}={value}" for name, value in posted(**changes).items()).encode()

    def test_in_chunks_it_is_read_as_any_other(self):
        sent = self.body(last_name="Nunez", phone="2135550100")
        status, _page = self.call(sent, CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked")
        assert status == 303
        assert Request.objects.get().answers["first_name"] == "Ana"

    @pytest.mark.parametrize("chunked", [True, False])
    def test_beyond_the_limit_it_is_refused_without_being_read_whole(self, chunked):
        class Endless:
            given = 0

            def read(self, size=65_536):
                self.given += size
                return b"x" * size

            readline = read

        endless = Endless()
        length = (
            {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}
            if chunked
            else {"CONTENT_LENGTH": str(10**12)}
        )
        status, page = self.call(endless, **length)
        assert status == 413
        assert endless.given < 1_200_000
        assert "877-595-0757" in page
        assert "877-602-7779" in page

    @pytest.mark.parametrize("said", [1, 500])
    def test_half_a_form_is_not_taken_for_a_whole_one(self, said):
        sent = self.body(last_name="Nunez", phone="2135550100")
        status, page = self.call(sent, CONTENT_LENGTH=str(len(sent) + said))
        assert status == 400
        assert "NOT SENT." in page
        assert Request.objects.count() == 0

    @pytest.mark.parametrize("length", ["x", "-5", "1e3", "9" * 40])
    def test_a_length_that_is_none_is_no_fault_of_ours(self, length):
        status, page = self.call(self.body(), CONTENT_LENGTH=length)
        assert status in (400, 403, 413, 422)
        assert "877-595-0757" in page

    def test_files_are_left_aside_and_the_words_kept(self, client):
        sent = client.post(FORM, posted(notes="Please hurry") | {"photo": BytesIO(b"x" * 300_000)})
        assert sent.status_code == 303
        assert Request.objects.get().answers["notes"] == "Please hurry"


@pytest.mark.django_db(transaction=True)
def test_threads_work_with_connections_of_the_rooms_and_give_them_back(monkeypatch):
    monkeypatch.setattr(rooms, "_lending", True)
    rooms._idle.clear()
    own, seen = connection.connection, []

    def look(request):
        assert connection.in_atomic_block is False
        Request.objects.count()
        seen.append(connections["default"])
        return None

    try:
        middleware = rooms.Rooms(look)
        for _ in range(3):
            thread = threading.Thread(target=middleware, args=[RequestFactory().post(FORM)])
            thread.start()
            thread.join()
        middleware(RequestFactory().post(FORM))
        assert len(seen) == 4
        assert len(set(map(id, seen))) == 1, "one connection did for all"
        assert connection.connection is own
        # What is cut off is not handed on.
        seen[0].close()
        middleware(RequestFactory().post(FORM))
        assert len(seen) == 5
    finally:
        for lent in rooms._idle:
            lent.close()
        rooms._idle.clear()
