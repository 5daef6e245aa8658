from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from education import services
from education.choices import Status
from education.models import Article
from portal.models import User
from tests.education.test_pages import a_document


@pytest.mark.parametrize(("role", "sees"), [("editor", True), ("reviewer", True), ("frontdesk", False)])
def test_the_start_page_names_what_waits_for_somebody(
    client: Any,
    staff: Callable[..., User],
    sign_in: Callable[[Any, Any], None],
    django_assert_max_num_queries: Any,
    role: str,
    sees: bool,
) -> None:
    reviewer = staff("reviewer", "rosa")
    reviewer.first_name = "Rosa"
    for n in range(20):
        services.add(a_document(f"never-{n}"), status=Status.PUBLISHED, by=None)
    fresh = services.add(a_document("fresh"), status=Status.PUBLISHED, by=None)
    services.record_review(fresh, by=reviewer, on=date.today())
    late = services.add(a_document("late"), status=Status.PUBLISHED, by=None)
    services.record_review(late, by=reviewer, on=date(2020, 1, 1))
    services.add(a_document("asked"), status=Status.IN_REVIEW, by=None)
    sign_in(client, staff(role))
    client.get("/admin/")
    # Session, account, device, rights; the desk's counts; three lists of articles.
    with django_assert_max_num_queries(16):
        page = client.get("/admin/").content.decode()
    assert ("Title of never-3" in page) is sees
    assert ("review due since 2020-12-31" in page) is sees
    assert ("Title of asked" in page) is sees
    assert "Title of fresh" not in page
    assert Article.objects.get(slug="fresh").reviewer == reviewer
