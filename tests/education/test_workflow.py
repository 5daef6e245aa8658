from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction
from django.utils import timezone

from education import services
from education.choices import PUBLIC, TRANSITIONS, ReviewState, Status
from education.documents import Document, Reference
from education.models import Article
from portal.audit import AuditEntry
from portal.models import User
from tests.education.test_pages import a_document

TODAY = date(2027, 1, 15)


SAME = "the digest of what is published"
# What the database takes as a whole claim, if only the rest is true.
REVIEWED: dict[str, Any] = {
    "reviewer": True,
    "last_reviewed": TODAY,
    "next_review_due": TODAY + timedelta(1),
    "reviewed_digest": SAME,
}


def other_words(article: Article, body: str = "Other words [@1].") -> Document:
    document = article.newest().document()
    return replace(document, sections=(replace(document.sections[0], body=body),))


def change(article: Article, *, by: User | None = None, body: str = "Other words [@1].") -> None:
    """Save other words and give them to readers."""
    revision = services.save(article, other_words(article, body), by=by)
    services.publish(article, number=revision.number, by=by, now=timezone.now())


@pytest.fixture
def reviewer(db: None) -> User:
    user = User.objects.create_user("reviewer", first_name="Rosa", last_name="Test")
    user.user_permissions.add(Permission.objects.get(codename="review_article"))
    return user


@pytest.fixture
def published(db: None) -> Article:
    return services.add(a_document(), status=Status.PUBLISHED, by=None)


def test_every_status_stands_in_the_table_of_transitions() -> None:
    assert set(TRANSITIONS) == set(Status)
    assert set(Status) >= PUBLIC


@pytest.mark.parametrize("old", Status)
@pytest.mark.parametrize("new", Status)
def test_only_the_tables_transitions_happen(db: None, old: Status, new: Status) -> None:
    article = services.add(a_document(), status=Status.DRAFT, by=None)
    Article.objects.update(status=old, published_at=timezone.now(), published=article.newest())
    if new in TRANSITIONS[old]:
        services.change_status(article, new, by=None)
        assert article.status == new
        step = article.steps.first()
        assert step is not None
        assert AuditEntry.objects.filter(action=f"article {step.kind}").exists()
    else:
        with pytest.raises(services.NotAllowed):
            services.change_status(article, new, by=None)
        article.refresh_from_db()
        assert article.status == old


def test_the_status_is_checked_as_it_is_now_not_as_it_was_read(published: Article) -> None:
    stale = Article.objects.get(pk=published.pk)
    services.change_status(published, Status.WITHDRAWN, by=None)
    with pytest.raises(services.NotAllowed):
        services.change_status(stale, Status.REVIEW_DUE, by=None)


def test_an_article_with_a_dead_citation_is_not_published(db: None) -> None:
    article = services.add(replace(a_document(), references=()), status=Status.DRAFT, by=None)
    with pytest.raises(services.NotAllowed, match="1"):
        services.change_status(article, Status.PUBLISHED, by=None)


def test_a_review_is_shown_with_its_reviewer_and_its_end(
    published: Article, reviewer: User, client: Any
) -> None:
    services.record_review(published, by=reviewer, on=TODAY)
    assert published.review_state(TODAY) == ReviewState.REVIEWED
    assert published.review_state(TODAY + timedelta(days=366)) == ReviewState.OVERDUE
    page = client.get("/education/another/").content.decode()
    assert "Medical review: by Rosa Test on Jan. 15, 2027" in page
    assert "pending" not in page


def test_a_review_leads_back_from_review_due(published: Article, reviewer: User) -> None:
    services.change_status(published, Status.REVIEW_DUE, by=None)
    services.record_review(published, by=reviewer, on=TODAY)
    assert published.status == Status.PUBLISHED


def test_a_change_of_the_words_withdraws_the_review(published: Article, reviewer: User, client: Any) -> None:
    services.record_review(published, by=reviewer, on=TODAY)
    services.save(published, published.document(), by=None)
    assert published.reviewer == reviewer  # nothing has changed yet
    services.save(published, other_words(published), by=None)
    assert published.reviewer == reviewer  # readers still get what was reviewed
    services.publish(published, number=2, by=None, now=timezone.now())
    assert published.reviewer is None
    assert "Medical review: pending" in client.get("/education/another/").content.decode()


def test_whoever_wrote_or_changed_it_can_not_review_it(reviewer: User) -> None:
    reviewer.user_permissions.add(
        *Permission.objects.filter(codename__in=["add_article", "change_article", "publish_article"])
    )
    written = services.add(a_document("written"), status=Status.PUBLISHED, by=reviewer)
    changed = services.add(a_document("changed"), status=Status.PUBLISHED, by=None)
    change(changed, by=reviewer)
    change(changed, body="Somebody else’s words [@1].")
    for article in (written, changed):
        with pytest.raises(services.NotAllowed):
            services.record_review(article, by=reviewer, on=TODAY)


def test_only_a_medical_reviewer_with_a_name_reviews(published: Article, reviewer: User) -> None:
    with pytest.raises(services.NotAllowed):
        services.record_review(published, by=User.objects.create_user("other", first_name="O"), on=TODAY)
    reviewer.first_name = reviewer.last_name = ""
    with pytest.raises(services.NotAllowed):
        services.record_review(published, by=reviewer, on=TODAY)


def test_a_draft_is_not_reviewed(reviewer: User) -> None:
    draft = services.add(a_document(), status=Status.DRAFT, by=None)
    with pytest.raises(services.NotAllowed):
        services.record_review(draft, by=reviewer, on=TODAY)


def test_a_whole_claim_stands(published: Article, reviewer: User) -> None:
    claim = REVIEWED | {"reviewer": reviewer, "reviewed_digest": published.digest}
    assert Article.objects.filter(pk=published.pk).update(**claim) == 1


@pytest.mark.parametrize("claim", [
    {"last_reviewed": TODAY},
    {"next_review_due": TODAY},
    {"reviewer": True},
    {"reviewer": True, "last_reviewed": TODAY},
    {"reviewer": True, "last_reviewed": TODAY, "next_review_due": TODAY},
    REVIEWED | {"author": True},
    REVIEWED | {"editor": True},
    REVIEWED | {"reviewed_digest": "of another text"},
    REVIEWED | {"digest": "of another text"},
    {"translation_reviewer": True, "translation_reviewed": TODAY, "translation_digest": "of another text"},
    {"publish_at": timezone.now()},
    {"published": None},
    {"status": "reviewed"},
    {"published_at": None},
])  # fmt: skip
def test_the_database_itself_refuses_a_false_claim(
    published: Article, reviewer: User, claim: dict[str, Any]
) -> None:
    values = {name: reviewer if value is True else value for name, value in claim.items()}
    if values.get("reviewed_digest") is SAME:
        values["reviewed_digest"] = published.digest
    with pytest.raises(IntegrityError), transaction.atomic():
        Article.objects.filter(pk=published.pk).update(**values)


def test_the_stamp_follows_everything_that_readers_see(published: Article, reviewer: User) -> None:
    stamps = [Article.objects.stamp()]
    services.record_review(published, by=reviewer, on=TODAY)
    stamps.append(Article.objects.stamp())
    change(published)
    stamps.append(Article.objects.stamp())
    services.change_status(published, Status.WITHDRAWN, by=None)
    stamps.append(Article.objects.stamp())
    services.add(a_document("third"), status=Status.DRAFT, by=None)
    stamps.append(Article.objects.stamp())
    assert len(set(stamps)) == len(stamps)


def test_what_is_due_for_review_is_found(published: Article, reviewer: User) -> None:
    assert published in Article.objects.overdue_for_review()
    services.record_review(published, by=reviewer, on=timezone.localdate())
    assert published not in Article.objects.overdue_for_review()
    Article.objects.update(last_reviewed=date(2020, 1, 1), next_review_due=date(2021, 1, 1))
    assert published in Article.objects.overdue_for_review()


def test_a_reference_shows_what_is_to_be_checked(db: None, client: Any) -> None:
    document = a_document()
    marked = Reference(2, "Doubtful book", "review", to_be_checked=True, note="The year is unsure.")
    services.add(
        type(document)(**{**vars(document), "references": (*document.references, marked)}),
        status=Status.PUBLISHED,
        by=None,
    )
    page = client.get("/education/another/").content.decode()
    assert '<span class="badge">to be checked</span> <small>The year is unsure.</small>' in page


@pytest.fixture
def editor(db: None) -> User:
    user = User.objects.create_user("editor", first_name="Ed", last_name="Test")
    user.user_permissions.set(
        Permission.objects.filter(codename__in=["add_article", "change_article", "publish_article"])
    )
    return user


def test_services_refuse_whoever_lacks_the_right_whatever_way_they_come(
    published: Article, reviewer: User, editor: User
) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    for status in (Status.WITHDRAWN, Status.REVIEW_DUE):
        with pytest.raises(services.NotAllowed, match="role"):
            services.change_status(published, status, by=reviewer)
    with pytest.raises(services.NotAllowed, match="role"):
        services.add(a_document("third"), status=Status.PUBLISHED, by=reviewer)
    with pytest.raises(services.NotAllowed, match="role"):
        services.save(published, other_words(published), by=reviewer)
    services.save(published, other_words(published), by=editor)
    with pytest.raises(services.NotAllowed, match="role"):
        services.publish(published, number=2, by=reviewer, now=timezone.now())
    with pytest.raises(services.NotAllowed, match="role"):
        services.schedule(published, number=2, at=tomorrow, by=reviewer, now=timezone.now())
    services.ask_for_review(published, by=editor)
    with pytest.raises(services.NotAllowed, match="role"):
        services.return_to_author(published, by=editor)
    services.schedule(published, number=2, at=tomorrow, by=editor, now=timezone.now())
    with pytest.raises(services.NotAllowed, match="role"):
        services.unschedule(published, by=reviewer)


def test_a_reviewer_who_brings_the_reviewed_text_back_does_not_vouch_for_it(
    published: Article, reviewer: User, editor: User
) -> None:
    services.record_review(published, by=reviewer, on=TODAY)
    change(published, by=editor)
    reviewer.user_permissions.add(*editor.user_permissions.all())
    reviewer = User.objects.get(pk=reviewer.pk)
    revision = services.restore(published, 1, opened=2, by=reviewer)
    services.publish(published, number=revision.number, by=editor, now=timezone.now())
    assert published.document().digest() == published.revisions.get(number=1).digest
    assert published.review_state(TODAY) == ReviewState.PENDING


def test_the_same_text_published_again_by_its_reviewer_is_not_reviewed(
    published: Article, reviewer: User, editor: User
) -> None:
    services.record_review(published, by=reviewer, on=TODAY)
    reviewer.user_permissions.add(*editor.user_permissions.all())
    reviewer = User.objects.get(pk=reviewer.pk)
    services.save(published, other_words(published), by=reviewer)
    services.restore(published, 1, opened=2, by=reviewer)
    services.publish(published, number=3, by=reviewer, now=timezone.now())
    assert published.review_state(TODAY) == ReviewState.PENDING
