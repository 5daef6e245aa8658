"""Answers of made-up people, as the forms hand them to the services, and requests made of them."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from intake.choices import Door
from intake.services.submission import Submission, submit_request

# A Wednesday morning in California, while the queues are open.
MORNING = datetime(2026, 11, 18, 18, 0, tzinfo=UTC)


def answers(**given: Any) -> dict[str, Any]:
    """A current patient's required answers, and what is `given`; None leaves one out."""
    base = {
        "caller_role": "patient",
        "first_name": "Alma",
        "last_name": "Rivera",
        "date_of_birth": "1961-04-09",
        "phone": "+12135550142",
    }
    return {name: value for name, value in {**base, **given}.items() if value is not None}


def submit(
    door: Door = Door.CURRENT, now: datetime = MORNING, key: Any = None, by: Any = None, **given: Any
) -> Submission:
    return submit_request(
        door=door, document=answers(**given), submission_key=key or uuid4(), language="en", now=now, by=by
    )
