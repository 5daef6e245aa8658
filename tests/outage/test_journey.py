"""A whole journey in a browser: words that nobody else would say are looked for where they must not be."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import expect

from intake.choices import Door
from tests.browser.filling import address, send, unfold
from tests.browser.watching import Watch
from tests.intake.mailbox import Mailbox
from tests.outage.postgres import ROLE, Database
from tests.outage.served import Served, wait_until
from tests.portal.test_sentinels import SAID, WORDS

pytestmark = [pytest.mark.slow, pytest.mark.browser]

BOARD = "/admin/triage/"
# Of what is wrong with somebody, no message speaks either.
HEALTH = ["meningitis", "headache", "stiff neck", "dose", "symptom", "reaction", "diagnos"]
STORED = """async () => ({
    local: {...localStorage}, session: {...sessionStorage}, cookie: document.cookie,
    databases: await indexedDB.databases(), caches: await caches.keys(),
    workers: (await navigator.serviceWorker.getRegistrations()).length,
})"""
NOTHING = {"local": {}, "session": {}, "cookie": "", "databases": [], "caches": [], "workers": 0}


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    mailbox = Mailbox()
    mailbox.up()
    yield mailbox
    mailbox.down()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Any]:
    """A PostgreSQL or a file, as the suite's own database is."""
    if connection.vendor == "sqlite":
        yield tmp_path / "journey.sqlite3"
        return
    database = Database()
    yield database
    database.delete()


@pytest.fixture
def served(database: Any, mailbox: Mailbox, tmp_path: Path) -> Iterator[Served]:
    url = f"sqlite:///{database}" if isinstance(database, Path) else database.url
    served = Served(
        tmp_path / "served",
        url,
        EMAIL_URL=f"smtp://127.0.0.1:{mailbox.port}",
        DJANGO_SETTINGS_MODULE="tests.outage.loud_settings",
    )
    for command in (
        ("migrate",),
        ("sync_roles",),
        ("shell", "-c", "from portal import demo; demo.ensure_staff()"),
    ):
        served.manage(*command)
    served.start()
    yield served
    served.stop()


def stored(database: Any) -> str:
    """All bytes of the database: the file and its journal, or a dump."""
    if isinstance(database, Path):
        files = database.parent.glob(f"{database.name}*")
        return "".join(file.read_bytes().decode("latin-1") for file in files)
    dump = [
        database.server.bin_path / "pg_dump",
        "--dbname",
        database.address.replace("/postgres", f"/{ROLE}", 1),
    ]
    return subprocess.run(dump, check=True, capture_output=True, text=True).stdout


class Seen:
    """Every address that was asked for, and every page that showed what somebody said without `no-store`."""

    def __init__(self, context: Any) -> None:
        self.addresses: list[str] = []
        self.keepable: list[str] = []
        self.showed = 0
        context.on("request", lambda request: self.addresses.append(request.url))

    def look(self, page: Any, answer: Any) -> None:
        said = [word for word in WORDS if word in page.content().lower()]
        self.showed += bool(said)
        if said and "no-store" not in answer.headers.get("cache-control", ""):
            self.keepable.append(f"{answer.url}: {said}")
        assert page.evaluate(STORED) == NOTHING, answer.url


def going(page: Any, seen: Seen, act: Any) -> None:
    """Do what leads to another page, and look at it."""
    with page.expect_response(
        lambda answer: answer.request.is_navigation_request() and not 300 <= answer.status < 400
    ) as answer:
        act()
    page.wait_for_load_state()
    seen.look(page, answer.value)


def ask_for_help(page: Any, seen: Seen, home: str) -> str:
    """Fill in everything, make a mistake, correct it; return the reference."""
    going(page, seen, lambda: page.goto(home + address(Door.CURRENT)))
    unfold(page)
    page.check("[name=caller_role][value=caregiver]")
    page.check("[value=meningitis]")
    for name, text in SAID.items():
        page.fill(f"[name={name}]", text)
    page.fill("[name=date_of_birth]", "1937-03-99")
    going(page, seen, lambda: send(page))
    expect(page.locator(".error-summary")).to_be_visible()
    page.fill("[name=date_of_birth]", SAID["date_of_birth"])
    going(page, seen, lambda: send(page))
    page.wait_for_url("**/help/received/**")
    return str(page.locator("[data-reference]").get_attribute("data-reference"))


def work(page: Any, seen: Seen, served: Served, home: str) -> None:
    """Sign in, find the caller by phone and by name, call, look at the board and the figures, export."""
    password = json.loads(Path(served.env["PORTAL_VAR"], "demo-staff.json").read_text())["lead"]["password"]
    going(page, seen, lambda: page.goto(f"{home}/admin/login/?next={BOARD}"))
    page.fill("[name=username]", "lead")
    page.fill("[name=password]", password)
    page.fill("[name=otp_token]", served.manage("staff_code", "lead").strip())
    going(page, seen, lambda: page.press("[name=otp_token]", "Enter"))
    for said in (SAID["phone"], SAID["last_name"]):
        going(page, seen, lambda: page.goto(f"{home}{BOARD}"))
        expect(page.locator("#live")).to_contain_text(SAID["last_name"])
        page.fill("#search-q", said)
        going(page, seen, lambda: page.press("#search-q", "Enter"))
        expect(page.locator("main, #content").first).to_contain_text(SAID["last_name"])
    going(page, seen, lambda: page.goto(f"{home}{BOARD}?language=en&flag=interpreter"))
    going(page, seen, lambda: page.goto(f"{home}{BOARD}"))
    going(page, seen, page.locator(f"a[href^='{BOARD}requests/']").first.click)
    going(page, seen, page.locator("form[action$='/claim/'] button").first.click)
    page.fill("#outreach_note", SAID["notes"])
    going(page, seen, page.locator("button[name=outcome][value=no_answer]").click)
    going(page, seen, lambda: page.goto(f"{home}{BOARD}figures/"))
    with page.expect_download() as download:
        page.locator("form[action$='/export.csv'] button").click()
    assert Path(download.value.path()).read_text().count("\n") == 2
    assert not [word for word in WORDS if word in download.value.suggested_filename]


def test_what_was_said_stands_nowhere_that_it_must_not(
    browser: Any, served: Served, mailbox: Mailbox, database: Any
) -> None:
    home = f"http://127.0.0.1:{served.port}"
    context = browser.new_context()
    context.set_default_timeout(120_000)
    watch, seen = Watch(context, home), Seen(context)
    page = context.new_page()
    reference = ask_for_help(page, seen, home)
    work(page, seen, served, home)
    kept = json.dumps(context.cookies()).lower()
    context.close()
    # The confirmation, to the address that was given.
    wait_until(lambda: mailbox.messages, "a message")
    messages = [
        message.as_string(policy=message.policy.clone(max_line_length=None)) for message in mailbox.messages
    ]
    bodies = [
        f"{message['subject']} {message.get_body().get_content()}".lower() for message in mailbox.messages
    ]
    assert any(reference.lower() in body for body in bodies), messages
    served.stop()

    assert seen.showed >= 5, "what is looked for was on the pages"
    places = {
        "an address": " ".join(seen.addresses).lower(),
        "a cookie": kept,
        "the logs": served.said().lower(),
        "a message": " ".join(bodies),
        "the database": stored(database).lower(),
        "a file": "".join(
            file.read_text(errors="replace") for file in Path(served.env["PORTAL_VAR"]).rglob("*.json")
        ).lower(),
    }
    found = [(word, place) for place, content in places.items() for word in WORDS if word in content]
    found += [(word, "a message") for word in HEALTH if word in places["a message"]]
    assert not found
    assert not seen.keepable
    assert "debug" in places["the logs"], "the log says all that there is to say"
    assert not watch.trouble
