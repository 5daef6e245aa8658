"""Requests by phone: find an open one of the caller first, or take a new one with the public form."""

import logging
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import Error as DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from intake import references, situation
from intake.choices import Channel, Door, EventKind, Status
from intake.desk import emergency, finding, household
from intake.desk.access import readable, render
from intake.desk.call_card import line_of, spelled
from intake.forms import RequestForm
from intake.models import Request
from intake.services import desk
from intake.services.errors import DeskError
from intake.services.submission import Submission, submit_request
from intake.views import NOT_SENT, form_of
from portal import audit

logger = logging.getLogger(__name__)

HEADINGS = {
    Door.CURRENT: gettext_lazy("By phone: a current patient, or not sure"),
    Door.NEW: gettext_lazy("By phone: not a patient yet"),
}
# What was typed to find the caller, and goes on into the form; posted, never in an address.
CARRIED = {"phone": "phone", "last_name": "last_name"}


@require_http_methods(["GET", "HEAD", "POST"])
def phone(request: HttpRequest) -> HttpResponse:
    """Whoever calls in may have a request already: one field for a reference, a phone or a last name."""
    _check_may(request)
    context: dict[str, Any] = {
        "title": _("By phone"),
        "doors": _doors(),
        "alphabet": references.ALPHABET,
        "weights": ",".join(map(str, references.WEIGHTS)),
    }
    if request.method != "POST":
        return render(request, "phone", context)
    text = request.POST.get("q", "")
    found = finding.find(text, readable(request))
    audit.record("requests searched", by=request.user, fields=[found.by] if found.by else [])
    items = list(found.requests.select_related("queue", "claimed_by"))
    if found.by == "reference" and items:
        return _see_other("admin:triage-request", items[0].pk)
    # Open ones first; they came newest first.
    items.sort(key=lambda item: item.status == Status.CLOSED)
    carried = CARRIED.get(found.by, "")
    context |= {
        "query": text,
        "problem": found.problem,
        "elsewhere": None if items else emergency.offer(request, text),
        "asked": bool(text.strip()),
        "found": household.in_words(items, timezone.now()),
        "carried": {carried: text.split(",")[0].strip()} if carried else {},
    }
    if items:
        audit.record("requests listed", by=request.user, fields=household.SHOWN)
    return render(request, "phone", context)


@require_http_methods(["GET", "HEAD", "POST"])
def phone_form(request: HttpRequest, door: str) -> HttpResponse:
    """The public form, filled in for somebody on the line: the same questions, rules and errors.

    A POST without a submission key only brings what was typed to find the caller.
    """
    _check_may(request)
    if door not in Door.values:
        raise Http404
    chosen, now = Door(door), timezone.now()
    if request.method != "POST" or "submission_key" not in request.POST:
        form = form_of(chosen, now)
        for name in CARRIED.values():
            if typed := request.POST.get(name, "")[: finding.LONGEST]:
                form.initial[name] = typed
        return _form_page(request, chosen, form)
    form = form_of(chosen, now, request.POST)
    if not form.is_valid():
        return _form_page(request, chosen, form, status=422)
    try:
        submission = submit_request(
            door=chosen,
            document=form.document(),
            submission_key=form.page_key,
            language=get_language() or "",
            now=now,
            channel=Channel.PHONE,
            by=request.user,
        )
    except DatabaseError as error:
        # The message of the error may hold what was typed; its kind doesn't.
        logger.error("A request by phone could not be stored: %s", type(error).__name__)
        return _form_page(request, chosen, form, status=503, not_sent=str(NOT_SENT["unavailable"]))
    return _taken(request, submission)


@require_safe
def taken(request: HttpRequest, pk: int) -> HttpResponse:
    """What to read out to the caller, where the request went to a queue of others."""
    _check_may(request)
    user: Any = request.user
    mine = Request.objects.filter(
        pk=pk, channel=Channel.PHONE, events__kind=EventKind.SUBMITTED, events__by=user
    )
    item = mine.select_related("queue").first()
    if item is None or not desk.is_readable(item):
        raise Http404
    audit.record("request viewed", by=user, subject=str(item), fields=["reference", "due_at"])
    context = {
        "title": _("Taken by phone"),
        "item": item,
        "spelled": spelled(item.reference),
        "line": line_of(item),
        "due_confirmed": situation.current().targets_confirmed,
    }
    with timezone.override(item.queue.time_zone):
        return render(request, "taken", context).render()


def keep_typed(request: HttpRequest, door: str, *, reason: str, status: int) -> HttpResponse | None:
    """The form again with what was typed, when it could not be sent for `reason`, a key of NOT_SENT."""
    if "submission_key" not in request.POST or door not in Door.values:
        return None
    form = form_of(Door(door), timezone.now(), request.POST)
    response = _form_page(request, Door(door), form, status=status, not_sent=str(NOT_SENT[reason]))
    add_never_cache_headers(response)
    response["Referrer-Policy"] = "same-origin"
    return response.render() if hasattr(response, "render") else response


def _check_may(request: HttpRequest) -> None:
    if not request.user.has_perm("intake.work_request"):
        raise PermissionDenied


def _doors() -> list[dict[str, Any]]:
    today = situation.current()
    return [{"door": door.value, "label": str(HEADINGS[door]), "line": today.line_for[door]} for door in Door]


def _taken(request: HttpRequest, submission: Submission) -> HttpResponse:
    """On to the call, which has begun already; one that is known goes on in the request that carries it."""
    sent = submission.request
    first = sent.duplicate_of or sent
    if not Request.objects.workable_by(request.user).filter(pk=first.pk).exists():
        return _see_other("admin:triage-phone-taken", sent.pk)
    try:
        desk.claim(request_id=first.pk, by=request.user, now=timezone.now())
    except DeskError as reason:
        messages.warning(request, str(reason))
    else:
        if first.pk == sent.pk:
            messages.success(
                request, _("Taken. Read out the reference: it stands on top, with its spelling.")
            )
        else:
            messages.success(request, _("Taken, and linked to an earlier request: this one carries both."))
    return _see_other("admin:triage-request", first.pk)


def _see_other(name: str, *arguments: Any) -> HttpResponse:
    response = redirect(name, *arguments)
    response.status_code = 303
    return response


def _form_page(
    request: HttpRequest, door: Door, form: RequestForm, *, status: int = 200, not_sent: str = ""
) -> HttpResponse:
    context: Mapping[str, Any] = {
        "title": HEADINGS[door],
        "door": door.value,
        "form": form,
        "submission_key": form.page_key,
        "not_sent": not_sent,
        "line": situation.current().line_for[door],
    }
    return render(request, "phone_form", dict(context), status=status)
