"""What a request's page shows: the call, the rank with its reasons, the answers, and what has happened."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from django.utils.translation import get_language

from intake import presenting, scripts, situation, triage
from intake.choices import EventKind, Language, Rule, Status, WaitingOn
from intake.contact import Contact
from intake.desk.answers import in_sections, side_by_side
from intake.desk.call_card import call_card, call_of, next_steps, spelled
from intake.desk.history import VOCABULARY, happenings, name_of
from intake.models import Request, RequestEvent
from intake.querysets import Worker

__all__ = ["VOCABULARY", "Reason", "context", "name_of", "reasons"]


@dataclass(frozen=True)
class Reason:
    """A rule that fired; `leads` where it is one of those that gave the request its rank."""

    code: str
    words: str
    leads: bool


class Ranked(Protocol):
    @property
    def rules(self) -> list[str]: ...


def reasons(item: Request, later: Iterable[Ranked], language: str | None = None) -> list[Reason]:
    """The rules that fired for the request and for the `later` ones that it carries, in their order.

    Words are those of today's language; a rule that is no longer known has none.
    """
    fired = frozenset(code for request in (item, *later) for code in request.rules)
    return list(_reasons(fired, item.priority, language or get_language()))


@lru_cache(maxsize=4096)
def _reasons(fired: frozenset[str], priority: str, language: str | None) -> tuple[Reason, ...]:
    labels: dict[str, Any] = dict(Rule.choices)
    ranks: dict[str, str] = {row.code: row.priority for row in triage.RULES}
    codes = [*(code for code in ranks if code in fired), *sorted(fired - ranks.keys())]
    if len(codes) > 1:
        codes = [code for code in codes if code != Rule.R14]  # which says that there is no other
    leading = {code for code in codes if ranks.get(code) == priority}
    # Ranked by a person: then every reason counts the same.
    return tuple(Reason(code, str(labels.get(code, "")), code in leading or not leading) for code in codes)


def context(
    item: Request,
    events: list[RequestEvent],
    later: list[Request],
    to_call: Contact,
    *,
    worker: Worker,
    now: datetime,
) -> dict[str, Any]:
    zone = ZoneInfo(item.queue.time_zone)
    held = item.is_held(now)
    call = call_of(item, later, to_call, worker)
    history = happenings(events, now, zone)
    return {
        "item": item,
        "spelled": spelled(item.reference),
        "is_closed": item.status == Status.CLOSED,
        "closed_at": item.closed_at and presenting.moment(item.closed_at, now=now, zone=zone, name_zone=True),
        "call": call_card(item, later, to_call),
        "emergency": scripts.emergency(call),
        "where": [item.answers[name] for name in ("zip_now", "delivery_address") if item.answers.get(name)],
        "script": scripts.script(call),
        "reasons": reasons(item, later),
        "is_signed": item.ruleset_version in situation.current().signed_versions,
        "due": presenting.due_in_words(item.call_at, now),
        "due_moment": presenting.moment(item.call_at, now=now, zone=zone, name_zone=True),
        "is_overdue": item.call_at < now,
        "is_follow_up": item.follow_up_at is not None,
        "age": presenting.age_in_words(item.submitted_at, now),
        "submitted": presenting.moment(item.submitted_at, now=now, zone=zone, name_zone=True),
        "waiting_on": WaitingOn(item.waiting_on).label if item.waiting_on else "",
        "is_held": held,
        "is_mine": held and item.claimed_by_id == worker.user.pk,
        "holder": name_of(item.claimed_by) if held else "",
        "held_until": presenting.moment(item.claimed_until, now=now, zone=zone)
        if held and item.claimed_until
        else "",
        # In whole seconds: clocks of browsers may be wrong, so the page counts down from here.
        "held_for": int((item.claimed_until - now).total_seconds()) if held and item.claimed_until else 0,
        "next": next_steps(item, later, to_call, events, worker, now),
        "attempts": [one for one in history if one.kind == EventKind.OUTREACH],
        "sections": in_sections(item),
        "later": later,
        "comparisons": side_by_side([item, *later]) if later else [],
        "events": history,
        "speaks": call.language in worker.languages or call.language == Language.OTHER,
    }
