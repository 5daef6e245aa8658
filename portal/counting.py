"""What each process counts of its own requests; all processes of a machine add up (ADR 19).

Under `serve` the counts lie in files that the processes share (PROMETHEUS_MULTIPROC_DIR), so that one which
is killed takes nothing away with it. Labels are words of the code, never of a request.
"""

import os
from pathlib import Path

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
ROOM = 256 * 1024  # bytes; more than twice what all labels together need


def _take_room() -> None:
    """Have the disk give this process's files all their room now, or do without them.

    They are written to as memory is: on a disk that is full by then, that would end the process.
    """
    try:
        for kind in ("counter", "histogram") if FOLDER in os.environ else ():
            with (Path(os.environ[FOLDER]) / f"{kind}_{os.getpid()}.db").open("ab") as file:
                os.posix_fallocate(file.fileno(), 0, ROOM)
    except OSError:
        del os.environ[FOLDER]  # each process counts for itself


_take_room()

# It reads the folder's name as it is imported.
from prometheus_client import (  # noqa: E402  (see above)
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
)
from prometheus_client.multiprocess import MultiProcessCollector  # noqa: E402  (see above)

# Up to what a visitor feels, then up to what a proxy in front waits for.
SECONDS = (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

# When a count began tells nothing where several processes share it.
disable_created_metrics()
_own = CollectorRegistry()
_seconds = Histogram(
    "portal_request_seconds",
    "Time to answer; pages answered from memory and static files are not counted",
    ["area", "method"],
    buckets=SECONDS,
    registry=_own,
)
_responses = Counter(
    "portal_responses",
    "Answers by class of status; pages answered from memory and static files are not counted",
    ["area", "status"],
    registry=_own,
)
_not_stored = Counter(
    "portal_requests_not_stored",
    "Posted forms that ended in an error of ours: the page said NOT SENT",
    ["door"],
    registry=_own,
)


def answered(*, area: str, method: str, status: int, seconds: float) -> None:
    kind = {"GET": "GET", "HEAD": "GET", "POST": "POST"}.get(method, "other")
    _seconds.labels(area, kind).observe(seconds)
    _responses.labels(area, f"{status // 100}xx").inc()


def not_stored(door: str) -> None:
    _not_stored.labels(door).inc()


def of_all_processes() -> CollectorRegistry:
    """A new registry of what the processes that share this one's files have counted."""
    if FOLDER not in os.environ:
        return _own
    shared = CollectorRegistry()
    MultiProcessCollector(shared)
    return shared
