"""Triage rules and status transitions: pure, from values to decisions.

The rules are a proposal that the pharmacist in charge has not signed. They are written in the terms of
`intake.facts`, so that `RULES` can be read beside the rule text.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time

from django.utils.translation import gettext as _

from intake.choices import Band, DangerSign, Priority, Rule, Status
from intake.facts import Answers, Circumstances, Facts

__all__ = [
    "RULES",
    "RULESET_VERSION",
    "TRANSITIONS",
    "Answers",
    "Assessment",
    "Circumstances",
    "TooFewAttempts",
    "TransitionNotAllowed",
    "assess",
    "band_of",
    "check_transition",
    "check_unable_to_reach",
]

# Stored with every decision, and what a sign-off names: raise it whenever a rule here or a term in
# intake/facts.py changes.
RULESET_VERSION = "proposal-2"

MIN_ATTEMPTS = 3
MIN_BANDS = 2

AFTERNOON_STARTS = time(12)
EVENING_STARTS = time(17)


@dataclass(frozen=True)
class RuleRow:
    code: Rule
    priority: Priority
    needs_pharmacist: bool
    fires: Callable[[Facts], bool]


RULES: tuple[RuleRow, ...] = (
    #       code, priority, needs a pharmacist, fires when
    RuleRow(
        Rule.R1, Priority.EMERGENCY, True, lambda f: f.has_sign(DangerSign.BREATHING, DangerSign.ONE_SIDED)
    ),
    RuleRow(Rule.R2, Priority.EMERGENCY, True, lambda f: f.has_sign(DangerSign.MENINGITIS)),
    RuleRow(Rule.R3, Priority.EMERGENCY, True, lambda f: f.has_sign(DangerSign.IMMEDIATE_DANGER)),
    RuleRow(
        Rule.R4,
        Priority.URGENT,
        False,
        lambda f: f.missed_dose or (f.home_therapy and f.doses_no and f.unknown_or_due_within(3)),
    ),
    RuleRow(Rule.R5, Priority.URGENT, False, lambda f: f.due_within(2) and not f.assured),
    RuleRow(Rule.R6, Priority.URGENT, True, lambda f: f.compromised and f.unknown_or_due_within(3)),
    RuleRow(Rule.R7, Priority.URGENT, True, lambda f: f.equipment_problem and f.home_therapy),
    RuleRow(Rule.R8, Priority.URGENT, False, lambda f: f.uninterruptible_therapy and f.disrupted),
    RuleRow(Rule.R9, Priority.SAME_DAY, False, lambda f: f.evacuated or (f.affected and f.address_changed)),
    RuleRow(
        Rule.R10,
        Priority.SAME_DAY,
        False,
        lambda f: (f.affected or f.transferring) and (f.supply_within(7) or f.due_within(7)),
    ),
    RuleRow(Rule.R11, Priority.SAME_DAY, True, lambda f: f.compromised and not f.unknown_or_due_within(3)),
    RuleRow(Rule.R12, Priority.SAME_DAY, True, lambda f: f.has_sign(DangerSign.MILD_REACTION)),
    RuleRow(
        Rule.R13,
        Priority.SAME_DAY,
        False,
        lambda f: f.may_be_affected and (f.next_dose_unknown or (f.home_therapy and f.doses_unknown)),
    ),
    # The last row stands when no other does.
    RuleRow(Rule.R14, Priority.ROUTINE, False, lambda f: True),
)


@dataclass(frozen=True)
class Assessment:
    """`rules` holds every rule that fired, in the order of their numbers; it is never empty."""

    priority: Priority
    rules: tuple[Rule, ...]
    needs_pharmacist: bool


def assess(answers: Answers, circumstances: Circumstances) -> Assessment:
    """Apply `RULES`: the highest priority wins and every rule that fired is kept. Never raises."""
    facts = Facts(answers, circumstances)
    *rows, otherwise = RULES
    fired = [row for row in rows if row.fires(facts)] or [otherwise]
    return Assessment(
        priority=min((row.priority for row in fired), key=lambda priority: priority.severity),
        rules=tuple(row.code for row in fired),
        needs_pharmacist=any(row.needs_pharmacist for row in fired),
    )


class TransitionNotAllowed(ValueError):
    """The message is translated, for the person who tried."""


class TooFewAttempts(ValueError):
    """The message is translated, for the person who tried."""


TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    Status.NEW: frozenset({Status.IN_PROGRESS, Status.WAITING, Status.CLOSED}),
    Status.IN_PROGRESS: frozenset({Status.NEW, Status.WAITING, Status.CLOSED}),
    Status.WAITING: frozenset({Status.IN_PROGRESS, Status.CLOSED}),
    Status.CLOSED: frozenset({Status.NEW}),
}


def check_transition(current: Status, target: Status) -> None:
    """Raise TransitionNotAllowed unless `current` may become `target`.

    A request may stay as it is (a new follow-up while waiting), but one that is closed can't close again:
    its disposition would be overwritten.
    """
    stays = target == current and current != Status.CLOSED
    if not stays and target not in TRANSITIONS[current]:
        raise TransitionNotAllowed(
            _("A request with the status “%(current)s” can’t change to “%(target)s”.")
            % {"current": Status(current).label, "target": Status(target).label}
        )


def band_of(local: time) -> Band:
    """The part of the day of a wall-clock time in the queue's time zone."""
    if local < AFTERNOON_STARTS:
        return Band.MORNING
    return Band.AFTERNOON if local < EVENING_STARTS else Band.EVENING


def check_unable_to_reach(bands: Sequence[Band]) -> None:
    """Raise TooFewAttempts unless the attempts, one band each, allow to close as unable to reach."""
    if len(bands) < MIN_ATTEMPTS or len(set(bands)) < MIN_BANDS:
        raise TooFewAttempts(
            _(
                "“Unable to reach” needs at least %(min_attempts)d attempts in at least %(min_bands)d parts"
                " of the day (morning, afternoon, evening). So far: attempts %(attempts)d, parts %(bands)d."
            )
            % {
                "min_attempts": MIN_ATTEMPTS,
                "min_bands": MIN_BANDS,
                "attempts": len(bands),
                "bands": len(set(bands)),
            }
        )
