"""Who may do what to an article, through HTTP, and from which status."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from education import services
from education.choices import PUBLIC, Status
from education.models import Article
from portal.models import User
from tests.education.editing import address, do, form_of
from tests.education.test_pages import a_document

LIST = "/admin/education/article/"
READERS = {"editor", "reviewer", "lead", "auditor", "admin"}
EDITORS = {"editor", "admin"}
REVIEWERS = {"reviewer", "admin"}
ROLES = ("frontdesk", "pharmacist", "lead", "editor", "reviewer", "auditor", "admin")

# Each action, who may do it, and from which statuses it leads to which.
MATRIX: dict[str, tuple[set[str], dict[Status, Status]]] = {
    "ask": (
        EDITORS,
        {
            Status.DRAFT: Status.IN_REVIEW,
            Status.PUBLISHED: Status.PUBLISHED,
            Status.REVIEW_DUE: Status.REVIEW_DUE,
        },
    ),
    "return": (REVIEWERS, {Status.IN_REVIEW: Status.DRAFT}),
    "review": (
        REVIEWERS,
        {
            Status.IN_REVIEW: Status.IN_REVIEW,
            Status.PUBLISHED: Status.PUBLISHED,
            Status.REVIEW_DUE: Status.PUBLISHED,
        },
    ),
    "publish": (EDITORS, {Status.DRAFT: Status.PUBLISHED, Status.IN_REVIEW: Status.PUBLISHED}),
    "review-due": (EDITORS, {Status.PUBLISHED: Status.REVIEW_DUE}),
    "withdraw": (EDITORS, dict.fromkeys(PUBLIC, Status.WITHDRAWN)),
    "draft": (EDITORS, {Status.IN_REVIEW: Status.DRAFT, Status.WITHDRAWN: Status.DRAFT}),
}


@pytest.fixture
def signed_in(
    client: Any, staff: Callable[..., User], sign_in: Callable[[Any, Any], None]
) -> Callable[[str], User]:
    def signed_in(role: str) -> User:
        user = staff(role)
        user.first_name, user.last_name = "Rosa", "Test"
        user.save()
        sign_in(client, user)
        return user

    return signed_in


def an_article(status: Status, slug: str = "another") -> Article:
    article = services.add(a_document(slug), status=Status.DRAFT, by=None)
    ways = {
        Status.DRAFT: [],
        Status.IN_REVIEW: [Status.IN_REVIEW],
        Status.PUBLISHED: [Status.PUBLISHED],
        Status.REVIEW_DUE: [Status.PUBLISHED, Status.REVIEW_DUE],
        Status.WITHDRAWN: [Status.PUBLISHED, Status.WITHDRAWN],
    }
    for step in ways[status]:
        services.change_status(article, step, by=None)
    return article


@pytest.mark.parametrize("role", ROLES)
def test_each_role_does_what_it_may_and_nothing_else(
    db: None, client: Any, signed_in: Callable[[str], User], role: str
) -> None:
    signed_in(role)
    for action, (roles, ways) in MATRIX.items():
        for status in Status:
            article = an_article(status, f"{action}-{status}".replace("_", "-"))
            steps = article.steps.count()
            response = do(client, article, action, number=1)
            article.refresh_from_db()
            case = (role, action, status)
            if role not in roles:
                assert response.status_code == 403, case
                assert article.status == status, case
                assert article.steps.count() == steps, case
            elif status in ways:
                assert article.status == ways[status], case
                assert article.steps.count() == steps + 1, case
            else:
                assert article.status == status, case
                assert article.steps.count() == steps, case


@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_and_edits_what_it_may(
    db: None, client: Any, signed_in: Callable[[str], User], role: str
) -> None:
    article = an_article(Status.DRAFT)
    signed_in(role)
    reading = 200 if role in READERS else 403
    editing = 200 if role in EDITORS else 403
    looks = {
        LIST: reading,
        address(article): reading,
        address(): editing,
        reverse("admin:education_article_page", args=[article.pk, 1]): reading,
        reverse("admin:education_article_compare", args=[article.pk, 1, 1]): reading,
        reverse("admin:education_article_export", args=[article.pk, 1]): reading,
        reverse("admin:education_article_import"): editing,
    }
    for place, status in looks.items():
        assert client.get(place).status_code == status, place
    assert client.post(address(article), {"title": "Mine"}).status_code == editing
    assert client.post(reverse("admin:education_article_preview", args=[article.pk])).status_code == editing
    assert article.revisions.count() == 1


def test_a_stranger_is_asked_to_sign_in(db: None, client: Any) -> None:
    article = an_article(Status.DRAFT)
    for name, args in (("page", [1]), ("export", [1]), ("compare", [1, 1]), ("do", ["publish"])):
        place = reverse(f"admin:education_article_{name}", args=[article.pk, *args])
        answer = client.post(place)
        assert answer.status_code == 403
        assert "Sign in" in answer.content.decode()
        assert client.get(place).status_code == 302


def test_nothing_happens_on_a_visit(db: None, client: Any, signed_in: Callable[[str], User]) -> None:
    article = an_article(Status.DRAFT)
    signed_in("admin")
    for action in MATRIX:
        place = reverse("admin:education_article_do", args=[article.pk, action])
        assert client.get(place).status_code == 405
    assert do(client, article, "no-such").status_code == 404


def test_nobody_reviews_what_they_wrote(db: None, client: Any, signed_in: Callable[[str], User]) -> None:
    user = signed_in("admin")
    article = services.add(a_document(), status=Status.IN_REVIEW, by=user)
    page = do(client, article, "review").content.decode()
    assert "Somebody else must review it" in page
    article.refresh_from_db()
    assert article.reviewer is None


def test_a_review_speaks_of_the_text_that_was_read(
    db: None, client: Any, signed_in: Callable[[str], User]
) -> None:
    article = an_article(Status.PUBLISHED)
    signed_in("reviewer")
    page = do(client, article, "review", digest="of another text").content.decode()
    assert "has changed since you opened it" in page
    do(client, article, "review", digest=article.digest)
    article.refresh_from_db()
    assert article.reviewer is not None
    assert article.reviewed_digest == article.digest


def test_a_text_is_reviewed_before_readers_get_it_and_published_with_its_review(
    db: None,
    client: Any,
    staff: Callable[..., User],
    signed_in: Callable[[str], User],
    get: Callable[[str], str],
) -> None:
    article = an_article(Status.PUBLISHED)
    editor = staff("editor", "ed")
    signed_in("reviewer")
    document = article.document()

    services.save(article, replace(document, summary="A better line."), note="Better.", by=editor)
    services.ask_for_review(article, by=editor)
    assert "A better line." not in get("/education/another/")
    assert article.asked is not None
    do(client, article, "review", digest=article.asked.digest)
    article.refresh_from_db()
    assert (article.reviewer, article.asked) == (None, None)  # readers still get the other text
    services.publish(article, number=2, by=editor, now=timezone.now())
    page = get("/education/another/")
    assert "A better line." in page
    assert "Rosa Test" in page
    assert article.last_reviewed == timezone.localdate()


def test_a_reviewer_looks_at_the_text_that_their_review_will_speak_of(
    db: None, client: Any, signed_in: Callable[[str], User]
) -> None:
    article = an_article(Status.PUBLISHED)
    services.save(article, replace(article.document(), summary="Not asked for yet."), by=None)
    signed_in("reviewer")
    assert "Not asked for yet." not in client.get(address(article)).content.decode()
    services.ask_for_review(article, by=None)
    assert "Not asked for yet." in client.get(address(article)).content.decode()


def test_an_edited_text_leaves_its_review(db: None, client: Any, signed_in: Callable[[str], User]) -> None:
    article = an_article(Status.IN_REVIEW)
    signed_in("admin")
    client.post(address(article), form_of(client, article) | {"summary": "Another line."})
    article.refresh_from_db()
    assert (article.status, article.asked) == (Status.DRAFT, None)


def test_what_is_scheduled_is_published_by_its_command_and_by_nothing_else(
    db: None, client: Any, signed_in: Callable[[str], User], get: Callable[[str], str], capsys: Any
) -> None:

    article = an_article(Status.DRAFT)
    signed_in("editor")
    at = timezone.localtime(timezone.now() + timedelta(hours=1))
    page = do(client, article, "schedule", number=1, at=f"{at:%Y-%m-%dT%H:%M}").content.decode()
    assert "is to be published on" in page
    assert (
        "in the future" in do(client, article, "schedule", number=1, at="2020-01-01T10:00").content.decode()
    )
    # A text that is saved afterwards doesn't go with it.
    client.post(address(article), form_of(client, article) | {"summary": "Saved later."})
    call_command("publish_scheduled")
    article.refresh_from_db()
    assert article.status == Status.DRAFT
    Article.objects.update(publish_at=timezone.now() - timedelta(minutes=1))
    assert client.get("/education/another/").status_code == 404
    assert "is the message worker running" in client.get(address(article)).content.decode()
    call_command("publish_scheduled")
    call_command("publish_scheduled")
    assert capsys.readouterr().out.count("Published: another (en).") == 1
    article.refresh_from_db()
    assert (article.status, article.publish_at, article.scheduled) == (Status.PUBLISHED, None, None)
    assert "One line." in get("/education/another/")
    assert "Saved later." not in get("/education/another/")


def test_what_can_not_be_published_when_its_time_comes_says_why(db: None, capsys: Any) -> None:

    article = an_article(Status.DRAFT)
    services.schedule(article, number=1, at=timezone.now() + timedelta(hours=1), by=None, now=timezone.now())
    services.change_status(article, Status.PUBLISHED, by=None)
    services.change_status(article, Status.WITHDRAWN, by=None)
    Article.objects.update(scheduled=article.newest(), publish_at=timezone.now())
    call_command("publish_scheduled")
    assert "can’t become published" in capsys.readouterr().err
    article.refresh_from_db()
    assert (article.status, article.scheduled) == (Status.WITHDRAWN, None)
    assert "can’t become published" in article.steps.first().remark  # type: ignore[union-attr]


def test_reviews_that_ran_out_are_marked_and_listed(
    db: None, client: Any, staff: Callable[..., User], capsys: Any
) -> None:

    reviewer = staff("reviewer")
    reviewer.first_name = "Rosa"
    article = an_article(Status.PUBLISHED)
    services.record_review(article, by=reviewer, on=timezone.localdate() - timedelta(days=366))
    services.add(a_document("never"), status=Status.PUBLISHED, by=None)
    call_command("review_due")
    call_command("review_due")
    lines = capsys.readouterr().out.splitlines()
    due = f"another (en): due since {article.next_review_due}"
    assert sorted(lines) == sorted([f"{due}, marked now", due, *["never (en): never reviewed"] * 2])
    article.refresh_from_db()
    assert article.status == Status.REVIEW_DUE
    # The page says so, and is read on.
    assert client.get("/education/another/").status_code == 200
