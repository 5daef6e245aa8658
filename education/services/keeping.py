"""What all changes of an article share: the lock, its history, and the page that readers get."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import F
from django.utils.translation import override

from portal import audit

from .. import rendering, structured
from ..choices import StepKind
from ..documents import Document
from ..models import Article, Revision, Step
from ..search import indexing

if TYPE_CHECKING:
    from portal.models import User

# Who acts when the content comes with the software, or its time has come.
SOFTWARE = "education"
# Columns that a revision gives to the article.
SHOWN = ("title", "summary", "disclosure", "author_name", "translated_from", "next_article")
PAGE = ("html", "references_html", "glossary_html", "contents", "facts")
REVIEW = ("reviewer", "last_reviewed", "next_review_due", "reviewed_digest")
TRANSLATION_REVIEW = ("translation_reviewer", "translation_reviewed", "translation_digest")
SCHEDULE = ("scheduled", "publish_at", "scheduled_by")


def locked(article: Article) -> Article:
    return Article.objects.select_for_update().get(pk=article.pk)


def store(article: Article, *fields: str) -> None:
    article.version = F("version") + 1
    article.save(update_fields=[*fields, "version"])
    if {"html", "status"} & set(fields):
        indexing.update(article)


def record(
    article: Article,
    kind: StepKind,
    *,
    by: "User | None",
    number: int | None = None,
    remark: str = "",
    fields: Iterable[str] = (),
) -> None:
    """Add the step to the article's history and to the audit trail."""
    Step.objects.create(article=article, kind=kind, by=by, number=number, remark=remark)
    audit.record(
        f"article {kind.value}",
        by=by or SOFTWARE,
        subject=f"article {article.slug} {article.language}",
        fields=fields,
    )


def show(article: Article, revision: Revision) -> list[str]:
    """Make the page of this revision; return the names of the fields to be stored.

    A review that speaks of another text no longer holds, nor one by who brought this text here.
    """
    document = revision.document()
    for name in SHOWN:
        setattr(article, name, getattr(document, name))
    article.digest = revision.digest
    article.editor = revision.by
    if article.reviewed_digest != article.digest or _is_same(article.reviewer_id, revision.by_id):
        drop_review(article)
    if article.translation_digest != article.digest or _is_same(
        article.translation_reviewer_id, revision.by_id
    ):
        article.translation_reviewer = article.translation_reviewed = None
        article.translation_digest = ""
    render(article, document)
    return [*SHOWN, *PAGE, *REVIEW, *TRANSLATION_REVIEW, "digest", "editor"]


def _is_same(reviewer: int | None, writer: int | None) -> bool:
    return reviewer is not None and reviewer == writer


def page_of(document: Document) -> Article:
    """The page that this text would make; nothing is stored."""
    article = Article(slug=document.slug, language=document.language)
    revision = Revision(article=article, number=0, content=document.content(), digest=document.digest())
    show(article, revision)
    article.published = revision
    return article


def drop_review(article: Article) -> None:
    article.reviewer = article.last_reviewed = article.next_review_due = None
    article.reviewed_digest = ""


def drop_schedule(article: Article) -> None:
    article.scheduled = article.publish_at = article.scheduled_by = None


def render(article: Article, document: Document) -> None:
    with override(article.language):
        rendered = rendering.render(document)
    for name, value in vars(rendered).items():
        setattr(article, name, value)
    article.facts = structured.facts_of(document, rendered.html)
