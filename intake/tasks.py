"""The worker that empties the outbox and keeps the desk's house. Any number may run, on any machines."""

import logging
import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused, SMTPResponseException

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import Error as DatabaseError
from django.db import close_old_connections, connections
from django.utils import timezone
from django.utils.module_loading import import_string

from intake.choices import MessageState
from intake.messages import compose, is_obsolete
from intake.models import OutboxMessage, WorkerHeartbeat
from intake.services import desk, escalation, outbox
from intake.services.outbox import Taken

logger = logging.getLogger(__name__)

ROUND = 1.0  # seconds between two looks at the outbox
DOUBLINGS = 5  # of that pause, while database or mail server are away
SLICE = 0.25  # how soon a signal is noticed
BEAT = timedelta(seconds=10)
HOUSEKEEPING = timedelta(seconds=20)
LATE = timedelta(minutes=5)
DUMMY = "django.core.mail.backends.dummy.EmailBackend"


class MailServerAway(Exception):
    """No connection, or no leave to send; the messages are not at fault and lose no try."""


def mail_is_set_up() -> bool:
    return settings.EMAIL_BACKEND != DUMMY


def keeps_up(now: datetime) -> bool:
    """Whether a worker lives, and what is due goes out. At most two queries, each by an index."""
    if not WorkerHeartbeat.objects.alive(now).exists():
        return False
    return not mail_is_set_up() or not OutboxMessage.objects.due(now - LATE).exists()


class MessageWorker:
    """`stopping` may be set at any time, from a signal handler too."""

    def __init__(self) -> None:
        self.stopping = False
        self._beaten = timezone.now() - BEAT
        self._kept_house = timezone.now()
        self._trouble = ""

    def run(self) -> None:
        """Go round until `stopping`. Neither a database nor a mail server that is away ends it."""
        failures = 0
        while not self.stopping:
            # Each round starts as a web request does: with a connection that is known to work.
            close_old_connections()
            try:
                self.send_due()
            except (DatabaseError, MailServerAway) as error:
                failures += 1
                self._say(f"{type(error).__name__} {error if isinstance(error, MailServerAway) else ''}")
                if isinstance(error, DatabaseError):
                    connections.close_all()
                else:
                    self._keep_house_in_turn()
            else:
                failures = 0
                self._say("")
                self._keep_house_in_turn()
            pause = ROUND * 2 ** min(failures, DOUBLINGS)
            self._sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311 (keeps workers out of step)

    def keep_house(self) -> None:
        """Return leases that ran out, escalate what is overdue, and do the project's other chores.

        What fails is logged and comes again: none of them keeps another, or a message, from its turn.
        """
        self._kept_house = timezone.now()
        chores = [import_string(name) for name in settings.CHORES]
        for task in (desk.return_lapsed, escalation.escalate_overdue, *chores):
            try:
                # A batch at a time, so that a full one doesn't hold many rows for long.
                while task(now=timezone.now()) and not self.stopping:
                    pass
            except Exception as error:
                logger.error("%s failed: %s", task.__name__, type(error).__name__)
                if isinstance(error, DatabaseError):
                    connections.close_all()

    def _keep_house_in_turn(self) -> None:
        if timezone.now() - self._kept_house >= HOUSEKEEPING:
            self.keep_house()

    def send_due(self) -> Counter[str]:
        """Send what is due, one after the other; return how many messages got to which state.

        Raise MailServerAway before any message is touched, and what the database raises.
        """
        done: Counter[str] = Counter()
        self._beat()
        if not mail_is_set_up() or not OutboxMessage.objects.due(timezone.now()).exists():
            return done
        mailer = get_connection()
        try:
            while not self.stopping:
                _open(mailer)
                taken = outbox.take(now=timezone.now())
                if taken is None:
                    break
                done[self._attempt(taken, mailer)] += 1
                self._beat()
                self._keep_house_in_turn()
        finally:
            _close(mailer)
        return done

    def _attempt(self, taken: Taken, mailer: BaseEmailBackend) -> MessageState:
        if taken.number > outbox.MAX_TRIES:
            # Each of its tries ended a worker.
            return outbox.give_up(taken, problem="Interrupted", now=timezone.now())
        try:
            message = OutboxMessage.objects.select_related("request", "facility").get(pk=taken.message_id)
            if is_obsolete(message, timezone.now()):
                outbox.mark_obsolete(taken, now=timezone.now())
                return MessageState.OBSOLETE
            mailer.send_messages([compose(message)])
        except DatabaseError:
            raise
        except Exception as error:
            # Whatever it is, it must not keep the messages behind it from going out.
            _close(mailer)
            settle = outbox.give_up if _is_final(error) else outbox.put_off
            return settle(taken, problem=_problem(error), now=timezone.now())
        self._insist(lambda: outbox.mark_sent(taken, now=timezone.now()))
        return MessageState.SENT

    def _insist(self, note: Callable[[], None]) -> None:
        """The mail is out: until the database knows it, it would be sent again."""
        deadline = timezone.now() + outbox.LEASE
        while True:
            try:
                return note()
            except DatabaseError:
                connections.close_all()
                if self.stopping or timezone.now() > deadline:
                    raise
                self._sleep(ROUND)

    def _beat(self) -> None:
        if timezone.now() - self._beaten >= BEAT:
            outbox.beat(now=timezone.now())
            self._beaten = timezone.now()

    def _sleep(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self.stopping and time.monotonic() < until:
            time.sleep(SLICE)

    def _say(self, trouble: str) -> None:
        """Log a trouble when it begins and when it is over, not at each round."""
        if trouble and not self._trouble:
            logger.warning("Messages wait: %s", trouble.strip())
        elif self._trouble and not trouble:
            logger.warning("Messages go out again.")
        self._trouble = trouble


def _open(mailer: BaseEmailBackend) -> None:
    try:
        mailer.open()
    except OSError as error:  # SMTPException is one too
        raise MailServerAway(_problem(error)) from error


def _close(mailer: BaseEmailBackend) -> None:
    with suppress(OSError):
        mailer.close()


def _is_final(error: Exception) -> bool:
    """Whether the mail server knows that these addresses will never work."""
    return isinstance(error, SMTPRecipientsRefused) and all(code >= 500 for code in _codes(error))


def _problem(error: Exception) -> str:
    """The kind of error and the server's code. Its text may name the address."""
    codes = _codes(error)
    return " ".join([type(error).__name__, *map(str, codes[:1])])[:60]


def _codes(error: Exception) -> list[int]:
    if isinstance(error, SMTPResponseException):
        return [error.smtp_code]
    if isinstance(error, SMTPRecipientsRefused):
        return [code for code, _text in error.recipients.values()]
    return []
