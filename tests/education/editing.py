"""The editor's form as a browser would send it."""

from typing import Any

from django.urls import reverse

from education.models import Article


def form_of(client: Any, article: Article | None = None) -> dict[str, Any]:
    """The form of an article, or of a new one, with everything as it was opened."""
    response = client.get(address(article))
    assert response.status_code == 200
    editing = response.context["editing"]
    data: dict[str, Any] = {}
    forms = [editing.form]
    for rows in editing.rows.values():
        forms += [rows.management_form, *rows.forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            if value is not None and value is not False:
                data[bound.html_name] = value
    return data


def every_field(client: Any, article: Article) -> list[str]:
    """Names of all fields that are sent whatever they hold."""
    editing = client.get(address(article)).context["editing"]
    forms = [editing.form, *(form for rows in editing.rows.values() for form in rows.forms)]
    return [bound.html_name for form in forms for bound in form if bound.widget_type != "checkbox"]


def address(article: Article | None = None) -> str:
    if article is None:
        return reverse("admin:education_article_add")
    return reverse("admin:education_article_change", args=[article.pk])


def post(client: Any, article: Article | None, data: dict[str, Any]) -> Any:
    return client.post(address(article), data)


def do(client: Any, article: Article, action: str, **data: Any) -> Any:
    return client.post(reverse("admin:education_article_do", args=[article.pk, action]), data, follow=True)
