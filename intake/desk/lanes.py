"""The board's lanes: one for each queue, and those that cut across; each with how much stands in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from intake import presenting
from intake.desk.filtering import LANES, Filters
from intake.desk.tallies import Counts, capped, together
from intake.models import Queue


@dataclass(frozen=True)
class Lane:
    label: str
    url: str
    key: str
    is_current: bool
    count: str = ""
    overdue: str = ""
    is_late: bool = False


@dataclass(frozen=True)
class Summary:
    """How the lane's queues stand, in words."""

    waiting: str
    overdue: str
    emergencies: str
    oldest: str
    share: str


def lanes(
    filters: Filters, queues: Mapping[int, Queue], counts: Mapping[int, Counts], mine: int
) -> list[Lane]:
    """In their order: the queues, all of them, and what cuts across. Each keeps what narrows the list."""
    every = together(counts.values())
    asked = filters.asked.get("queue", "")
    found: list[tuple[str, str, bool, int | None, int]] = []
    if len(queues) > 1:
        found.append((_("All"), filters.address(show=None, queue=None), _at(filters, ""), every.waiting, 0))
    for pk, queue in queues.items():
        here = not filters.lane and (asked == queue.slug or len(queues) == 1)
        url = filters.address(show=None, queue=queue.slug if len(queues) > 1 else None)
        found.append((queue.name, url, here, counts[pk].waiting, counts[pk].overdue))
    across = {
        "mine": mine,
        "follow-ups": every.follow_ups,
        "overdue": every.overdue,
        "pharmacist": every.pharmacist,
        "closed": None,
    }
    for name, number in across.items():
        url = filters.address(show=name, queue=None, status=None)
        found.append((str(LANES[name]), url, filters.lane == name, number, 0))
    return [
        Lane(
            label=label,
            url=url,
            key=str(place) if place < 10 else "",
            is_current=here,
            count="" if number is None else capped(number),
            overdue=capped(overdue) if overdue else "",
            is_late=bool(number) and url == filters.address(show="overdue", queue=None, status=None),
        )
        for place, (label, url, here, number, overdue) in enumerate(found, start=1)
    ]


def _at(filters: Filters, queue: str) -> bool:
    return not filters.lane and filters.asked.get("queue", "") == queue


def summary(
    filters: Filters, queues: Mapping[int, Queue], counts: Mapping[int, Counts], now: datetime
) -> Summary:
    """Of the queue that is asked for, or of all that the person sees."""
    asked = filters.asked.get("queue")
    here = together(counts[pk] for pk, queue in queues.items() if not asked or queue.slug == asked)
    return Summary(
        waiting=capped(here.waiting),
        overdue=capped(here.overdue) if here.overdue else "",
        emergencies=capped(here.emergencies) if here.emergencies else "",
        oldest=presenting.age_in_words(here.oldest, now) if here.oldest else "",
        share=_share(here),
    )


def _share(here: Counts) -> str:
    if here.share_in_time is None:
        return ""
    return _("%(share)d%% of the last %(number)d called in time") % {
        "share": here.share_in_time,
        "number": here.due,
    }
