"""The public pages of a request: which form, the form, and that it has arrived."""

import logging
import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import Error as DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from intake import situation
from intake.choices import Door, Priority
from intake.forms import FORMS, RequestForm
from intake.models import Request
from intake.moulds import Moulds
from intake.services.submission import TooMany, submit_request
from portal import limits

logger = logging.getLogger(__name__)

# The forms before anybody has typed: two of them in two languages; the rest is what was shown before.
BLANK = Moulds(most=16)

# Why what somebody typed has not reached the pharmacy.
NOT_SENT = {
    "csrf": gettext_lazy("This page was open for too long. Please press “Send my request” once more."),
    "unavailable": gettext_lazy("Requests can’t be taken right now. Wait a minute, then send it again."),
    "error": gettext_lazy("Something went wrong here. It is not your fault. Please send it again."),
    "busy": gettext_lazy("Very many people are sending requests. Wait half a minute, then send it again."),
    "trap": gettext_lazy("One box must stay empty, so that we know robots from people. Please empty it."),
}
# A box that people neither see nor reach, and no browser fills in by itself; robots fill in everything.
TRAP = "subject"
# A process tells the others of junk ten at a time: a flood of it must not become a flood of writing.
JUNK_STEPS = 10


@require_safe
def help_doors(request: HttpRequest) -> HttpResponse:
    return render(request, "intake/help.html")


@require_http_methods(["GET", "HEAD", "POST"])
def help_form(request: HttpRequest, door: Door) -> HttpResponse:
    if request.method != "POST":
        return _blank(request, door)
    now = timezone.now()
    form = form_of(door, now, request.POST)
    if not form.is_valid() or _trapped(request):
        return _invalid(request, door, form, now)
    try:
        submission = submit_request(
            door=door,
            document=form.document(),
            submission_key=form.page_key,
            language=get_language() or "",
            now=now,
            network=limits.network_of(request),
        )
    except TooMany as refusal:
        return _later(request, door, form, refusal.verdict, now)
    except DatabaseError as error:
        # The message of the error may hold what somebody typed; its kind doesn't.
        logger.error("A request could not be stored: %s", type(error).__name__)
        return keep_typed(request, door, reason="unavailable", status=503)
    response = redirect("help-received", token=submission.token)
    response.status_code = 303
    return response


@require_safe
def received(request: HttpRequest, token: str) -> HttpResponse:
    """Only what this submission said itself: a linked request shows nothing of the one before."""
    sent = Request.objects.by_token(token).first()
    if sent is None:
        raise Http404
    door, today = Door(sent.door), situation.current()
    # Staff may have moved it to another queue, which then calls from its own number.
    line = next((line for line in today.lines if line.queue_id == sent.queue_id), today.line_for[door])
    receipt = {
        "reference": sent.reference,
        "line": line,
        "due_at": sent.due_at,
        "due_confirmed": today.targets_confirmed and line.hours_confirmed,
        "priority_is_emergency": sent.priority == Priority.EMERGENCY,
        "answers": form_of(door, sent.submitted_at).in_words(sent.answers),
        "language": sent.language,
    }
    response = render(request, "intake/received.html", {"receipt": receipt})
    patch_cache_control(response, no_store=True, private=True)
    response["Referrer-Policy"] = "no-referrer"
    return response


def keep_typed(request: HttpRequest, door: Door | str, *, reason: str, status: int) -> HttpResponse:
    """The form again with what was typed, when it could not be sent for `reason`, a key of NOT_SENT.

    It asks the database for nothing.
    """
    form = form_of(Door(door), timezone.now(), request.POST)
    return _filled(request, Door(door), form, status=status, not_sent=str(NOT_SENT[reason]))


def _trapped(request: HttpRequest) -> str:
    """What was typed into the box that must stay empty."""
    return request.POST.get(TRAP, "").strip()


def _invalid(request: HttpRequest, door: Door, form: RequestForm, now: datetime) -> HttpResponse:
    """The form again with what is to be corrected, also where too many such came from the network."""
    verdict = _count_junk(request, now)
    if not verdict.allowed:
        return _later(request, door, form, verdict, now)
    return _filled(
        request, door, form, status=422, not_sent=str(NOT_SENT["trap"]) if _trapped(request) else ""
    )


def _count_junk(request: HttpRequest, now: datetime) -> limits.Verdict:
    most, window = settings.LIMIT_JUNK, settings.LIMIT_WINDOW
    network = limits.network_of(request)
    return limits.hit("junk", network, limit=most, window=window, now=now, steps=JUNK_STEPS)


def _later(
    request: HttpRequest, door: Door, form: RequestForm, verdict: limits.Verdict, now: datetime
) -> HttpResponse:
    zone = situation.current().line_for[door].schedule.zone
    when = date_format(timezone.localtime(verdict.ends_at, zone), "TIME_FORMAT")
    not_sent = _("Too many requests came from your network. You can send it again at %(time)s.") % {
        "time": when
    }
    response = _filled(request, door, form, status=429, not_sent=not_sent)
    response["Retry-After"] = str(verdict.seconds_left(now))
    return response


def form_of(door: Door, now: datetime, data: Any = None) -> RequestForm:
    today = situation.current()
    return FORMS[door](
        data, today=now.astimezone(today.line_for[door].schedule.zone).date(), centers=today.centers
    )


def _context(door: Door, form: RequestForm) -> dict[str, Any]:
    return {
        "door": door.value,
        "form": form,
        "heading": _("Ask about a medication") if door == Door.NEW else _("Ask for a call back"),
        "line": situation.current().line_for[door],
    }


def _blank(request: HttpRequest, door: Door) -> HttpResponse:
    now = timezone.now()

    def render_blank(marks: dict[str, str]) -> str:
        # The copy is for everybody: nothing of this visitor's request may get into it.
        anybody = HttpRequest()
        anybody.method, anybody.path, anybody.path_info = "GET", request.path, request.path_info
        context = _context(door, form_of(door, now)) | marks
        return render_to_string("intake/form.html", context, anybody)

    shown = (
        door,
        get_language(),
        situation.current().version_at(now),
        situation.is_stale() and situation.current().as_of,
        timezone.localdate(now),
    )
    own = {"csrf_token": get_token(request), "submission_key": str(uuid.uuid4())}
    response = HttpResponse(BLANK.page(shown, render_blank, own))
    # A browser may keep it for its back button; nobody else may.
    patch_cache_control(response, private=True, no_cache=True)
    response.back_brings_it = True  # type: ignore[attr-defined]  # for portal.middleware
    return _postable(response)


def _filled(
    request: HttpRequest, door: Door, form: RequestForm, *, status: int, not_sent: str = ""
) -> HttpResponse:
    context = _context(door, form) | {
        "not_sent": not_sent,
        "submission_key": form.page_key,
        "trapped": _trapped(request),
    }
    context["failed"] = status >= 500
    response = render(request, "intake/form.html", context, status=status)
    patch_cache_control(response, no_store=True, private=True)
    return _postable(response)


def _postable(response: HttpResponse) -> HttpResponse:
    # Under "no-referrer" browsers send "Origin: null" with a form, which the CSRF check refuses.
    response["Referrer-Policy"] = "same-origin"
    return response
