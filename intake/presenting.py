"""Times in words, as staff read them: pure. `now` is given, and `zone` is the queue's.

A board says a hundred of them, and wording one takes longer than finding its row: words are kept, and whoever
says many gives the `language`, which otherwise is asked for each time.
"""

from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from django.utils.dateformat import format as format_date
from django.utils.dateformat import time_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

HOUR, DAY = 60, 24 * 60


def span(duration: timedelta, language: str | None = None) -> str:
    """Return a length of time in at most two units, like "18 min", "3 h 5 min" or "2 days 4 h"."""
    return _span(_minutes(duration), language or get_language())


def _minutes(duration: timedelta) -> int:
    return int(duration.total_seconds()) // 60


@lru_cache(maxsize=4096)
def _span(minutes: int, language: str | None) -> str:
    if minutes < 1:
        return _("less than 1 min")
    if minutes < HOUR:
        return _("%(minutes)d min") % {"minutes": minutes}
    if minutes < DAY:
        parts = [_("%(hours)d h") % {"hours": minutes // HOUR}]
        if rest := minutes % HOUR:
            parts.append(_("%(minutes)d min") % {"minutes": rest})
        return " ".join(parts)
    days, hours = minutes // DAY, minutes % DAY // HOUR
    parts = [ngettext("%(days)d day", "%(days)d days", days) % {"days": days}]
    if hours:
        parts.append(_("%(hours)d h") % {"hours": hours})
    return " ".join(parts)


def due_in_words(at: datetime, now: datetime, language: str | None = None) -> str:
    return _due(_minutes(abs(at - now)), at < now, language or get_language())


@lru_cache(maxsize=4096)
def _due(minutes: int, is_over: bool, language: str | None) -> str:
    said = _("overdue by %(span)s") if is_over else _("due in %(span)s")
    return said % {"span": _span(minutes, language)}


def age_in_words(since: datetime, now: datetime, language: str | None = None) -> str:
    return span(max(now - since, timedelta()), language)


def moment(
    at: datetime, *, now: datetime, zone: tzinfo, name_zone: bool = False, language: str | None = None
) -> str:
    """Return a time with its day on the zone's calendar, like "3:40 PM today" or "Tue, Nov 24, 3:40 PM".

    With `name_zone` it is "3:40 PM PST", for where it could be misread.
    """
    local, today, language = at.astimezone(zone), now.astimezone(zone).date(), language or get_language()
    clock = format_date(local, "g:i A T") if name_zone else _clock(local.hour, local.minute, language)
    return _on_day(clock, local.date(), today, language)


def center_saved(depend: int, *, is_open: bool) -> str:
    """What somebody reads who saved a center on which so many open requests depend."""
    said = ngettext(
        "Saved. %(n)d open request depends on it.", "Saved. %(n)d open requests depend on it.", depend
    ) % {"n": depend}
    if is_open and depend:
        said += " " + _("Nothing was lowered: what was promised while it wasn’t open stays.")
    return said


@lru_cache(maxsize=4096)
def _clock(hour: int, minute: int, language: str | None) -> str:
    return time_format(time(hour, minute), "g:i A")


@lru_cache(maxsize=4096)
def _on_day(clock: str, day: date, today: date, language: str | None) -> str:
    days = (day - today).days
    if days == 0:
        return _("%(time)s today") % {"time": clock}
    if days == 1:
        return _("%(time)s tomorrow") % {"time": clock}
    if days == -1:
        return _("%(time)s yesterday") % {"time": clock}
    return f"{format_date(day, 'D, M j' if day.year == today.year else 'D, M j, Y')}, {clock}"
