"""The database fails while people come: every page helps, nothing typed is lost, and no restart is needed."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from intake.choices import Door
from tests.browser.filling import address
from tests.intake.posts import posted
from tests.outage.postgres import ROLE, Database
from tests.outage.served import Answer, Served, Visitor, assert_lines, says_as_of_when, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's failures"),
]

# What is made of the copy in memory, whatever the database does.
ALWAYS = ["/", "/help/", "/status/", "/privacy/", "/nondiscrimination/", *(address(door) for door in Door)]
OTHERS = [
    *("/education/", "/education/your-first-infusion/", "/education/your-first-infusion/handout/"),
    *("/education/search/?q=ivig", "/status/?from=a-text", "/help/received/no-such-token/", "/nowhere/"),
]
LANGUAGES = ["", "/es"]
TYPED = "Sentinel notes, as typed"


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    database = Database()
    yield database
    database.delete()


@pytest.fixture(scope="module")
def served(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One for all: each test mends what it broke."""
    served = Served(tmp_path_factory.mktemp("outage") / "served", database.url)
    for command in ("migrate", "load_content"):
        served.manage(command)
    served.start()
    yield served
    served.stop()


class People:
    """One of each door and language who has opened the form and typed, before anything fails."""

    def __init__(self, served: Served) -> None:
        self.forms: dict[str, tuple[Visitor, dict[str, str]]] = {}
        for number, path in enumerate(address(door, code) for door in Door for code in ("en", "es")):
            door = Door.CURRENT if Door.CURRENT in path else Door.NEW
            visitor = Visitor(served)
            typed = posted(door, phone=f"213 555 01{number:02}", notes=TYPED)
            self.forms[path] = visitor, {**typed, **visitor.form(path)}

    def send(self) -> dict[str, Answer]:
        return {path: visitor.post(path, form) for path, (visitor, form) in self.forms.items()}

    def assert_not_sent(self) -> None:
        for path, answer in self.send().items():
            assert answer.status == 503, path
            assert_lines(answer, path)
            assert says_as_of_when(answer), path
            text = answer.page.text
            assert ("NO SE ENVIÓ." if path.startswith("/es") else "NOT SENT.") in text, path
            assert TYPED in text, path
            _visitor, form = self.forms[path]
            values = [field.attrs.get("value") for field in answer.page.all("input")]
            assert {form["first_name"], form["phone"], form["submission_key"]} <= set(values), path

    def assert_all_arrive(self, database: Database) -> None:
        """The very same forms, sent once more."""

        def arrived() -> bool:
            return {answer.status for answer in self.send().values()} == {303}

        wait_until(arrived, "what was typed arrives")
        keys = tuple(form["submission_key"] for _visitor, form in self.forms.values())
        assert database.count(keys) == len(keys)


def crawl(served: Served) -> dict[str, Answer]:
    """Everything is asked for at once."""
    paths = [prefix + path for prefix in LANGUAGES for path in (*ALWAYS, *OTHERS)]
    with ThreadPoolExecutor(len(paths)) as visitors:
        answers = dict(zip(paths, visitors.map(lambda path: Visitor(served).get(path), paths), strict=True))
    for path, answer in answers.items():
        assert_lines(answer, path)
        expected = [200] if path.removeprefix("/es") in ALWAYS else [200, 404, 503]
        assert answer.status in expected, path
    return answers


def assert_every_page_says_as_of_when(served: Served) -> None:
    """Soon: as long as a copy is as fresh as on any other day, nobody knows that the next one won't be."""
    wait_until(
        lambda: all(says_as_of_when(answer) for answer in crawl(served).values()),
        "every page says as of when",
    )


def test_whatever_the_database_does_every_page_helps_and_nothing_typed_is_lost(
    served: Served, database: Database
) -> None:
    for failure in (database.stopped, database.full, database.read_only):
        people = People(served)
        with failure():
            people.assert_not_sent()
            if failure == database.read_only:
                crawl(served)
            else:
                assert_every_page_says_as_of_when(served)
        people.assert_all_arrive(database)


def test_a_silent_database_keeps_nobody_waiting(served: Served, database: Database) -> None:
    people = People(served)
    # More at once than the server has threads.
    many = [People(served) for _ in range(12)]
    with database.silent():
        with ThreadPoolExecutor(len(many)) as senders:
            for answers in senders.map(lambda group: group.send(), many):
                assert {answer.status for answer in answers.values()} == {503}
        assert_every_page_says_as_of_when(served)
        people.assert_not_sent()
    people.assert_all_arrive(database)


def test_a_table_that_somebody_holds_keeps_nobody_waiting(served: Served, database: Database) -> None:
    people = People(served)
    with database.locked("intake_request"):
        people.assert_not_sent()
        crawl(served)
    people.assert_all_arrive(database)


def test_it_starts_while_the_database_is_away(served: Served, database: Database) -> None:
    database.run("UPDATE intake_queue SET audience = audience || ' (published)'", on=ROLE)
    wait_until(lambda: b"(published)" in Visitor(served).get("/status/").content, "the change is seen")
    served.stop()
    with database.silent():
        served.start()
        # The last copy that was published is on disk.
        assert b"(published)" in Visitor(served).get("/status/").content
        crawl(served)
        served.stop()
    # Without any copy there are the lines that the release came with.
    served.copy.unlink()
    with database.stopped():
        served.start()
        crawl(served)
    People(served).assert_all_arrive(database)
