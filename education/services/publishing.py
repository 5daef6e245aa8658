"""What readers get, and from when to when."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import checks
from ..choices import PUBLIC, RIGHTS, TRANSITIONS, Status, StepKind
from ..models import Article, Review, Revision
from ..search import indexing
from .errors import NotAllowed
from .keeping import PAGE, SCHEDULE, drop_schedule, locked, record, render, show, store
from .rights import check_may

if TYPE_CHECKING:
    from portal.models import User

# A page tells of its latest changes; all of them stand in its revisions.
MOST_UPDATES = 10
_STEPS = {
    Status.DRAFT: StepKind.RETURNED,
    Status.IN_REVIEW: StepKind.ASKED,
    Status.REVIEW_DUE: StepKind.REVIEW_DUE,
    Status.WITHDRAWN: StepKind.WITHDRAWN,
}


@transaction.atomic
def change_status(article: Article, to: Status, *, by: "User | None") -> None:
    """Move the article along TRANSITIONS.

    NotAllowed without the right to, and if there is no such way from where it stands now.
    """
    check_may(by, RIGHTS[to])
    row = locked(article)
    _check_way(row, to)
    if to == Status.PUBLISHED:
        _go_live(row, row.newest(), by=by, now=timezone.now())
    else:
        newest = row.newest()
        row.status = to
        row.asked = newest if to == Status.IN_REVIEW else None
        if to == Status.WITHDRAWN:
            drop_schedule(row)
        store(row, "status", "asked", *SCHEDULE)
        record(row, _STEPS[to], by=by, number=newest.number, fields=["status"])
    article.refresh_from_db()


@transaction.atomic
def publish(article: Article, *, number: int, by: "User | None", now: datetime) -> None:
    """Give readers the revision with this number; NotAllowed where another one has been saved since.

    A page that is open already stays open: only its text changes.
    """
    check_may(by, RIGHTS[Status.PUBLISHED])
    row = locked(article)
    newest = row.newest()
    if row.status not in PUBLIC:
        _check_way(row, Status.PUBLISHED)
    elif newest == row.published:
        raise NotAllowed(_("“%s” is published as it stands. There is nothing new to publish.") % row.title)
    if newest.number != number:
        raise NotAllowed(_("“%s” was saved again since you opened this page. Look at it again.") % row.title)
    _go_live(row, newest, by=by, now=now)
    article.refresh_from_db()


@transaction.atomic
def schedule(article: Article, *, number: int, at: datetime, by: "User | None", now: datetime) -> None:
    """Have this revision published at a time to come. Texts that are saved later don't go with it."""
    check_may(by, RIGHTS[Status.PUBLISHED])
    row = locked(article)
    revision = row.revisions.get(number=number)
    if row.status not in PUBLIC:
        _check_way(row, Status.PUBLISHED)
    elif revision == row.published:
        raise NotAllowed(_("“%s” is published as it stands. There is nothing new to publish.") % row.title)
    if at <= now:
        raise NotAllowed(_("The time to publish “%s” must be in the future.") % row.title)
    _check_ready(row, revision)
    row.scheduled, row.publish_at, row.scheduled_by = revision, at, by
    store(row, *SCHEDULE)
    when = timezone.localtime(at)
    record(row, StepKind.SCHEDULED, by=by, number=number, remark=f"{when:%Y-%m-%d %H:%M %Z}", fields=SCHEDULE)
    article.refresh_from_db()


@transaction.atomic
def unschedule(article: Article, *, by: "User | None") -> None:
    check_may(by, RIGHTS[Status.PUBLISHED])
    row = locked(article)
    if row.scheduled is None:
        return
    number = row.scheduled.number
    drop_schedule(row)
    store(row, *SCHEDULE)
    record(row, StepKind.UNSCHEDULED, by=by, number=number, fields=SCHEDULE)
    article.refresh_from_db()


def publish_due(*, now: datetime) -> tuple[list[Article], list[tuple[Article, str]]]:
    """Publish whatever is scheduled up to `now`: what was published, and what was refused with the reason.

    What is refused is scheduled no longer; its history says why.
    """
    done: list[Article] = []
    refused: list[tuple[Article, str]] = []
    for article in Article.objects.to_be_published(now):
        with transaction.atomic():
            row = locked(article)
            if row.scheduled is None or row.publish_at is None or row.publish_at > now:
                continue  # somebody was faster
            try:
                # What is refused undoes nothing but itself.
                with transaction.atomic():
                    if row.status not in PUBLIC:
                        _check_way(row, Status.PUBLISHED)
                    _go_live(row, row.scheduled, by=row.scheduled_by, now=now)
                done.append(row)
            except NotAllowed as reason:
                refused.append((row, str(reason)))
                row = locked(article)
                number = row.scheduled.number if row.scheduled else None
                drop_schedule(row)
                store(row, *SCHEDULE)
                record(row, StepKind.UNSCHEDULED, by=None, number=number, remark=str(reason)[:500])
    return done, refused


def mark_overdue(*, now: datetime) -> list[Article]:
    """Move every published article whose review has run out to "review due"; return those moved."""
    moved = []
    for article in Article.objects.past_their_review(timezone.localdate(now)):
        try:
            change_status(article, Status.REVIEW_DUE, by=None)
        except NotAllowed:
            continue  # somebody was faster
        moved.append(article)
    return moved


def render_all() -> int:
    """Bring stored pages up to what this version of the software makes of them; return how many changed.

    Words, dates and reviews stay as they are.
    """
    changed = 0
    for pk in Article.objects.values_list("pk", flat=True):
        with transaction.atomic():
            article = Article.objects.select_for_update().get(pk=pk)
            before = [getattr(article, name) for name in PAGE]
            render(article, article.document())
            if [getattr(article, name) for name in PAGE] != before:
                store(article, *PAGE)
                changed += 1
    indexing.add_missing()
    return changed


def _check_way(article: Article, to: Status) -> None:
    if to not in TRANSITIONS[Status(article.status)]:
        raise NotAllowed(
            _("“%(title)s” is %(now)s and can’t become %(to)s.")
            % {"title": article.title, "now": article.get_status_display().lower(), "to": to.label.lower()}
        )


def _check_ready(article: Article, revision: Revision) -> None:
    if problems := [finding for finding in checks.check(revision.document()) if finding.blocks]:
        words = " ".join(str(finding.text) for finding in problems)
        raise NotAllowed(
            _("“%(title)s” can’t be published yet. %(reasons)s") % {"title": article.title, "reasons": words}
        )


def _go_live(article: Article, revision: Revision, *, by: "User | None", now: datetime) -> None:
    """Give readers `revision`, with the review that speaks of this text if there is one."""
    _check_ready(article, revision)
    before = article.published
    fields = show(article, revision)
    if before is None or before.digest != revision.digest:
        article.updated_at = now
    if before is not None and before.digest != revision.digest:
        update = {
            "on": f"{timezone.localtime(now):%Y-%m-%d}",
            "note": _what_changed(article, before, revision),
        }
        article.updates = [update, *article.updates][:MOST_UPDATES]
    article.published = revision
    article.published_at = article.published_at or now
    reviews = Review.objects.filter(revision__article=article, revision__digest=revision.digest)
    # Whoever wrote it, or brought it here since, can't vouch for it.
    wrote = [pk for pk in (article.author_id, revision.by_id) if pk]
    review = reviews.exclude(reviewer__in=wrote).first()
    if review:
        article.reviewer, article.last_reviewed = review.reviewer, review.on
        article.next_review_due, article.reviewed_digest = review.next_due, revision.digest
    if article.status != Status.REVIEW_DUE or (review and review.next_due >= timezone.localdate(now)):
        article.status = Status.PUBLISHED
    article.asked = None
    drop_schedule(article)
    store(
        article, *fields, "published", "published_at", "updated_at", "updates", "status", "asked", *SCHEDULE
    )
    record(article, StepKind.PUBLISHED, by=by, number=revision.number, fields=["status"])


def _what_changed(article: Article, before: Revision, revision: Revision) -> str:
    """The notes of every text since the one that readers had, in order."""
    notes = (
        article.revisions.filter(number__gt=before.number, number__lte=revision.number)
        .exclude(note="")
        .order_by("number")
        .values_list("note", flat=True)
    )
    return " ".join(dict.fromkeys(notes))
