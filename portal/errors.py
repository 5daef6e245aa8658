"""Error pages: whatever fails, both lines stand on them, labelled for whom."""

import logging
import sys
from dataclasses import dataclass

from django.db import InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from portal import last_resort, logs, typed

logger = logging.getLogger(__name__)

# No connection, no answer, no room; the last is what a database says that takes no writes.
AWAY = (OperationalError, InterfaceError, InternalError)


@dataclass(frozen=True)
class Error:
    title: str
    text: str
    not_sent: bool
    forms_work: bool = True
    number: str = ""


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(
        request,
        400,
        _("The server could not read that"),
        _("Something in what your browser sent is broken or too large. Please call, or start again."),
    )


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, 403, _("This page is not open to you"), _("If you came for help, please call."))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(
        request,
        404,
        _("There is no page at this address"),
        _("Check the address, or call. If you look for your request, call and say its reference."),
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return typed.kept(request, "csrf", 403) or _page(
        request,
        403,
        _("This page was open for too long"),
        _("For your safety the form has to be opened again. Please call, or go back and reload it."),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    if isinstance(sys.exc_info()[1], AWAY):
        return service_unavailable(request)
    return typed.kept(request, "error", 500) or _page(
        request,
        500,
        _("Something went wrong here"),
        _("It is not your fault. Please call: the lines work without this site."),
        forms_work=False,
    )


def service_unavailable(request: HttpRequest) -> HttpResponse:
    """For when the database can't be reached."""
    title, text = _("Requests can’t be taken right now"), _("Please call: the lines work without this site.")
    if request.resolver_match and request.resolver_match.url_name == "help-received":
        # Nobody is to think that what has arrived is lost.
        title = _("Your request can’t be shown right now")
        text = _("If you have its reference, it has arrived. Please call and say the reference.")
    response = typed.kept(request, "unavailable", 503) or _page(request, 503, title, text, forms_work=False)
    response["Retry-After"] = "30"
    return response


def busy(request: HttpRequest, *, body_read: bool) -> HttpResponse:
    """For when more people come at once than there is room for (portal/rooms.py)."""
    if request.method == "POST" and not body_read:
        text = _("Press Back in your browser: what you typed is still there. Send it again in half a minute.")
    else:
        text = _("Wait half a minute and try again. The lines work meanwhile.")
    kept = typed.kept(request, "busy", 503) if body_read else None
    response = kept or _page(request, 503, _("Very many people are here right now"), text)
    response["Retry-After"] = "30"
    return response


def too_large(request: HttpRequest) -> HttpResponse:
    return _page(
        request,
        413,
        _("That is more than a form can hold"),
        _("Press Back in your browser, make the longest text shorter and send it again, or call."),
    )


def _page(
    request: HttpRequest, status: int, title: str, text: str, *, forms_work: bool = True
) -> HttpResponse:
    number = logs.number(request) if status >= 500 else ""
    error = Error(title, text, not_sent=request.method == "POST", forms_work=forms_work, number=number)
    try:
        response = render(request, "portal/error.html", {"error": error}, status=status)
    except Exception:
        logger.exception("The error page can't be rendered.")
        return last_resort.page(status)
    add_never_cache_headers(response)
    return response
