"""The list of articles, and the page that one is edited, reviewed and published on."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .. import differences, services
from ..choices import ReviewState, Status
from ..documents import Document
from ..models import Article, Revision
from .base import account
from .forms import Editing
from .moving import Moving
from .reading import Reading


class ReviewFilter(admin.SimpleListFilter):
    title = _("medical review")
    parameter_name = "review"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("due", _("pending or overdue"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.overdue_for_review() if self.value() == "due" else queryset


@admin.register(Article)
class ArticleAdmin(Moving, Reading):
    """Saving makes a revision, and what readers get changes only by publishing one."""

    list_display = [
        "title",
        "language",
        "status",
        "waiting",
        "review",
        "next_review_due",
        "updated_at",
        "useful",
    ]
    list_filter = ["status", "language", ReviewFilter]
    search_fields = ["title", "slug"]
    ordering = ["next_review_due", "title"]
    change_list_template = "admin/education/article/list.html"

    @admin.display(description=_("medical review"))
    def review(self, article: Article) -> str:
        state = article.review_state(timezone.localdate())
        if state == ReviewState.PENDING or article.reviewer is None:
            return gettext("Pending")
        words = gettext("Due again, by %s") if state == ReviewState.OVERDUE else gettext("By %s")
        return words % article.reviewer.get_full_name()

    @admin.display(description=_("waits"))
    def waiting(self, article: Article) -> str:
        """What somebody has yet to do about it."""
        if article.publish_at:
            late = article.publish_at < timezone.now()
            when = timezone.localtime(article.publish_at).strftime("%Y-%m-%d %H:%M %Z")
            return (gettext("late: to be published %s") if late else gettext("to be published %s")) % when
        if article.asked_id:
            return gettext("for a medical reviewer")
        newest: int | None = getattr(article, "newest_number", None)
        if article.published and newest and newest > article.published.number:
            return gettext("for publishing: revision %d") % newest
        return "–"

    @admin.display(description=_("found useful"))
    def useful(self, article: Article) -> str:
        """What readers answered under the page, in all its time."""
        yes, no = getattr(article, "useful_yes", None) or 0, getattr(article, "useful_no", None) or 0
        return gettext("%(yes)d of %(all)d") % {"yes": yes, "all": yes + no} if yes or no else "–"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        rows = (
            Article.objects.with_feedback().select_related("reviewer", "published").order_by(*self.ordering)
        )
        return rows.annotate(newest_number=Max("revisions__number")).defer(
            "html", "references_html", "glossary_html", "contents", "published__content"
        )

    def get_urls(self) -> list[URLPattern]:
        pages: dict[str, tuple[str, Any]] = {
            "import/": ("import", self.import_view),
            "preview/": ("preview_new", self.preview_view),
            "<int:pk>/preview/": ("preview", self.preview_view),
            "<int:pk>/page/<int:number>/": ("page", self.page_view),
            "<int:pk>/compare/<int:old>/<int:new>/": ("compare", self.compare_view),
            "<int:pk>/export/<int:number>/": ("export", self.export_view),
            "<int:pk>/do/<slug:action>/": ("do", self.do_view),
        }
        ours = [
            path(address, self.admin_site.admin_view(view), name=f"education_article_{name}")
            for address, (name, view) in pages.items()
        ]
        return [*ours, *super().get_urls()]

    def has_delete_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        # What readers have seen is withdrawn, not deleted.
        return super().has_delete_permission(request, obj) and (obj is None or obj.published_at is None)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        # Its texts and steps go with an article that nobody has seen; they are no rows to have rights over.
        found, counts, _needed, protected = super().get_deleted_objects(objs, request)
        return found, counts, set(), protected

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        queryset.filter(published_at=None).delete()

    # --- the page

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        article = self.article(request, object_id) if object_id else None
        may_edit = (
            self.has_change_permission(request, article) if article else self.has_add_permission(request)
        )
        if not may_edit and (article is None or request.method == "POST"):
            raise PermissionDenied
        if article is None:
            return self._edit(request, None, None)
        newest = article.newest()
        if not may_edit:
            context = self._context(request, article, newest)
            # What a reviewer has before them is what their review will speak of.
            context |= self.looked_at(article, context["review_text"])
            return render(request, "admin/education/article/read.html", context)
        return self._edit(request, article, newest)

    def _edit(self, request: HttpRequest, article: Article | None, newest: Revision | None) -> HttpResponse:
        document = newest.document() if newest else None
        if request.method != "POST":
            editing = Editing(of=document, opened=newest.number if newest else None)
            return self._form(request, article, newest, editing)
        editing = Editing(request.POST, of=document)
        if editing.is_valid() and editing.document:
            try:
                if article is None:
                    return self._add(request, editing.document)
                return self._save(request, article, editing, editing.document)
            except services.ChangedMeanwhile as reason:
                if article is None:  # which has no revision that could have changed
                    raise
                return self._conflict(request, article, str(reason))
            except services.NotAllowed as reason:
                editing.form.add_error(None, str(reason))
            except IntegrityError:
                words = gettext("There is an article at this address in this language already.")
                editing.form.add_error("slug", words)
        return self._form(request, article, newest, editing)

    def _add(self, request: HttpRequest, document: Document) -> HttpResponse:
        with transaction.atomic():
            article = services.add(document, status=Status.DRAFT, by=account(request))
        self.message_user(request, gettext("Saved as a draft."))
        return _to(article)

    def _save(
        self, request: HttpRequest, article: Article, editing: Editing, document: Document
    ) -> HttpResponse:
        data, before = editing.form.cleaned_data, article.newest().number
        revision = services.save(
            article, document, opened=data["opened"] or 0, note=data["note"], by=account(request)
        )
        if revision.number == before:
            self.message_user(request, gettext("Nothing has changed."))
        elif article.published:
            words = gettext("Saved as revision %d. Readers get it when it is published.")
            self.message_user(request, words % revision.number)
        else:
            self.message_user(request, gettext("Saved as revision %d.") % revision.number)
        return _to(article)

    def _conflict(self, request: HttpRequest, article: Article, reason: str) -> HttpResponse:
        """What they typed, and what somebody else saved meanwhile; sent again, it goes on top of that."""
        newest = article.newest()
        data = request.POST.copy()
        opened = article.revisions.filter(number=data.get("opened") or 0).first()
        data["opened"] = str(newest.number)
        editing = Editing(data, of=newest.document())
        editing.is_valid()
        editing.form.add_error(None, reason)
        meanwhile = differences.compare(opened.document(), newest.document()) if opened else []
        return self._form(request, article, newest, editing, meanwhile=meanwhile, saved_by=newest.by)

    def _form(
        self,
        request: HttpRequest,
        article: Article | None,
        newest: Revision | None,
        editing: Editing,
        **more: Any,
    ) -> HttpResponse:
        context = self._context(request, article, newest)
        context |= {"editing": editing, "form": editing.form, **more}
        if article:
            context["preview_url"] = reverse("admin:education_article_preview", args=[article.pk])
        else:
            context["preview_url"] = reverse("admin:education_article_preview_new")
        return render(request, "admin/education/article/edit.html", context)

    def _context(
        self, request: HttpRequest, article: Article | None, newest: Revision | None
    ) -> dict[str, Any]:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": article.title if article else gettext("New article"),
            "article": article,
        }
        if article and newest:
            context |= self.shown(article, newest)
            context |= self.offered(request, article, newest)
        return context


def _to(article: Article) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("admin:education_article_change", args=[article.pk]))
