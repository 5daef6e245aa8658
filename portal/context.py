"""What every page shows beside its own content: lines, notice, facilities, the way to the other language."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse, translate_url
from django.utils import timezone
from django.utils.translation import get_language, get_language_info, override

from intake import situation
from intake.choices import FacilityKind
from intake.situation import FacilityState, Line, Notice
from portal import last_resort, opening_hours
from portal.addresses import absolute

logger = logging.getLogger(__name__)


# Pages that search engines may list, each at one address in each language.
FOUND = {"home", "help", "status", "privacy", "nondiscrimination", "education"}


@dataclass
class Site:
    """The copy of the situation that a page shows. `stale`: the database couldn't be asked lately."""

    path: str
    as_of: datetime
    stale: bool
    lines: Sequence[Line | last_resort.FixedLine]
    facilities: Sequence[FacilityState] = ()
    notice: Notice | None = None
    request: HttpRequest | None = None

    @property
    def line_for(self) -> dict[str, Line | last_resort.FixedLine]:
        return {line.door: line for line in self.lines if line.door}

    @property
    def pharmacy(self) -> FacilityState | None:
        return next((place for place in self.facilities if place.kind == FacilityKind.PHARMACY), None)

    @property
    def centers(self) -> list[FacilityState]:
        return [place for place in self.facilities if place.kind == FacilityKind.INFUSION_CENTER]

    @property
    def names_unconfirmed(self) -> bool:
        return not all(center.name_confirmed for center in self.centers)

    @property
    def hours(self) -> list[tuple[Line, str]]:
        """Each line with its weekly hours in words."""
        now = timezone.now()
        return [
            (line, opening_hours.in_words(line.schedule, now))
            for line in self.lines
            if isinstance(line, Line)
        ]

    @cached_property
    def addresses(self) -> dict[str, Any] | None:
        """Where search engines find this page, itself and in each language; None if they should not."""
        request = self.request
        match = request and request.resolver_match
        if not request or not match or request.method == "POST" or match.view_name not in FOUND:
            return None
        languages = {}
        for code, _name in settings.LANGUAGES:
            with override(code):
                languages[code] = absolute(request, reverse(match.view_name, kwargs=match.kwargs))
        default = ("x-default", languages[settings.LANGUAGE_CODE])
        return {
            "canonical": languages[get_language() or settings.LANGUAGE_CODE],
            "languages": [*languages.items(), default],
        }

    @cached_property
    def other_language(self) -> tuple[str, str, str]:
        """The other language's code, its own name, and this page in it, or its home if there is none."""
        code = next(code for code, _name in settings.LANGUAGES if code != get_language())
        name = get_language_info(code)["name_local"].capitalize()
        try:
            url = translate_url(self.path, code)
            if url == self.path:
                with override(code):
                    url = reverse("home")
        except (ValueError, NoReverseMatch):
            url = "/"
        return code, name, url


def site(request: HttpRequest) -> dict[str, Any]:
    """Never raises: error pages are made of this too."""
    try:
        now = timezone.now()
        copy = situation.current()
        return {
            "site": Site(
                path=request.get_full_path(),
                as_of=copy.as_of,
                stale=situation.is_stale(),
                lines=copy.lines,
                facilities=copy.facilities,
                notice=copy.running_notice(now),
                request=request,
            )
        }
    except Exception:
        logger.exception("The situation can't be shown; the fixed lines are.")
        return {"site": Site(path="/", as_of=last_resort.AS_OF, stale=True, lines=last_resort.LINES)}
