"""What was typed, given back where it could not be taken. The database is asked for nothing but, perhaps, who
is signed in: what only repeats a browser's own words needs nobody's leave."""

import logging

from django.contrib import admin
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.cache import add_never_cache_headers

from portal import last_resort

logger = logging.getLogger(__name__)

# Staff's forms of these begin so; accounts and sign-in, whose fields are secrets, don't.
STAFF_FORMS = ("triage", "intake_", "education_")


def kept(request: HttpRequest, reason: str, status: int) -> HttpResponse | None:
    """The form again with what was typed, where one was posted and that much still works; else None.

    `reason` is a key of `intake.views.NOT_SENT`.
    """
    if request.method != "POST":
        return None
    try:
        match = request.resolver_match or resolve(request.path_info)
    except Resolver404:
        return None
    try:
        # The forms must not be needed to import the error pages.
        if match.url_name == "help-form":
            from intake.views import keep_typed

            return keep_typed(request, match.kwargs["door"], reason=reason, status=status)
        if match.app_name == "admin" and (match.url_name or "").startswith(STAFF_FORMS):
            answer = _phone_form(request, match, reason, status) or _staff_page(request, reason, status)
            if answer:
                return answer
        if match.app_name == "admin" and reason == "csrf":
            from portal.accounts import unsaved

            return unsaved.token_went_stale(request)
        return None
    except Exception:
        logger.exception("The form can't be given back.")
        return last_resort.page(status, typed=request) if match.url_name == "help-form" else None


def _phone_form(request: HttpRequest, match: ResolverMatch, reason: str, status: int) -> HttpResponse | None:
    if match.url_name != "triage-phone-form":
        return None
    try:
        if not admin.site.has_permission(request):
            return None
        from intake.desk import phone

        return phone.keep_typed(request, match.kwargs["door"], reason=reason, status=status)
    except DatabaseError:
        return None


def _staff_page(request: HttpRequest, reason: str, status: int) -> HttpResponse | None:
    # Without the check against forged posts somebody else's words could be sent with one more press.
    if not getattr(request, "csrf_processing_done", False):
        return None
    typed = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name != "csrfmiddlewaretoken"
    ]
    context = {"reason": reason, "typed": typed, "path": request.get_full_path(), "files": request.FILES}
    response = render(request, "admin/not_saved.html", context, status=status)
    add_never_cache_headers(response)
    response["Referrer-Policy"] = "same-origin"
    return response
