"""The page of an article; for readers, and for those who look at it before them."""

from datetime import date
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.http import http_date
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, override

from portal.addresses import absolute

from . import frames, structured
from .choices import Reader, ReviewState
from .models import Article
from .querysets import FALLBACK

PAGE = "education/article_detail.html"
# What of the context differs between articles; the frame has markers there.
_FILLED = (
    "alternates",
    "byline",
    "canonical",
    "clinicians",
    "contents",
    "patients",
    "mailed",
    "texted",
    "structured",
)
_OF_ARTICLE = (
    *("html_from_red_flags", "html_to_red_flags", "safe_glossary_html", "safe_references_html"),
    *("summary", "title"),
)


def article_page(request: HttpRequest, article: Article, *, preview: bool = False) -> HttpResponse:
    """The page of an article as readers get it; a `preview` says that it is one, and may not be stored."""
    context = page_context(request, article)
    if preview:
        return render(request, PAGE, {**context, "preview": True})
    response = HttpResponse(_in_frame(request, article, context))
    response["Last-Modified"] = http_date(article.changed_at.timestamp())
    return response


def page_context(request: HttpRequest, article: Article) -> dict[str, Any]:
    """No query for an article that was read by `to_read`."""
    review = article.review_state(timezone.localdate())
    languages = _languages(request, article)
    canonical = languages[article.language]
    return {
        "article": article,
        "review": review,
        "reviewer": _reviewer(article),
        "canonical": canonical,
        "alternates": _alternates(languages),
        "clinicians": next((p["anchor"] for p in article.contents if p["reader"] == Reader.CLINICIAN), ""),
        "patients": article.contents[0]["anchor"] if article.contents else "contents",
        "contents": _contents(article),
        "byline": _byline(article, review),
        "mailed": SafeString(f"subject={quote(article.title)}&amp;body={quote(canonical)}"),
        "texted": SafeString(f"&amp;body={quote(canonical)}"),
        "structured": _structured(request, article, review, canonical),
    }


def _in_frame(request: HttpRequest, article: Article, context: dict[str, Any]) -> str:
    next_title = getattr(article, "next_title", None)
    shape = {
        "language": article.language,
        "is_unreviewed_translation": article.is_unreviewed_translation,
        "glossary_html": bool(article.glossary_html),
    }
    has = {"clinicians": bool(context["clinicians"]), "next_title": bool(next_title)}
    blank = SimpleNamespace(
        **shape,
        **{name: frames.marker(name) for name in _OF_ARTICLE},
        slug=frames.address_marker("slug"),
        next_title=has["next_title"] and frames.marker("following"),
        next_article=frames.address_marker("next"),
        next_language=frames.address_marker("spoken"),
    )
    markers = {name: frames.marker(name) for name in _FILLED}
    if not has["clinicians"]:
        markers["clinicians"] = SafeString()
    frame = frames.frame(
        (PAGE, get_language(), *shape.values(), *has.values()),
        PAGE,
        {**markers, "article": blank},
        request,
        reverse("article", args=[blank.slug]),
    )
    return frame.filled(
        {name: context[name] for name in _FILLED}
        | {name: getattr(article, name) for name in _OF_ARTICLE}
        | {
            "slug": article.slug,
            "next": article.next_article,
            "following": next_title,
            "spoken": getattr(article, "next_language", ""),
        }
    )


def _reviewer(article: Article) -> str:
    names = getattr(article, "reviewer_names", "") or ""
    return names.strip() or (
        article.reviewer.get_full_name() if article.reviewer_id and article.reviewer else ""
    )


def _languages(request: HttpRequest, article: Article) -> dict[str, str]:
    """The article's address in each language that it exists in."""
    found = {}
    for code, _name in settings.LANGUAGES:
        if code == article.language or getattr(article, f"open_in_{code}", False):
            with override(code):
                found[code] = absolute(request, article.get_absolute_url())
    return found


def _alternates(languages: dict[str, str]) -> SafeString:
    default = languages.get(FALLBACK) or next(iter(languages.values()))
    return format_html_join(
        "\n", '<link rel="alternate" hreflang="{}" href="{}">', [*languages.items(), ("x-default", default)]
    )


def _contents(article: Article) -> SafeString:
    prefix = format_html("{}: ", gettext("For clinicians"))
    return format_html_join(
        "\n",
        '<li><a href="#{}">{}<span lang="{}">{}</span></a></li>',
        (
            (
                part["anchor"],
                prefix if part["reader"] == Reader.CLINICIAN else "",
                article.language,
                part["heading"],
            )
            for part in article.contents
        ),
    )


def _byline(article: Article, review: ReviewState) -> SafeString:
    return render_to_string(
        "education/includes/byline.html",
        {
            "article": article,
            "review": review,
            "reviewer": _reviewer(article),
            "minutes": article.facts.get("minutes"),
            "updates": [{**update, "on": date.fromisoformat(update["on"])} for update in article.updates],
        },
    )


def _structured(request: HttpRequest, article: Article, review: ReviewState, url: str) -> SafeString:
    if article.published_at is None or article.updated_at is None:
        return SafeString()
    reviewed = review != ReviewState.PENDING
    facts = structured.Facts(
        url=url,
        home=absolute(request, "/"),
        language=article.language,
        title=article.title,
        summary=article.summary,
        html=article.html,
        author=article.author_name,
        published=timezone.localtime(article.published_at),
        updated=timezone.localtime(article.updated_at),
        for_clinicians=any(part["reader"] == Reader.CLINICIAN for part in article.contents),
        reviewed_on=article.last_reviewed if reviewed else None,
        reviewer=_reviewer(article) if reviewed else "",
        questions=article.facts.get("questions", ()),
        condition=article.facts.get("condition", ""),
        drug=article.facts.get("drug", ""),
    )
    return structured.script(structured.graph(facts))
