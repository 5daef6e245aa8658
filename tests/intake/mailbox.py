"""A real SMTP server in a thread. It keeps what it accepts, and refuses or hesitates when told to."""

import asyncio
import email.policy
import socket
import threading
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller


class Mailbox:
    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.messages: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        # Replies like "550 no such person"; empty means yes.
        self.to_recipient = ""
        self.to_content = ""
        # While `hesitates`, it has read a message and says nothing; while `answers_late`, it has kept it too.
        self.hesitates = self.answers_late = False
        self.has_read, self.has_kept = threading.Event(), threading.Event()
        self._server: Any = None

    def up(self) -> None:
        self._server = Controller(self, hostname="127.0.0.1", port=self.port)
        self._server.start()

    def down(self) -> None:
        if self._server:
            self._server.stop(no_assert=True)
            self._server = None

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.to_recipient:
            return self.to_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.has_read.set()
        while self.hesitates:
            await asyncio.sleep(0.02)
        if self.to_content:
            return self.to_content
        self.messages.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        self.recipients.append(envelope.rcpt_tos)
        self.has_kept.set()
        while self.answers_late:
            await asyncio.sleep(0.02)
        return "250 OK"
