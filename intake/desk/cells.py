"""The rows of a list as markup. A template takes longer over them than everything before it together."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from intake.choices import Language
from intake.desk.listing import Row

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
    return mark_safe("".join(_line(row, page) for row in rows))  # noqa: S308  each line escapes what it holds


def _line(row: Row, page: _Page) -> str:
    """`format_html` would ask of each of the fifteen parts what it is, which takes four times as long."""
    moment = f"{page.follow_up} {row.due_moment}" if row.is_follow_up else row.due_moment
    line = ROW.format(
        key=escape(row.key),
        sent=escape(row.sent),
        kind=escape(row.kind),
        rank=row.rank,
        raised=page.raised if row.is_raised else "",
        due_class="due late" if row.is_overdue else "due",
        due=escape(row.due),
        due_moment=f"<small>{escape(moment)}</small>" if row.due_moment else "",
        address=page.address,
        patient=escape(row.patient),
        reference=escape(row.reference),
        language=_language(row),
        interpreter=page.interpreter if row.interpreter else "",
        why=row.why,
        next_dose=f' <span class="dose">{escape(row.next_dose)}</span>' if row.next_dose else "",
        status=page.mine if row.is_mine else escape(_status(row)),
        beside=escape(_beside(row, page)),
        age=escape(row.age),
    )
    return BAND.format(row.item.call_band, escape(row.heading)) + line if row.heading else line


def _language(row: Row) -> str:
    if row.language_code == Language.ENGLISH:
        return f"<span>{escape(row.language)}</span>"
    return f'<span lang="{escape(row.language_code)}" class="tag">{escape(row.language)}</span>'


def _status(row: Row) -> str:
    return _("Held by %(name)s") % {"name": row.holder} if row.holder else row.status


def _beside(row: Row, page: _Page) -> str:
    """What stands below the status, each part after a dot but the first."""
    parts = [row.status] if row.holder else []
    parts += [row.queue] if page.several else []
    said = " · ".join(parts)
    said += f" · {page.carried}" if row.is_carried else ""
    return said + (f" · {page.stands_still}" if row.stands_still else "")
