import base64
import secrets

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from portal.strength import refuse_weak, weakness


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("s" * 50, "too few"),
        ("changeme" * 8, "too few"),
        ("0123456789" * 5, "repeats"),
        ("my-very-own-pharmacy-portal-change-me-please-2026-!", "example"),
        ("django-insecure-9VduXywGHty4CBG2gtpJ5pPVrWBcA9p3Gl4WpcHYrVBAaMmWjj3rYQ", "example"),
        ("correct horse battery staple Password with more words", "example"),
        (base64.urlsafe_b64encode(bytes(32)).decode(), "too few"),
        (base64.urlsafe_b64encode(b"0123456789abcdef" * 2).decode(), "repeats"),
        (base64.urlsafe_b64encode(b"a-secret-that-somebody-has-typed").decode(), "example"),
    ],
)
def test_what_somebody_typed_is_weak(key, why):
    assert why in weakness(key)


@pytest.mark.parametrize("make", [Fernet.generate_key, lambda: secrets.token_urlsafe(32).encode()])
def test_what_a_generator_made_is_not(make):
    assert [weakness(make().decode()) for _time in range(50)] == [""] * 50


def test_hex_digits_are_enough_where_they_are_random():
    assert weakness("3f0a9c5d7e1b8246f0c3a5d79e1b8264") == ""


class TestRefusing:
    def refuse(self, tmp_path, **keys):
        refuse_weak(keys, demo_file=tmp_path / "demo.env", demo_mark="demo-")

    def test_good_keys_pass(self, tmp_path):
        self.refuse(tmp_path, A=[secrets.token_urlsafe(40)], B=[secrets.token_urlsafe(40)], C=[])

    def test_one_key_for_two_purposes(self, tmp_path):
        key = secrets.token_urlsafe(40)
        with pytest.raises(ImproperlyConfigured, match=r"A is there twice.*B is there twice"):
            self.refuse(tmp_path, A=[key], B=[secrets.token_urlsafe(40), key])

    def test_the_demonstrations_keys_marked_or_found_in_its_file(self, tmp_path):
        with pytest.raises(ImproperlyConfigured, match="A holds a key of the demonstration"):
            self.refuse(tmp_path, A=["demo-" + secrets.token_urlsafe(40)])
        key = secrets.token_urlsafe(40)
        (tmp_path / "demo.env").write_text(f"PORTAL_KEYS={key}\n")
        with pytest.raises(ImproperlyConfigured, match="B holds a key of the demonstration"):
            self.refuse(tmp_path, B=[key])

    def test_the_complaint_names_the_setting_and_not_the_key(self, tmp_path):
        with pytest.raises(ImproperlyConfigured) as refused:
            self.refuse(tmp_path, PORTAL_KEYS=["sesame-open-sesame-open-" * 3])
        assert "PORTAL_KEYS" in str(refused.value)
        assert "sesame" not in str(refused.value)
