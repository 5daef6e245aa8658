"""Who may do what: the rights of an account's own groups and of the roles that it has for a while."""

from functools import lru_cache
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from intake.querysets import roles_of
from intake.worded import NOW, Statement, worded


class RolesBackend(ModelBackend):
    """Django's own, except that roles in force count too, and that all rights are read in one query."""

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if user_obj.is_superuser or not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return super().get_all_permissions(user_obj, obj)
        if not hasattr(user_obj, "_perm_cache"):
            names = _held(connection.vendor).ask(user=user_obj.pk, now=timezone.now())
            user_obj._perm_cache = {f"{app}.{codename}" for app, codename in names}
        return user_obj._perm_cache

    def _get_group_permissions(self, user_obj: Any) -> Any:
        return Permission.objects.filter(group__in=roles_of(user_obj))


@lru_cache
def _held(vendor: str) -> Statement:
    """The names of all that one account may do. Every page of the staff asks this."""
    user = -1
    held = Permission.objects.filter(Q(user=user) | Q(group__in=roles_of(user, NOW)))
    names = held.order_by().values_list("content_type__app_label", "codename").distinct()
    return worded([("{}", names)], {"user": user, "now": NOW})
