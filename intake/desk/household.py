"""Requests as lines of a list: those of the same phone or e-mail, and what a caller was found by."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext as _

from intake import lookup, presenting
from intake.choices import Language, Priority, Status
from intake.desk.history import name_of
from intake.models import Request
from intake.querysets import RequestQuerySet
from intake.services import desk

MOST = 20
# What a line of such a list shows of a request.
SHOWN = ["reference", "first_name", "last_name", "date_of_birth", "priority", "status"]


@dataclass(frozen=True)
class Neighbour:
    """A request as one line of a list. `linkable`: open, standing for itself, and readable."""

    item: Request
    reference: str
    patient: str
    born: str
    priority: str
    state: str
    holder: str
    sent: str
    language: str
    is_open: bool
    linkable: bool


def neighbours(item: Request, linked: Iterable[Request], among: RequestQuerySet) -> list[Request]:
    """Requests of the same phone or e-mail beside `linked`, the open ones first, then the newest."""
    phones = [item.answers["phone"], item.answers.get("phone_alternate")]
    hashes = [digest for phone in phones if phone for digest in lookup.phone_hashes(phone)]
    same = Q(phone_hash__in=hashes)
    if email := item.answers.get("email"):
        same |= Q(email_hash__in=lookup.email_hashes(email))
    closed_last = Case(When(status=Status.CLOSED, then=Value(1)), default=Value(0))
    others = among.filter(same).exclude(pk__in=[item.pk, *(one.pk for one in linked)])
    return list(
        others.select_related("queue", "claimed_by").order_by(closed_last, "-submitted_at", "-id")[:MOST]
    )


def in_words(items: Iterable[Request], now: datetime) -> list[Neighbour]:
    """The lines of a list; of what no key opens, only that it is there."""
    return [_line(item, now) for item in items]


def _line(item: Request, now: datetime) -> Neighbour:
    zone = ZoneInfo(item.queue.time_zone)
    readable, held = desk.is_readable(item), item.is_held(now)
    is_open = item.status != Status.CLOSED
    if is_open:
        state = _("%(status)s, %(due)s") % {
            "status": Status(item.status).label,
            "due": presenting.due_in_words(item.call_at, now),
        }
    else:
        state = _("Closed: %(how)s") % {"how": item.get_disposition_display()}
    if item.duplicate_of_id and is_open:
        state = _("Linked to an earlier request")
    return Neighbour(
        item=item,
        reference=item.reference if readable else str(item),
        patient=item.patient_name if readable else _("Can’t be read"),
        born=item.answers.get("date_of_birth", "") if readable else "",
        priority=str(Priority(item.priority).label),
        state=state,
        holder=name_of(item.claimed_by) if held else "",
        sent=presenting.moment(item.submitted_at, now=now, zone=zone),
        language=str(Language(item.language).label),
        is_open=is_open,
        linkable=is_open and readable and item.duplicate_of_id is None,
    )
