"""Who looked at a patient's requests, when and at what; and the same as a table, for a breach report."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from intake import accesses, presenting, references
from intake.desk import household
from intake.desk.access import item_or_404, readable, render
from intake.desk.emergency import check_oversees
from intake.desk.history import name_of
from intake.desk.periods import day_field
from intake.lookup import fold
from intake.models import Request
from intake.querysets import RequestQuerySet
from intake.services import desk
from portal import audit

PAGE_SIZE = 100
LONGEST_PAGE_NUMBER = 6
LONGEST_REFERENCE = 20


@dataclass(frozen=True)
class Access:
    """An audit row in words."""

    when: str
    who: str
    what: str
    reference: str
    fields: str
    in_emergency: bool


class ReportForm(forms.Form):
    """A period, an account or a patient's request: at least one of them."""

    first = day_field(gettext_lazy("From"))
    last = day_field(gettext_lazy("To"))
    account: Any = forms.ModelChoiceField(
        None, label=gettext_lazy("Account"), required=False, empty_label=gettext_lazy("All")
    )
    reference = forms.CharField(
        label=gettext_lazy("Reference of a patient’s request"),
        max_length=LONGEST_REFERENCE,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, among: RequestQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "report_%s", "label_suffix": "", **kwargs})
        field: Any = self.fields["account"]
        field.queryset = get_user_model().objects.filter(is_staff=True).order_by("username")
        field.label_from_instance = name_of
        self.among = among
        self.item: Request | None = None

    def clean_reference(self) -> str:
        text = self.cleaned_data["reference"].strip()
        if text:
            try:
                self.item = self.among.by_reference(references.parse(text)).first()
            except references.WrongReference as error:
                raise forms.ValidationError(str(error)) from None
            if self.item is None:
                raise forms.ValidationError(_("No request has this reference."))
        return text

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        first, last = data.get("first"), data.get("last")
        if first and last and last < first:
            self.add_error("last", _("The last day comes before the first."))
        if not self.errors and not any(data.values()):
            raise forms.ValidationError(_("Choose a period, an account or a patient’s request."))
        return data

    def bounds(self) -> tuple[datetime | None, datetime | None]:
        """From the first day on, up to before the day after the last; None where there is none."""
        zone = ZoneInfo(timezone.get_default_timezone_name())
        first, last = self.cleaned_data["first"], self.cleaned_data["last"]
        return (
            datetime.combine(first, time(), zone) if first else None,
            datetime.combine(last + timedelta(days=1), time(), zone) if last else None,
        )

    def in_words(self) -> str:
        data = self.cleaned_data
        account = f"account {data['account'].pk}" if data["account"] else ""
        days = f"{data['first'] or ''}..{data['last'] or ''}" if data["first"] or data["last"] else ""
        return " ".join(filter(None, [account, days]))


@require_safe
def of_request(request: HttpRequest, pk: int) -> HttpResponse:
    """The audit rows of a request and of the same patient's others, the newest first."""
    check_oversees(request)
    among = readable(request)
    item = item_or_404(request, among, pk)
    items = of_same_patient(item, among)
    number = _number(request)
    start = (number - 1) * PAGE_SIZE
    entries = list(accesses.of_requests(items).order_by("-id")[start : start + PAGE_SIZE + 1])
    audit.record("accesses viewed", by=request.user, subject=str(item), fields=accesses.COLUMNS)
    context = {
        "title": _("Who looked at it"),
        "item": item,
        "reference": _reference(item),
        "others": [_reference(one) for one in items if one.pk != item.pk],
        "accesses": _in_words(entries[:PAGE_SIZE], items),
        "whole": audit.are_whole({str(one): one.submitted_at for one in items}, first="request submitted"),
        "newer": number - 1,
        "older": number + 1 if len(entries) > PAGE_SIZE else 0,
    }
    return render(request, "accesses", context)


@require_safe
def report(request: HttpRequest) -> HttpResponse:
    check_reports(request)
    return _report_page(request, ReportForm(among=readable(request)))


@require_POST
def export(request: HttpRequest) -> HttpResponseBase:
    """The table for a breach report, put on record before the first line goes out."""
    check_reports(request)
    among = readable(request)
    form = ReportForm(request.POST, among=among)
    if not form.is_valid():
        return _report_page(request, form, status=422)
    first, end = form.bounds()
    items = of_same_patient(form.item, among) if form.item else None
    chosen = accesses.chosen(items, account=form.cleaned_data["account"], first=first, end=end)
    # On the record of each request that it tells of; beside that, what else was asked for.
    subjects = [str(one) for one in items] if items else [form.in_words()]
    asked = [form.in_words()] if items and form.in_words() else []
    audit.record_all(
        "accesses exported", by=request.user, subjects=subjects, fields=[*accesses.COLUMNS, *asked]
    )
    response = StreamingHttpResponse(
        (piece.encode() for piece in accesses.lines(chosen)), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="accesses.csv"'
    return response


def check_reports(request: HttpRequest) -> None:
    check_oversees(request)
    may = ("intake.export_request", "intake.view_every_queue", "portal.view_auditentry")
    if not request.user.has_perms(may):
        raise PermissionDenied


def of_same_patient(item: Request, among: RequestQuerySet) -> list[Request]:
    """The request, and those of the same phone or e-mail that name the same patient."""
    if not desk.is_readable(item):
        return [item]
    others = [one for one in household.neighbours(item, (), among) if desk.is_readable(one)]
    return [item, *(one for one in others if _patient(one) == _patient(item))]


def _patient(item: Request) -> tuple[str, str]:
    return fold(item.answers["first_name"]), fold(item.answers["last_name"])


def _reference(item: Request) -> str:
    return item.reference if desk.is_readable(item) else str(item)


def _in_words(entries: list[audit.AuditEntry], items: list[Request]) -> list[Access]:
    now, item = timezone.now(), items[0]
    zone = ZoneInfo(item.queue.time_zone)
    named = {str(one): one for one in items}
    accounts = get_user_model().objects.in_bulk({one.actor_id for one in entries if one.actor_id})
    in_emergency = accesses.emergencies(entries)
    return [
        Access(
            when=presenting.moment(one.at, now=now, zone=zone),
            who=name_of(accounts.get(one.actor_id)) or one.actor,
            what=one.action,
            reference=_reference(named[one.subject]),
            fields=", ".join(one.fields),
            in_emergency=one.pk in in_emergency,
        )
        for one in entries
    ]


def _number(request: HttpRequest) -> int:
    text = request.GET.get("page", "")
    return max(int(text), 1) if text.isdecimal() and len(text) <= LONGEST_PAGE_NUMBER else 1


def _report_page(request: HttpRequest, form: ReportForm, status: int = 200) -> HttpResponse:
    return render(request, "report", {"title": _("Accesses"), "form": form}, status=status)
