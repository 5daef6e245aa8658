"""The only way from a visitor to requests, and from there to a page."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse

from intake.desk.frame import frame
from intake.models import Request
from intake.querysets import RequestQuerySet


def readable(request: HttpRequest) -> RequestQuerySet:
    """The requests that the account may see; PermissionDenied where it may see none at all."""
    if not request.user.has_perm("intake.view_request"):
        raise PermissionDenied
    return Request.objects.readable_by(request.user)


def item_or_404(among: RequestQuerySet, pk: int) -> Request:
    item = among.select_related("queue", "claimed_by", "duplicate_of").filter(pk=pk).first()
    if item is None:
        raise Http404
    return item


def render(request: HttpRequest, name: str, context: dict[str, Any], status: int = 200) -> TemplateResponse:
    """The page `desk/<name>.html` in the frame of the desk's pages."""
    return TemplateResponse(request, f"desk/{name}.html", {**frame(request), **context}, status=status)
