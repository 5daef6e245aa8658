"""Which days and which queue somebody looks at: asked for by the address, or posted with an export."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, cast
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.validators import MinValueValidator
from django.utils.dateformat import format as format_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from intake.figures import DAY, MOST_DAYS, Period
from intake.models import Queue

# Nothing was asked for here before.
EARLIEST = date(2020, 1, 1)

# Name → its first and last day, counted back from today.
NAMED = {
    "today": (gettext_lazy("Today"), 0, 0),
    "yesterday": (gettext_lazy("Yesterday"), 1, 1),
    "week": (gettext_lazy("Last 7 days"), 6, 0),
}


def day_field(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%m/%d/%Y"],
        validators=[MinValueValidator(EARLIEST)],
        error_messages=dict.fromkeys(("invalid", "min_value"), gettext_lazy("Enter a day like 2026-11-24.")),
    )


class PeriodForm(forms.Form):
    """Two days, or a period by its name, and a queue; nothing asked for is today, in all queues.

    The queues are those that the account `by` may look at, in their order; PermissionDenied where there is
    none. The days are those of the queue, or of the first of several. Where what was asked for can't be,
    today stands in.
    """

    period = forms.ChoiceField(
        choices=[(name, label) for name, (label, *_days) in NAMED.items()],
        required=False,
        widget=forms.HiddenInput,
    )
    first = day_field(gettext_lazy("From"))
    last = day_field(gettext_lazy("To"))
    queue = forms.ChoiceField(label=gettext_lazy("Queue"), required=False)

    def __init__(self, data: Mapping[str, Any], *, by: Any, now: datetime) -> None:
        super().__init__(data, auto_id="period_%s", label_suffix="")
        queues = list(Queue.objects.readable_by(by))
        if not queues:
            raise PermissionDenied
        self.now, self.readable = now, queues
        field = cast(forms.ChoiceField, self.fields["queue"])
        field.choices = [("", _("All queues")), *((queue.slug, queue.name) for queue in queues)]
        self.full_clean()

    def clean(self) -> dict[str, Any]:
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if first and last:
            if last < first:
                self.add_error("last", _("The last day comes before the first."))
            elif last > self.now.astimezone(self.zone).date():
                self.add_error("last", _("The last day is still to come."))
            elif (last - first).days >= MOST_DAYS:
                self.add_error(
                    "last",
                    ngettext("At most %(days)d day.", "At most %(days)d days.", MOST_DAYS)
                    % {"days": MOST_DAYS},
                )
        elif first or last:
            self.add_error("last" if first else "first", _("Enter both days."))
        return self.cleaned_data

    @property
    def queues(self) -> list[Queue]:
        """The queue that was chosen, or all of them."""
        slug = self.cleaned_data.get("queue")
        return [queue for queue in self.readable if queue.slug == slug] or list(self.readable)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.queues[0].time_zone)

    @property
    def name(self) -> str:
        """Of the period that stands; empty for two days that were chosen."""
        if self.is_valid() and self.cleaned_data.get("first"):
            return ""
        return self.cleaned_data.get("period") or "today"

    @property
    def chosen(self) -> Period:
        if self.name:
            _label, first, last = NAMED[self.name]
            today = self.now.astimezone(self.zone).date()
            return Period(today - DAY * first, today - DAY * last, self.zone)
        return Period(self.cleaned_data["first"], self.cleaned_data["last"], self.zone)

    def in_words(self) -> str:
        period = self.chosen
        first, last = (format_date(day, "D, M j, Y") for day in (period.first, period.last))
        return first if period.days == 1 else _("%(first)s to %(last)s") % {"first": first, "last": last}

    def named(self) -> list[dict[str, Any]]:
        """The periods that have a name, as links."""
        queue = self.cleaned_data.get("queue")
        return [
            {
                "label": label,
                "url": "?" + urlencode({"period": name, **({"queue": queue} if queue else {})}),
                "current": name == self.name,
            }
            for name, (label, *_days) in NAMED.items()
        ]

    def zone_name(self) -> str:
        return self.now.astimezone(self.zone).tzname() or ""
