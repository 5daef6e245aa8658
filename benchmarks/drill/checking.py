"""What was acknowledged against what is stored, what was delivered against what was written: over values."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.drill.patients import CURRENT, Visit, posted

ALERTING = ("emergency", "urgent")
QUEUES = {CURRENT: "current-patients", "new-patient": "new-patients"}


@dataclass(frozen=True)
class Stored:
    """A request as the database has it. The counts are of its rows elsewhere."""

    key: str
    reference: str
    last_name: str
    email: str
    queue: str
    priority: str
    rules: list[str]
    is_due: bool
    submitted_events: int
    confirmations: int
    alerts: int


@dataclass(frozen=True)
class Message:
    message_id: str
    kind: str
    state: str
    tries: int
    email: str


@dataclass(frozen=True)
class Database:
    requests: list[Stored]
    messages: list[Message]

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Database":
        return cls(
            [Stored(**row) for row in document["requests"]], [Message(**row) for row in document["messages"]]
        )


@dataclass
class Verdict:
    """`figures` are printed in their order; `breaches` name what must never be, and are empty else."""

    figures: dict[str, int] = field(default_factory=dict)
    breaches: list[str] = field(default_factory=list)

    def count(self, what: str, found: Collection[Any], *, is_breach: bool = False) -> None:
        self.figures[what] = len(found)
        if is_breach and found:
            self.breaches.append(f"{what}: {len(found)}, like {', '.join(map(str, list(found)[:3]))}")


def check(
    visits: Sequence[Visit],
    database: Database,
    deliveries: Sequence[tuple[str, Sequence[str]]],
    *,
    most_doubled: int,
) -> Verdict:
    """Compare. `most_doubled` is how many messages may have come twice for what was killed."""
    verdict = Verdict()
    _check_requests(verdict, list(posted(visits)), database)
    _check_messages(verdict, database, deliveries, most_doubled)
    return verdict


def _check_requests(verdict: Verdict, visits: list[Visit], database: Database) -> None:
    by_key: dict[str, list[Stored]] = {}
    for row in database.requests:
        by_key.setdefault(row.key, []).append(row)
    visit_of = {visit.key: visit for visit in visits}
    acknowledged = [visit for visit in visits if visit.references]
    named = {visit.number: [row.reference for row in by_key.get(visit.key, [])] for visit in visits}

    verdict.count("people who sent a request", visits)
    verdict.count("  of them acknowledged", acknowledged)
    verdict.count("requests stored", database.requests)
    verdict.count(
        "  stored for people who gave up before the answer",
        [row for row in database.requests if row.key in visit_of and not visit_of[row.key].references],
    )

    def breach(what: str, found: Collection[Any]) -> None:
        verdict.count(what, found, is_breach=True)

    breach(
        "acknowledged and not stored",
        [visit.number for visit in acknowledged if not visit.references <= set(named[visit.number])],
    )
    breach("stored more than once", [visit.number for visit in visits if len(named[visit.number]) > 1])
    breach("told two references", [visit.number for visit in visits if len(visit.references) > 1])
    breach(
        "never answered, though everything was up again",
        [visit.number for visit in visits if not visit.references and not visit.gave_up],
    )
    breach("stored, and nobody sent it", [key for key in by_key if key not in visit_of])
    rows = [(visit_of[row.key], row) for row in database.requests if row.key in visit_of]
    breach(
        "stored with other answers",
        [v.number for v, row in rows if (v.last_name, v.email) != (row.last_name, row.email)],
    )
    breach(
        "without its triage, queue or due time",
        [
            v.number
            for v, row in rows
            if (v.priority, QUEUES[v.door]) != (row.priority, row.queue) or not (row.rules and row.is_due)
        ],
    )
    breach("without exactly one first event", [v.number for v, row in rows if row.submitted_events != 1])
    breach(
        "without exactly the confirmation that is due",
        [v.number for v, row in rows if row.confirmations != bool(v.email)],
    )
    breach(
        "without exactly the alert that is due",
        [v.number for v, row in rows if row.alerts != (v.priority in ALERTING)],
    )


def _check_messages(
    verdict: Verdict,
    database: Database,
    deliveries: Sequence[tuple[str, Sequence[str]]],
    most_doubled: int,
) -> None:
    times = Counter(message_id for message_id, _to in deliveries)
    recipients = {message_id: list(to) for message_id, to in deliveries}
    messages = {message.message_id: message for message in database.messages}
    doubled = [message_id for message_id, number in times.items() if number > 1]

    verdict.count("messages due", database.messages)
    verdict.count("  tried more than once", [m for m in database.messages if m.tries > 1])
    verdict.count("  delivered twice, by what was killed between taking and noting", doubled)

    def breach(what: str, found: Collection[Any]) -> None:
        verdict.count(what, found, is_breach=True)

    breach("messages not sent", [m.message_id for m in database.messages if m.state != "sent"])
    breach(
        "noted as sent and never delivered",
        [m.message_id for m in database.messages if m.state == "sent" and not times[m.message_id]],
    )
    breach(
        "delivered more often than tried",
        [i for i, number in times.items() if i in messages and number > messages[i].tries],
    )
    breach(
        "delivered to somebody else",
        [i for i, to in recipients.items() if i in messages and _is_misdirected(messages[i], to)],
    )
    breach(
        "delivered, and nobody wrote it", [message_id for message_id in times if message_id not in messages]
    )
    if sum(times[message_id] - 1 for message_id in doubled) > most_doubled:
        verdict.breaches.append(
            f"delivered twice: {len(doubled)}, where at most {most_doubled} can be explained"
        )


def _is_misdirected(message: Message, to: list[str]) -> bool:
    return message.kind == "confirmation" and to != [message.email]
