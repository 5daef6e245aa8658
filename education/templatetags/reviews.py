from typing import Any

from django import template
from django.utils import timezone

from ..models import Article

register = template.Library()


@register.inclusion_tag("admin/education/article/due.html", takes_context=True)
def reviews_due(context: dict[str, Any]) -> dict[str, Any]:
    """What is overdue for review, and what waits for somebody, for those who may see articles."""
    user = context["request"].user
    if not user.has_perm("education.view_article"):
        return {}
    rows = Article.objects.only("title", "language", "status", "next_review_due", "publish_at")
    return {
        "due": rows.overdue_for_review().order_by("next_review_due", "title"),
        "asked": rows.filter(asked__isnull=False).order_by("title"),
        "late": rows.to_be_published(timezone.now()),
    }
