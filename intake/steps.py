"""What to do next after an attempt to reach somebody: pure, from what was tried and when to a few steps.

It proposes; staff choose. Times are within the queue's open hours, except where it can't wait for them.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from intake import triage
from intake.choices import Band, CareSetting, Disposition, Door, Outcome, Priority, Rule
from intake.hours import Schedule

REACHED = (Outcome.REACHED_PATIENT, Outcome.REACHED_REPRESENTATIVE)
# What says that the number itself leads nowhere.
DEAD = (Outcome.WRONG_NUMBER, Outcome.DISCONNECTED)
# The same number again within minutes is worth it for a busy line, and for whoever can't wait.
SOON = {Priority.EMERGENCY: timedelta(minutes=10), Priority.URGENT: timedelta(minutes=30)}
BUSY = timedelta(minutes=15)
# Nobody is called twice within this because another part of the day has just begun.
GAP = timedelta(minutes=60)
QUARTER = timedelta(minutes=15)
MOST_TIMES, MOST_DISPOSITIONS = 4, 6
DAYS_AHEAD = 7

# When in each part of the day to call, where the queue is open then.
PREFERRED = {Band.MORNING: time(9), Band.AFTERNOON: time(13, 30), Band.EVENING: time(17, 15)}

# How calls end for the reasons that a request came with, the likeliest first.
LIKELY: dict[str, tuple[Disposition, ...]] = {
    Rule.R1: (Disposition.REFERRED_911_ED, Disposition.CLINICAL_ADVICE_GIVEN),
    Rule.R2: (Disposition.REFERRED_911_ED, Disposition.CLINICAL_ADVICE_GIVEN),
    Rule.R3: (Disposition.REFERRED_911_ED, Disposition.RESOURCE_REFERRAL),
    Rule.R4: (Disposition.EMERGENCY_REFILL, Disposition.DELIVERY_RESCHEDULED),
    Rule.R5: (Disposition.EMERGENCY_REFILL, Disposition.DELIVERY_RESCHEDULED),
    Rule.R6: (Disposition.REPLACEMENT_DISPENSED, Disposition.CLINICAL_ADVICE_GIVEN),
    Rule.R7: (Disposition.CLINICAL_ADVICE_GIVEN, Disposition.REPLACEMENT_DISPENSED),
    Rule.R8: (Disposition.EMERGENCY_REFILL, Disposition.REPLACEMENT_DISPENSED),
    Rule.R9: (Disposition.ADDRESS_UPDATED, Disposition.DELIVERY_RESCHEDULED),
    Rule.R10: (Disposition.DELIVERY_RESCHEDULED, Disposition.EMERGENCY_REFILL),
    Rule.R11: (Disposition.CLINICAL_ADVICE_GIVEN, Disposition.REPLACEMENT_DISPENSED),
    Rule.R12: (Disposition.CLINICAL_ADVICE_GIVEN,),
    Rule.R13: (Disposition.DELIVERY_RESCHEDULED, Disposition.ADDRESS_UPDATED),
}
AT_A_CENTER = (Disposition.INFUSION_RESCHEDULED, Disposition.SITE_CHANGED)
# Behind those, where there are few.
OFTEN = (Disposition.DELIVERY_RESCHEDULED, Disposition.ADDRESS_UPDATED, Disposition.PRESCRIBER_CONTACTED)
NEW_PATIENTS = (Disposition.TRANSFER_STARTED, Disposition.REFERRAL_STARTED, Disposition.PRESCRIBER_CONTACTED)


class Kind(Enum):
    CALL_NOW = "call_now"  # the next attempt is made at once
    FOLLOW_UP = "follow_up"  # a promise to call at `at`
    CLOSE = "close"  # with `disposition`


@dataclass(frozen=True)
class Step:
    kind: Kind
    why: str
    at: datetime | None = None
    disposition: Disposition | None = None


@dataclass(frozen=True)
class Tried:
    """The attempts so far, as (outcome, when), the last one last; never empty.

    `other_numbers` are those beside the first; `best_time` is when the patient wants to be called, or empty.
    """

    attempts: Sequence[tuple[Outcome, datetime]]
    best_time: str
    other_numbers: Sequence[str]
    priority: Priority
    rules: Collection[str]
    door: Door
    care_setting: str
    next_dose_on: date | None
    is_pharmacist: bool

    @property
    def last(self) -> Outcome:
        return self.attempts[-1][0]


@dataclass(frozen=True)
class Offer:
    """`missing` says in words what "unable to reach" still needs; empty where that is not in question."""

    steps: tuple[Step, ...]
    missing: str = ""


def offer(tried: Tried, schedule: Schedule, now: datetime) -> Offer:
    """The next sensible steps, the likeliest first."""
    if tried.last in REACHED:
        return Offer(tuple(_closings(_likely(tried))))
    if tried.last == Outcome.DECLINED:
        return Offer(tuple(_closings([Disposition.WITHDRAWN, Disposition.NO_ACTION_NEEDED])))
    times = tuple(_times(tried, schedule, now))
    if tried.last == Outcome.CALLBACK_REQUESTED:
        return Offer(times)
    if tried.last == Outcome.INTERPRETER_NEEDED:
        return Offer((Step(Kind.CALL_NOW, _("With an interpreter on the line")), *times))
    first: tuple[Step, ...] = ()
    if tried.other_numbers:
        why = _("The other number: %(number)s") % {"number": " / ".join(tried.other_numbers)}
        first = (Step(Kind.CALL_NOW, why),)
    missing = lacking(bands(tried.attempts, schedule))
    if not missing:
        unable = Step(Kind.CLOSE, _("enough was tried"), disposition=Disposition.UNABLE_TO_REACH)
        return Offer((*first, *times[: MOST_TIMES - 1], unable))
    return Offer((*first, *times), missing)


def bands(attempts: Sequence[tuple[Outcome, datetime]], schedule: Schedule) -> list[Band]:
    """In which parts of the day nobody was reached, one for each attempt, on the queue's clock."""
    return [_band(at, schedule) for outcome, at in attempts if outcome not in REACHED]


def lacking(tried: Sequence[Band]) -> str:
    """What "unable to reach" still needs, in words; empty where enough was tried."""
    try:
        triage.check_unable_to_reach(tried)
    except triage.TooFewAttempts:
        pass
    else:
        return ""
    more = max(triage.MIN_ATTEMPTS - len(tried), 0)
    one_band = len(set(tried)) < triage.MIN_BANDS
    if not more:
        return _("“Unable to reach” needs an attempt in another part of the day.")
    needs = ngettext(
        "“Unable to reach” needs %(more)d more attempt.",
        "“Unable to reach” needs %(more)d more attempts.",
        more,
    ) % {"more": more}
    return needs + " " + _("One of them in another part of the day.") if one_band and tried else needs


def _closings(dispositions: Sequence[Disposition]) -> Iterator[Step]:
    for disposition in dispositions:
        yield Step(Kind.CLOSE, "", disposition=disposition)


def _likely(tried: Tried) -> list[Disposition]:
    likely: list[Disposition] = []
    if tried.care_setting == CareSetting.CENTER:
        likely += AT_A_CENTER
    for rule in tried.rules:
        likely += LIKELY.get(rule, ())
    if tried.priority == Priority.EMERGENCY:
        likely.sort(key=lambda disposition: disposition != Disposition.REFERRED_911_ED)
    if tried.door == Door.NEW:
        likely += NEW_PATIENTS
    likely += OFTEN
    # Advice about health is a pharmacist's to give.
    fit = [one for one in likely if tried.is_pharmacist or one != Disposition.CLINICAL_ADVICE_GIVEN]
    return [*list(dict.fromkeys(fit))[: MOST_DISPOSITIONS - 1], Disposition.NO_ACTION_NEEDED]


def _times(tried: Tried, schedule: Schedule, now: datetime) -> Iterator[Step]:
    """At most four times, no two within the same hour, none after the next dose unless there is no other."""
    found = [*_soon(tried, now), *_later(tried, schedule, now)]
    today = now.astimezone(schedule.zone).date()
    if tried.next_dose_on and tried.next_dose_on >= today:
        in_time = [one for one in found if _day(one, schedule) <= tried.next_dose_on]
        found = in_time or found[:1]
    kept: list[Step] = []
    for one in found:
        if all(abs(_at(one) - _at(other)) >= timedelta(minutes=30) for other in kept):
            kept.append(one)
    yield from kept[:MOST_TIMES]


def _soon(tried: Tried, now: datetime) -> Iterator[Step]:
    if tried.last in (*DEAD, Outcome.CALLBACK_REQUESTED):
        return
    wait = SOON.get(tried.priority)
    if tried.last == Outcome.BUSY:
        wait = min(wait or BUSY, BUSY)
    if wait:
        minutes = int(wait.total_seconds()) // 60
        at = (now + wait).replace(second=0, microsecond=0)
        yield Step(Kind.FOLLOW_UP, _("in %(minutes)d minutes") % {"minutes": minutes}, at)


def _later(tried: Tried, schedule: Schedule, now: datetime) -> Iterator[Step]:
    """The patient's best time first, then parts of the day that were not tried, then any other."""
    done = {_band(at, schedule) for _outcome, at in tried.attempts}
    slots = list(_slots(schedule, now))
    best = [(band, at) for band, at in slots if band == tried.best_time]
    untried = [(band, at) for band, at in slots if band not in done]
    wanted = [*best[:1], *untried[:2], *slots[:2], *best[1:2], *slots[2:]]
    for band, at in dict.fromkeys(wanted):
        if band == tried.best_time:
            why = _("%(band)s: the best time, they said")
        elif band not in done:
            why = _("%(band)s: not tried yet")
        else:
            why = "%(band)s"
        yield Step(Kind.FOLLOW_UP, why % {"band": band.label}, at)


def _slots(schedule: Schedule, now: datetime) -> Iterator[tuple[Band, datetime]]:
    """The first good moment in each part of each of the coming days in which the queue is open."""
    seen: set[tuple[date, Band]] = set()
    for opens, closes in schedule.openings(now):
        if opens > now + timedelta(days=DAYS_AHEAD):
            return
        day = max(opens, now).astimezone(schedule.zone).date()
        while (start := datetime.combine(day, time(), schedule.zone)) < min(
            closes, now + timedelta(days=DAYS_AHEAD)
        ):
            for band, ends in zip(Band, (triage.AFTERNOON_STARTS, triage.EVENING_STARTS, None), strict=True):
                last = datetime.combine(day, ends, schedule.zone) if ends else start + timedelta(days=1)
                wanted = datetime.combine(day, PREFERRED[band], schedule.zone)
                begins = datetime.combine(day, _begins(band), schedule.zone)
                at = _rounded(max(wanted, opens, now + GAP))
                if at >= min(last, closes):
                    # Too late for the hour that one would choose: the first that is left.
                    at = _rounded(max(begins, opens, now + GAP))
                if at < min(last, closes) and (day, band) not in seen:
                    seen.add((day, band))
                    yield band, at.astimezone(schedule.zone)
            day += timedelta(days=1)


def _begins(band: Band) -> time:
    return {
        Band.MORNING: time(),
        Band.AFTERNOON: triage.AFTERNOON_STARTS,
        Band.EVENING: triage.EVENING_STARTS,
    }[band]


def _rounded(at: datetime) -> datetime:
    """The same moment or the next quarter of an hour."""
    over = timedelta(minutes=at.minute % 15, seconds=at.second, microseconds=at.microsecond)
    return at + (QUARTER - over) if over else at


def _band(at: datetime, schedule: Schedule) -> Band:
    return triage.band_of(at.astimezone(schedule.zone).time())


def _at(step: Step) -> datetime:
    assert step.at is not None  # noqa: S101  (a follow-up has a time)
    return step.at


def _day(step: Step, schedule: Schedule) -> date:
    return _at(step).astimezone(schedule.zone).date()
