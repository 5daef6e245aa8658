from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.template.loader import render_to_string
from django.utils import timezone

from intake import situation
from intake.models import EmergencyNotice, Facility, Queue
from tests.portal.reading import Page

pytestmark = pytest.mark.django_db

PATHS = ["/", "/help/", "/status/", "/privacy/", "/nondiscrimination/"]
LOS_ANGELES = ZoneInfo("America/Los_Angeles")


@pytest.fixture(autouse=True)
def _always_fresh(settings):
    settings.SITUATION_MAX_AGE = 0


@pytest.mark.parametrize("path", PATHS)
def test_every_page_has_both_lines_each_labelled_for_whom(client, path):
    page = Page(client.get(path))
    page.assert_lines_labelled()
    assert page.calls("tel:911")


@pytest.mark.parametrize("path", PATHS)
def test_every_page_shows_the_running_notice(client, path):
    EmergencyNotice.objects.update(headline="Center 2 moved", body="Call before you travel.")
    assert "Center 2 moved Call before you travel." in Page(client.get(path)).text


@pytest.mark.parametrize("path", PATHS)
def test_pages_are_sound(client, path):
    page = Page(client.get(path))
    assert page.h1
    (html,) = page.all("html")
    assert html.attrs["lang"] == "en"
    for landmark in ("header", "main", "footer"):
        assert len(page.all(landmark)) == 1, landmark
    ids = [element.attrs["id"] for element in page.elements if "id" in element.attrs]
    assert len(ids) == len(set(ids))
    anchors = [a.attrs["href"][1:] for a in page.all("a") if a.attrs["href"].startswith("#")]
    assert set(anchors) <= set(ids)


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_inline_or_loaded_from_elsewhere(client, path):
    page = Page(client.get(path))
    assert not page.all("style", "iframe", "img")
    # Links that say where the page stands load nothing.
    loaded = [
        element.attrs.get("src") or element.attrs.get("href")
        for element in page.all("script", "link")
        if element.attrs.get("rel") not in ("canonical", "alternate")
    ]
    assert len(loaded) == 3
    assert all(address.startswith("/static/") for address in loaded)
    for element in page.elements:
        assert not [name for name in element.attrs if name == "style" or name.startswith("on")], element


@pytest.mark.parametrize("path", PATHS)
def test_the_other_language_keeps_the_page(client, path):
    spanish = Page(client.get(path)).all("a")
    assert f"/es{path}" in [a.attrs["href"] for a in spanish if a.attrs.get("hreflang") == "es"]
    english = Page(client.get(f"/es{path}")).all("a")
    assert path in [a.attrs["href"] for a in english if a.attrs.get("hreflang") == "en"]


def test_an_address_in_no_language_leads_to_the_other_languages_home(client):
    links = Page(client.get("/nowhere/?a=1")).all("a")
    assert [a.attrs["href"] for a in links if a.attrs.get("hreflang") == "es"] == ["/es/"]


def test_the_lines_are_labelled_in_spanish(client):
    page = Page(client.get("/es/"))
    assert any("Para pacientes actuales" in text for text in page.calls("tel:+18775950757"))
    assert any("aún no son pacientes" in text for text in page.calls("tel:+18776027779"))


def test_home_has_two_doors_with_number_and_form(client):
    page = Page(client.get("/"))
    first, second = (s for s in page.all("section") if s.attrs.get("class") == "door")
    assert first.text.startswith("I am a patient")
    assert second.text.startswith("I am not a patient yet")
    hrefs = [a.attrs["href"] for a in page.all("a")]
    assert hrefs.index("tel:+18775950757") < hrefs.index("/help/current-patient/")
    assert hrefs.index("tel:+18776027779") < hrefs.index("/help/new-patient/")


def test_home_says_what_is_not_confirmed(client):
    text = Page(client.get("/")).text
    assert "Infusion center 3 Open" in text
    assert "Names to be confirmed" in text
    assert "Monday to Friday, 8:00 AM to 6:00 PM" in text
    assert text.count("not yet confirmed") == 2


def test_home_stops_saying_it_once_the_pharmacy_confirms(client):
    Facility.objects.update(name_confirmed=True)
    Queue.objects.update(hours_confirmed=True)
    text = Page(client.get("/")).text
    assert "to be confirmed" not in text
    assert "not yet confirmed" not in text


def test_a_queue_without_a_form_is_a_line_all_the_same(client):
    Queue.objects.create(
        slug="nurses", name="Nurses", audience="For visiting nurses", phone="+12135550100", position=9
    )
    for path in PATHS:
        assert any("For visiting nurses" in text for text in Page(client.get(path)).calls("tel:+12135550100"))


def test_help_offers_three_choices(client):
    page = Page(client.get("/help/"))
    forms = [
        a.attrs["href"]
        for a in page.all("a")
        if "/help/" in a.attrs["href"] and a.attrs.get("class") == "more"
    ]
    assert forms == ["/help/current-patient/", "/help/new-patient/", "/help/current-patient/"]
    assert "I am not sure" in page.text


@time_machine.travel("2026-11-22 20:00Z", tick=False)
def test_status_says_which_center_is_closed_since_when(client):
    Facility.objects.filter(slug="infusion-center-2").update(
        status="closed", since=datetime(2026, 11, 21, 16, 30, tzinfo=ZoneInfo("UTC")), note="Smoke damage."
    )
    text = Page(client.get("/status/")).text
    assert "Infusion center 2 Closed Smoke damage. Since Sat, Nov. 21, 8:30 AM PST" in text
    assert "As of 12:00 PM PST today" in text


@pytest.mark.parametrize(
    ("severity", "word"), [("info", "Information"), ("warning", "Important"), ("emergency", "Emergency")]
)
def test_a_notice_says_its_severity_in_a_word(client, severity, word):
    EmergencyNotice.objects.update(severity=severity, headline="Center 2 moved")
    assert f"{word} · Center 2 moved" in Page(client.get("/privacy/")).text


def test_without_a_notice_the_lines_stay(client):
    now = timezone.now()
    EmergencyNotice.objects.update(
        headline="Center 2 moved", starts_at=now - timedelta(days=1), ends_at=now - timedelta(minutes=1)
    )
    page = Page(client.get("/status/"))
    assert "Center 2 moved" not in page.text
    page.assert_lines_labelled()


def test_a_notice_is_text_never_markup(client):
    EmergencyNotice.objects.update(headline="<script>alert(1)</script>")
    assert "<script>alert" not in Page(client.get("/")).html


def test_privacy_claims_no_compliance_and_marks_what_is_missing(client):
    text = Page(client.get("/privacy/")).text
    assert "HIPAA compliant" not in text
    assert "Privacy officer Name, phone and e-mail: to be confirmed by the pharmacy" in text
    assert "In effect from to be confirmed by the pharmacy" in text


def test_language_help_names_both_lines_in_each_language(client):
    page = Page(client.get("/nondiscrimination/"))
    sections = {s.attrs["lang"]: s for s in page.all("section") if "lang" in s.attrs}
    assert len(sections) >= 15
    assert {"es", "vi", "tl", "ko", "hy", "fa", "ru", "ar"} <= set(sections)
    assert any(lang.startswith("zh") for lang in sections)
    for lang, section in sections.items():
        assert section.attrs["dir"] == ("rtl" if lang in ("ar", "fa") else "ltr")
        assert "877-595-0757" in section.text
        assert "877-602-7779" in section.text


def _received(**changes):
    receipt = {
        "reference": "7K4-M2P9",
        "line": situation.current().line_for["current-patient"],
        "due_at": datetime(2026, 11, 22, 15, 40, tzinfo=LOS_ANGELES),
        "due_confirmed": False,
        "priority_is_emergency": False,
        "answers": [("First name", "Ana <b>"), ("Notes", "one\ntwo")],
        "language": "en",
    }
    site = {"lines": situation.current().lines}
    return render_to_string("intake/received.html", {"receipt": receipt | changes, "site": site})


@time_machine.travel("2026-11-22 20:00Z", tick=False)
def test_received_gives_reference_time_and_line():
    html = _received()
    assert 'data-reference="7K4-M2P9"' in html
    assert "3:40 PM PST today" in html
    assert "not yet confirmed" in html
    assert 'href="tel:+18775950757"' in html
    assert "Ana &lt;b&gt;" in html
    assert "one<br>two" in html
    assert "Call 911 now" not in html


@time_machine.travel("2026-11-22 20:00Z", tick=False)
def test_received_names_another_day():
    assert "Mon, Nov. 23, 9:00 AM PST" in _received(due_at=datetime(2026, 11, 23, 9, tzinfo=LOS_ANGELES))


def test_received_gives_advice_first_in_an_emergency():
    html = _received(priority_is_emergency=True)
    assert html.index("Call 911 now") < html.index("7K4-M2P9</strong>")


def test_received_says_nothing_of_doubt_once_confirmed():
    assert "not yet confirmed" not in _received(due_confirmed=True)


@pytest.mark.parametrize("path", ["/admin/login/", "/admin/login/?next=/admin/"])
def test_staff_sign_in_shows_both_lines_too(client, path):
    body = client.get(path).content.decode()
    assert "tel:+18775950757" in body
    assert "tel:+18776027779" in body
