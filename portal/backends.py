"""Who may do what: the rights of an account's own groups and of the roles that it has for a while."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission
from django.db.models import Q

from intake.querysets import roles_of


class RolesBackend(ModelBackend):
    """Django's own, except that roles in force count too, and that all rights are read in one query."""

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if user_obj.is_superuser or not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return super().get_all_permissions(user_obj, obj)
        if not hasattr(user_obj, "_perm_cache"):
            held = Permission.objects.filter(Q(user=user_obj) | Q(group__in=roles_of(user_obj)))
            names = held.order_by().values_list("content_type__app_label", "codename").distinct()
            user_obj._perm_cache = {f"{app}.{codename}" for app, codename in names}
        return user_obj._perm_cache

    def _get_group_permissions(self, user_obj: Any) -> Any:
        return Permission.objects.filter(group__in=roles_of(user_obj))
