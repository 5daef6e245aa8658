"""Looking at an article before readers do: preview, findings, history, what changed, and the file."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext, override
from django.views.decorators.http import require_POST, require_safe

from .. import checks, differences, documents, services
from ..choices import PUBLIC, Status, StepKind
from ..models import Article, Revision
from ..presenting import article_page
from .base import ArticlePages, account
from .forms import Editing, UploadForm

HISTORY = 50


class Reading(ArticlePages):
    def shown(self, article: Article, newest: Revision) -> dict[str, Any]:
        """The newest text as it will look, what stands out in it, and how it came to be."""
        revisions = list(
            article.revisions.select_related("by")
            .defer("content")
            .prefetch_related("reviews__reviewer")[:HISTORY]
        )
        return {
            "newest": newest,
            "previous": revisions[1] if len(revisions) > 1 else None,
            "is_public": article.status in PUBLIC,
            "has_news": article.published is None or article.published.digest != newest.digest,
            **self.looked_at(article, newest),
            "revisions": revisions,
            "useful": article.feedback.aggregate(yes=Sum("yes"), no=Sum("no")),
            "steps": article.steps.select_related("by")[:HISTORY],
        }

    def looked_at(self, article: Article, revision: Revision) -> dict[str, Any]:
        document = revision.document()
        return {
            "looked_at": revision,
            "findings": findings(document, article),
            "page": services.page_of(document),
        }

    def preview_view(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        """What is typed, as readers would get it: a whole page, or what the editor shows beside it."""
        return require_POST(self._preview)(request, pk)

    def _preview(self, request: HttpRequest, pk: int | None) -> HttpResponse:
        article = self.article(request, pk) if pk else None
        if not (self.has_change_permission(request) if article else self.has_add_permission(request)):
            raise PermissionDenied
        editing = Editing(request.POST, of=article.newest().document() if article else None)
        if not editing.is_valid() or editing.document is None:
            return private(self._faults(request, article, editing))
        if "beside" in request.POST:
            context = {
                "page": services.page_of(editing.document),
                "findings": findings(editing.document, article),
            }
            return private(render(request, "admin/education/article/beside.html", context))
        return preview(request, services.page_of(editing.document))

    def _faults(self, request: HttpRequest, article: Article | None, editing: Editing) -> HttpResponse:
        context: dict[str, Any] = {"editing": editing}
        if "beside" in request.POST:
            return render(request, "admin/education/article/faults.html", context)
        context |= {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Preview"),
            "article": article,
        }
        return render(request, "admin/education/article/refused.html", context)

    def page_view(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        """A revision as readers got it or would get it."""
        return require_safe(self._page)(request, pk, number)

    def _page(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        article = self.article(request, pk)
        return preview(request, services.page_of(self._revision(article, number).document()))

    def compare_view(self, request: HttpRequest, pk: int, old: int, new: int) -> HttpResponse:
        article = self.article(request, pk)
        before, after = self._revision(article, old), self._revision(article, new)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Revision %(old)d to %(new)d") % {"old": old, "new": new},
            "article": article,
            "old": before,
            "new": after,
            "changes": differences.compare(before.document(), after.document()),
        }
        return private(render(request, "admin/education/article/compare.html", context))

    def export_view(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        article = self.article(request, pk)
        document = self._revision(article, number).document()
        response = HttpResponse(
            documents.dump(document, Status(article.status)), content_type="text/markdown; charset=utf-8"
        )
        name = f"{document.slug}.{document.language}.md"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return private(response)

    def import_view(self, request: HttpRequest) -> HttpResponse:
        if not (self.has_add_permission(request) and self.has_change_permission(request)):
            raise PermissionDenied
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                return self._import(request, form)
            except documents.DocumentError as error:
                form.add_error("file", str(error))
            except services.NotAllowed as reason:
                form.add_error(None, str(reason))
            except IntegrityError:
                form.add_error(None, gettext("Somebody else has just added this article. Send it again."))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Read an article from a file"),
            "form": form,
        }
        return private(render(request, "admin/education/article/import.html", context))

    def _import(self, request: HttpRequest, form: UploadForm) -> HttpResponse:
        """A new revision of the article that the file names, or a new draft. A file publishes nothing."""
        data = form.cleaned_data["file"].read(documents.MAX_BYTES + 1)
        document, _status = documents.parse(documents.decode(data))
        by = account(request)
        article = Article.objects.filter(slug=document.slug, language=document.language).first()
        if article is None:
            article = services.add(document, status=Status.DRAFT, by=by, kind=StepKind.IMPORTED)
            self.message_user(request, gettext("Added as a draft."))
            return HttpResponseRedirect(reverse("admin:education_article_change", args=[article.pk]))
        newest = article.newest()
        revision = services.save(
            article, document, note=form.cleaned_data["note"], by=by, kind=StepKind.IMPORTED
        )
        if revision.number == newest.number:
            self.message_user(request, gettext("The file says what the article says already."))
            return HttpResponseRedirect(reverse("admin:education_article_change", args=[article.pk]))
        self.message_user(request, gettext("Saved as revision %d.") % revision.number)
        return HttpResponseRedirect(
            reverse("admin:education_article_compare", args=[article.pk, newest.number, revision.number])
        )

    def _revision(self, article: Article, number: int) -> Revision:
        revision = article.revisions.select_related("by").filter(number=number).first()
        if revision is None:
            raise Http404
        return revision


def preview(request: HttpRequest, page: Article) -> HttpResponse:
    with override(page.language):
        response = article_page(request, page, preview=True)
    response.headers["X-Robots-Tag"] = "noindex"
    return private(response)


def private(response: HttpResponse) -> HttpResponse:
    add_never_cache_headers(response)
    return response


def findings(document: documents.Document, article: Article | None) -> list[checks.Finding]:
    """What the text itself shows, and what only its neighbours tell."""
    neighbours = Article.objects.filter(slug__in=[document.slug, document.next_article])
    known = {
        (row.slug, row.language): row for row in neighbours.only("slug", "language", "status", "updated_at")
    }
    public = {slug for (slug, _language), row in known.items() if row.status in PUBLIC}
    found = checks.check(document, articles=public)
    source = known.get((document.slug, document.translated_from))
    if document.translated_from:
        if source is None:
            found.append(checks.Finding(gettext("What it is translated from does not exist.")))
        elif article and article.updated_at and source.updated_at and source.updated_at > article.updated_at:
            found.append(checks.Finding(gettext("What it is translated from has changed since.")))
    elif not any(slug == document.slug and language != document.language for slug, language in known):
        found.append(checks.Finding(gettext("There is no translation yet.")))
    return found
