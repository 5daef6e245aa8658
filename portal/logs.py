"""Log lines: a JSON object each, on stderr, and nothing in them that somebody typed (ADR 19).

What a line says of a request is its id, method and route; never its address, its fields or who sent it. What
an exception says is its type and where it was raised: its text and the values around it may be a patient's.
"""

import json
import logging
import re
import secrets
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

# Messages of these are ours, or the server's own about its processes. Anybody else's may quote what was sent.
TRUSTED = ("portal", "intake", "education", "_granian")
# Long random parts of addresses are secrets: whoever has one sees what was sent.
SECRET = re.compile(r"(/help/(?:received|requests)/)[^/\s]+|(/)(?=[\w-]*\d)[\w-]{20,}")
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[-+ #0-9.]*[a-zA-Z]")
ROOT = Path(__file__).resolve().parent.parent
DEEPEST = 40  # frames of an exception, the last ones
# Ties the lines of a process together that belong to no request, like those of the message worker.
RUN = secrets.token_hex(6)


@dataclass(slots=True)
class Work:
    """One request, as far as a line may speak of it."""

    id: str
    request: Any
    began: float = field(default_factory=time.monotonic)

    @property
    def route(self) -> str:
        """The pattern of its address; empty before it was found, and for addresses that there are none of."""
        match = getattr(self.request, "resolver_match", None)
        return match.route if match else ""

    def milliseconds(self) -> int:
        return round(1000 * (time.monotonic() - self.began))


current: ContextVar[Work | None] = ContextVar("current", default=None)


def number(request: Any) -> str:
    """What somebody can say of a request that failed, so that its lines are found; empty without."""
    work = getattr(request, "work", None)
    return work.id if work else ""


def redacted(text: str) -> str:
    """`text` without the secret parts of addresses."""
    return SECRET.sub(lambda found: f"{found[1] or found[2]}[…]", text)


class JsonLines(logging.Formatter):
    """What is written of a record; nothing else of it is looked at."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(fields_of(record), ensure_ascii=True)


class PlainLines(logging.Formatter):
    """The same for the eyes of whoever runs the demonstration."""

    def format(self, record: logging.LogRecord) -> str:
        said = fields_of(record)
        told = [datetime.fromtimestamp(record.created).strftime("%H:%M:%S"), said["level"], said["logger"]]
        told += [said["message"] or said.get("at", "")]
        told += [str(said[name]) for name in ("method", "route", "status") if said.get(name)]
        told += [f"{said['ms']} ms"] if "ms" in said else []
        told += [f"[{said['request']}]"] if "request" in said else []
        lines = [" ".join(told)]
        for error in said.get("exception", ()):
            lines += [f"  {error['type']}", *(f"    {frame}" for frame in error["frames"])]
        return "\n".join(lines)


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """Return everything that a line may say."""
    said: dict[str, Any] = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname,
        "logger": record.name,
        "message": _message(record),
    }
    if record.name.partition(".")[0] not in TRUSTED:
        said["at"] = _place(record.pathname, record.lineno, record.funcName)
    said |= _of_request(record)
    if record.exc_info and record.exc_info[1]:
        said["exception"] = list(_errors(record.exc_info[1]))
    return said


def _message(record: logging.LogRecord) -> str:
    if record.name.partition(".")[0] in TRUSTED:
        return redacted(record.getMessage())
    # A constant with places to fill; without any to fill it may have been filled already.
    wording = PLACEHOLDER.sub("…", record.msg) if record.args and isinstance(record.msg, str) else ""
    return wording if re.search(r"\w", wording) else ""


def _of_request(record: logging.LogRecord) -> dict[str, Any]:
    request = getattr(record, "request", None)
    # The line of an answer that failed is written when its work is over.
    work = getattr(request, "work", None) or current.get()
    if work is None:
        if request is None or not hasattr(request, "path_info"):
            return {"run": RUN}
        work = Work("", request)
    said = {"request": work.id, "method": work.request.method, "route": work.route}
    if isinstance(status := getattr(record, "status_code", None), int):
        said["status"] = status
    if work.id:
        said["ms"] = work.milliseconds()
    return {name: value for name, value in said.items() if value != ""}


def _errors(error: BaseException | None) -> Iterator[dict[str, Any]]:
    """The exception and what it came from, as a traceback would show them, without their texts."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        kind = type(error)
        frames = [
            _place(frame.f_code.co_filename, line, frame.f_code.co_name)
            for frame, line in traceback.walk_tb(error.__traceback__)
        ]
        yield {"type": f"{kind.__module__}.{kind.__qualname__}", "frames": frames[-DEEPEST:]}
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _place(path: str, line: int | None, function: str | None) -> str:
    short = path.rpartition("site-packages/")[2] if "site-packages/" in path else path
    return f"{short.removeprefix(f'{ROOT}/')}:{line} {function}"


def end_in_a_line() -> None:
    """Have warnings, and errors that end a process or a thread, written as lines, without their texts."""
    logger = logging.getLogger(__name__)

    def of_process(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, Exception):
            logger.critical("An error ended the process.", exc_info=(kind, error, trace))
        else:
            sys.__excepthook__(kind, error, trace)

    def of_thread(ended: threading.ExceptHookArgs) -> None:
        if ended.exc_value and issubclass(ended.exc_type, Exception):
            error = (ended.exc_type, ended.exc_value, ended.exc_traceback)
            logger.critical("An error ended a thread.", exc_info=error)

    def of_warning(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        logger.warning("%s at %s", category.__name__, _place(filename, lineno, "").strip())

    sys.excepthook, threading.excepthook = of_process, of_thread
    warnings.showwarning = of_warning
