import os
import signal
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.db import Error as DatabaseError

from intake.choices import MessageState
from intake.models import OutboxMessage
from intake.tasks import MailServerAway, MessageWorker, mail_is_set_up

# Seconds that a mail server gets to answer. What is cut off is tried again when its lease has run out.
GRACE = 2


class Command(BaseCommand):
    help = "Send the messages in the outbox, and go on until told to end. Any number may run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="Send what is due now, then end.")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        worker = MessageWorker()

        def stop(number: int, frame: FrameType | None) -> None:
            worker.stopping = True
            signal.alarm(GRACE)

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        # No farewell: it would wait for the same server.
        signal.signal(signal.SIGALRM, lambda number, frame: os._exit(0))
        if once:
            self._once(worker)
        else:
            worker.run()
        signal.alarm(0)

    def _once(self, worker: MessageWorker) -> None:
        worker.keep_house()
        try:
            done = worker.send_due()
            waiting = OutboxMessage.objects.filter(state=MessageState.WAITING).count()
        except MailServerAway as error:
            raise CommandError(f"The mail server can't be used: {error}.") from error
        except DatabaseError as error:
            raise CommandError("The database can't be reached.") from error
        if not mail_is_set_up():
            self.stdout.write("No mail server is set up (EMAIL_URL): messages stay in the outbox.")
        sent, failed = done[MessageState.SENT], done[MessageState.FAILED]
        self.stdout.write(f"{sent} sent, {failed} given up, {waiting} waiting.")
