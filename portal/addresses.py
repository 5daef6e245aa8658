"""Whole addresses of pages, as other sites and printed sheets need them."""

from django.conf import settings
from django.http import HttpRequest


def absolute(request: HttpRequest, path: str) -> str:
    """`path` under the address that the portal is known by, or else the one that it was asked at."""
    return f"{settings.PORTAL_URL}{path}" if settings.PORTAL_URL else request.build_absolute_uri(path)
