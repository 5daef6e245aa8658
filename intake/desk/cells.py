"""The rows of a list as markup. A template takes longer over them than everything before it together."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from intake.choices import Language
from intake.desk.listing import Row

NOTHING = mark_safe("")
BAND = (
    '<tr role="row" class="band" data-row="band {}">'
    '<th scope="colgroup" role="columnheader" colspan="6">{}</th></tr>\n'
)
ROW = """\
<tr role="row" data-row="{key}" data-sent="{sent}" class="{kind}">
<td role="cell">{rank}{raised}</td>
<td role="cell" class="{due_class}"><b>{due}</b>{due_moment}</td>
<th scope="row" role="rowheader"><a href="{address}requests/{key}/">{patient}</a>\
<small><span class="reference">{reference}</span> {language}{interpreter}</small></th>
<td role="cell" class="why">{why}{next_dose}</td>
<td role="cell">{status}<small>{beside}</small></td>
<td role="cell" class="age">{age}</td>
</tr>
"""


@dataclass(frozen=True)
class _Page:
    """What is the same in all rows of a page."""

    address: str
    several: bool
    raised: SafeString
    interpreter: SafeString
    mine: SafeString
    follow_up: str
    carried: str
    stands_still: str


def lines(rows: Iterable[Row], *, several: bool) -> SafeString:
    """The rows, and the bands above them; `several`: each names its queue."""
    page = _Page(
        address=reverse("admin:triage"),
        several=several,
        raised=format_html('<small class="late">▲ {}</small>', _("raised")),
        interpreter=format_html(' <span class="tag">{}</span>', _("interpreter")),
        mine=format_html("<b>{}</b>", _("You hold it")),
        follow_up=_("follow-up"),
        carried=_("later request"),
        stands_still=_("clock stands still"),
    )
    # Each of them comes from format_html.
    return mark_safe("".join(_line(row, page) for row in rows))  # noqa: S308


def _line(row: Row, page: _Page) -> SafeString:
    moment = f"{page.follow_up} {row.due_moment}" if row.is_follow_up else row.due_moment
    line = format_html(
        ROW,
        key=row.key,
        sent=row.sent,
        kind=row.kind,
        rank=row.rank,
        raised=page.raised if row.is_raised else NOTHING,
        due_class="due late" if row.is_overdue else "due",
        due=row.due,
        due_moment=format_html("<small>{}</small>", moment) if row.due_moment else NOTHING,
        address=page.address,
        patient=row.patient,
        reference=row.reference,
        language=_language(row),
        interpreter=page.interpreter if row.interpreter else NOTHING,
        why=row.why,
        next_dose=format_html(' <span class="dose">{}</span>', row.next_dose) if row.next_dose else NOTHING,
        status=_status(row, page),
        beside=_beside(row, page),
        age=row.age,
    )
    return format_html(BAND, row.item.call_band, row.heading) + line if row.heading else line


def _language(row: Row) -> SafeString:
    if row.language_code == Language.ENGLISH:
        return format_html("<span>{}</span>", row.language)
    return format_html('<span lang="{}" class="tag">{}</span>', row.language_code, row.language)


def _status(row: Row, page: _Page) -> str:
    if row.is_mine:
        return page.mine
    return _("Held by %(name)s") % {"name": row.holder} if row.holder else row.status


def _beside(row: Row, page: _Page) -> str:
    """What stands below the status, each part after a dot but the first."""
    parts = [row.status] if row.holder else []
    parts += [row.queue] if page.several else []
    said = " · ".join(parts)
    said += f" · {page.carried}" if row.is_carried else ""
    return said + (f" · {page.stands_still}" if row.stands_still else "")
