"""An SMTP server as a process of its own, which writes down for good what it accepts before it says so.

`python -m benchmarks.drill.mailserver FOLDER PORT` listens until it is killed. FOLDER/mode says what it does:
"accept"; "refuse" recipients for now; "refuse content" for now; "hang" with what it has read.
"""

import asyncio
import email.policy
import json
import os
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from aiosmtpd.controller import Controller

from benchmarks.drill.processes import Kept, free_port

NETWORK = 0.02  # seconds
ACCEPT, REFUSE, REFUSE_CONTENT, HANG = MODES = ("accept", "refuse", "refuse content", "hang")


class MailServer(Kept):
    def __init__(self, folder: Path, *, env: Mapping[str, str] = os.environ) -> None:
        self.folder, self.port = folder, free_port()
        self.log_of_accepted = folder / "accepted"
        self.log_of_accepted.touch()
        self.behave(ACCEPT)
        command = [sys.executable, "-m", __name__, str(folder), str(self.port)]
        super().__init__(command, env=env, log=folder / "log")

    def behave(self, mode: str) -> None:
        draft = self.folder / "mode.new"
        draft.write_text(mode)
        draft.replace(self.folder / "mode")

    def accepted(self) -> list[tuple[str, list[str]]]:
        """(Message-ID, recipients) of each delivery, in their order."""
        lines = self.log_of_accepted.read_text().splitlines()
        return [(said["id"], said["to"]) for said in map(json.loads, lines)]


class _Handler:
    def __init__(self, folder: Path) -> None:
        self.mode_file = folder / "mode"
        self.log = os.open(folder / "accepted", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def mode(self) -> str:
        return self.mode_file.read_text()

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        if self.mode() == REFUSE:
            return "451 4.3.0 later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:
        while self.mode() == HANG:
            await asyncio.sleep(0.02)
        if self.mode() == REFUSE_CONTENT:
            return "452 4.3.1 later"
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        line = json.dumps({"id": message["Message-ID"], "to": envelope.rcpt_tos})
        # As over a network: a worker that is killed meanwhile has sent it or not, and doesn't know.
        await asyncio.sleep(NETWORK)
        os.write(self.log, f"{line}\n".encode())
        os.fsync(self.log)
        await asyncio.sleep(NETWORK)
        return "250 OK"


def _main(folder: str, port: str) -> None:
    Controller(_Handler(Path(folder)), hostname="127.0.0.1", port=int(port)).start()
    threading.Event().wait()


if __name__ == "__main__":
    _main(*sys.argv[1:])
