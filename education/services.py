"""Every change of an article: one transaction with its audit row, the status checked after the lock.

`by` is the member of staff who acts, or None for content that comes with the software.
"""

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from portal import audit

from . import rendering
from .choices import PUBLIC, TRANSITIONS, Status
from .documents import Document
from .models import Article, Question, Reference, Section

if TYPE_CHECKING:
    from portal.models import User

REVIEW_INTERVAL = timedelta(days=365)
# Who acts when the content comes with the software.
SOFTWARE = "load_content"


class NotAllowed(Exception):
    """The rules of publishing forbid it; the message says why, for the person who tried."""


@transaction.atomic
def add(document: Document, *, status: Status, by: "User | None") -> Article:
    """Store a new article with all its parts; IntegrityError if its address is taken."""
    article = Article.objects.create(
        slug=document.slug,
        language=document.language,
        title=document.title,
        summary=document.summary,
        disclosure=document.disclosure,
        author_name=document.author_name,
        author=by,
    )
    Section.objects.bulk_create(
        Section(article=article, position=i, **vars(section))
        for i, section in enumerate(document.sections, 1)
    )
    Question.objects.bulk_create(
        Question(article=article, position=i, **vars(question))
        for i, question in enumerate(document.questions, 1)
    )
    Reference.objects.bulk_create(
        Reference(article=article, **vars(reference)) for reference in document.references
    )
    content_changed(article, by=by)
    if status != Status.DRAFT:
        change_status(article, status, by=by)
    return article


@transaction.atomic
def content_changed(article: Article, *, by: "User | None") -> None:
    """Render the article anew after its fields or parts were saved.

    Where the words have changed, the medical review no longer speaks of them and is withdrawn.
    """
    locked = Article.objects.select_for_update().get(pk=article.pk)
    document = locked.document()
    digest = document.digest()
    if digest != locked.digest:
        locked.digest = digest
        locked.updated_at = timezone.now()
        locked.editor = by
        locked.reviewer = locked.last_reviewed = locked.next_review_due = None
        _render(locked, document)
        _save(
            locked,
            "digest updated_at editor reviewer last_reviewed next_review_due html references_html contents",
        )
        audit.record("article changed", by=by or SOFTWARE, subject=_subject(locked))
    article.refresh_from_db()


@transaction.atomic
def change_status(article: Article, to: Status, *, by: "User | None") -> None:
    """Move the article along TRANSITIONS; NotAllowed if there is no such way from where it stands now."""
    locked = Article.objects.select_for_update().get(pk=article.pk)
    if to not in TRANSITIONS[Status(locked.status)]:
        raise NotAllowed(
            _("“%(title)s” is %(now)s and can’t become %(to)s.")
            % {"title": locked.title, "now": locked.get_status_display().lower(), "to": to.label.lower()}
        )
    if to in PUBLIC and (missing := rendering.unresolved(locked.document())):
        raise NotAllowed(
            _("“%(title)s” cites references that it doesn’t have: %(numbers)s.")
            % {"title": locked.title, "numbers": ", ".join(map(str, missing))}
        )
    locked.status = to
    if to in PUBLIC and locked.published_at is None:
        locked.published_at = timezone.now()
    _save(locked, "status published_at")
    audit.record(f"article {to}", by=by or SOFTWARE, subject=_subject(locked), fields=["status"])
    article.refresh_from_db()


@transaction.atomic
def record_review(article: Article, *, by: "User", on: date) -> None:
    """Say that `by` reviewed the article as it stands on that day; NotAllowed if they may not."""
    locked = Article.objects.select_for_update().get(pk=article.pk)
    check_may_review(locked, by)
    locked.reviewer = by
    locked.last_reviewed = on
    locked.next_review_due = on + REVIEW_INTERVAL
    if locked.status == Status.REVIEW_DUE:
        locked.status = Status.PUBLISHED
    _save(locked, "reviewer last_reviewed next_review_due status")
    audit.record("article reviewed", by=by, subject=_subject(locked), fields=["reviewer", "last_reviewed"])
    article.refresh_from_db()


def check_may_review(article: Article, user: "User") -> None:
    """NotAllowed unless `user` is a medical reviewer with a name to publish who did not write this."""
    if not user.has_perm("education.review_article"):
        raise NotAllowed(_("Only a medical reviewer can record a review."))
    if user.pk in (article.author_id, article.editor_id):
        raise NotAllowed(_("You wrote or last changed “%s”. Somebody else must review it.") % article.title)
    if not user.get_full_name():
        raise NotAllowed(_("Readers see the reviewer’s name: yours is missing from your account."))
    if article.status in (Status.DRAFT, Status.WITHDRAWN):
        raise NotAllowed(_("“%s” is not in review or published.") % article.title)


def render_all() -> int:
    """Bring stored pages up to what this version of the software makes of them; return how many changed.

    Words, dates and reviews stay as they are.
    """
    changed = 0
    for pk in Article.objects.values_list("pk", flat=True):
        with transaction.atomic():
            article = Article.objects.select_for_update().get(pk=pk)
            before = (article.html, article.references_html, article.contents)
            _render(article, article.document())
            if (article.html, article.references_html, article.contents) != before:
                _save(article, "html references_html contents")
                changed += 1
    return changed


def _render(article: Article, document: Document) -> None:
    with override(article.language):
        rendered = rendering.render(document)
    article.html = rendered.html
    article.references_html = rendered.references_html
    article.contents = rendered.contents


def _save(article: Article, fields: str) -> None:
    article.version = F("version") + 1
    article.save(update_fields=[*fields.split(), "version"])


def _subject(article: Article) -> str:
    return f"article {article.slug} {article.language}"
