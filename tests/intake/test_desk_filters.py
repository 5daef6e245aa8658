"""Views of the board under a name: only what the board understands is kept, for oneself or for all."""

import pytest

from intake.models import SavedFilter
from tests.intake.requests import submit

pytestmark = pytest.mark.django_db

FILTERS, LIST = "/admin/triage/filters/", "/admin/triage/"


def test_a_view_is_saved_listed_and_opened(desk_client):
    response = desk_client.post(f"{FILTERS}?language=es&show=overdue", {"name": " Spanish, late "})
    assert (response.status_code, response["Location"]) == (303, f"{LIST}?language=es&show=overdue")
    kept = SavedFilter.objects.get()
    assert (kept.name, kept.address, kept.shared) == ("Spanish, late", "?language=es&show=overdue", False)
    page = desk_client.get(LIST + kept.address)
    assert [one.name for one in page.context["saved"]] == ["Spanish, late"]
    assert 'href="?language=es&amp;show=overdue" aria-current="page"' in page.content.decode()


def test_nothing_is_kept_but_what_the_board_understands(desk_client):
    desk_client.post(f"{FILTERS}?language=es&q=Rivera&priority=no&next=//evil.example&page=7", {"name": "A"})
    assert SavedFilter.objects.get().address == "?language=es"


def test_the_same_name_again_replaces_the_view(desk_client):
    desk_client.post(f"{FILTERS}?language=es", {"name": "A"})
    desk_client.post(f"{FILTERS}?language=ko", {"name": "A", "shared": "on"})
    assert [(one.address, one.shared) for one in SavedFilter.objects.all()] == [("?language=ko", True)]


@pytest.mark.parametrize("name", ["", "x" * 61, "a\0b"])
def test_a_name_that_can_t_be_kept_comes_back_with_why(desk_client, name):
    response = desk_client.post(f"{FILTERS}?language=es", {"name": name})
    assert response.status_code == 422
    assert response.context["form"].errors["name"]
    assert not SavedFilter.objects.exists()


def test_a_shared_view_is_seen_by_all_and_deleted_by_its_maker_only(desk_client, client, staff, sign_in):
    desk_client.post(f"{FILTERS}?language=es", {"name": "Private"})
    desk_client.post(f"{FILTERS}?language=ko", {"name": "Shared", "shared": "on"})
    sign_in(client, staff("lead", "bob"))
    assert [one["name"] for one in client.get(FILTERS).context["saved"]] == ["Shared"]
    assert [one.name for one in client.get(LIST).context["saved"]] == ["Shared"]
    for pk in SavedFilter.objects.values_list("pk", flat=True):
        assert client.post(FILTERS, {"delete": pk}).status_code == 303
    assert SavedFilter.objects.count() == 2


def test_one_s_own_is_deleted_and_a_second_click_is_no_error(desk_client):
    desk_client.post(f"{FILTERS}?language=es", {"name": "A"})
    pk = SavedFilter.objects.get().pk
    for given in (pk, pk, "x", "9" * 40, ""):
        assert desk_client.post(FILTERS, {"delete": given}).status_code == 303
    assert not SavedFilter.objects.exists()


def test_a_shared_view_shows_no_more_than_one_s_own_queues(client, staff, sign_in, ann):
    from intake.models import Queue

    SavedFilter.objects.create(
        owner=ann, name="New", address="?queue=new-patients", shared=True, made_at="2026-11-18T18:00Z"
    )
    submit()
    Queue.objects.get(slug="new-patients").staff_groups.clear()
    sign_in(client, staff("pharmacist", "bob"))
    response = client.get(f"{LIST}?queue=new-patients")
    assert {row.queue for row in response.context["rows"]} == {"Current patients"}


def test_who_sees_no_requests_saves_no_views(client, staff, sign_in):
    sign_in(client, staff("editor"))
    assert client.get(FILTERS).status_code == 403
    assert client.post(f"{FILTERS}?language=es", {"name": "A"}).status_code == 403
