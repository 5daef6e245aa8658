from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from tests.intake.mailbox import Mailbox


@pytest.fixture
def clock(request: pytest.FixtureRequest) -> Iterator[Any]:
    """The time stands still at the module's NOW, else at MORNING; `clock.move_to` puts it elsewhere."""
    from tests.intake.requests import MORNING

    with time_machine.travel(getattr(request.module, "NOW", MORNING), tick=False) as clock:
        yield clock


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    """A real SMTP server, to which this process sends."""
    box = Mailbox()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", box.port
    settings.PORTAL_URL, settings.DEFAULT_FROM_EMAIL = "https://portal.example", "no-reply@portal.example"
    box.up()
    yield box
    box.hesitates = box.answers_late = False
    box.down()


@pytest.fixture
def item(db: None) -> Any:
    """Same day: four open hours."""
    from tests.intake.requests import submit

    return submit(evacuated="yes").request


@pytest.fixture
def ann(staff: Callable[..., Any]) -> Any:
    return staff("frontdesk", "ann")


@pytest.fixture
def bob(staff: Callable[..., Any]) -> Any:
    return staff("pharmacist", "bob")


@pytest.fixture
def lead(staff: Callable[..., Any]) -> Any:
    return staff("lead", "lee")


@pytest.fixture
def desk_client(client: Client, ann: Any, sign_in: Callable[[Client, Any], None]) -> Client:
    """Ann's browser, signed in."""
    sign_in(client, ann)
    return client


@pytest.fixture
def lead_client(client: Client, lead: Any, sign_in: Callable[[Client, Any], None]) -> Client:
    """The lead's browser, signed in."""
    sign_in(client, lead)
    return client
