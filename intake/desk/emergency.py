"""Break-glass: a request of a queue of others, opened by its reference and with a reason; and who did so."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.signing import BadSignature, SignatureExpired, TimestampSigner
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from intake import presenting, references
from intake.desk.access import check_reads, readable, record_refusal, render
from intake.desk.action import LONGEST_NOTE
from intake.desk.history import name_of, words_of
from intake.forms.fields import PlainTextField
from intake.models import EmergencyAccess, Request
from intake.services import desk, emergency
from intake.services.errors import DeskError
from portal import audit

# What the search gave somebody: no number stands in an address, to be counted up.
OFFER = TimestampSigner(salt="emergency")
OFFER_LASTS = timedelta(minutes=15)
MOST = 200
LATELY = timedelta(days=7)
LISTED = ["reference", "queue", "user", "at", "until", "reason"]


class Reason(forms.Form):
    reason = PlainTextField(
        label=gettext_lazy("Why do you need to see it now?"),
        longest=LONGEST_NOTE,
        lines=2,
        widget=forms.Textarea(attrs={"rows": 2, "cols": False}),
        error_messages={"required": gettext_lazy("Say why you need to see it now.")},
        help_text=gettext_lazy("The lead of that queue reads it."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "emergency_%s", "label_suffix": "", **kwargs})


@dataclass(frozen=True)
class Opened:
    """An emergency access as one line of a list."""

    access: EmergencyAccess
    reference: str
    who: str
    at: str
    until: str
    runs: bool
    reason: str


def offer(request: HttpRequest, text: str) -> dict[str, Any] | None:
    """What the search shows where `text` is the reference of a request in a queue of others; else None.

    It tells nothing of the request but that it is there. The try is on record. While the person has an access
    it is the number of what is `opened`.
    """
    try:
        wanted = Request.objects.by_reference(references.parse(text.strip()))
    except references.WrongReference:
        return None
    pk = wanted.exclude(pk__in=readable(request).values("pk")).values_list("pk", flat=True).first()
    if pk is None:
        return None
    running = EmergencyAccess.objects.in_force(timezone.now()).filter(user=request.user.pk, request=pk)
    if running.exists():
        return {"opened": pk}
    return _offered(request, pk, Reason())


def _offered(request: HttpRequest, pk: int, form: Reason) -> dict[str, Any]:
    record_refusal(request, pk)
    return {"offer": OFFER.sign(f"{request.user.pk} {pk}"), "form": form}


@require_POST
def open_request(request: HttpRequest) -> HttpResponse:
    check_reads(request)
    given = request.POST.get("offer", "")
    try:
        account, pk = OFFER.unsign(given).split()
    except BadSignature:
        account, pk = "", ""
    if account != str(request.user.pk):
        messages.warning(request, _("Search for the reference once more."))
        return _see_other("admin:triage")
    form = Reason(request.POST)
    elsewhere = {"offer": given, "form": form}
    if not _is_fresh(given):
        # What was typed stays; the person says once more that it is meant.
        form.add_error("reason", _("That search was a while ago. Check the reason and open it once more."))
        elsewhere = _offered(request, int(pk), form)
    if form.is_valid():
        return _open(request, int(pk), form.cleaned_data["reason"])
    context = {"title": _("Open in an emergency"), "elsewhere": elsewhere}
    return render(request, "emergency", context, status=422)


def _is_fresh(given: str) -> bool:
    try:
        OFFER.unsign(given, max_age=OFFER_LASTS)
    except SignatureExpired:
        return False
    return True


def _open(request: HttpRequest, pk: int, reason: str) -> HttpResponse:
    try:
        access = emergency.open_in_emergency(
            request_id=pk, reason=reason, by=request.user, now=timezone.now()
        )
    except DeskError as refused:
        messages.info(request, str(refused))
    except Request.DoesNotExist:
        messages.warning(request, _("Search for the reference once more."))
        return _see_other("admin:triage")
    else:
        if access.reason != reason:
            messages.info(request, _("You had opened it already, for the reason that you gave then."))
    return _see_other("admin:triage-request", pk)


@require_safe
def emergencies(request: HttpRequest) -> HttpResponse:
    """Who opened which request in an emergency and why, the newest first; for leads and auditors."""
    check_oversees(request)
    now = timezone.now()
    rows = EmergencyAccess.objects.overseen_by(request.user).select_related("user", "request__queue")
    opened = [_line(access, now) for access in rows[: MOST + 1]]
    audit.record("emergency accesses listed", by=request.user, fields=LISTED)
    context = {
        "title": _("Opened in an emergency"),
        "opened": opened[:MOST],
        "most": MOST if len(opened) > MOST else 0,
    }
    return render(request, "emergencies", context)


def lately(by: Any, now: datetime) -> int:
    """How many there were in the last days of those that `by` oversees."""
    return EmergencyAccess.objects.overseen_by(by).filter(at__gt=now - LATELY).count()


def oversees(user: Any) -> bool:
    """Whether somebody may see who looked at a request, and why."""
    return user.has_perm("intake.assign_request") or user.has_perm("portal.view_auditentry")


def check_oversees(request: HttpRequest) -> None:
    check_reads(request)
    if not oversees(request.user):
        raise PermissionDenied


def _line(access: EmergencyAccess, now: datetime) -> Opened:
    item = access.request
    zone = ZoneInfo(item.queue.time_zone)
    return Opened(
        access=access,
        reference=item.reference if desk.is_readable(item) else str(item),
        who=name_of(access.user),
        at=presenting.moment(access.at, now=now, zone=zone),
        until=presenting.moment(access.until, now=now, zone=zone),
        runs=access.until > now,
        reason=words_of(access.reason),
    )


def _see_other(name: str, *arguments: Any) -> HttpResponse:
    response = redirect(name, *arguments)
    response.status_code = 303
    return response
