"""Each row of a list in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth import get_user_model
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import TextChoices
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from intake import presenting
from intake.choices import Disposition, Language, Priority, Status, WaitingOn
from intake.desk import fragments
from intake.desk.history import name_of
from intake.desk.page import Reason, reasons
from intake.models import Request
from intake.querysets import RequestQuerySet
from intake.services import desk
from intake.worded import Statement, worded_rows

# Why a row stands where it does: the order of calls, band by band.
BANDS = {
    0: gettext_lazy("Emergencies: always first"),
    1: gettext_lazy("Raised: they waited too long"),
    2: gettext_lazy("By the time promised, then the next dose"),
}
SHOWN = {
    "id", "document", "call_band", "call_at", "claimed_by", "claimed_until", "closed_at", "disposition",
    "duplicate_of", "escalated_at", "follow_up_at", "interpreter", "language", "needs_pharmacist",
    "next_dose_on", "paused_at", "priority", "queue", "rules", "status", "submitted_at", "waiting_on",
}  # fmt: skip
# In the table's order, in which a model takes them.
COLUMNS = [column.attname for column in Request._meta.concrete_fields if column.name in SHOWN]
HOLDER = ["id", "username", "first_name", "last_name"]
CARRIED = ["duplicate_of", "rules", "interpreter"]


@dataclass(frozen=True)
class Carried:
    """A later request, as far as the row of the first shows it."""

    rules: list[str]
    interpreter: bool


@dataclass(frozen=True)
class Row:
    item: Request
    reference: str
    patient: str
    priority: str
    due: str
    due_moment: str
    is_overdue: bool
    is_follow_up: bool
    is_raised: bool
    stands_still: bool
    language: str
    interpreter: bool
    next_dose: str
    reasons: list[Reason]
    others: list[str]
    status: str
    holder: str
    is_mine: bool
    age: str
    # The heading above the row, where another band begins with it.
    heading: str = ""
    # Markup.
    rank: str = ""
    why: str = ""

    @property
    def kind(self) -> str:
        """As the page's style sheet and script know it."""
        holding = " mine" if self.is_mine else " is-held" if self.holder else ""
        return f"at-{self.item.priority}{' is-overdue' if self.is_overdue else ''}{holding}"

    @property
    def key(self) -> str:
        return str(self.item.pk)

    @property
    def sent(self) -> str:
        """Seconds since 1970: tells a page that refreshes itself what is new."""
        return str(int(self.item.submitted_at.timestamp()))

    @property
    def queue(self) -> str:
        return self.item.queue.name

    @property
    def language_code(self) -> str:
        return self.item.language

    @property
    def is_carried(self) -> bool:
        return self.item.duplicate_of_id is not None


def load(requests: RequestQuerySet) -> list[Any]:
    """`requests` with what their rows show but their queues, each with the `later` ones that it carries.

    Two queries, the second for the later ones, of which nothing that is sealed is read.
    """
    return load_by(statement(requests))


def statement(requests: RequestQuerySet, **stand_ins: Any) -> Statement:
    """The question for `load_by`, with stand-ins for what differs each time that it is asked."""
    holder = [f"claimed_by__{name}" for name in HOLDER]
    return worded_rows(requests.values_list(*COLUMNS, *holder), stand_ins)


def load_by(asked: Statement, **values: Any) -> list[Any]:
    """As `load`, by a statement that is worded already."""
    found: dict[int, Any] = {}
    accounts = get_user_model()
    for row in asked.ask(**values):
        item: Any = Request.from_db(DEFAULT_DB_ALIAS, COLUMNS, row[: len(COLUMNS)])
        if item.claimed_by_id is not None:
            item.claimed_by = accounts.from_db(DEFAULT_DB_ALIAS, HOLDER, row[len(COLUMNS) :])
        item.later = []
        found[item.pk] = item
    if found:
        places = {f"first {place}": pk for place, pk in enumerate(found)}
        for first, rules, interpreter in _carried(connection.vendor, len(found)).ask(**places):
            found[first].later.append(Carried(rules, interpreter))
    return list(found.values())


@lru_cache
def _carried(vendor: str, firsts: int) -> Statement:
    """By hand: a prefetch costs a page of rows more than the rows."""
    stand_ins = {f"first {place}": -1 - place for place in range(firsts)}
    later = Request.objects.filter(duplicate_of__in=list(stand_ins.values()))
    return worded_rows(later.values_list(*CARRIED), stand_ins)


def rows(items: Iterable[Any], *, by: Any, now: datetime, in_bands: bool = True) -> list[Row]:
    """What `load` found, in words and in its order; with a heading where a band of the call order begins."""
    listed, band = [], None
    for item in items:
        begins = in_bands and item.call_band != band
        band = item.call_band
        heading = str(BANDS[band]) if begins else ""
        listed.append(row(item, item.later, by=by, now=now, heading=heading))
    return listed


def row(
    item: Request, later: Sequence[Request | Carried], *, by: Any, now: datetime, heading: str = ""
) -> Row:
    """`item` in words, with the `later` ones that it carries; its queue and holder must be loaded."""
    zone = ZoneInfo(item.queue.time_zone)
    closed, language = item.closed_at is not None, get_language()
    held, why = item.is_held(now), reasons(item, later, language)
    readable = desk.is_readable(item)
    return Row(
        item=item,
        reference=item.reference if readable else str(item),
        patient=item.patient_name if readable else _("Can’t be read"),
        priority=_label(Priority, item.priority, language),
        due=_closed(item, now, zone) if closed else presenting.due_in_words(item.call_at, now, language),
        due_moment="" if closed else presenting.moment(item.call_at, now=now, zone=zone, language=language),
        is_overdue=not closed and item.call_at < now,
        is_follow_up=not closed and item.follow_up_at is not None,
        is_raised=not closed and item.escalated_at is not None,
        stands_still=item.paused_at is not None,
        language=_label(Language, item.language, language),
        interpreter=item.interpreter or any(one.interpreter for one in later),
        next_dose="" if closed else _next_dose(item, now, zone),
        reasons=[reason for reason in why if reason.leads],
        others=[reason.code for reason in why if not reason.leads],
        status=_status(item, language),
        holder=name_of(item.claimed_by) if held else "",
        is_mine=held and item.claimed_by_id == by.pk,
        age=presenting.age_in_words(item.submitted_at, now, language),
        heading=heading,
        rank=fragments.priority(item.priority, language),
        why=fragments.why(why, needs_pharmacist=item.needs_pharmacist, language=language),
    )


def _closed(item: Request, now: datetime, zone: ZoneInfo) -> str:
    return presenting.moment(item.closed_at, now=now, zone=zone) if item.closed_at else ""


def _next_dose(item: Request, now: datetime, zone: ZoneInfo) -> str:
    if item.next_dose_on is None:
        return ""
    days = (item.next_dose_on - now.astimezone(zone).date()).days
    if days < 0:
        return _("next dose was due %(days)d d ago") % {"days": -days}
    if days < 2:
        return _("next dose tomorrow") if days else _("next dose today")
    return _("next dose in %(days)d d") % {"days": days}


def _status(item: Request, language: str | None) -> str:
    if item.status == Status.WAITING:
        return _("Waiting: %(whom)s") % {"whom": WaitingOn(item.waiting_on).label}
    if item.status == Status.CLOSED:
        return _label(Disposition, item.disposition, language)
    return _label(Status, item.status, language)


@lru_cache
def _label(choices: type[TextChoices], value: str, language: str | None) -> str:
    return str(dict(choices.choices).get(value, value))
