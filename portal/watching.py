"""Each request's id, what a slow one leaves in the log, and what is counted of all."""

import logging
import re
import secrets
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from intake.choices import Door
from portal import counting
from portal.logs import Work, current

logger = logging.getLogger(__name__)

SLOW = 1000  # ms; a form or a page of the desk that takes longer is felt
# The addresses that requests are posted to, and what takes them apart in the figures.
TAKE_REQUESTS = {"help-form", "triage-phone-form"}
AREAS = {"help-form": "form", "help-received": "received"}
WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,64}")


class Watch:
    """Give each request an id, from the proxy where there is one, and send it back as X-Request-ID.

    It stands behind the published pages: their copies are the same for everybody, and neither carry an id nor
    pay for one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(settings.STATIC_URL):
            return self.get_response(request)
        work = Work(_id(request), request)
        request.work = work  # type: ignore[attr-defined]
        mark = current.set(work)
        try:
            response = self.get_response(request)
            _count(request, response.status_code, time.monotonic() - work.began)
            if work.milliseconds() > SLOW and response.status_code < 500:
                logger.warning("A request took long.", extra={"status_code": response.status_code})
        finally:
            current.reset(mark)
        response.headers["X-Request-ID"] = work.id
        return response


def _id(request: HttpRequest) -> str:
    given = request.headers.get("X-Request-ID", "") if settings.BEHIND_PROXY else ""
    return given if WELL_FORMED.fullmatch(given) else secrets.token_hex(6)


def _count(request: HttpRequest, status: int, seconds: float) -> None:
    match = request.resolver_match
    name, area = (match.url_name, _area(match.view_name)) if match else ("", "none")
    try:
        counting.answered(area=area, method=request.method or "", status=status, seconds=seconds)
        if match and name in TAKE_REQUESTS and request.method == "POST" and status >= 500:
            door = str(match.kwargs.get("door", ""))
            counting.not_stored(door if door in Door.values else "other")
    except Exception:
        # An answer is worth more than its count.
        logger.exception("A request was not counted.")


def _area(view_name: str) -> str:
    if view_name.startswith("admin:triage"):
        return "desk"
    return "admin" if view_name.startswith("admin:") else AREAS.get(view_name, "public")
