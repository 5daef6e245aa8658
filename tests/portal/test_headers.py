"""The headers that keep a page to itself, on every kind of answer, as production sends them."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.templatetags.static import static
from django.test import Client

from portal import middleware

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.portal.failing_urls")]


@pytest.fixture
def visitor(settings: Any) -> Client:
    """As the settings are with production's keys (`check --deploy` in .ci/lint looks at those)."""
    settings.SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    return Client(raise_request_exception=False)


ANSWERS: dict[str, tuple[int, Callable[[Client], Any]]] = {
    "page": (200, lambda visitor: visitor.get("/", secure=True)),
    "page out of memory": (200, lambda visitor: [visitor.get("/", secure=True) for _ in range(2)][1]),
    "form": (200, lambda visitor: visitor.get("/es/help/current-patient/", secure=True)),
    "form, refused": (422, lambda visitor: visitor.post("/help/new-patient/", {}, secure=True)),
    "sign-in": (200, lambda visitor: visitor.get("/admin/login/", secure=True)),
    "staff's page, not signed in": (302, lambda visitor: visitor.get("/admin/triage/", secure=True)),
    "redirect": (301, lambda visitor: visitor.get("/help", secure=True)),
    "JSON": (200, lambda visitor: visitor.get("/status.json", secure=True)),
    "text": (200, lambda visitor: visitor.get("/robots.txt", secure=True)),
    "static file": (200, lambda visitor: visitor.get(static("img/favicon.svg"), secure=True)),
    "unchanged": (
        304,
        lambda visitor: visitor.get(
            "/", secure=True, headers={"if-none-match": visitor.get("/", secure=True)["ETag"]}
        ),
    ),
    "unreadable": (400, lambda visitor: visitor.get("/fail/bad/", secure=True)),
    "another host": (400, lambda visitor: visitor.get("/", secure=True, headers={"host": "else.example"})),
    "forbidden": (403, lambda visitor: visitor.get("/fail/forbidden/", secure=True)),
    "not found": (404, lambda visitor: visitor.get("/nowhere/", secure=True)),
    "wrong method": (405, lambda visitor: visitor.put("/status/", secure=True)),
    "failed": (500, lambda visitor: visitor.get("/fail/broken/", secure=True)),
    "database away": (503, lambda visitor: visitor.get("/fail/down/", secure=True)),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_every_kind_of_answer_has_them(visitor: Client, kind: str) -> None:
    status, ask = ANSWERS[kind]
    answer = ask(visitor)
    assert answer.status_code == status
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"https?:|\*", policy), "nothing of anybody else's"
    assert answer["Permissions-Policy"] == middleware.HEADERS["Permissions-Policy"]
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Referrer-Policy"] in ("same-origin", "no-referrer")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
