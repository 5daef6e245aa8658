from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from portal.audit import AuditEntry, AuditHead, AuditSeal
from portal.limits import LimitCount

__all__ = ["AuditEntry", "AuditHead", "AuditSeal", "Invitation", "LimitCount", "RecoveryCode", "User"]


class User(AbstractUser):
    """A staff account. Patients have none."""

    # Counted up, it ends every session of the account at its next request, on every machine.
    session_round = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    # Since the last sign-in, from wherever.
    failed_sign_ins = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    def _get_session_auth_hash(self, secret: Any = None) -> str:
        # Django's own, which ends sessions with the password that they began with, and the round.
        value = f"{self.password} {self.session_round}"
        return salted_hmac("portal.models.User.session", value, secret=secret, algorithm="sha256").hexdigest()


class RecoveryCode(models.Model):
    """Stands in for the authenticator once. Only its keyed hash is kept; a used one is deleted."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="a_recovery_code_once")]

    def __str__(self) -> str:
        return f"recovery code {self.pk}"


class Invitation(models.Model):
    """An open link on which the account's owner chooses what they sign in with. Used, it is deleted."""

    class Renews(models.TextChoices):
        BOTH = "both", _("Password and authenticator")
        PASSWORD = "password", _("Password")
        AUTHENTICATOR = "authenticator", _("Authenticator")

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="invitation")
    # Of the link's secret, which is kept nowhere.
    digest = models.CharField(max_length=64, unique=True)
    renews = models.CharField(max_length=13, choices=Renews)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"invitation {self.pk}"
