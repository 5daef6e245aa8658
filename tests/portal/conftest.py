import io
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from portal.logs import JsonLines, PlainLines


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[dict[str, Any]]]:
    """What the settings' handler has written so far, in production's form."""
    out = io.StringIO()
    handlers = logging.getLogger("django.request").handlers
    # pytest has handlers of its own there.
    [handler] = [each for each in handlers if isinstance(each.formatter, PlainLines)]
    monkeypatch.setattr(handler, "formatter", JsonLines())
    monkeypatch.setattr(handler, "stream", out)
    return lambda: [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seals of three rows, so that a dozen rows has several."""
    monkeypatch.setattr("portal.audit.sealing.BATCH", 3)


@pytest.fixture
def trail(small: None) -> list[Any]:
    """Ten rows under four seals: request 1 in all of them but the third."""
    # Apps aren't ready yet when this file is loaded.
    from portal import audit
    from tests.portal.trails import seal_all

    for number in [1, 2, 1, 3, 1, 2, 4, 5, 6, 1]:
        audit.record("request viewed", by="a test", subject=f"request {number}", fields=["phone"])
    seal_all()
    return list(audit.AuditEntry.objects.order_by("id"))
