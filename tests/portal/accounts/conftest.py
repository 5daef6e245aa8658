from datetime import UTC, datetime

import pytest
import time_machine

NOW = datetime(2026, 11, 18, 18, 0, 10, tzinfo=UTC)


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock
