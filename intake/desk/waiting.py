"""Why there is no next call for somebody: what still waits, and for whom or what."""

from collections import Counter
from datetime import datetime

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from intake.choices import Language
from intake.models import Request
from intake.querysets import MOST_COUNTED, Worker


def why_none(worker: Worker, now: datetime) -> str:
    """In words, after `next_call` gave nothing. One query, which reads no more than MOST_COUNTED rows."""
    waiting = Request.objects.workable_by(worker.user).to_call().in_call_order()[:MOST_COUNTED]
    kinds: Counter[str] = Counter()
    for row in waiting.values_list("claimed_until", "follow_up_at", "needs_pharmacist", "language"):
        kinds[_kind(*row, worker, now)] += 1
    if not kinds:
        return _("Nobody is waiting for a call.")
    words = get_text_list([_in_words(kind, number) for kind, number in kinds.most_common()], _("and"))
    return _("There is no call that you can take: %(what)s.") % {"what": words}


def _kind(
    claimed_until: datetime | None,
    follow_up_at: datetime | None,
    needs_pharmacist: bool,
    language: str,
    worker: Worker,
    now: datetime,
) -> str:
    """What keeps the request from the person; of several reasons the one that lasts longest."""
    if follow_up_at and follow_up_at > now:
        return "later"
    if needs_pharmacist and not worker.is_pharmacist:
        return "pharmacist"
    if claimed_until and claimed_until > now:
        return "held"
    return "unreadable" if language in worker.languages else language


def _in_words(kind: str, number: int) -> str:
    if kind == "later":
        words = ngettext("%(number)d is promised for later", "%(number)d are promised for later", number)
    elif kind == "pharmacist":
        words = ngettext("%(number)d waits for a pharmacist", "%(number)d wait for a pharmacist", number)
    elif kind == "held":
        words = ngettext("a colleague holds %(number)d", "colleagues hold %(number)d", number)
    elif kind == "unreadable":
        words = ngettext("%(number)d can’t be read", "%(number)d can’t be read", number)
    else:
        words = ngettext(
            "%(number)d waits for somebody who speaks %(language)s",
            "%(number)d wait for somebody who speaks %(language)s",
            number,
        )
        return words % {"number": number, "language": Language(kind).label}
    return words % {"number": number}
