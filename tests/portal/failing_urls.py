"""The portal's addresses, and one that fails in whatever way a test asks for."""

from django.conf.urls.i18n import i18n_patterns
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import OperationalError
from django.urls import path

from portal.urls import handler400, handler403, handler404, handler500
from portal.urls import urlpatterns as real

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

FAILURES = {
    "bad": BadRequest,
    "forbidden": PermissionDenied,
    "broken": ZeroDivisionError,
    "down": OperationalError,
}


def fail(request, how):
    raise FAILURES[how]


urlpatterns = [*i18n_patterns(path("fail/<how>/", fail), prefix_default_language=False), *real]
