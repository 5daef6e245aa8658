"""A line's weekly hours in words: pure."""

from collections.abc import Iterable
from datetime import datetime, time
from itertools import groupby

from django.utils.dateformat import time_format
from django.utils.dates import WEEKDAYS
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from intake.hours import Period, Schedule


def in_words(schedule: Schedule, at: datetime) -> str:
    """Return the hours like "Monday to Friday, 8:00 AM to 6:00 PM PST"; neighbouring days alike are one span.

    The zone's name is that of the moment `at`.
    """
    hours = {
        day: tuple(sorted((period.opens, period.closes) for period in periods))
        for day, periods in groupby(sorted(schedule.periods, key=_weekday), key=_weekday)
    }
    spans = [
        _("%(days)s, %(hours)s") % {"days": _days(first, last), "hours": _hours(hours[first])}
        for first, last in _spans(hours)
    ]
    return f"{capfirst('; '.join(spans))} {at.astimezone(schedule.zone):%Z}" if spans else ""


def _weekday(period: Period) -> int:
    return period.weekday


def _spans(hours: dict[int, tuple[tuple[time, time], ...]]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for day in hours:
        if spans and spans[-1][1] == day - 1 and hours[spans[-1][0]] == hours[day]:
            spans[-1] = spans[-1][0], day
        else:
            spans.append((day, day))
    return spans


def _days(first: int, last: int) -> str:
    if first == last:
        return str(WEEKDAYS[first])
    if (first, last) == (0, 6):
        return _("Every day")
    return _("%(first)s to %(last)s") % {"first": WEEKDAYS[first], "last": WEEKDAYS[last]}


def _hours(stretches: Iterable[tuple[time, time]]) -> str:
    clock = pgettext("date format", "g:i A")
    return ", ".join(
        _("all day")
        if opens == closes
        else _("%(opens)s to %(closes)s")
        % {"opens": time_format(opens, clock), "closes": time_format(closes, clock)}
        for opens, closes in stretches
    )
