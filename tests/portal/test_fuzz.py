"""Nobody gets a 500, nobody loses a word, and both lines stand on every page, whatever is sent.

A few hundred posts for each form in the suite, 10,000 with `make fuzz`. What fails names its seed and number:
`FUZZ_SEED=… FUZZ_FROM=… FUZZ_POSTS=1` sends that one again.
"""

import os
import random
from typing import Any

import pytest
from django.test import Client

from intake.choices import Door
from intake.models import Request
from portal.handler import without_charset
from tests.portal import fuzzing
from tests.portal.fuzzing import LINES

pytestmark = pytest.mark.django_db

SEED = int(os.environ.get("FUZZ_SEED", "20261122"))
FIRST = int(os.environ.get("FUZZ_FROM", "0"))
POSTS = int(os.environ.get("FUZZ_POSTS", "240"))
PARTS = 4  # for several processes to share


@pytest.fixture(autouse=True)
def _no_limits(settings: Any) -> None:
    settings.LIMIT_REQUESTS = settings.LIMIT_JUNK = settings.LIMIT_FEEDBACK = settings.LIMIT_SEARCHES = 10**9


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def numbers(part: int, share: int = 1) -> range:
    return range(FIRST + part, FIRST + max(POSTS // share, 1), PARTS)


def assert_helps(response: Any, where: str) -> None:
    assert response.status_code < 500, where
    if response.status_code not in (301, 302, 303, 304) and response["Content-Type"].startswith("text/html"):
        html = response.content.decode()
        assert all(line in html for line in LINES), where


def stored(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("door", Door)
def test_posts_to_a_form(client: Client, door: Door, part: int) -> None:
    kinds: dict[tuple[str, int], int] = {}
    for number in numbers(part):
        rng = random.Random(f"{SEED} {door} {number}")
        sent = fuzzing.post(rng, door)
        where = f"seed {SEED}, {door}, number {number}: {sent.kind}"
        language = rng.choice(["", "", "/es"])
        response = client.generic(
            "POST", f"{language}/help/{door}/", sent.body, content_type=sent.content_type
        )
        status = response.status_code
        kinds[sent.kind, status] = kinds.get((sent.kind, status), 0) + 1
        assert_helps(response, where)
        if status == 422:
            assert fuzzing.lost(response, sent, door) == [], where
        elif status == 303:
            answers = Request.objects.latest("id").answers
            for name in ("first_name", "last_name", "notes", "therapy", "accommodation", "caller_name"):
                if sent.typed and name in sent.typed:
                    assert stored(answers.get(name, "")) == stored(sent.typed[name]), f"{where}: {name}"
        else:
            assert status in (400, 413), where
            assert sent.kind in fuzzing.HOPELESS, where
    assert not sum(kinds.values()) or len({status for _kind, status in kinds}) > 1 or POSTS < 100, kinds


@pytest.mark.parametrize("part", range(PARTS))
def test_public_addresses(client: Client, part: int) -> None:
    for number in numbers(part, share=2):
        rng = random.Random(f"{SEED} address {number}")
        path = rng.choice(
            [
                "/education/search/", "/es/education/search/", "/status/", "/status.json", "/", "/education/",
                "/help/", "/help/current-patient/", "/sitemap.xml", f"/help/received/{fuzzing.segment(rng)}/",
                f"/help/requests/{fuzzing.segment(rng)}/", f"/education/{fuzzing.segment(rng)}/",
                f"/education/{fuzzing.segment(rng)}/handout/", "/education/ivig-for-polymyositis/useful/",
                f"/{fuzzing.segment(rng)}", f"/help/{fuzzing.segment(rng)}/", f"/es/{fuzzing.segment(rng)}/",
            ]
        )  # fmt: skip
        method = rng.choice(["GET", "GET", "GET", "HEAD", "POST", "PUT", "OPTIONS", "TRACE"])
        sent = fuzzing.post(rng, Door.NEW) if method in ("POST", "PUT") else None
        cookie = rng.choice(
            ["", "", "csrftoken=x; sessionid=\x01\xff", "=;;=" * 50, f"sessionid={'x' * 4000}"]
        )
        extra = {"HTTP_COOKIE": cookie} if cookie else {}
        extra["HTTP_ACCEPT_LANGUAGE"] = rng.choice(
            ["es", "x" * 600, "en;q=9,*;q=\x00", "zh-hans-" + "a" * 50]
        )
        query = fuzzing.query(rng)
        where = f"seed {SEED}, address number {number}: {method} {path!r}"
        response = client.generic(
            method,
            path,
            sent.body if sent else b"",
            # As the server hands it on.
            content_type=without_charset(sent.content_type) if sent else "text/plain",
            query_params=None,
            QUERY_STRING=query,
            **extra,
        )
        client.cookies.clear()
        if method == "HEAD" or response.status_code == 405:
            assert response.status_code < 500, where
        else:
            assert_helps(response, where)


STAFF = [
    "/admin/triage/", "/admin/triage/rows/", "/admin/triage/find/", "/admin/triage/filters/",
    "/admin/triage/next/", "/admin/triage/phone/", "/admin/triage/phone/current-patient/",
    "/admin/triage/export.csv", "/admin/triage/figures/", "/admin/triage/handover/",
    "/admin/triage/team/", "/admin/triage/team/reassign/", "/admin/triage/team/roles/",
    "/admin/triage/centers/", "/admin/triage/profile/", "/admin/intake/emergencynotice/add/",
    "/admin/education/article/",
]  # fmt: skip


@pytest.mark.parametrize("part", range(PARTS))
def test_addresses_of_staff(client: Client, staff: Any, sign_in: Any, part: int) -> None:
    sign_in(client, staff("lead"))
    request = Client().post("/help/new-patient/", GOOD)
    assert request.status_code == 303
    page = f"/admin/triage/requests/{Request.objects.get().pk}/"
    for number in numbers(part, share=4):
        rng = random.Random(f"{SEED} staff {number}")
        path = rng.choice(
            [
                *STAFF,
                page,
                f"{page}{rng.choice(['keep', 'outcome', 'claim', 'release', 'close', 'link', 'move', 'x'])}/",
            ]
        )
        where = f"seed {SEED}, staff number {number}: {path}"
        if rng.random() < 0.5:
            response = client.generic("GET", path, QUERY_STRING=_filters(rng))
        else:
            data = [(rng.choice(["q", "note", "outcome", "reason", "action", "phone", "submission_key"]),
                     fuzzing.value(rng)) for _ in range(rng.randrange(6))]  # fmt: skip
            sent = fuzzing.Post("urlencoded", fuzzing._urlencoded(data), fuzzing.URLENCODED)
            response = client.generic("POST", path, sent.body, content_type=sent.content_type)
        if hasattr(response, "streaming_content"):
            b"".join(response.streaming_content)
        assert response.status_code < 500, where


def _filters(rng: random.Random) -> str:
    names = [
        "q",
        "queue",
        "priority",
        "status",
        "sort",
        "o",
        "p",
        "page",
        "from",
        "to",
        "since",
        "until",
        "day",
        "e",
    ]
    return fuzzing.urllib.parse.urlencode(
        [(rng.choice(names), fuzzing.value(rng)) for _ in range(rng.randrange(5))]
    )


GOOD = {"submission_key": "5f0c2f3e-7d4b-4b5e-9d5b-0d5a0e3c8a11", "caller_role": "patient",
        "first_name": "A", "last_name": "B", "phone": "213 555 0100"}  # fmt: skip


@pytest.mark.parametrize("part", range(PARTS))
def test_sign_in(client: Client, part: int) -> None:
    for number in numbers(part, share=8):
        rng = random.Random(f"{SEED} sign-in {number}")
        names = ["username", "password", "otp_token", "next", "otp_device"]
        data = [(name, fuzzing.value(rng)) for name in names if rng.random() < 0.8]
        response = client.generic(
            "POST", "/admin/login/", fuzzing._urlencoded(data), content_type=fuzzing.URLENCODED,
            REMOTE_ADDR=f"192.0.2.{number % 250}",
        )  # fmt: skip
        assert_helps(response, f"seed {SEED}, sign-in number {number}")
