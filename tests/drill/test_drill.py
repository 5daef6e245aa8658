"""The crash drill in short, on the kind of database that the suite runs on. `make drill` is the long one."""

from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from benchmarks.drill import disturbing, running
from benchmarks.drill.disturbing import Disturbance

SECONDS = 8.0
KINDS = (disturbing.WEB_WORKER, disturbing.MESSAGE_WORKER, disturbing.MAIL_SERVER)


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_whatever_dies():
    kinds = [*KINDS, disturbing.DATABASE] if connection.vendor == "postgresql" else list(KINDS)
    planned = [Disturbance(1.0 + 1.5 * number, kind, lasts=1.0) for number, kind in enumerate(kinds)]
    plan = running.Plan(
        connection.vendor,
        seed=1,
        seconds=SECONDS,
        disturbances=planned,
        overtime=running.PATIENCE,
        waits_for_leases=False,
        static=Path(settings.STATIC_ROOT),
    )
    said = []
    result = running.run(plan, said.append)
    assert result.verdict.breaches == [], running.report(plan, result)
    assert set(result.disturbed) == set(kinds)
    assert result.verdict.figures["  of them acknowledged"] > 0
    assert result.verdict.figures["messages due"] > 0
    # and had a row been lost or doubled, it would have been seen
    assert set(result.tampered) == {"lost", "doubled"}
    assert running.unnoticed(result) == []
