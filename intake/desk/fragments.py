"""Parts of pages that stay the same for a while, rendered once: they would cost more than the rows."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from intake import situation
from intake.choices import Priority
from intake.desk.filtering import Filters
from intake.desk.lanes import Lane, Summary
from intake.desk.page import Reason
from intake.models import Queue, SavedFilter

# Of names and values, or of addresses and names.
Pairs = tuple[tuple[str, Any], ...]


def keys() -> SafeString:
    return _keys(get_language() or "")


@lru_cache
def _keys(language: str) -> SafeString:
    return render_to_string("desk/keys.html")


def strip() -> SafeString:
    """What the public sees, as it is now."""
    return _strip(get_language() or "", situation.current().version_at(timezone.now()))


@lru_cache(maxsize=4)
def _strip(language: str, version: str) -> SafeString:
    copy = situation.current()
    shown = {"lines": copy.lines, "notice": copy.running_notice(timezone.now())}
    return render_to_string("admin/public_strip.html", {"site": shown})


def head(places: Iterable[Mapping[str, Any]]) -> SafeString:
    """Where one can go."""
    shown = ((str(one["label"]), one["url"], one["key"], one["current"]) for one in places)
    return _head(get_language() or "", tuple(shown))


@lru_cache(maxsize=256)
def _head(language: str, places: tuple[tuple[str, str, str, bool], ...]) -> SafeString:
    named = ("label", "url", "key", "current")
    navigation = [dict(zip(named, place, strict=True)) for place in places]
    return render_to_string("desk/head.html", {"navigation": navigation})


def lane_links(lanes: Iterable[Lane]) -> SafeString:
    return _lane_links(get_language() or "", tuple(lanes))


@lru_cache(maxsize=64)
def _lane_links(language: str, lanes: tuple[Lane, ...]) -> SafeString:
    return render_to_string("desk/lanes.html", {"lanes": lanes})


def summary(counted: Summary) -> SafeString:
    return _summary(get_language() or "", counted)


@lru_cache(maxsize=64)
def _summary(language: str, counted: Summary) -> SafeString:
    return render_to_string("desk/summary.html", {"summary": counted})


def columns(*, is_closed: bool) -> SafeString:
    """The names of a list's columns."""
    return _columns(get_language() or "", is_closed)


@lru_cache
def _columns(language: str, is_closed: bool) -> SafeString:
    return render_to_string("desk/columns.html", {"is_closed": is_closed})


def narrow_down(filters: Filters, queues: Iterable[Queue]) -> SafeString:
    """The filters as they stand, unfolded where they narrow the list."""
    offered = tuple((queue.slug, queue.name) for queue in queues)
    centers = tuple((center.slug, center.name) for center in situation.current().centers)
    return _narrow_down(get_language() or "", tuple(sorted(filters.asked.items())), offered, centers)


@lru_cache(maxsize=64)
def _narrow_down(language: str, asked: Pairs, queues: Pairs, centers: Pairs) -> SafeString:
    filters = Filters(dict(asked), queues=[Queue(slug=slug, name=name) for slug, name in queues])
    return render_to_string("desk/narrow_down.html", {"filters": filters})


def saved(views: Iterable[SavedFilter], here: str) -> SafeString:
    """The views under their names; `here` is the address of the one that is shown."""
    return _saved(get_language() or "", tuple((view.address, view.name) for view in views), here)


@lru_cache(maxsize=64)
def _saved(language: str, views: Pairs, here: str) -> SafeString:
    named = [{"address": address, "name": name} for address, name in views]
    return render_to_string("desk/saved.html", {"views": named, "here": here})


def priority(value: str, language: str | None) -> SafeString:
    return _priority(language or "", value)


@lru_cache
def _priority(language: str, value: str) -> SafeString:
    return format_html(
        '<span class="priority priority--{0}"><svg class="shape" viewBox="0 0 16 16" aria-hidden="true">'
        '<use href="#{0}"/></svg>{1}</span>',
        value,
        Priority(value).label,
    )


def why(reasons: Sequence[Reason], *, needs_pharmacist: bool, language: str | None) -> SafeString:
    """The reasons of a rank, as a row shows them: those that lead in words, the others by their codes."""
    return _why(language or "", tuple(reasons), needs_pharmacist)


@lru_cache(maxsize=4096)
def _why(language: str, reasons: tuple[Reason, ...], needs_pharmacist: bool) -> SafeString:
    tag = format_html('<span class="tag tag--strong">{}</span> ', _("pharmacist")) if needs_pharmacist else ""
    words = format_html_join(
        "",
        '<span class="reason">{} <span class="code">{}</span></span>',
        ((reason.words, reason.code) for reason in reasons if reason.leads),
    )
    others = ", ".join(reason.code for reason in reasons if not reason.leads)
    also = format_html(' <span class="code">{} {}</span>', _("also"), others) if others else ""
    return format_html("{}{}{}", tag, words, also)
