"""Whatever is posted to a public form gets an answer that helps: never a 500, never a lost word."""

import re
from uuid import uuid4

import pytest
from django.test import Client
from django.utils.html import escape
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intake.forms import FORMS
from intake.models import Request

pytestmark = pytest.mark.django_db

DOORS = ["current-patient", "new-patient"]
GOOD = {
    "caller_role": "patient",
    "first_name": "Alma",
    "last_name": "Rivera",
    "date_of_birth": "1961-04-09",
    "phone": "213 555 0142",
}
NAMES = sorted({name for form in FORMS.values() for name in form.base_fields} | {"submission_key", "unknown"})

text = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60)
NASTY = [
    "\x00", "a\x00b", "\r\n", "😀" * 200, "x" * 3000, "'; DROP TABLE intake_request; --",
    "<script>alert(1)</script>", "9999-99-99", "0000-00-00", "13/40/2026", "2026-11-31", "-1", "1e9", "NaN",
    "12345678901234567890", "٢٠٢٦", "+++++", "ext", "()", "=cmd|' /C calc'!A0", "\u202eevil", "on", "yes",
    "unsure", "infusion-center-9", "{{ 7*7 }}", "%s%n", "../../etc/passwd", str(uuid4()),
]  # fmt: skip
value = st.one_of(text, st.sampled_from(NASTY))
posts = st.dictionaries(st.sampled_from(NAMES), st.lists(value, max_size=3), max_size=12)


def check(door: str, data: dict, response) -> None:
    assert response.status_code in (303, 422), response.status_code
    body = response.content.decode()
    if response.status_code == 422:
        assert 'id="error-summary"' in body or "error-summary" in body
        assert "877-595-0757" in body
        assert "877-602-7779" in body
        # Each error that is linked to is on the page.
        for target in re.findall(r'<a href="#([^"]+)"', body):
            assert f'id="{target}"' in body, target
    assert "Traceback" not in body


@pytest.mark.parametrize("door", DOORS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=posts, good=st.booleans())
def test_any_fields(door, data, good):
    sent = {**(GOOD if good else {}), "submission_key": str(uuid4()), **data}
    check(door, sent, Client().post(f"/help/{door}/", sent))


@pytest.mark.parametrize("door", DOORS)
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=st.binary(max_size=400), kind=st.sampled_from(["urlencoded", "multipart", "json", "none"]))
def test_any_bytes(door, body, kind):
    types = {
        "urlencoded": "application/x-www-form-urlencoded",
        "multipart": "multipart/form-data; boundary=b",
        "json": "application/json",
        "none": "",
    }
    response = Client().post(f"/help/{door}/", body, content_type=types[kind])
    assert response.status_code in (303, 400, 413, 422)
    assert b"877-595-0757" in response.content or response.status_code == 303


@pytest.mark.parametrize("door", DOORS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(notes=st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=300))
def test_what_was_typed_survives_an_error(door, notes):
    response = Client().post(f"/help/{door}/", {**GOOD, "phone": "12", "notes": notes})
    assert response.status_code == 422
    body = response.content.decode()
    assert f">\n{escape(notes)}</textarea>" in body or f">{escape(notes)}</textarea>" in body
    assert Request.objects.count() == 0


@pytest.mark.parametrize("door", DOORS)
def test_10_000_fields(client, door):
    response = client.post(f"/help/{door}/", {f"f{n}": "x" for n in range(10_000)})
    assert response.status_code in (400, 413)
    assert b"877-595-0757" in response.content


@pytest.mark.parametrize("door", DOORS)
def test_a_body_beyond_the_limit(client, door):
    response = client.post(f"/help/{door}/", {**GOOD, "notes": "x" * 2_000_000})
    assert response.status_code in (400, 413)
    assert b"877-595-0757" in response.content


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("key", ["", "nonsense", "\x00", "0" * 500, "' OR 1=1"])
def test_a_forged_key_is_replaced_and_nothing_is_lost(client, door, key):
    response = client.post(f"/help/{door}/", {**GOOD, "submission_key": key, "notes": "Please hurry"})
    body = response.content.decode()
    assert response.status_code == 422
    assert "Please hurry" in body
    fresh = re.search(r'name="submission_key" value="([^"]+)"', body)[1]
    again = client.post(f"/help/{door}/", {**GOOD, "submission_key": fresh, "notes": "Please hurry"})
    assert again.status_code == 303


@pytest.mark.parametrize("token", ["a", "0" * 32, "\x00", "é" * 40, "a" * 5000, "..%2f..", "' OR 1=1"])
def test_wrong_addresses_are_not_found(client, token):
    response = client.get(f"/help/received/{token}/")
    assert response.status_code == 404
    assert b"877-595-0757" in response.content
