from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from education import services
from education.choices import Status
from education.models import Article
from portal.models import User
from tests.education.editing import do
from tests.education.page import ADDRESS
from tests.education.test_pages import a_document

LIST = "/admin/education/article/"


@pytest.fixture
def admin(client: Any, staff: Callable[[str], Any], sign_in: Callable[[Any, Any], None]) -> Any:
    user = staff("admin")
    sign_in(client, user)
    return user


@pytest.fixture
def sign_in_with(
    client: Any, staff: Callable[..., Any], sign_in: Callable[[Any, Any], None]
) -> Callable[..., User]:
    """Sign in a member of staff who has these rights over articles, whatever else their role brings."""

    def sign_in_with(*rights: str, **names: str) -> User:
        user = staff("auditor", "test-" + "-".join(rights))
        for right in rights:
            user.user_permissions.add(Permission.objects.get(codename=f"{right}_article"))
        for name, value in names.items():
            setattr(user, name, value)
        user.save()
        sign_in(client, user)
        return user

    return sign_in_with


def form_of(client: Any, article: Article) -> dict[str, Any]:
    """The change form as a browser would post it back unchanged."""
    response = client.get(reverse("admin:education_article_change", args=[article.pk]))
    assert response.status_code == 200
    data: dict[str, Any] = {}
    forms = [response.context["adminform"].form]
    for inline in response.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            if value not in (None, False):
                data[bound.html_name] = value
    return data


def post(client: Any, article: Article, data: dict[str, Any]) -> Any:
    return client.post(reverse("admin:education_article_change", args=[article.pk]), data)


def act(client: Any, action: str, *articles: Article) -> str:
    data = {"action": action, "_selected_action": [a.pk for a in articles]}
    return client.post(LIST, data, follow=True).content.decode()


def test_the_list_shows_status_and_what_is_due_in_few_queries(
    article: Article, client: Any, admin: User, django_assert_max_num_queries: Any
) -> None:
    for n in range(20):
        services.add(a_document(f"draft-{n}"), status=Status.DRAFT, by=None)
    client.get(LIST)
    # Session, account, device, count twice, rows, facets' lookups.
    with django_assert_max_num_queries(10):
        page = client.get(LIST).content.decode()
    assert "Pending" in page
    page = client.get(f"{LIST}?review=due").content.decode()
    assert article.title in page
    assert "draft-3" not in page


def test_actions_keep_to_the_rules_one_article_at_a_time(article: Article, client: Any, admin: User) -> None:
    draft = services.add(a_document(), status=Status.DRAFT, by=None)
    page = act(client, "withdraw", article, draft)
    assert "can’t become withdrawn" in page
    assert "1 article changed" in page
    article.refresh_from_db()
    draft.refresh_from_db()
    assert (article.status, draft.status) == (Status.WITHDRAWN, Status.DRAFT)


def test_a_reviewer_records_a_review_but_publishes_nothing(
    article: Article, client: Any, sign_in_with: Callable[..., User], get: Callable[[str], str]
) -> None:
    sign_in_with("view", "review", first_name="Rosa", last_name="Test")
    act(client, "record_review", article)
    assert "Medical review: pending" in get(ADDRESS)  # never from the list, without the text
    do(client, article, "review", digest=article.digest)
    assert "Medical review: by Rosa Test" in get(ADDRESS)
    act(client, "withdraw", article)
    article.refresh_from_db()
    assert article.status == Status.PUBLISHED


def test_who_may_only_view_changes_nothing(
    article: Article, client: Any, sign_in_with: Callable[..., User]
) -> None:
    sign_in_with("view")
    address = reverse("admin:education_article_change", args=[article.pk])
    assert client.get(address).status_code == 200
    assert client.post(address, {"title": "Mine"}).status_code == 403


def test_what_readers_have_seen_is_not_deleted(article: Article, client: Any, admin: User) -> None:
    draft = services.add(a_document(), status=Status.DRAFT, by=None)
    assert (
        client.post(reverse("admin:education_article_delete", args=[article.pk]), {"post": "yes"}).status_code
        == 403
    )
    assert (
        client.post(reverse("admin:education_article_delete", args=[draft.pk]), {"post": "yes"}).status_code
        == 302
    )
    left = Article.objects.filter(pk__in=[article.pk, draft.pk])
    assert list(left) == [article]
