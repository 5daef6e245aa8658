"""People who send a request and keep trying, with the form that they have, until they see a reference."""

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import TypeVar

from benchmarks.drill.browser import Answer, Browser, NoAnswer, NobodyListens, form_in

REFERENCE = re.compile(r'data-reference="([^"]+)"')
CURRENT, NEW = "current-patient", "new-patient"
# What somebody says → the priority that follows from it.
STORIES = {
    "emergency": {"danger_signs": "breathing"},
    "urgent": {"missed_dose": "yes"},
    "same_day": {"evacuated": "yes"},
}
PAUSE = (0.2, 0.6)  # seconds before somebody presses the button once more

Got = TypeVar("Got")


class OutOfPatience(Exception):
    pass


@dataclass
class Visit:
    """One person's way to a reference, and what is to be found of it afterwards."""

    number: int
    door: str
    priority: str
    email: str
    # Closes the page when the first answer is lost.
    gives_up: bool = False
    # Sends the form once more after the reference was seen.
    sends_again: bool = False
    key: str = ""
    was_posted: bool = False
    references: set[str] = field(default_factory=set)
    gave_up: bool = False

    @property
    def last_name(self) -> str:
        return f"Drill {self.number}"

    @property
    def answers(self) -> dict[str, str]:
        answers = {
            "caller_role": "patient",
            "first_name": "Made-up",
            "last_name": self.last_name,
            "phone": f"213555{self.number % 10_000:04}",
            "therapy": "immune globulin",
            "notes": "Everything we had was in the refrigerator. " * 4,
            "email": self.email,
            **STORIES[self.priority],
        }
        return answers | ({"date_of_birth": "1980-01-01"} if self.door == CURRENT else {})


def new_visit(number: int, random: Random) -> Visit:
    return Visit(
        number,
        door=random.choice((CURRENT, NEW)),
        priority=random.choices(tuple(STORIES), weights=(1, 2, 7))[0],
        email=random.choice((f"person-{number}@example.org", "")),
        gives_up=random.random() < 0.1,
        sends_again=random.random() < 0.1,
    )


class Patients:
    """So many clients at once, each of whom sends one person's request after the other until told to end."""

    def __init__(self, ports: Sequence[int], *, clients: int, seed: int) -> None:
        self.ports, self.seed = ports, seed
        self.visits: list[Visit] = []
        # What they met on the way, by what it is called in the report.
        self.met: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._numbers = count(1)
        self._ending = threading.Event()
        self._patience_ends = float("inf")
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._work, args=(n,), daemon=True) for n in range(clients)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def finish(self, patience: float) -> None:
        """Begin no further visit, and let those who sent something get their answer, for so long."""
        self._patience_ends = time.monotonic() + patience
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def _work(self, client: int) -> None:
        random = Random(f"{self.seed} {client}")
        while not self._ending.is_set():
            with self._lock:
                visit = new_visit(next(self._numbers), random)
                self.visits.append(visit)
            address = f"198.18.{visit.number // 250 % 250}.{visit.number % 250 + 1}"
            try:
                self._send(visit, Browser(self.ports, address, random), random)
            except OutOfPatience:
                self._meet("visits that ended without an answer")
            except Exception as error:
                self.wrong.append(f"visit {visit.number}: {error!r}")

    def _send(self, visit: Visit, browser: Browser, random: Random) -> None:
        path = f"/help/{visit.door}/"
        form = self._until(lambda: self._form(browser.get(path)), random)
        visit.key = form["submission_key"]
        form |= visit.answers
        address = self._post(visit, browser, path, form, random)
        if not address:
            return
        self._see(visit, browser, address, random)
        if visit.sends_again:
            self._see(visit, browser, self._post(visit, browser, path, form, random), random)

    def _post(self, visit: Visit, browser: Browser, path: str, form: dict[str, str], random: Random) -> str:
        """Press the button until the answer says where the reference stands; "" for who gave up."""

        def press() -> str:
            visit.was_posted = True
            try:
                answer = browser.post(path, form)
            except NobodyListens:
                raise
            except NoAnswer:
                if not visit.gives_up or visit.references:
                    raise
                visit.gave_up = True
                return "given up"
            if answer.status == 303:
                return answer.location
            self._meet(f"posts answered with {answer.status}")
            self._look_at(answer, form)
            return ""

        address = self._until(press, random, "posts")
        return "" if address == "given up" else address

    def _look_at(self, answer: Answer, form: dict[str, str]) -> None:
        """A page that says that nothing was sent must give everything back, with the same key."""
        if given_back := form_in(answer.html, "submission_key"):
            lost = [name for name, value in form.items() if value and given_back.get(name, "") == ""]
            if given_back["submission_key"] != form["submission_key"] or lost:
                self.wrong.append(f"a page with status {answer.status} gave back no {lost or 'key'}")
            form["csrfmiddlewaretoken"] = given_back["csrfmiddlewaretoken"]

    def _see(self, visit: Visit, browser: Browser, address: str, random: Random) -> None:
        page = self._until(lambda: self._page(browser.get(address)), random)
        visit.references.add(page)

    def _form(self, answer: Answer) -> dict[str, str]:
        return form_in(answer.html, "submission_key") if answer.status == 200 else {}

    def _page(self, answer: Answer) -> str:
        found = REFERENCE.search(answer.html) if answer.status == 200 else None
        return found[1] if found else ""

    def _until(self, attempt: Callable[[], Got], random: Random, what: str = "pages") -> Got:
        while True:
            try:
                if got := attempt():
                    return got
            except NobodyListens:
                self._meet("times that nobody listened")
            except NoAnswer:
                self._meet(f"{what} whose answer was lost")
            if time.monotonic() > self._patience_ends:
                raise OutOfPatience
            time.sleep(random.uniform(*PAUSE))

    def _meet(self, what: str) -> None:
        with self._lock:
            self.met[what] += 1


def posted(visits: Sequence[Visit]) -> Iterator[Visit]:
    return (visit for visit in visits if visit.was_posted)
