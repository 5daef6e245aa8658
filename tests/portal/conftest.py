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
