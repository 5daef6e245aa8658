"""Requests that set off messages, and rounds of the worker that sends them."""

from collections import Counter
from datetime import timedelta
from typing import Any

import time_machine
from django.utils import timezone

from intake.models import Request
from intake.tasks import MessageWorker
from tests.intake.requests import submit

URGENT = {"missed_dose": "yes"}

# Whatever of this turns up in a message, a log or a staff page of messages has leaked.
SAID = {
    "first_name": "Xanthippe",
    "last_name": "Quillfeather",
    "date_of_birth": "1948-02-29",
    "therapy": "immunoglobulin",
    "notes": "zebra",
    "danger_signs": ["meningitis"],
    "email": "xanthippe@example.org",
}


def leaks(text: str) -> list[str]:
    words = [word for value in SAID.values() for word in (value if isinstance(value, list) else [value])]
    return [word for word in [*words, "2135550142"] if word.casefold() in text.casefold()]


def submit_now(**given: Any) -> Request:
    return submit(now=timezone.now(), **given).request


def send(rounds: int = 1) -> Counter[str]:
    """Do so many rounds, each after every pause and lease has run out; return what became of messages."""
    done: Counter[str] = Counter()
    for number in range(rounds):
        with time_machine.travel(timezone.now() + timedelta(hours=2 * number), tick=False):
            done += MessageWorker().send_due()
    return done
