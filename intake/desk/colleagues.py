"""Whom a call can be handed on to: whoever works its queue, with what they are good at."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from django.utils import timezone

from intake.choices import Language
from intake.models import Request, TemporaryRole


@dataclass(frozen=True)
class Colleague:
    user: Any

    @property
    def name(self) -> str:
        return self.user.get_full_name() or self.user.get_username()

    @property
    def in_words(self) -> str:
        """The name, and the languages beside English."""
        profile = getattr(self.user, "profile", None)
        spoken = [code for code in (profile.languages if profile else []) if code != Language.ENGLISH]
        names = ", ".join(str(Language(code).label) for code in spoken)
        return f"{self.name} ({names})" if names else self.name


def colleagues(item: Request, *, by: Any) -> QuerySet[Any]:
    """The accounts, beside `by`, whose roles work the request's queue; one query when it is read."""
    groups = item.queue.staff_groups.through._default_manager.filter(queue=item.queue_id).values("group")
    borrowed = TemporaryRole.objects.in_force(timezone.now()).filter(group__in=groups).values("user")
    works = Q(groups__in=groups) | Q(pk__in=borrowed)
    users = get_user_model()._default_manager.filter(works, is_active=True, is_staff=True).exclude(pk=by.pk)
    return users.select_related("profile").distinct().order_by("username")
