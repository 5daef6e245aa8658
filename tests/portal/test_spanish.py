"""The public pages in Spanish: whole, and honest about who translated them."""

import gettext
import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
import time_machine
from django.conf import settings
from django.core.management import call_command
from django.test import Client

from intake.choices import Door
from intake.messages import compose
from intake.models import Facility, OutboxMessage
from tests.intake.posts import posted
from tests.portal.reading import Page

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.portal.failing_urls")]

UNREVIEWED = "Ninguna persona ha revisado aún esta traducción. Por teléfono, el intérprete es gratis."
SPANISH_LINES = {
    "tel:+18775950757": "Para pacientes actuales, o si no está seguro",
    "tel:+18776027779": "Para personas que aún no son pacientes",
}
NOON = "2026-11-22 20:00Z"  # a Sunday in California, before the lines open on Monday

FORMS = ["/es/help/current-patient/", "/es/help/new-patient/"]
SITE = ["/es/", "/es/help/", "/es/status/", "/es/privacy/", "/es/nondiscrimination/"]
LIBRARY = ["/es/education/", "/es/education/ivig-for-polymyositis/"]
PAGES = dict.fromkeys([*SITE, *FORMS, *LIBRARY], 200) | {
    "/es/nowhere/": 404,
    "/es/fail/bad/": 400,
    "/es/fail/forbidden/": 403,
    "/es/fail/broken/": 500,
    "/es/fail/down/": 503,
}

# No Spanish sentence holds one of these.
ENGLISH_WORDS = {
    *("an", "and", "are", "at", "call", "can", "do", "enter", "for", "from", "have", "how", "if", "in", "is"),
    *("it", "not", "of", "on", "or", "our", "patient", "please", "send", "since", "that", "the", "them"),
    *("there", "this", "to", "today", "we", "what", "when", "where", "which", "who", "with", "you", "your"),
}
SHOWN_ATTRIBUTES = ("aria-label", "title", "alt", "placeholder", "data-sending", "data-copied")


class Spanish(HTMLParser):
    """What a page says in Spanish: its texts, less those that are marked as being in another language."""

    VOID = {"meta", "link", "br", "input", "hr"}

    def __init__(self, response) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = []
        self.strings: list[str] = []
        self.feed(response.content.decode())

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        lang = given.get("lang") or (self.open[-1][1] if self.open else "")
        if lang == "es":
            self.strings += [given[name] for name in SHOWN_ATTRIBUTES if given.get(name)]
            if given.get("name") == "description":
                self.handle_data(given["content"], lang)
        if tag not in self.VOID:
            # The call can be in English, which is listed by its own name.
            self.open.append((tag, "en" if (tag, given.get("value")) == ("option", "en") else lang))

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        while self.open.pop()[0] != tag:
            pass

    def handle_data(self, data, lang=""):
        # Titles and descriptions can't say that they are those of an article in English.
        if data.strip() and "polymyositis" not in data and (lang or self.open[-1][1]) == "es":
            self.strings.append(" ".join(data.split()))

    @property
    def text(self) -> str:
        return " ".join(self.strings)


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


@pytest.fixture(autouse=True)
def _article():
    call_command("load_content", verbosity=0)


@pytest.fixture(scope="session")
def translated() -> set[str]:
    """The English of everything that has a Spanish translation, in pieces between values and tags."""
    path = settings.LOCALE_PATHS[0] / "es/LC_MESSAGES/django.mo"
    with path.open("rb") as file:
        catalog = gettext.GNUTranslations(file)._catalog
    english = {key if isinstance(key, str) else key[0]: value for key, value in catalog.items()}
    return {
        piece
        for message, translation in english.items()
        if message and message != translation and "\x04" not in message
        for piece in [max(re.split(r"<[^>]*>|%\(\w+\)[sd]|\{\w+\}", message), key=len).strip(" .,:;")]
    }


def words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d]+", text.lower()))


def assert_spanish(response, translated: set[str]) -> str:
    """Nothing that the page says is in English; return what it says."""
    page = Page(response)
    (html,) = page.all("html")
    assert html.attrs["lang"] == "es"
    said = Spanish(response)
    left = {piece for piece in translated if (piece in said.text if " " in piece else piece in said.strings)}
    assert not left
    assert not ENGLISH_WORDS & words(said.text)
    page.assert_lines_labelled(SPANISH_LINES)
    assert UNREVIEWED in page.text
    return page.text


@pytest.mark.parametrize(("path", "status"), PAGES.items())
def test_every_page_speaks_spanish_and_says_that_nobody_has_reviewed_it(client, translated, path, status):
    response = client.get(path)
    assert response.status_code == status
    assert_spanish(response, translated)


@pytest.mark.parametrize("path", ["/", "/help/new-patient/", "/privacy/", "/nowhere/"])
def test_english_pages_need_no_such_line(client, path):
    text = Page(client.get(path)).text
    assert "translation" not in text
    assert "traducción" not in text


@pytest.mark.parametrize("path", FORMS)
def test_a_form_that_misses_something_says_so_in_spanish(client, translated, path):
    text = assert_spanish(client.post(path, {"phone": "12", "notes": "x" * 2001}), translated)
    assert "Aún no se envió. Corrija esto:" in text
    assert "Escriba el nombre del paciente." in text
    assert "Escriba un teléfono de 10 dígitos, como 213 555 0100." in text
    assert "Acorte el texto: como máximo 2000 caracteres. Tiene 2001." in text


def test_every_error_is_in_spanish(client, translated):
    typed = ["caller_role", "first_name", "date_of_birth", "phone", "email", "zip_now", "next_dose_on"]
    marked = ["storage_problems", "days_supply", "text_ok"]
    assert_spanish(
        client.post(FORMS[0], dict.fromkeys(typed, "?\ufffd") | dict.fromkeys(marked, "?")), translated
    )
    far = posted(date_of_birth="2999-01-01", next_dose_on="2040-01-01", caller_role="caregiver")
    assert_spanish(client.post(FORMS[0], far), translated)


@pytest.mark.parametrize("path", FORMS)
def test_a_form_that_was_not_sent_says_so_in_spanish(translated, path):
    strict = Client(enforce_csrf_checks=True)
    response = strict.post(path, posted())
    assert response.status_code == 403
    text = assert_spanish(response, translated)
    assert "NO SE ENVIÓ. Esta página estuvo abierta demasiado tiempo." in text
    assert "Oprima “Enviar mi solicitud” otra vez." in text


def test_the_copies_of_blank_forms_are_one_for_each_language(client):
    headings = [Page(client.get(path)).h1 for path in ("/help/new-patient/", FORMS[1]) * 2]
    assert headings == ["Ask about a medication", "Pregunte por un medicamento"] * 2


def test_the_spanish_form_asks_for_a_call_in_spanish(client):
    options = Page(client.get(FORMS[0])).all("option")
    assert "es" in [option.attrs["value"] for option in options if "selected" in option.attrs]


@time_machine.travel(NOON, tick=False)
@pytest.mark.parametrize("door", list(Door))
def test_the_received_page_says_in_spanish_when_the_call_comes(client, translated, door):
    answers = posted(door, missed_dose="yes", text_ok="on", storage_problems=["warm"], language="es")
    response = client.post(f"/es/help/{door}/", answers, follow=True)
    assert response.status_code == 200
    text = assert_spanish(response, translated)
    assert "Recibimos su solicitud Su referencia" in text
    assert "Nuestra meta es llamarle a más tardar hoy, 1:00 p.m. PST desde el 877-" in text
    assert "¿Le pasó algo a la medicina? Se calentó" in text


@time_machine.travel(NOON, tick=False)
def test_another_day_and_a_birth_date_are_written_as_in_spanish(client):
    response = client.post(FORMS[0], posted(fire_affected="no"), follow=True)
    text = Page(response).text
    assert "a más tardar el lun 23 de nov, 6:00 p.m. PST" in text
    assert "Fecha de nacimiento del paciente 15 de marzo de 1980" in text


def test_a_danger_sign_is_answered_in_spanish(client, translated):
    response = client.post(FORMS[0], posted(danger_signs=["breathing"]), follow=True)
    assert "Llame al 911 ahora" in assert_spanish(response, translated)


@time_machine.travel(NOON, tick=False)
def test_hours_and_centers_are_said_in_spanish(client):
    Facility.objects.filter(slug="infusion-center-2").update(
        status="closed", since=datetime(2026, 11, 21, 16, 30, tzinfo=UTC), note="Smoke.", note_es="Humo."
    )
    text = Page(client.get("/es/status/")).text
    assert "De lunes a viernes, de 8:00 a.m. a 6:00 p.m. PST aún sin confirmar" in text
    assert "Centro de infusión 2 Cerrado Humo. Desde el sáb 21 de nov, 8:30 a.m. PST" in text
    assert "Centro de infusión 2 (Cerrado)" in Page(client.get(FORMS[0])).text


def test_a_center_keeps_the_name_that_it_gets(client):
    Facility.objects.filter(slug="infusion-center-1").update(name="Pasadena Infusion", name_confirmed=True)
    assert "Pasadena Infusion Abierto" in Page(client.get("/es/status/")).text


def test_the_confirmation_is_in_the_language_of_the_form(client):
    client.post(FORMS[0], posted(email="ana@example.org"))
    mail = compose(OutboxMessage.objects.get())
    assert mail.subject == "Recibimos su solicitud"
    assert "Para pacientes actuales, o si no está seguro" in mail.body
    assert "No espere si empeora: llame a la línea o al 911." in mail.body
    assert UNREVIEWED in mail.body
    body, address = re.subn(r"http\S+/es/help/current-patient/", "", mail.body)
    assert address
    assert not ENGLISH_WORDS & words(body)


def test_an_english_confirmation_needs_no_such_line(client):
    client.post("/help/current-patient/", posted(email="ana@example.org"))
    assert "translation" not in compose(OutboxMessage.objects.get()).body
