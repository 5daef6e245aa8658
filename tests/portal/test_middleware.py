import gzip
from concurrent.futures import ThreadPoolExecutor

import brotli
import pytest
from django.db import Error as DatabaseError
from django.templatetags.static import static

from intake.models import EmergencyNotice
from intake.situation import keeping
from portal import middleware, published

pytestmark = pytest.mark.django_db


@pytest.fixture
def always_old(settings):
    settings.SITUATION_MAX_AGE = 0


def test_a_published_page_is_made_once(client, settings, django_assert_num_queries):
    settings.SITUATION_MAX_AGE = 60
    first = client.get("/")
    with django_assert_num_queries(0):
        again = client.get("/")
    assert again.content == first.content
    assert again["Content-Security-Policy"] == first["Content-Security-Policy"]


def test_a_staff_change_shows(client, always_old):
    before = client.get("/")
    EmergencyNotice.objects.update(headline="The road to center 2 is closed")
    after = client.get("/")
    assert "The road to center 2 is closed" in after.content.decode()
    assert before["ETag"] != after["ETag"]


def test_an_unchanged_page_is_not_sent_again(client):
    tag = client.get("/")["ETag"]
    again = client.get("/", headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")


def test_languages_are_pages_of_their_own(client):
    assert b'lang="en"' in client.get("/").content
    assert b'lang="es"' in client.get("/es/").content
    assert b'lang="en"' in client.get("/", headers={"accept-language": "es"}).content


@pytest.mark.parametrize("path", ["/help/current-patient/", "/healthz", "/status.json"])
def test_what_differs_or_is_asked_for_by_machines_is_never_kept(client, path):
    client.get(path)
    assert published.last_copy(path) is None


def test_a_page_that_can_not_be_made_anew_is_its_last_copy(client, always_old, monkeypatch):
    address = "/education/"
    before = client.get(address).content
    client.raise_request_exception = False

    def fail(*args, **kwargs):
        raise DatabaseError

    monkeypatch.setattr(keeping, "read_document", fail)
    monkeypatch.setattr("education.views.article_list", fail)
    monkeypatch.setattr("education.models.Article.objects.published", fail, raising=False)
    response = client.get(address)
    assert response.status_code == 200
    assert b"877-595-0757" in before


def test_compressed_as_the_browser_takes_it(client):
    plain = client.get("/")
    assert not plain.has_header("Content-Encoding")
    br = client.get("/", headers={"accept-encoding": "gzip, br"})
    assert (br["Content-Encoding"], brotli.decompress(br.content)) == ("br", plain.content)
    gz = client.get("/", headers={"accept-encoding": "gzip"})
    assert (gz["Content-Encoding"], gzip.decompress(gz.content)) == ("gzip", plain.content)
    assert "Accept-Encoding" in plain["Vary"]


@pytest.mark.parametrize(
    "path", ["/", "/help/current-patient/", "/admin/login/", "/nowhere/", "/status.json"]
)
def test_every_answer_carries_the_security_headers(client, path):
    response = client.get(path)
    for name, value in middleware.HEADERS.items():
        assert response[name] == value
    assert "unsafe" not in response["Content-Security-Policy"]
    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"


def test_nothing_but_https_is_answered_in_production(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    client.get("/", secure=True)
    assert client.get("/").status_code == 301


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_load_balancers_are_answered_by_any_name_over_plain_http(client, settings, path):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get(path, headers={"host": "10.0.0.5:8000"}).status_code == 200


def test_a_hanging_database_holds_up_one_visitor_only(client, always_old):
    first = client.get("/").content
    with published._asking, keeping.asking, ThreadPoolExecutor(1) as another:
        assert another.submit(client.get, "/").result(timeout=30).content == first


def test_only_what_can_be_a_page_carries_a_pages_policies(client):
    page, style, icon = (
        client.get(address) for address in ("/", static("css/site.css"), static("img/favicon.svg"))
    )
    for name in middleware.PAGES_ONLY:
        assert name in page.headers
        assert name in icon.headers
        assert name not in style.headers
    for response in (page, style, icon):
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "Access-Control-Allow-Origin" not in response.headers
