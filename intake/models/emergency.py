"""Break-glass: looks at one request of a queue of others, for a while, with a reason."""

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from intake.models.request import Request
from portal.audit import AppendOnlyModel, AppendOnlyQuerySet
from portal.crypto import SealedTextField


class EmergencyAccessQuerySet(AppendOnlyQuerySet):
    def in_force(self, now: datetime) -> Self:
        return self.filter(at__lte=now, until__gt=now)

    def overseen_by(self, user: Any) -> Self:
        """Those of requests that the person may read without one; reasons may name a patient."""
        return self.filter(request__in=Request.objects.readable_by(user).order_by().values("pk"))


class EmergencyAccess(AppendOnlyModel):
    """It ends by the clock: nothing has to run for that. Rows are only added, and go with their request."""

    request = models.ForeignKey(
        Request, verbose_name=_("request"), on_delete=models.CASCADE, related_name="emergency_accesses"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("account"), on_delete=models.PROTECT, related_name="+"
    )
    reason = SealedTextField(_("reason"))
    at = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("until"))

    objects = EmergencyAccessQuerySet.as_manager()  # type: ignore[misc]  # as Django means it

    class Meta:
        verbose_name = _("emergency access")
        verbose_name_plural = _("emergency accesses")
        default_permissions = ()
        ordering = ["-at", "-id"]
        constraints = [models.CheckConstraint(condition=Q(until__gt=F("at")), name="emergency_access_ends")]
        indexes = [models.Index(fields=["at"], name="emergency_accesses_lately")]

    def __str__(self) -> str:
        return f"emergency access {self.pk}"
