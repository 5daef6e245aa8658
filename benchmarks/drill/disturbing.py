"""What dies when: drawn from a seed beforehand, so that a run can be had again."""

import heapq
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

WEB_WORKER, SERVER, MESSAGE_WORKER = "web worker", "web server", "message worker"
SUPERVISOR, MACHINE = "supervisor", "everything but the database"
BACKEND, DATABASE = "a database process", "database"
MAIL_SERVER, MAIL_REFUSED, MAIL_HANGS = "mail server", "mail refused for now", "mail server hangs"

# Kind → how often it is drawn beside the others, after it was drawn once.
WITHOUT_DATABASE = {
    WEB_WORKER: 8,
    MESSAGE_WORKER: 8,
    # Once is enough: until all of these are up again nothing else can be disturbed.
    SERVER: 0,
    SUPERVISOR: 0,
    MACHINE: 0,
    MAIL_SERVER: 2,
    MAIL_REFUSED: 1,
    MAIL_HANGS: 1,
}
WITH_DATABASE = WITHOUT_DATABASE | {BACKEND: 2, DATABASE: 4}
# These wait until requests are being taken: what dies while nobody is at work proves little.
AT_WORK = (WEB_WORKER, SERVER, SUPERVISOR, MACHINE, BACKEND, DATABASE)
# Of these a message may come twice: its mail server or its worker died before the note of it.
MAY_DOUBLE = (MESSAGE_WORKER, SUPERVISOR, MACHINE, MAIL_SERVER, MAIL_HANGS)


@dataclass(frozen=True, order=True)
class Disturbance:
    at: float
    kind: str
    lasts: float


def draw(
    seed: int, *, seconds: float, kinds: Mapping[str, int], pause: tuple[float, float]
) -> list[Disturbance]:
    """Each kind once, in an order of chance, then by their weights, with pauses between, within `seconds`."""
    random = Random(seed)
    drawn: list[Disturbance] = []
    first = random.sample(tuple(kinds), len(kinds))
    at = random.uniform(*pause)
    while at < seconds:
        kind = first.pop() if first else random.choices(tuple(kinds), weights=tuple(kinds.values()))[0]
        drawn.append(Disturbance(round(at, 2), kind, round(random.uniform(0.2, 3.0), 2)))
        at += random.uniform(*pause)
    return drawn


def disturb(
    planned: list[Disturbance],
    *,
    seconds: float,
    begin: Mapping[str, Callable[[], None]],
    end: Mapping[str, Callable[[], None]],
    keep: Callable[[], None],
    is_up: Callable[[], bool],
    overtime: float = 0.0,
) -> Counter[str]:
    """Do what is planned for `seconds`, with `keep` called all the while; everything has ended at the end.

    `is_up` tells whether requests are being taken, which some kinds wait for; the others don't wait for them.
    What still waits in the end is left out, unless it comes to its turn within `overtime`.
    `end` names how what has begun stops, after its time; a kind that isn't in it needs nothing.
    """
    began, done = time.monotonic(), Counter[str]()
    waiting = list(planned)
    running: list[tuple[float, str]] = []
    while (now := time.monotonic() - began) < seconds + (overtime if waiting else 0):
        for disturbance in [one for one in waiting if one.at <= now]:
            kind = disturbance.kind
            if kind in [running_kind for _until, running_kind in running]:
                waiting.remove(disturbance)
            elif kind not in AT_WORK or is_up():
                waiting.remove(disturbance)
                begin[kind]()
                done[kind] += 1
                heapq.heappush(running, (now + disturbance.lasts, kind))
        while running and running[0][0] <= now:
            _end(heapq.heappop(running)[1], end)
        keep()
        time.sleep(0.05)
    for _until, kind in running:
        _end(kind, end)
    return done


def _end(kind: str, end: Mapping[str, Callable[[], None]]) -> None:
    if kind in end:
        end[kind]()
