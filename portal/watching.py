"""Each request's id, what a slow one leaves in the log, and what is counted of all."""

import logging
import re
import secrets
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from portal.logs import Work, current

logger = logging.getLogger(__name__)

SLOW = 1000  # ms; a form or a page of the desk that takes longer is felt
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
            if work.milliseconds() > SLOW and response.status_code < 500:
                logger.warning("A request took long.", extra={"status_code": response.status_code})
        finally:
            current.reset(mark)
        response.headers["X-Request-ID"] = work.id
        return response


def _id(request: HttpRequest) -> str:
    given = request.headers.get("X-Request-ID", "") if settings.BEHIND_PROXY else ""
    return given if WELL_FORMED.fullmatch(given) else secrets.token_hex(6)
