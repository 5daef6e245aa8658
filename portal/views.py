"""The site-wide pages. What they show of lines and facilities comes from the context processor."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from education.models import Article
from intake.choices import Door
from intake.situation import FacilityState
from portal.addresses import absolute
from portal.context import Site, site
from portal.taglines import TAGLINES

# Short, because staff changes are to be seen within seconds.
FRESH = 2
DAY = 24 * 60 * 60
PRIVATE = ["/admin/", "/help/received/", "/help/requests/"]
PUBLIC = ["home", "help", "education", "status", "privacy", "nondiscrimination"]


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/home.html")


@require_safe
def status(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/status.html")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/privacy.html")


@require_safe
def nondiscrimination(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/nondiscrimination.html", {"taglines": TAGLINES})


@require_safe
@cache_control(public=True, max_age=FRESH)
def status_json(request: HttpRequest) -> JsonResponse:
    """The notice, lines and facilities for other programs: English, ASCII only, times in UTC."""
    with override("en"):
        shown: Site = site(request)["site"]
        notice = shown.notice
        return JsonResponse(
            {
                "as_of": _utc(shown.as_of),
                "stale": shown.stale,
                "pharmacy": _facility(shown.pharmacy) if shown.pharmacy else None,
                "centers": [_facility(center) for center in shown.centers],
                "lines": [
                    {"audience": line.audience, "phone": line.display, "tel": line.tel}
                    for line in shown.lines
                ],
                "notice": notice
                and {
                    "severity": notice.severity,
                    "headline": notice.headline,
                    "body": notice.body,
                    "starts_at": _utc(notice.starts_at),
                    "ends_at": _utc(notice.ends_at),
                },
            }
        )


def _facility(place: FacilityState) -> dict[str, Any]:
    return {
        "slug": place.slug,
        "name": place.name,
        "name_confirmed": place.name_confirmed,
        "status": place.status,
        "since": _utc(place.since),
        "note": place.note,
    }


def _utc(moment: datetime | None) -> str | None:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if moment else None


@require_safe
@cache_control(public=True, max_age=DAY)
def robots(request: HttpRequest) -> HttpResponse:
    prefixes = ["" if code == settings.LANGUAGE_CODE else f"/{code}" for code, _name in settings.LANGUAGES]
    lines = ["User-agent: *"]
    lines += [f"Disallow: {prefix}{path}" for path in PRIVATE for prefix in prefixes]
    lines += ["", f"Sitemap: {request.build_absolute_uri(reverse('sitemap'))}"]
    return _text(lines)


@require_safe
@cache_control(public=True, max_age=DAY)
def sitemap(request: HttpRequest) -> HttpResponse:
    """Each page once in each language that it exists in, and where it stands in the others."""
    pages: list[dict[str, tuple[str, datetime | None]]] = []
    for name, args in [*((name, []) for name in PUBLIC), *(("help-form", [door]) for door in Door.values)]:
        pages.append(
            {code: (_address(request, code, name, *args), None) for code, _name in settings.LANGUAGES}
        )
    articles: dict[str, dict[str, tuple[str, datetime | None]]] = {}
    for article in Article.objects.to_map():
        languages = articles.setdefault(article.slug, {})
        address = _address(request, article.language, "article", article.slug)
        languages[article.language] = (address, article.changed_at)
    entries = [
        {
            "address": address,
            "changed": changed,
            "languages": [(code, languages[code][0]) for code in languages],
        }
        for languages in [*pages, *articles.values()]
        for address, changed in languages.values()
    ]
    return render(request, "portal/sitemap.xml", {"entries": entries}, content_type="application/xml")


def _address(request: HttpRequest, language: str, name: str, *args: str) -> str:
    with override(language):
        return absolute(request, reverse(name, args=args))


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """RFC 9116. The pharmacy has named no contact yet: a page that says so stands in, a week at a time."""
    expires = (timezone.now() + timedelta(days=7)).replace(hour=0, minute=0, second=0)
    return _text(
        [
            "# The pharmacy has not named a contact for security reports yet.",
            "# This page says what to do until then.",
            f"Contact: {request.build_absolute_uri(reverse('privacy'))}#security",
            f"Expires: {_utc(expires)}",
            "Preferred-Languages: en, es",
        ]
    )


def _text(lines: list[str]) -> HttpResponse:
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8")
