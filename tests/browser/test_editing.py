"""An article's page in a browser: the preview beside the form, two editors at once, and open to everybody."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from education.models import Article
from tests.browser.accessibility import violations

LIST = "/admin/education/article/"


@pytest.fixture
def opened(
    article: None,
    staff: Callable[..., Any],
    sign_in: Callable[[Any, Any], None],
    new_context: Callable[..., Any],
    live_url: str,
) -> Callable[..., Any]:
    """A page of a browser of its own on the first article, for somebody with that role."""

    def opened(role: str, name: str, **options: Any) -> Any:
        client, user = Client(), staff(role, name)
        user.first_name, user.last_name = name.title(), "Test"
        user.save()
        sign_in(client, user)
        context = new_context(**options)
        cookies = client.cookies.items()
        context.add_cookies([{"name": n, "value": c.value, "url": live_url} for n, c in cookies])
        page = context.new_page()
        page.goto(live_url + place())
        return page

    return opened


def the_article() -> Article:
    return Article.objects.get(slug="ivig-for-polymyositis", language="en")


def place() -> str:
    return reverse("admin:education_article_change", args=[the_article().pk])


def test_the_preview_follows_what_is_typed_and_leads_to_where_it_is_written(
    opened: Callable[..., Any],
) -> None:
    page = opened("editor", "ana")
    text = page.locator("#id_text")
    words = "## First {#first patient}\n\nNew **words** [@999].\n\n<img src=x onerror=alert(1)>\n"
    text.fill(words)
    beside = page.locator("#beside")
    expect(beside.locator(".preview strong", has_text="words")).to_be_visible()
    expect(beside.locator("img")).to_have_count(0)
    finding = beside.locator(".finding--blocks").first
    expect(finding).to_contain_text("999")
    finding.locator("a").click()
    selected = "element => element.value.slice(element.selectionStart, element.selectionEnd)"
    assert text.evaluate(selected) == "## First {#first patient}"
    assert the_article().revisions.count() == 1


def test_the_later_of_two_editors_is_told_and_both_texts_stay(opened: Callable[..., Any]) -> None:
    ana, ben = opened("editor", "ana"), opened("editor", "ben")
    ana.fill("#id_summary", "What Ana wrote.")
    ben.fill("#id_summary", "What Ben wrote.")
    ben.fill("#id_note", "A shorter answer.")
    ana.get_by_role("button", name="Save", exact=True).click()
    expect(ana.get_by_text("Saved as revision 2")).to_be_visible()

    ben.get_by_role("button", name="Save", exact=True).click()
    alert = ben.get_by_role("alert")
    expect(alert).to_contain_text("Somebody else has saved this article")
    expect(alert).to_be_focused()
    expect(ben.locator("#id_summary")).to_have_value("What Ben wrote.")
    expect(ben.get_by_role("heading", name="What Ana Test saved meanwhile")).to_be_visible()
    expect(ben.locator(".meanwhile ins").first).to_contain_text("What")
    assert the_article().newest().document().summary == "What Ana wrote."

    ben.get_by_role("button", name="Save", exact=True).click()
    expect(ben.get_by_text("Saved as revision 3")).to_be_visible()
    assert [text.document().summary for text in the_article().revisions.all()][:2] == [
        "What Ben wrote.",
        "What Ana wrote.",
    ]
    ben.get_by_role("link", name="What it changes").click()
    expect(ben.locator(".words").first).to_contain_text("Ben")


def test_without_javascript_the_preview_is_a_page_and_saving_works(opened: Callable[..., Any]) -> None:
    page = opened("editor", "ana", java_script_enabled=False)
    page.fill("#id_summary", "What Ana wrote.")
    with page.context.expect_page() as shown:
        page.get_by_role("button", name="Preview as a page").click()
    expect(shown.value.get_by_text("Readers do not see this")).to_be_visible()
    expect(shown.value.get_by_text("What Ana wrote.")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved as revision 2")).to_be_visible()


def test_from_draft_to_publication_by_two_people(opened: Callable[..., Any], live_url: str) -> None:
    editor = opened("editor", "ana")
    editor.fill("#id_summary", "A better answer.")
    editor.fill("#id_note", "A better answer at the top.")
    editor.get_by_role("button", name="Save", exact=True).click()
    expect(editor.get_by_text("Saved as revision 2")).to_be_visible()
    editor.get_by_role("button", name="Send to medical review").click()
    expect(editor.get_by_text("Sent to medical review.")).to_be_visible()
    reviewer = opened("reviewer", "rosa")
    expect(reviewer.locator("textarea")).to_have_count(0)
    reviewer.get_by_role("button", name="Record my medical review").click()
    expect(reviewer.get_by_text("Review recorded.")).to_be_visible()
    editor.reload()
    editor.get_by_role("button", name="Publish now").click()
    expect(editor.get_by_text("Readers get revision 2")).to_be_visible()
    editor.goto(f"{live_url}/education/ivig-for-polymyositis/?fresh")
    expect(editor.get_by_text("Rosa Test").first).to_be_visible()
    expect(editor.get_by_text("A better answer at the top.")).to_have_count(1)


@pytest.mark.parametrize("role", ["editor", "reviewer"])
def test_axe_finds_nothing_on_the_pages_of_an_article(
    opened: Callable[..., Any], live_url: str, role: str
) -> None:
    page = opened(role, "ana")
    pk = the_article().pk
    places = [place(), LIST, reverse("admin:education_article_compare", args=[pk, 1, 1])]
    if role == "editor":
        places += [reverse("admin:education_article_import"), reverse("admin:education_article_add")]
    found = []
    for address in places:
        page.goto(live_url + address)
        # Axe can't tell what is drawn below a drawing's words; the readers' page is looked at for that.
        page.evaluate("document.querySelectorAll('.preview svg').forEach(drawing => drawing.remove())")
        for scheme, width in (("light", 1280), ("dark", 360)):
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme)
            found += [f"{address} {scheme} {width}: {line}" for line in violations(page, in_columns=True)]
            if page.evaluate("document.scrollingElement.scrollWidth") > width:
                found.append(f"{address} {width}: sticks out")
    assert found == []
