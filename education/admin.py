from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from . import services
from .choices import ReviewState, Status
from .models import Article

if TYPE_CHECKING:
    from portal.models import User


def _account(request: HttpRequest) -> "User":
    # The staff's site lets nobody in without an account.
    return cast("User", request.user)


class ReviewFilter(admin.SimpleListFilter):
    title = _("medical review")
    parameter_name = "review"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("due", _("pending or overdue"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.overdue_for_review() if self.value() == "due" else queryset


@admin.register(Article)
class ArticleAdmin(admin.ModelAdmin):
    """Text is edited here; status and review change by the actions of the list, which keep to the rules."""

    list_display = ["title", "language", "status", "review", "next_review_due", "updated_at"]
    list_filter = ["status", "language", ReviewFilter]
    search_fields = ["title", "slug"]
    ordering = ["next_review_due", "title"]
    readonly_fields = ["status", "review", "last_reviewed", "next_review_due", "published_at", "updated_at"]
    fields = [
        ("slug", "language"),
        "title",
        "summary",
        "author_name",
        "disclosure",
        ("status", "published_at", "updated_at"),
        ("review", "last_reviewed", "next_review_due"),
    ]
    actions = ["send_to_review", "publish", "mark_review_due", "withdraw", "return_to_draft", "record_review"]

    @admin.display(description=_("medical review"))
    def review(self, article: Article) -> str:
        state = article.review_state(timezone.localdate())
        if state == ReviewState.PENDING or article.reviewer is None:
            return gettext("Pending")
        words = gettext("Due again, by %s") if state == ReviewState.OVERDUE else gettext("By %s")
        return words % article.reviewer.get_full_name()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        return super().get_queryset(request).select_related("reviewer").defer("html", "references_html")

    def get_readonly_fields(self, request: HttpRequest, obj: Article | None = None) -> list[str]:
        # An address that readers and printed sheets know doesn't move.
        return [*self.readonly_fields, "slug", "language"] if obj else self.readonly_fields

    def has_delete_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        # What readers have seen is withdrawn, not deleted.
        return super().has_delete_permission(request, obj) and (obj is None or obj.published_at is None)

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("education.publish_article")

    def has_review_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("education.review_article")

    def save_model(self, request: HttpRequest, obj: Article, form: ModelForm, change: bool) -> None:
        if not change:
            obj.author = _account(request)
            obj.save()
        elif form.changed_data:
            obj.save(update_fields=form.changed_data)

    @admin.action(description=_("Send to medical review"), permissions=["change"])
    def send_to_review(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        self._move(request, queryset, Status.IN_REVIEW)

    @admin.action(description=_("Publish"), permissions=["publish"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        self._move(request, queryset, Status.PUBLISHED)

    @admin.action(description=_("Mark as due for review"), permissions=["publish"])
    def mark_review_due(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        self._move(request, queryset, Status.REVIEW_DUE)

    @admin.action(description=_("Withdraw"), permissions=["publish"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        self._move(request, queryset, Status.WITHDRAWN)

    @admin.action(description=_("Return to draft"), permissions=["change"])
    def return_to_draft(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        self._move(request, queryset, Status.DRAFT)

    @admin.action(description=_("Record my medical review, done today"), permissions=["review"])
    def record_review(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        today = timezone.localdate()
        self._each(request, queryset, lambda a: services.record_review(a, by=_account(request), on=today))

    def _move(self, request: HttpRequest, queryset: QuerySet[Article], to: Status) -> None:
        self._each(request, queryset, lambda a: services.change_status(a, to, by=_account(request)))

    def _each(self, request: HttpRequest, queryset: QuerySet[Article], do: Callable[[Article], None]) -> None:
        """Each article on its own: one that may not be changed doesn't hold up the others."""
        done = 0
        for article in queryset:
            try:
                do(article)
                done += 1
            except services.NotAllowed as reason:
                messages.error(request, str(reason))
        if done:
            words = ngettext("%d article changed.", "%d articles changed.", done)
            messages.success(request, words % done)
