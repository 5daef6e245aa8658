"""Saving texts: each one is a new revision, and none is ever overwritten."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ..choices import Status, StepKind
from ..documents import Document
from ..models import Article, Revision
from .errors import ChangedMeanwhile, NotAllowed
from .keeping import locked, record, show, store
from .publishing import change_status
from .rights import check_may

if TYPE_CHECKING:
    from portal.models import User


@transaction.atomic
def add(document: Document, *, status: Status, by: "User | None", kind: StepKind = StepKind.SAVED) -> Article:
    """Store a new article; IntegrityError if its address is taken."""
    check_may(by, "add_article")
    article = Article(slug=document.slug, language=document.language, author=by, updated_at=timezone.now())
    article.save()
    revision = _append(article, document, by=by)
    store(article, *show(article, revision))
    record(article, kind, by=by, number=revision.number)
    article.refresh_from_db()
    if status != Status.DRAFT:
        change_status(article, status, by=by)
    return article


@transaction.atomic
def save(
    article: Article,
    document: Document,
    *,
    opened: int | None = None,
    note: str = "",
    by: "User | None",
    kind: StepKind = StepKind.SAVED,
    restored: int | None = None,
) -> Revision:
    """Append a revision; readers get it when it is published, at once where nothing ever was.

    `opened` is the number of the revision that the text was made from: ChangedMeanwhile where another has
    been saved since. The same text again adds nothing, so that a double click is no conflict. What a reviewer
    was asked to read is another text now: the article goes back to its author.
    """
    check_may(by, "change_article")
    row = locked(article)
    newest = row.newest()
    digest = document.digest()
    if (document.slug, document.language) != (row.slug, row.language):
        raise NotAllowed(_("An address that readers know doesn’t move. Add a new article instead."))
    if digest == newest.digest:
        return newest
    if opened is not None and opened != newest.number:
        raise ChangedMeanwhile(
            _(
                "Somebody else has saved this article since you opened it, so nothing was saved. What you "
                "typed still stands below. See what changed, then save again to put your text on top of it."
            )
        )
    revision = _append(row, document, by=by, note=note, restored=restored)
    fields = ["asked", "status"]
    row.asked = None
    if row.status == Status.IN_REVIEW:
        row.status = Status.DRAFT
    if row.published is None:
        fields += [*show(row, revision), "updated_at"]
        row.updated_at = revision.at
    store(row, *fields)
    record(row, kind, by=by, number=revision.number, remark=note)
    article.refresh_from_db()
    return revision


def restore(article: Article, number: int, *, opened: int, by: "User | None") -> Revision:
    """Bring an earlier text back, as a new revision."""
    earlier = article.revisions.get(number=number)
    return save(
        article,
        earlier.document(),
        opened=opened,
        note=_("Brings back revision %d.") % number,
        by=by,
        kind=StepKind.RESTORED,
        restored=number,
    )


def _append(
    article: Article,
    document: Document,
    *,
    by: "User | None",
    note: str = "",
    restored: int | None = None,
) -> Revision:
    newest = article.revisions.order_by("-number").first()
    return Revision.objects.create(
        article=article,
        number=newest.number + 1 if newest else 1,
        content=document.content(),
        digest=document.digest(),
        note=note,
        by=by,
        at=timezone.now(),
        restored=restored,
    )
