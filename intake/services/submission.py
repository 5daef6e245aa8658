"""Taking a request: stored, triaged, queued and due in one transaction, once however often it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, OperationalError, connection, transaction

from intake import hours, lookup, references, situation, triage
from intake.choices import Channel, Door, EventKind, Language, Priority, Status
from intake.consents import FORM_VERSION
from intake.models import Request, RequestEvent
from intake.querysets import DUPLICATE_WINDOW
from intake.services import assessing, outbox, promises
from intake.services.circles import was_in_a_circle
from portal import audit, limits
from portal.crypto import Unreadable, keyed_hashes

# A reference is one of 148 million; more than a few collisions in a row mean something else is wrong.
TRIES = 5


class TooMany(Exception):
    """More came from one network than any shelter sends; nothing was stored."""

    def __init__(self, verdict: limits.Verdict) -> None:
        super().__init__()
        self.verdict = verdict


@dataclass(frozen=True)
class Submission:
    request: Request
    token: str
    replayed: bool = False

    @property
    def reference(self) -> str:
        return self.request.reference


@dataclass(frozen=True)
class _Sent:
    """What one submission is known by."""

    key: UUID
    answers: Mapping[str, Any]

    @property
    def digests(self) -> list[str]:
        return lookup.answers_digests(self.answers)


def submit_request(
    *,
    door: Door,
    document: Mapping[str, Any],
    submission_key: UUID,
    language: str,
    now: datetime,
    channel: Channel = Channel.WEB,
    by: Any = None,
    network: str = "",
) -> Submission:
    """Store a request once and return it with the token of its public address.

    `document` holds validated, JSON-ready answers by field name, the unanswered ones left out. The same key
    with the same answers gives the request that is already there; with other answers it is kept as a later
    request, linked to the first while that is open. `language` is used where none was asked for. `by` is the
    staff account for a request that came by phone.

    What is stored is counted for `network`, where one is given; beyond the limit TooMany is raised, but never
    for an emergency, nor for what is there already.
    """
    sent = _Sent(submission_key, document)
    # Read before the transaction, so that a failed look can't break it.
    today = situation.current()
    for attempt in range(TRIES):
        try:
            with transaction.atomic():
                return _submit(door, sent, today, language, now, channel, by, network)
        except limits.CantCount:
            # A robot's request is the smaller evil.
            network = ""
            if attempt == TRIES - 1:
                raise
        except (IntegrityError, OperationalError) as error:
            # Somebody drew the same reference, or the same submission got in between; or the database broke a
            # circle of waiting by ending this one.
            if attempt == TRIES - 1 or not (isinstance(error, IntegrityError) or was_in_a_circle(error)):
                raise
    raise AssertionError("unreachable")


def _submit(
    door: Door,
    sent: _Sent,
    today: situation.Situation,
    language: str,
    now: datetime,
    channel: Channel,
    by: Any,
    network: str,
) -> Submission:
    answers = sent.answers
    _serialize(sent)
    # Before any request is locked: whoever closes the center locks in this order too.
    center = assessing.steady_center(slug=answers["center"]) if answers.get("center") else None
    earlier = list(
        Request.objects.earlier_than(
            key=sent.key,
            phone=answers["phone"],
            last_name=answers["last_name"],
            since=now - DUPLICATE_WINDOW,
        )
    )
    for request in earlier:
        if request.submission_key == sent.key and request.answers_digest in sent.digests:
            return Submission(request, request.token, replayed=True)

    line = today.line_for[door]
    assessment = assessing.assess(answers, center, line.queue_id, today, now)
    counted = bool(network) and assessment.priority != Priority.EMERGENCY
    if counted:
        # Spares the database the rest where the answer is known.
        _refuse_beyond(limits.known_full("requests", network, window=settings.LIMIT_WINDOW, now=now))
    reference, digest = _new_reference(), sent.digests[0]
    token = lookup.tokens_for(sent.key, digest)[0]
    first = _first_of(earlier, sent)
    request = Request.objects.create(
        document={
            "reference": reference,
            "answers": dict(answers),
            "reasons": [str(rule.label) for rule in assessment.rules],
            "form_version": FORM_VERSION,
        },
        **lookup.hash_columns(answers, reference),
        token_hash=lookup.token_digest(token),
        submission_key=sent.key,
        answers_digest=digest,
        duplicate_of=first,
        door=door,
        channel=channel,
        queue_id=line.queue_id,
        language=answers.get("language") or language_of(language),
        interpreter=bool(answers.get("interpreter")),
        next_dose_on=answers.get("next_dose_on"),
        center=center,
        priority=assessment.priority,
        rules=list(assessment.rules),
        needs_pharmacist=assessment.needs_pharmacist,
        ruleset_version=triage.RULESET_VERSION,
        submitted_at=now,
        due_at=hours.due_at(now, today.targets[assessment.priority], line.schedule),
    )
    events = [
        RequestEvent(request=request, at=now, by=by, kind=EventKind.SUBMITTED, to_value=request.priority)
    ]
    alerts = [request]
    if first:
        known = {rule for known in [first, *earlier] for rule in known.rules}
        before = promises.standing(first, today, now)
        events.append(_carry(first, request, today, now))
        # Staff know of the first already, unless it has just become more pressing, or for another reason.
        news = promises.standing(first, today, now) != before or not known.issuperset(request.rules)
        # Those who work the later one's queue may never see the list that the first stands in.
        alerts = [first] if first.queue_id == request.queue_id else [first, request]
        alerts = alerts if news else []
    RequestEvent.objects.bulk_create(events)
    rows = [("request submitted", str(request), [*answers, "events"])]
    if first:
        rows.append(("request linked", str(first), [*promises.FIELDS, "needs_pharmacist", "events"]))
    audit.record_each(rows, by=by or "public")
    outbox.announce(request, alerts=alerts, page_language=language, now=now)
    if counted:
        # Last, because everybody behind the same address waits for this row until the transaction ends.
        most, window = settings.LIMIT_REQUESTS, settings.LIMIT_WINDOW
        _refuse_beyond(limits.hit("requests", network, limit=most, window=window, now=now))
    return Submission(request, token)


def _new_reference() -> str:
    """A reference that no request has; the table itself sees only to those under the newest key."""
    reference = references.new_reference()
    while len(lookup.reference_hashes(reference)) > 1 and Request.objects.by_reference(reference).exists():
        reference = references.new_reference()
    return reference


def _refuse_beyond(verdict: limits.Verdict) -> None:
    if not verdict.allowed:
        raise TooMany(verdict)


def language_of(code: str) -> str:
    """The language of the page that somebody read, where they asked for none."""
    return code if code in Language.values else Language.ENGLISH


def _serialize(sent: _Sent) -> None:
    """Let submissions with one key, or of one phone, happen one after the other.

    SQLite's transactions are immediate and need nothing; on PostgreSQL the locks end with the transaction.
    Sorted, so that two of them can't wait for each other; under every key, as while keys change another
    process may have another one first.
    """
    if connection.vendor != "postgresql":
        return
    locked = str(sent.key), lookup.digits(sent.answers["phone"])
    names = [name for one in locked for name in keyed_hashes("lock", one)]
    locks = sorted(int(name[:15], 16) for name in names)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(lock) FROM unnest(%s::bigint[]) AS lock", [locks])


def _first_of(earlier: list[Request], sent: _Sent) -> Request | None:
    """The open request that this one repeats: sent from the same rendered form, or about the same patient."""
    # A closed first carries nothing any more: linking to it would hide this one from the list of calls.
    own_form = [r for r in earlier if r.submission_key == sent.key]
    # What no key opens can't be compared; the new request must arrive all the same.
    readable = [r for r in earlier if not isinstance(r.document, Unreadable)]
    same_patient = [r for r in readable if lookup.same_patient(r.answers, sent.answers)]
    for request in own_form + same_patient:
        first = request
        if request.duplicate_of_id:
            # The first of them may have come with another phone.
            first = Request.objects.select_for_update(no_key=True).get(pk=request.duplicate_of_id)
        if first.status != Status.CLOSED:
            return first
    return None


def _carry(first: Request, later: Request, today: situation.Situation, now: datetime) -> RequestEvent:
    """Let `first` carry `later`: its priority only rises, its times only move earlier."""
    before = first.priority
    promises.bring_forward(first, later.due_at, Priority(later.priority), today, now)
    first.needs_pharmacist = first.needs_pharmacist or later.needs_pharmacist
    first.save(update_fields=[*promises.FIELDS, "needs_pharmacist"])
    return RequestEvent(
        request=first,
        at=now,
        kind=EventKind.DUPLICATE_LINKED,
        from_value=before,
        to_value=first.priority,
        note=later.reference,
    )
