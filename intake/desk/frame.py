"""The frame around each page of the desk: where one can go from it, and how its keys behave."""

from functools import cache
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from intake import situation, triage
from intake.desk import fragments
from intake.models import StaffProfile

# The staff's pages in the header: address, label, and the right that opens them.
PLACES = [
    ("triage", _("Requests"), "intake.view_request"),
    ("triage-phone", _("By phone"), "intake.work_request"),
    ("triage-centers", _("Centers"), "intake.view_request"),
    ("triage-figures", _("Figures"), "intake.view_request"),
    ("triage-team", _("Team"), "intake.view_staffprofile"),
    ("triage-accesses", _("Accesses"), "portal.view_auditentry"),
]
# What the stock admin keeps, after them.
KEPT_ELSEWHERE = [
    ("intake_emergencynotice_changelist", _("Notices"), "intake.view_emergencynotice"),
]

KEYS = {"triage": "g r"}


@cache
def address_of(name: str) -> str:
    """The address of a page of the staff's site; empty where there is none of this name."""
    try:
        return reverse(f"admin:{name}")
    except NoReverseMatch:
        return ""


def places(request: HttpRequest, among: list[tuple[str, Any, str]] = PLACES) -> list[dict[str, Any]]:
    """What stands in the header for this person; `current` is where they are, or below it."""
    allowed = [
        {"label": label, "url": address_of(name), "key": KEYS.get(name, "")}
        for name, label, right in among
        if address_of(name) and request.user.has_perm(right)
    ]
    here = [place["url"] for place in allowed if request.path.startswith(place["url"])]
    return [{**place, "current": place["url"] == max(here, key=len, default="")} for place in allowed]


def frame(request: HttpRequest) -> dict[str, Any]:
    """What `desk/base.html` needs. The stock admin's own context costs more than the rest of a page."""
    return {
        "site_header": admin.site.site_header,
        "head": fragments.head(places(request, [*PLACES, *KEPT_ELSEWHERE])),
        "strip": fragments.strip(),
        "keys": fragments.keys(),
        "contradicted": contradicted(request),
        "rules_are_signed": triage.RULESET_VERSION in situation.current().signed_versions,
        # Asked for only by a page that doesn't know it already.
        "shortcuts": lambda: wants_shortcuts(request),
    }


def contradicted(request: HttpRequest) -> list[Any]:
    """The centers of which a notice says something else, for whoever may change notices; no query."""
    if not request.user.has_perm("intake.change_emergencynotice"):
        return []
    pairs = situation.current().contradictions(timezone.now())
    return list({center.id: center for _notice, center in pairs}.values())


def wants_shortcuts(request: HttpRequest) -> bool:
    kept = StaffProfile.objects.filter(user=request.user.pk).values_list("shortcuts", flat=True).first()
    return kept is not False
