"""What browsers post to the forms, and what the forms make of it."""

from datetime import date
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from django.http import QueryDict

from intake.choices import Door, FacilityStatus
from intake.forms import FORMS

TODAY = date(2026, 11, 22)
CENTERS = [
    SimpleNamespace(
        slug=f"infusion-center-{n}", name=f"Center {n}", status=FacilityStatus.OPEN, status_label="Open"
    )
    for n in (1, 2, 3)
]


def posted(door: Door = Door.CURRENT, **changes: Any) -> dict[str, Any]:
    """What a complete form posts but for `changes`; a value of None leaves the field out."""
    answers: dict[str, Any] = {
        "submission_key": str(uuid4()),
        "caller_role": "patient",
        "first_name": "Ana",
        "last_name": "Núñez",
        "phone": "213 555 0100",
    }
    if door == Door.CURRENT:
        answers["date_of_birth"] = "1980-03-15"
    return {name: value for name, value in (answers | changes).items() if value is not None}


def form(door: Door = Door.CURRENT, data: Any = None, **changes: Any) -> Any:
    if data is None:
        data = QueryDict(mutable=True)
        for name, value in posted(door, **changes).items():
            data.setlist(name, value if isinstance(value, list) else [value])
    return FORMS[door](data, today=TODAY, centers=CENTERS)


def refusal(door: Door = Door.CURRENT, **changes: Any) -> str:
    """The one thing that a complete form with `changes` is refused for."""
    checked = form(door, **changes)
    assert list(checked.errors) == list(changes)
    (messages,) = checked.errors.values()
    (message,) = messages
    return message


def document(door: Door = Door.CURRENT, **changes: Any) -> dict[str, Any]:
    checked = form(door, **changes)
    assert checked.errors == {}
    return checked.document()
