import gzip
from collections.abc import Callable

import brotli
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from portal import health, metrics, published

Handler = Callable[[HttpRequest], HttpResponseBase]

# Pages that are the same for everybody and change only when staff publish something.
PUBLISHED = {"home", "help", "status", "privacy", "nondiscrimination"} | {
    *("education", "article", "article-handout")
}
NEVER_PUBLISHED = ("/admin/", "/healthz", "/readyz", settings.STATIC_URL)

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "font-src 'none'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    "Cross-Origin-Resource-Policy": "same-origin",
}

# A browser asks these two of a page that it shows, never of what the page is dressed with.
PAGES_ONLY = {"Content-Security-Policy", "Permissions-Policy"}
NO_PAGES = ("text/css", "text/javascript")

COMPRESSIBLE = ("text/", "application/json", "application/xml", "image/svg+xml")
SMALLEST = 200


class Utf8:
    """Read every body as UTF-8, whatever it says of itself: our pages send nothing else.

    A request can name character sets that break Django's parsers, or that make text no page can hold.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.encoding:
            request.encoding = "utf-8"
        return self.get_response(request)


class BackButton:
    """Let a browser's back button bring the very form that was sent, so that its key comes again.

    A page that varies by cookies is fetched anew once they change, and a first visitor's first cookie comes
    with the form. Who else might mix up two visitors' pages is kept from storing them: they are private.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if getattr(response, "back_brings_it", False):
            varies = [name.strip() for name in response.get("Vary", "").split(",")]
            response["Vary"] = ", ".join(name for name in varies if name.lower() != "cookie")
        return response


class Health:
    """Answer load balancers and scrapers first: they ask over plain HTTP, by the machine's address."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self.answers: dict[str, Handler] = {"/healthz": health.healthz, "/readyz": health.readyz}
        if settings.METRICS_TOKEN:
            self.answers[metrics.ADDRESS] = metrics.metrics

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self.answers.get(request.path_info, self.get_response)
        return answer(request)


class Compress:
    """Answer with Brotli or gzip where the browser takes it: on a bad network every packet counts."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if (
            not isinstance(response, HttpResponse)
            or response.has_header("Content-Encoding")
            or len(response.content) < SMALLEST
            or not response.get("Content-Type", "").startswith(COMPRESSIBLE)
        ):
            return response
        patch_vary_headers(response, ["Accept-Encoding"])
        accepted = request.META.get("HTTP_ACCEPT_ENCODING", "")
        ready: dict[str, bytes] = getattr(response, "encoded", {})
        if "br" in accepted:
            response.content = ready.get("br") or brotli.compress(response.content, quality=5)
            response["Content-Encoding"] = "br"
        elif "gzip" in accepted:
            response.content = ready.get("gzip") or gzip.compress(response.content, compresslevel=6)
            response["Content-Encoding"] = "gzip"
        if response.has_header("Content-Length"):
            response["Content-Length"] = str(len(response.content))
        return response


class PublishedPages:
    """Answer public pages from the process's own copy, before anything else is asked."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD") or request.path_info.startswith(NEVER_PUBLISHED):
            return self.get_response(request)
        if request.META.get("QUERY_STRING"):
            request.page_stamp = published.stamp()  # type: ignore[attr-defined]  # for education.frames
            return self.get_response(request)
        if settings.SECURE_SSL_REDIRECT and not request.is_secure():
            return self.get_response(request)
        key = request.path_info
        page = published.last_copy(key)
        if page is None:
            return self._publish(request, key)
        current = published.stamp()
        if page.stamp != current:
            fresh = self._publish(request, key)
            if fresh.status_code < 500:
                return fresh
            # Better the last copy of an article than an error page.
            return page.saying_as_of(current)
        return page.response(*_conditions(request))

    def _publish(self, request: HttpRequest, key: str) -> HttpResponseBase:
        # Taken before the page is made: a change in between makes the copy old at once, never fresh for good.
        current = published.stamp()
        request.page_stamp = current  # type: ignore[attr-defined]  # as above
        response = self.get_response(request)
        match = request.resolver_match
        if (
            match is None
            or match.view_name not in PUBLISHED
            or request.method != "GET"
            or response.status_code != 200
            or response.cookies
            or not isinstance(response, HttpResponse)
        ):
            return response
        return published.keep(key, current, response).response(*_conditions(request))


def _conditions(request: HttpRequest) -> tuple[str, str]:
    return request.META.get("HTTP_IF_NONE_MATCH", ""), request.META.get("HTTP_IF_MODIFIED_SINCE", "")


class SecurityHeaders:
    """The headers that Django's own SecurityMiddleware leaves out."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        is_page = not response.get("Content-Type", "").startswith(NO_PAGES)
        for name, value in HEADERS.items():
            if is_page or name not in PAGES_ONLY:
                response.headers.setdefault(name, value)
        return response
