from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, Max, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Concat
from django.utils import timezone

from .choices import PUBLIC, Status

if TYPE_CHECKING:
    from .models import Article

# Every article exists in this language first; a reader of another one gets it rather than nothing.
FALLBACK = "en"


class ArticleQuerySet(models.QuerySet["Article"]):
    def open_to_readers(self) -> "ArticleQuerySet":
        return self.filter(status__in=PUBLIC)

    def in_language(self, language: str | None) -> "ArticleQuerySet":
        """Also what exists in the fallback only; a slug's first row is the one to show."""
        wanted = Q(language=language)
        return (
            self.filter(wanted | Q(language=FALLBACK))
            .annotate(_fallback=models.Case(models.When(wanted, then=0), default=1))
            .order_by("_fallback", "title")
        )

    def to_read(self, slug: str, language: str | None) -> "Article | None":
        """The open article at this address, in the language or else the fallback; one query.

        It knows the languages that it exists in (`open_in_es`), what to read next if that is open, and the
        reviewer’s name.
        """
        sql, params = _reading(self.model._default_manager.all(), language)
        rows = self.model._default_manager.raw(sql, [slug if p == _ANY_SLUG else p for p in params])
        return next(iter(rows), None)

    def to_list(self, language: str | None) -> "list[Article]":
        """Every open article once, without its text; one query."""
        rows: dict[str, Article] = {}
        for article in (
            self.open_to_readers()
            .in_language(language)
            .defer("html", "references_html", "glossary_html", "contents", "facts")
        ):
            rows.setdefault(article.slug, article)
        return sorted(rows.values(), key=lambda article: article.title)

    def to_map(self) -> "ArticleQuerySet":
        """Every open article in each language, with its address and dates only."""
        columns = ("slug", "language", "published_at", "updated_at", "last_reviewed", "translation_reviewed")
        return self.open_to_readers().only(*columns).order_by("slug", "language")

    def overdue_for_review(self) -> "ArticleQuerySet":
        """Open to readers, and never reviewed or past the date of the next review."""
        late = (
            Q(next_review_due=None)
            | Q(next_review_due__lt=timezone.localdate())
            | Q(status=Status.REVIEW_DUE)
        )
        return self.open_to_readers().filter(late)

    def past_their_review(self, today: date) -> "ArticleQuerySet":
        """Published, reviewed once, and past the date of the next review."""
        return self.filter(status=Status.PUBLISHED, next_review_due__lt=today)

    def to_be_published(self, now: datetime) -> "ArticleQuerySet":
        """Scheduled up to that time, the earliest first."""
        return self.filter(publish_at__lte=now).order_by("publish_at")

    def with_feedback(self) -> "ArticleQuerySet":
        """Each with how many readers ever found it useful, and how many did not; None for nobody."""
        itself = self.model._default_manager.filter(pk=OuterRef("pk")).order_by()

        def count(name: str) -> Subquery:
            return Subquery(itself.annotate(n=Sum(f"feedback__{name}")).values("n"))

        return self.annotate(useful_yes=count("yes"), useful_no=count("no"))

    def stamp(self) -> str:
        """Changes whenever anything changes that a reader could see, the date included; one query."""
        found: dict[str, Any] = self.aggregate(n=Count("pk"), last=Max("pk"), versions=Sum("version"))
        return f"{timezone.localdate()}.{found['n']}.{found['last']}.{found['versions']}"


_ANY_SLUG = "\ue000"
# Columns that a page is made of.
_READ = (
    *(
        "slug",
        "language",
        "status",
        "published_at",
        "updated_at",
        "updates",
        "title",
        "summary",
        "disclosure",
    ),
    *(
        "author_name",
        "translated_from",
        "next_article",
        "html",
        "references_html",
        "glossary_html",
        "contents",
    ),
    *("facts", "digest", "reviewer_id", "last_reviewed", "next_review_due", "translation_reviewed"),
)
_composed: dict[str | None, tuple[str, tuple[Any, ...]]] = {}


def _reading(articles: ArticleQuerySet, language: str | None) -> tuple[str, tuple[Any, ...]]:
    """The query of `to_read`, with _ANY_SLUG for the slug.

    It is composed once: composing it takes longer than everything else that a page needs.
    """
    if language not in _composed:
        others = articles.open_to_readers()
        elsewhere = {
            f"open_in_{code}": Exists(others.filter(slug=OuterRef("slug"), language=code))
            for code, _name in settings.LANGUAGES
        }
        following = others.in_language(language).filter(slug=OuterRef("next_article"))
        query = (
            others.in_language(language)
            .filter(slug=_ANY_SLUG)
            .annotate(
                next_title=Subquery(following.values("title")[:1]),
                next_language=Subquery(following.values("language")[:1]),
                reviewer_names=Concat("reviewer__first_name", Value(" "), "reviewer__last_name"),
                **elsewhere,
            )
            .only(*_READ)[:1]
        )
        _composed[language] = query.query.sql_with_params()
    return _composed[language]
