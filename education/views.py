from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from .models import Article


@require_safe
def article_list(request: HttpRequest) -> HttpResponse:
    return render(
        request, "education/article_list.html", {"articles": Article.objects.to_list(get_language())}
    )


@require_safe
def article_detail(request: HttpRequest, slug: str) -> HttpResponse:
    article = Article.objects.to_read(slug, get_language())
    if article is None:
        raise Http404
    return article_page(request, article)


def article_page(request: HttpRequest, article: Article, *, preview: bool = False) -> HttpResponse:
    """The page of an article as readers get it; a `preview` says that it is one, and may not be stored."""
    review = article.review_state(timezone.localdate())
    context = {"article": article, "review": review, "preview": preview}
    return render(request, "education/article_detail.html", context)
