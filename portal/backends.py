"""Who may do what: the rights of an account's own groups and of the roles that it has for a while."""

from functools import lru_cache
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, Permission
from django.db import DEFAULT_DB_ALIAS, connection
from django.utils import timezone
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.middleware import OTPMiddleware
from django_otp.plugins.otp_totp.models import TOTPDevice

from intake.querysets import roles_of
from intake.worded import NOW, Statement, worded, worded_rows
from portal.models import User

ACCOUNT = [column.attname for column in User._meta.concrete_fields]
AUTHENTICATOR = [column.attname for column in TOTPDevice._meta.concrete_fields]


class RolesBackend(ModelBackend):
    """Django's own, except that roles in force count too, that all rights are read in one query, and that an
    account comes with its authenticators.
    """

    def get_user(self, user_id: int) -> User | None:
        rows = _account(connection.vendor).ask(user=user_id)
        if not rows:
            return None
        user: Any = User.from_db(DEFAULT_DB_ALIAS, ACCOUNT, rows[0][: len(ACCOUNT)])
        devices = [
            TOTPDevice.from_db(DEFAULT_DB_ALIAS, AUTHENTICATOR, row[len(ACCOUNT) :])
            for row in rows
            if row[len(ACCOUNT)] is not None
        ]
        user.authenticators = {device.persistent_id: device for device in devices}
        return user if self.user_can_authenticate(user) else None

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if user_obj.is_superuser or not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return super().get_all_permissions(user_obj, obj)
        if not hasattr(user_obj, "_perm_cache"):
            names = _held(connection.vendor).ask(user=user_obj.pk, now=timezone.now())
            user_obj._perm_cache = {f"{app}.{codename}" for app, codename in names}
        return user_obj._perm_cache

    def _get_group_permissions(self, user_obj: Any) -> Any:
        return Permission.objects.filter(group__in=roles_of(user_obj))


class SecondFactor(OTPMiddleware):
    """Django-otp's own, except that it takes the authenticator that came with the account."""

    def _verify_user_sync(self, request: Any, user: Any) -> Any:
        self._init_user_fields(user)
        name = request.session.get(DEVICE_ID_SESSION_KEY) if user.is_authenticated else None
        if name:
            device = getattr(user, "authenticators", {}).get(name) or self._device_from_persistent_id(name)
            user.otp_device = self._finalize_device(request, user, device)
        return user


@lru_cache
def _account(vendor: str) -> Statement:
    """An account, once for each of its authenticators. Every page of the staff asks this."""
    devices = [f"totpdevice__{name}" for name in AUTHENTICATOR]
    return worded_rows(User.objects.filter(pk=-1).values_list(*ACCOUNT, *devices), {"user": -1})


@lru_cache
def _held(vendor: str) -> Statement:
    """The names of all that one account may do. Every page of the staff asks this."""
    user = -1
    own = User.user_permissions.through._default_manager.filter(user=user).values("permission")
    of_roles = Group.permissions.through._default_manager.filter(group__in=roles_of(user, NOW))
    # Two look-ups beside each other: as one condition over both they take twice as long.
    held = Permission.objects.filter(pk__in=own.union(of_roles.values("permission"), all=True))
    names = held.order_by().values_list("content_type__app_label", "codename")
    return worded([("{}", names)], {"user": user, "now": NOW})
