"""The infusion centers: their status, and every open request that depends on one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from intake import presenting
from intake.choices import EventKind, FacilityKind, FacilityStatus, Priority
from intake.desk.access import readable, render
from intake.models import Facility, Request, RequestEvent
from intake.querysets import RequestQuerySet
from intake.services import desk, site
from intake.services.errors import DeskError
from portal import audit

PAGE_SIZE = 200
# What a row of the list shows of a request.
LISTED = ["reference", "first_name", "last_name", "priority", "next_dose_on", "status", "center"]


class StatusForm(forms.ModelForm):
    """What staff say of a center; it carries the version that it was opened with."""

    opened = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Facility
        fields = ("status", "note", "note_es")
        labels = {
            "note": gettext_lazy("What the public reads (English)"),
            "note_es": gettext_lazy("What the public reads (Spanish)"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs | {"label_suffix": ""})
        self.fields["opened"].initial = site.version(self.instance)


@dataclass(frozen=True)
class Row:
    item: Request
    reference: str
    patient: str
    before: str
    priority: str
    call: str
    is_overdue: bool
    status: str
    first: Request | None


@require_safe
def centers(request: HttpRequest) -> HttpResponse:
    requests = readable(request)
    rows = [
        {"center": center, "depend": requests.depending_on(center).count()}
        for center in Facility.objects.filter(kind=FacilityKind.INFUSION_CENTER)
    ]
    return render(request, "centers", {"title": _("Infusion centers"), "rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
def center(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what depends on the center; by POST, set its status, where the person may."""
    requests = readable(request)
    item = get_object_or_404(Facility, slug=slug, kind=FacilityKind.INFUSION_CENTER)
    may_change = request.user.has_perm("intake.change_facility")
    if request.method == "POST":
        if not may_change:
            raise PermissionDenied
        form = StatusForm(request.POST, instance=item)
        if _is_saved(form, request):
            is_open = item.status == FacilityStatus.OPEN
            depend = requests.depending_on(item).count()
            messages.success(request, presenting.center_saved(depend, is_open=is_open))
            response = redirect("admin:triage-center", item.slug)
            response.status_code = 303
            return response
        # The page shows what is stored, the form what was typed.
        item = Facility.objects.get(pk=item.pk)
        return _page(request, requests, item, form)
    return _page(request, requests, item, StatusForm(instance=item) if may_change else None)


def _is_saved(form: StatusForm, request: HttpRequest) -> bool:
    if not form.is_valid():
        return False
    try:
        site.save_facility(
            facility=form.instance, opened=form.cleaned_data["opened"], by=request.user, now=timezone.now()
        )
    except DeskError as reason:
        form.add_error(None, str(reason))
    return not form.errors


def _page(
    request: HttpRequest, requests: RequestQuerySet, center: Facility, form: StatusForm | None
) -> HttpResponse:
    depending = requests.depending_on(center)
    number = _page_number(request)
    start = (number - 1) * PAGE_SIZE
    rows = _rows(depending, center, start)
    audit.record("center listed", by=request.user, subject=f"facility {center.slug}", fields=LISTED)
    count = depending.count()
    context = {
        "title": center.name,
        "center": center,
        "form": form,
        "rows": rows,
        "count": count,
        "risen": sum(bool(row.before) for row in rows),
        "first_shown": start + 1,
        "last_shown": start + len(rows),
        "previous": number - 1,
        "next": number + 1 if start + len(rows) < count else 0,
    }
    return render(request, "center", context, status=422 if form and form.errors else 200)


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _rows(depending: RequestQuerySet, center: Facility, start: int) -> list[Row]:
    """The rows of a page in call order, each with the rank that it had before the center changed."""
    now = timezone.now()
    items = depending.in_call_order().select_related("queue", "claimed_by", "duplicate_of")
    shown = list(items[start : start + PAGE_SIZE])
    risen = RequestEvent.objects.filter(kind=EventKind.REASSESSED, request__in=shown)
    if center.since:
        risen = risen.filter(at__gte=center.since)
    before = dict(risen.order_by("-id").values_list("request_id", "from_value"))
    return [_row(item, before.get(item.pk, ""), now) for item in shown]


def _row(item: Request, before: str, now: datetime) -> Row:
    is_readable = desk.is_readable(item)
    first = item.duplicate_of
    moment = presenting.moment(item.call_at, now=now, zone=ZoneInfo(item.queue.time_zone))
    held = item.is_held(now) and item.claimed_by
    return Row(
        item=item,
        reference=item.reference if is_readable else str(item),
        patient=item.patient_name if is_readable else _("Can’t be read"),
        before=str(Priority(before).label) if before and before != item.priority else "",
        priority=str(Priority(item.priority).label),
        call=moment,
        is_overdue=item.call_at < now,
        status=_("Held by %(name)s") % {"name": held} if held else item.get_status_display(),
        first=first,
    )
