"""What all pages of an article share."""

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from ..models import Article

if TYPE_CHECKING:
    from portal.models import User


class ArticlePages(admin.ModelAdmin):
    def article(self, request: HttpRequest, pk: Any) -> Article:
        """The article, for whoever may see articles at all; Http404 where there is none."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        rows = Article.objects.select_related("published", "asked", "scheduled", "reviewer")
        article = rows.filter(pk=pk).first() if str(pk).isdecimal() else None
        if article is None:
            raise Http404
        return article


def account(request: HttpRequest) -> "User":
    # The staff's site lets nobody in without an account.
    return cast("User", request.user)


def may(request: HttpRequest, right: str) -> bool:
    codename = right if "_" in right else f"{right}_article"
    return account(request).has_perm(f"education.{codename}")
