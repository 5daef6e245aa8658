from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.http import http_date
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from portal import limits

from . import handouts, services
from .models import Article
from .presenting import article_page, page_context
from .querysets import FALLBACK
from .search import finding

MINUTE = timedelta(minutes=1)


@require_safe
def article_list(request: HttpRequest) -> HttpResponse:
    return render(
        request, "education/article_list.html", {"articles": Article.objects.to_list(get_language())}
    )


@require_safe
def article_detail(request: HttpRequest, slug: str) -> HttpResponse:
    return article_page(request, _to_read(slug))


@require_safe
def article_handout(request: HttpRequest, slug: str) -> HttpResponse:
    article = _to_read(slug)
    context = {**page_context(request, article), "handout": handouts.of(article.html)}
    response = render(request, "education/article_handout.html", context)
    response["Last-Modified"] = http_date(article.changed_at.timestamp())
    return response


# Exempt from the token against forged posts, because a page that is the same for everybody can carry none.
# Nothing is done here in a visitor's name: who makes a browser post this could as well post it themselves.
@csrf_exempt
@require_POST
def article_useful(request: HttpRequest, slug: str) -> HttpResponse:
    """Count an answer and lead back to the page, also where the answer is none, or one too many."""
    article = _to_read(slug)
    answer = {"yes": True, "no": False}.get(request.POST.get("useful", ""))
    # Browsers of today say where a post comes from; older ones are believed.
    from_here = request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
    if answer is not None and from_here and _may_answer(request):
        services.count_feedback(article, useful=answer, on=timezone.localdate())
    return HttpResponseRedirect(f"{reverse('article', args=[slug])}#csp-thanks", status=303)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    q = finding.clean(request.GET.get("q", ""))
    now = timezone.now()
    # Counted in this process alone: a search costs less than telling the others of it.
    verdict = limits.hit_here(
        "searches", limits.network_of(request), limit=settings.LIMIT_SEARCHES, window=MINUTE, now=now
    )
    if verdict.allowed or not q:
        context = {"q": q, "found": finding.find(q, get_language() or FALLBACK)}
        response = render(request, "education/search.html", context)
    else:
        response = render(request, "education/search.html", {"q": q, "too_many": True}, status=429)
        response["Retry-After"] = str(verdict.seconds_left(now))
    # What somebody looks for concerns nobody else.
    patch_cache_control(response, private=True, no_cache=True)
    return response


def _may_answer(request: HttpRequest) -> bool:
    most, window = settings.LIMIT_FEEDBACK, settings.LIMIT_WINDOW
    network = limits.network_of(request)
    return limits.hit("feedback", network, limit=most, window=window, now=timezone.now()).allowed


def _to_read(slug: str) -> Article:
    article = Article.objects.to_read(slug, get_language())
    if article is None:
        raise Http404
    return article
