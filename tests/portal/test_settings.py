import os
import secrets
import subprocess
import sys

import pytest
from cryptography.fernet import Fernet

from portal.demo_keys import ROOT, make_keys

KEYS = {
    "PORTAL_SECRET_KEY": secrets.token_urlsafe(50),
    "PORTAL_KEYS": Fernet.generate_key().decode(),
    "PORTAL_HASH_KEYS": secrets.token_urlsafe(32),
    "PORTAL_HOSTS": "portal.example",
}
SHOW = "from portal import settings as s; print(s.DEMO, s.SESSION_COOKIE_SECURE, s.SECURE_SSL_REDIRECT)"


def boot(var, show=SHOW, /, **environment):
    """Read the settings in a process of their own, whose demonstration keys lie in `var`."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PORTAL_", "EMAIL_", "DATABASE_"))}
    return subprocess.run(
        [sys.executable, "-c", show],
        cwd=ROOT,
        env={**clean, "PORTAL_VAR": str(var), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def demo_var(tmp_path):
    make_keys(tmp_path)
    return tmp_path


def test_the_demonstration_reads_its_own_keys(demo_var):
    assert boot(demo_var).stdout.split() == ["True", "False", "False"]


def test_keys_in_the_environment_mean_production(demo_var):
    assert boot(demo_var, **KEYS).stdout.split() == ["False", "True", "True"]


@pytest.mark.parametrize("lost", ["PORTAL_SECRET_KEY", "PORTAL_KEYS", "PORTAL_HASH_KEYS"])
def test_a_production_that_lost_a_key_does_not_start_as_a_demonstration(demo_var, lost):
    result = boot(demo_var, **{name: value for name, value in KEYS.items() if name != lost})
    assert result.returncode != 0
    assert lost in result.stderr


def test_nothing_starts_without_keys(tmp_path):
    assert "ImproperlyConfigured" in boot(tmp_path).stderr


@pytest.mark.parametrize(
    "wrong",
    [
        {"PORTAL_KEYS": "x" * 44},
        {"PORTAL_SECRET_KEY": "short"},
        {"DATABASE_URL": "mysql://u@h/d"},
        {"PORTAL_KEEP_NEW_DAYS": "9"},
        {"PORTAL_SECRET_KEY": "changeme" * 8},
        {"PORTAL_SECRET_KEY": "demo-" + secrets.token_urlsafe(50)},
        {"PORTAL_KEYS": "A" * 43 + "="},
        {"PORTAL_KEYS": f"{KEYS['PORTAL_KEYS']},{KEYS['PORTAL_KEYS']}"},
        {"PORTAL_HASH_KEYS": KEYS["PORTAL_SECRET_KEY"]},
        {"PORTAL_METRICS_TOKEN": "short"},
        {"PORTAL_METRICS_TOKEN": KEYS["PORTAL_HASH_KEYS"]},
        {"PORTAL_HOSTS": "*"},
        {"PORTAL_HOSTS": "portal.example,*"},
        {"PORTAL_URL": "http://portal.example"},
    ],
)
def test_a_wrong_value_fails_at_boot(tmp_path, wrong):
    refused = boot(tmp_path, **{**KEYS, **wrong}).stderr
    assert "ImproperlyConfigured" in refused
    # The log of a start that failed is read by many.
    assert not [key for key in [*KEYS.values(), *wrong.values()] if len(key) > 20 and key in refused]


def test_the_demonstrations_keys_are_refused_wherever_they_were_copied_to(demo_var, tmp_path_factory):
    demo = dict(line.split("=", 1) for line in (demo_var / "demo.env").read_text().splitlines()[1:])
    for elsewhere in (demo_var, tmp_path_factory.mktemp("elsewhere")):
        refused = boot(elsewhere, **{**KEYS, "PORTAL_SECRET_KEY": demo["PORTAL_SECRET_KEY"]})
        assert "PORTAL_SECRET_KEY holds a key of the demonstration" in refused.stderr


def test_no_environment_turns_debugging_on(tmp_path):
    show = "from portal import settings as s; print(s.DEBUG, s.LOGGING['formatters']['lines']['()'])"
    environment = {**KEYS, "DEBUG": "1", "DJANGO_DEBUG": "1", "PORTAL_DEBUG": "1"}
    assert boot(tmp_path, show, **environment).stdout.split() == ["False", "portal.logs.JsonLines"]
