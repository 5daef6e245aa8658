"""Medical review: of one text, by somebody with the role who did not write it."""

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from ..choices import PUBLIC, RIGHTS, Status, StepKind
from ..models import Article, Review
from .errors import NotAllowed
from .keeping import REVIEW, TRANSLATION_REVIEW, locked, record, store
from .publishing import change_status
from .rights import check_may

if TYPE_CHECKING:
    from portal.models import User

REVIEW_INTERVAL = timedelta(days=365)


@transaction.atomic
def ask_for_review(article: Article, *, by: "User | None") -> None:
    """Send the newest text to medical review. What is published stays open meanwhile."""
    check_may(by, RIGHTS[Status.IN_REVIEW])
    row = locked(article)
    if row.status not in PUBLIC:
        change_status(article, Status.IN_REVIEW, by=by)
        return
    row.asked = row.newest()
    store(row, "asked")
    record(row, StepKind.ASKED, by=by, number=row.asked.number)
    article.refresh_from_db()


@transaction.atomic
def return_to_author(article: Article, *, remark: str = "", by: "User | None") -> None:
    """End a medical review without a result; the remark says what is missing."""
    check_may(by, "review_article")
    row = locked(article)
    if row.asked is None:
        raise NotAllowed(_("“%s” is not in medical review.") % row.title)
    number, row.asked = row.asked.number, None
    if row.status == Status.IN_REVIEW:
        row.status = Status.DRAFT
    store(row, "asked", "status")
    record(row, StepKind.RETURNED, by=by, number=number, remark=remark)
    article.refresh_from_db()


@transaction.atomic
def record_review(article: Article, *, by: "User", on: date, digest: str = "") -> None:
    """Say that `by` reviewed the text that they were asked to read, or else the published one.

    NotAllowed if they may not. `digest` is of the text that they had before them: NotAllowed where it is
    another one by now.
    """
    row = locked(article)
    check_may_review(row, by)
    text = row.asked or row.published or row.newest()
    if digest and digest != text.digest:
        raise NotAllowed(_("“%s” has changed since you opened it. Read it again.") % row.title)
    Review.objects.create(revision=text, reviewer=by, writer=text.by, on=on, next_due=on + REVIEW_INTERVAL)
    if row.status in PUBLIC:
        row.asked = None
    if row.published and text.digest == row.published.digest:
        row.reviewer, row.last_reviewed, row.next_review_due = by, on, on + REVIEW_INTERVAL
        row.reviewed_digest = text.digest
        if row.status == Status.REVIEW_DUE:
            row.status = Status.PUBLISHED
    store(row, *REVIEW, "status", "asked")
    record(row, StepKind.REVIEWED, by=by, number=text.number, fields=["reviewer", "last_reviewed"])
    article.refresh_from_db()


def check_may_review(article: Article, user: "User") -> None:
    """NotAllowed unless `user` is a medical reviewer with a name to publish who wrote none of the texts."""
    if not user.has_perm("education.review_article"):
        raise NotAllowed(_("Only a medical reviewer can record a review."))
    if user.pk in (article.author_id, article.editor_id) or article.revisions.filter(by=user).exists():
        raise NotAllowed(_("You wrote or changed “%s”. Somebody else must review it.") % article.title)
    if not user.get_full_name():
        raise NotAllowed(_("Readers see the reviewer’s name: yours is missing from your account."))
    if article.status in (Status.DRAFT, Status.WITHDRAWN):
        raise NotAllowed(_("“%s” is not in review or published.") % article.title)


@transaction.atomic
def record_translation_review(article: Article, *, by: "User", on: date, digest: str = "") -> None:
    """Say that `by` compared the published translation with its source; NotAllowed if they may not."""
    row = locked(article)
    if not by.has_perm("education.review_translation"):
        raise NotAllowed(_("Only somebody with that right can record the review of a translation."))
    if not row.translated_from or row.published is None:
        raise NotAllowed(_("“%s” is not a translation that is published.") % row.title)
    if row.revisions.filter(by=by).exists():
        raise NotAllowed(_("You wrote or changed “%s”. Somebody else must review it.") % row.title)
    if digest and digest != row.digest:
        raise NotAllowed(_("“%s” has changed since you opened it. Read it again.") % row.title)
    row.translation_reviewer, row.translation_reviewed, row.translation_digest = by, on, row.digest
    store(row, *TRANSLATION_REVIEW)
    record(row, StepKind.TRANSLATION_REVIEWED, by=by, number=row.published.number, fields=TRANSLATION_REVIEW)
    article.refresh_from_db()
