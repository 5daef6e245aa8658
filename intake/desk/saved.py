"""Views of the board under a name: kept for oneself, or shared with everybody on the desk."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from intake.desk.access import render, sight
from intake.desk.filtering import filters_of
from intake.desk.history import name_of
from intake.forms.fields import PlainTextField
from intake.models import SavedFilter
from intake.services import staffing


class SaveForm(forms.Form):
    name = PlainTextField(
        label=gettext_lazy("Name"),
        longest=60,
        help_text=gettext_lazy(
            "No patient’s name: colleagues may see it. The same name again replaces the view."
        ),
        error_messages={"required": gettext_lazy("Give the view a name.")},
    )
    shared = forms.BooleanField(label=gettext_lazy("Show it to everybody on the desk"), required=False)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="save_%s", label_suffix="")


@require_http_methods(["GET", "HEAD", "POST"])
def saved(request: HttpRequest) -> HttpResponse:
    """List the saved views; save the one that the address names, or delete one of one's own."""
    seen, by, now = sight(request), request.user, timezone.now()
    if "delete" in request.POST:
        if request.POST["delete"].isascii() and request.POST["delete"].isdigit():
            staffing.delete_filter(filter_id=int(request.POST["delete"][:18]), by=by, now=now)
        return _back("admin:triage-filters")
    # Only what the board understands is kept, never the address as it came.
    filters = filters_of(request.GET, seen.queues.values())
    form = SaveForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        staffing.save_filter(address=filters.address(), **form.cleaned_data, by=by, now=now)
        messages.success(request, _("The view is saved."))
        return _back("admin:triage", filters.address())
    kept = [
        {
            "pk": one.pk,
            "name": one.name,
            "address": one.address,
            "shared": one.shared,
            "is_mine": one.owner_id == by.pk,
            "maker": name_of(one.owner),
        }
        for one in SavedFilter.objects.usable_by(by).select_related("owner")
    ]
    context = {
        "title": _("Saved views"),
        "shortcuts": seen.shortcuts,
        "form": form if filters.asked else None,
        "address": filters.address(),
        "narrowing": filters.in_words(),
        "saved": kept,
    }
    return render(request, "filters", context, status=422 if form.errors else 200)


def _back(name: str, query: str = "") -> HttpResponse:
    response = redirect(name)
    response.status_code = 303
    response.headers["Location"] += query
    return response
