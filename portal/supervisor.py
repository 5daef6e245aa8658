"""Keeps the service's processes running, and ends all of them when told to."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import FrameType

GRACE = 15.0  # seconds that a process gets to finish what it is doing
REMINDERS = 3  # seconds apart; a worker of the server that is still loading misses its first signal
STEADY = 60.0  # seconds after which an earlier end is forgotten
LONGEST_PAUSE = 30.0
PR_SET_PDEATHSIG = 1


def _end_with_parent() -> None:
    # A supervisor that is killed outright can't end anybody; the kernel tells its children instead.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    ends: int = 0
    due: float = 0.0

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """Runs each child in a process group of its own, so that nothing which a child started outlives it."""

    def __init__(self, children: list[Child], *, env: Mapping[str, str], log: Callable[[str], None]) -> None:
        self.children = children
        self.env = env
        self.log = log
        self.stopping = threading.Event()

    def run(self, *, is_ready: Callable[[], bool], on_ready: Callable[[], None]) -> int:
        """Start the children and stay until a signal; return the exit status.

        A child that ends before `is_ready` was once true ends everything with status 1; later it is
        started again, after a pause that grows while it keeps ending.
        """
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        ready = False
        try:
            while not self.stopping.is_set():
                for child in self.children:
                    if not self._keep_running(child) and not ready:
                        return 1
                if not ready and is_ready():
                    ready = True
                    on_ready()
                self.stopping.wait(0.5 if ready else 0.05)
        finally:
            self._stop_all()
        return 0

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stopping.set()

    def _keep_running(self, child: Child) -> bool:
        """Start `child` if its time has come; return False if it has just ended."""
        now = time.monotonic()
        if child.process is None:
            if now >= child.due:
                child.process = subprocess.Popen(  # noqa: S603  a command from this code
                    child.command, env=self.env, process_group=0, preexec_fn=_end_with_parent
                )
                child.started = now
            return True
        status = child.process.poll()
        if status is None:
            return True
        self._sweep(child)
        child.process = None
        child.ends = 1 if now - child.started > STEADY else child.ends + 1
        pause = min(LONGEST_PAUSE, 2.0 ** (child.ends - 1))
        child.due = now + pause
        self.log(f"The {child.name} ended with status {status}; it starts again in {pause:.0f} s.")
        return False

    def _stop_all(self) -> None:
        running = [child for child in self.children if child.process is not None]
        for child in running:
            self._signal(child, signal.SIGTERM, group=False)
        began = time.monotonic()
        reminded = 0
        while time.monotonic() - began < GRACE and any(child.is_running() for child in running):
            time.sleep(0.05)
            if reminded < REMINDERS and time.monotonic() - began > reminded + 1:
                reminded += 1
                for child in running:
                    self._signal(child, signal.SIGTERM, group=True)
        for child in running:
            self._sweep(child)

    def _sweep(self, child: Child) -> None:
        """Kill what is left of the child's process group."""
        self._signal(child, signal.SIGKILL, group=True)
        if child.process is not None:
            child.process.wait()

    @staticmethod
    def _signal(child: Child, number: signal.Signals, *, group: bool) -> None:
        if child.process is not None:
            with contextlib.suppress(ProcessLookupError):
                if group:
                    os.killpg(child.process.pid, number)
                else:
                    child.process.send_signal(number)
