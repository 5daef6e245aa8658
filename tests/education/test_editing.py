from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from education import documents, services
from education.choices import Status
from education.documents import Figure, Term
from education.models import Article
from portal.models import User
from tests.education.editing import address, do, every_field, form_of, post
from tests.education.test_pages import a_document

PREVIEW = "admin:education_article_preview"
NASTY = "Fresh **words** [@1].\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1))"


@pytest.fixture
def editor(client: Any, staff: Callable[..., User], sign_in: Callable[[Any, Any], None]) -> User:
    user = staff("editor")
    sign_in(client, user)
    return user


@pytest.fixture
def published(db: None) -> Article:
    return services.add(a_document(), status=Status.PUBLISHED, by=None)


def text(body: str) -> str:
    return f"## Part 1 {{#part-1 patient}}\n\n{body}\n"


def test_saving_makes_a_revision_that_readers_get_once_it_is_published(
    published: Article, client: Any, editor: User, get: Callable[[str], str]
) -> None:
    data = form_of(client, published) | {"text": text(NASTY), "title": "A better title", "note": "New words."}
    assert post(client, published, data).status_code == 302
    assert "A better title" not in get("/education/another/")
    newest = published.newest()
    assert (newest.number, newest.by, newest.note) == (2, editor, "New words.")

    do(client, published, "publish", number=2)
    page = get("/education/another/")
    assert "Fresh <strong>words</strong>" in page
    assert "A better title" in page
    assert "<script>alert" not in page
    assert 'href="javascript' not in page
    published.refresh_from_db()
    assert published.updates == [{"on": f"{timezone.localdate():%Y-%m-%d}", "note": "New words."}]
    assert published.editor == editor


def test_a_form_that_is_sent_back_unchanged_changes_nothing(
    article: Article, client: Any, editor: User
) -> None:
    before = list(Article.objects.values())
    response = client.post(address(article), form_of(client, article), follow=True)
    assert "Nothing has changed" in response.content.decode()
    assert list(Article.objects.values()) == before
    assert article.revisions.count() == 1


def test_a_double_click_is_no_conflict(published: Article, client: Any, editor: User) -> None:
    data = form_of(client, published) | {"text": text("Twice.")}
    assert post(client, published, data).status_code == 302
    assert post(client, published, data).status_code == 302
    assert published.revisions.count() == 2


def test_the_later_of_two_editors_is_told_and_nothing_is_overwritten(
    published: Article, client: Any, editor: User, staff: Callable[..., User]
) -> None:
    mine = form_of(client, published) | {"text": text("My words.")}
    colleague = staff("editor", "colleague")
    theirs = replace(published.document(), summary="What a colleague wrote.")
    services.save(published, theirs, opened=1, by=colleague)

    response = post(client, published, mine)
    page = response.content.decode()
    assert response.status_code == 200
    assert "Somebody else has saved this article" in page
    assert "My words." in page  # what they typed stands
    assert "<ins>What a colleague wrote</ins>" in page or "<ins>What" in page  # and what was saved meanwhile
    assert published.newest().document() == theirs

    # Sent again, now knowing, it goes on top; the colleague's text stays a revision.
    again = {**mine, "opened": response.context["form"]["opened"].value()}
    assert post(client, published, again).status_code == 302
    assert [revision.number for revision in published.revisions.all()] == [3, 2, 1]
    assert "My words." in published.newest().document().sections[0].body


def test_a_new_article_starts_as_a_draft_of_its_author(client: Any, editor: User) -> None:
    data = form_of(client) | {"slug": "new", "language": "en", "title": "New", "summary": "S."}
    data |= {"author_name": "CSP", "text": text("Words.")}
    assert post(client, None, data).status_code == 302
    article = Article.objects.get(slug="new")
    assert (article.status, article.author, article.published) == (Status.DRAFT, editor, None)
    taken = post(client, None, data)
    assert "already" in taken.content.decode()
    assert Article.objects.count() == 1


def test_rows_are_added_changed_and_removed(published: Article, client: Any, editor: User) -> None:
    data = form_of(client, published)
    data |= {"references-1-number": 2, "references-1-text": "Second book", "references-1-kind": "study"}
    data |= {"glossary-0-term": "antibody", "glossary-0-definition": "A protein."}
    data |= {"quick_dose": "2 g/kg [@2]."}
    assert post(client, published, data).status_code == 302
    document = published.newest().document()
    assert [reference.text for reference in document.references] == ["Book 1", "Second book"]
    assert document.glossary[0].term == "antibody"
    assert document.quick_reference.dose == "2 g/kg [@2]."

    data = form_of(client, published) | {"references-0-DELETE": "on"}
    assert post(client, published, data).status_code == 302
    assert [reference.number for reference in published.newest().document().references] == [2]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", "x" * 500_000),
        ("text", "## Part {#part-1 patient}\n\n" + "x" * 50_000),
        ("text", "No section."),
        ("text", "## Part {#references patient}\n\nx"),
        ("text", "## Part {#ref-3 patient}\n\nx"),
        ("text", "## A {#a patient}\n\nx\n\n## B {#a patient}\n\nx"),
        ("text", "## A {#a patient}\n\nNUL \0"),
        ("title", "T" * 121),
        ("title", ""),
        ("next_article", "javascript:alert(1)"),
        ("references-0-url", "javascript:alert(1)"),
        ("references-0-number", "0"),
        ("references-TOTAL_FORMS", "100000"),
        ("opened", "x"),
    ],
)
def test_what_would_break_the_page_is_refused(
    published: Article, client: Any, editor: User, field: str, value: str
) -> None:
    response = post(client, published, form_of(client, published) | {field: value})
    assert response.status_code == 200
    assert "Nothing was saved" in response.content.decode()
    assert published.revisions.count() == 1


def test_the_fullest_article_fits_into_the_form(client: Any, editor: User) -> None:
    document = replace(
        a_document("full", parts=60),
        figures=tuple(Figure(f"f{n}", "T", "Words.", "<svg></svg>") for n in range(12)),
        glossary=tuple(Term(f"term {n}", "Words.") for n in range(50)),
    )
    assert list(documents.check(document)) == []
    article = services.add(document, status=Status.DRAFT, by=None)
    data = form_of(client, article) | {"summary": "Saved."}
    # As a browser sends it: also what is empty or not ticked has a name.
    data |= {name: data.get(name, "") for name in every_field(client, article)}
    assert post(client, article, data).status_code == 302
    assert article.newest().document() == replace(document, summary="Saved.")


def test_status_and_review_can_not_be_posted(published: Article, client: Any, editor: User) -> None:
    data = form_of(client, published)
    assert not {"status", "reviewer", "last_reviewed", "published_at"} & set(data)
    post(client, published, data | {"status": "draft", "reviewer": editor.pk, "last_reviewed": "2026-01-01"})
    published.refresh_from_db()
    assert (published.status, published.reviewer) == (Status.PUBLISHED, None)


def test_the_preview_is_the_readers_page_of_what_is_typed(
    published: Article, client: Any, editor: User
) -> None:
    data = form_of(client, published) | {"text": text(NASTY)}
    response = client.post(reverse(PREVIEW, args=[published.pk]), data)
    page = response.content.decode()
    assert "Fresh <strong>words</strong>" in page
    assert "Readers do not see this" in page
    assert "<script>alert" not in page
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert published.revisions.count() == 1  # nothing was saved


def test_beside_the_form_stands_what_is_typed_with_what_stands_out(
    published: Article, client: Any, editor: User
) -> None:
    data = form_of(client, published) | {"text": text("Words [@99]. [There](#nowhere)."), "beside": "1"}
    page = client.post(reverse(PREVIEW, args=[published.pk]), data).content.decode()
    assert "doesn’t have: 99" in page
    assert "#nowhere" in page
    assert '<a href="#part-1" data-place="part-1">' in page
    assert "<html" not in page
    broken = client.post(reverse(PREVIEW, args=[published.pk]), data | {"text": "No section."})
    assert "Line 1: " in broken.content.decode()


def test_what_must_be_put_right_keeps_it_from_readers(published: Article, client: Any, editor: User) -> None:
    data = form_of(client, published) | {"text": text("Words [@99].")}
    assert post(client, published, data).status_code == 302
    page = do(client, published, "publish", number=2).content.decode()
    assert "can’t be published yet" in page
    published.refresh_from_db()
    assert published.published is not None
    assert published.published.number == 1


def test_differences_are_shown_word_by_word(published: Article, client: Any, editor: User) -> None:
    data = form_of(client, published) | {"text": text("Text, <b>changed</b> [@1].")}
    post(client, published, data)
    page = client.get(reverse("admin:education_article_compare", args=[published.pk, 1, 2])).content.decode()
    assert "<ins>" in page
    assert "&lt;" in page
    assert "<b>changed" not in page
    assert (
        client.get(reverse("admin:education_article_compare", args=[published.pk, 1, 9])).status_code == 404
    )


def test_an_earlier_text_is_brought_back_as_a_new_one(published: Article, client: Any, editor: User) -> None:
    post(client, published, form_of(client, published) | {"text": text("Other words.")})
    do(client, published, "restore", restore=1, number=2)
    newest = published.newest()
    assert (newest.number, newest.restored) == (3, 1)
    assert newest.digest == published.revisions.get(number=1).digest
    # Somebody who did not see revision 3 brings nothing back.
    page = do(client, published, "restore", restore=2, number=2).content.decode()
    assert "Somebody else has saved" in page
    assert published.revisions.count() == 3


def upload(client: Any, data: bytes, **more: str) -> Any:
    file = SimpleUploadedFile("article.md", data, content_type="text/markdown")
    return client.post(reverse("admin:education_article_import"), {"file": file, **more}, follow=True)


def test_a_file_that_was_taken_away_comes_back_byte_for_byte(
    article: Article, client: Any, editor: User
) -> None:
    export = reverse("admin:education_article_export", args=[article.pk, 1])
    first = client.get(export)
    assert first.headers["Content-Disposition"].endswith('.en.md"')
    changed = first.content.replace(b"one-line", b"one-line") + b"\n## More {#more patient}\n\nWords.\n"
    upload(client, changed, note="More.")
    assert article.newest().number == 2
    second = client.get(reverse("admin:education_article_export", args=[article.pk, 2])).content
    assert documents.parse(second.decode())[0].sections[-1].anchor == "more"
    page = upload(client, second).content.decode()
    assert "says already" in page
    upload(client, first.content)
    assert (
        client.get(reverse("admin:education_article_export", args=[article.pk, 3])).content == first.content
    )


def test_a_file_publishes_nothing(client: Any, editor: User) -> None:
    data = documents.dump(a_document("fresh"), Status.PUBLISHED).encode()
    upload(client, data)
    assert Article.objects.get(slug="fresh").status == Status.DRAFT


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"nothing", "Line 1: "),
        (b"\xff\xfe", "Line 1: "),
        (b"x" * 900_000, "KB"),
        (b"x" * 2_000_000, "more than a form can hold"),
        (b"+++\ntitle = 1\n+++\n", "author: "),
    ],
)
def test_a_faulty_file_is_refused_in_words(client: Any, editor: User, data: bytes, words: str) -> None:
    page = upload(client, data).content.decode()
    assert words in page
    assert not Article.objects.exists()


def test_pages_of_the_editor_take_few_queries_however_long_the_history(
    published: Article, client: Any, editor: User, django_assert_max_num_queries: Any
) -> None:
    for n in range(30):
        document = replace(published.newest().document(), summary=f"Words {n}.")
        services.save(published, document, by=editor)
    client.get(address(published))
    # Session, account, device, rights twice; article, newest, revisions, their reviews, steps, neighbours.
    with django_assert_max_num_queries(14):
        assert client.get(address(published)).status_code == 200
