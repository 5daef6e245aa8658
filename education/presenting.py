"""What the page of an article is rendered from; for readers, and for those who look at it before them."""

from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import http_date
from django.utils.safestring import SafeString
from django.utils.translation import override

from portal.addresses import absolute

from . import structured
from .choices import Reader, ReviewState
from .models import Article
from .querysets import FALLBACK


def article_page(request: HttpRequest, article: Article, *, preview: bool = False) -> HttpResponse:
    """The page of an article as readers get it; a `preview` says that it is one, and may not be stored."""
    context = {**page_context(request, article), "preview": preview}
    response = render(request, "education/article_detail.html", context)
    if not preview:
        response["Last-Modified"] = http_date(article.changed_at.timestamp())
    return response


def page_context(request: HttpRequest, article: Article) -> dict[str, Any]:
    """No query for an article that was read by `to_read`."""
    review = article.review_state(timezone.localdate())
    addresses = _addresses(request, article)
    updates = [{**update, "on": date.fromisoformat(update["on"])} for update in article.updates]
    return {
        "article": article,
        "review": review,
        "addresses": addresses,
        "clinicians": next((p["anchor"] for p in article.contents if p["reader"] == Reader.CLINICIAN), ""),
        "minutes": article.facts.get("minutes"),
        "updates": updates,
        "structured": _structured(request, article, review, addresses["canonical"]),
    }


def _addresses(request: HttpRequest, article: Article) -> dict[str, Any]:
    """Where the article stands in each language that it exists in; `canonical` is that of this text."""
    languages = {}
    for code, _name in settings.LANGUAGES:
        if code == article.language or getattr(article, f"open_in_{code}", False):
            with override(code):
                languages[code] = absolute(request, article.get_absolute_url())
    canonical = languages[article.language]
    default = languages.get(FALLBACK, canonical)
    return {"canonical": canonical, "languages": [*languages.items(), ("x-default", default)]}


def _structured(request: HttpRequest, article: Article, review: ReviewState, url: str) -> SafeString:
    if article.published_at is None or article.updated_at is None:
        return SafeString()
    reviewed = review != ReviewState.PENDING and article.reviewer is not None
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
        reviewer=article.reviewer.get_full_name() if reviewed and article.reviewer else "",
        questions=article.facts.get("questions", ()),
        condition=article.facts.get("condition", ""),
        drug=article.facts.get("drug", ""),
    )
    return structured.script(structured.graph(facts))
