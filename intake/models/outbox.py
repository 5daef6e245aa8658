"""Messages on their way out, and the sign of life of the worker that sends them."""

from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models
from django.db.models import Count, Min, Q
from django.utils.translation import gettext_lazy as _

from intake.choices import MessageKind, MessageState
from intake.models.request import Request
from intake.models.site import Facility
from portal.crypto import SealedTextField

# A worker gives a sign every few seconds, also while a mail server keeps it waiting.
SIGN_OF_LIFE = timedelta(seconds=60)


class OutboxQuerySet(models.QuerySet["OutboxMessage"]):
    def due(self, now: datetime) -> Self:
        """What is to be tried at `now`, the longest due first."""
        return self.filter(state=MessageState.WAITING, due_at__lte=now).order_by("due_at", "id")

    def standing(self) -> models.QuerySet[Any, dict[str, Any]]:
        """How many wait or were given up, and since when the oldest of them stands there."""
        unsent = self.filter(state__in=[MessageState.WAITING, MessageState.FAILED])
        return unsent.order_by().values("state").annotate(number=Count("pk"), oldest=Min("created_at"))


class OutboxMessage(models.Model):
    """
    One message, written in the transaction of what it speaks of and rendered when it is sent, so that it
    holds nothing but to whom: `address` is sealed, and emptied once the message is out. Staff are looked up
    only then.

    A worker takes a row by raising `tries` and moving `due_at` past the time that a try may take. Should the
    worker die, the row is due again by itself; and `tries` tells whose result is the current one.
    """

    kind = models.CharField(_("kind"), max_length=20, choices=MessageKind)
    # What it speaks of: a request, or a facility.
    request = models.ForeignKey(
        Request,
        verbose_name=_("request"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="messages",
    )
    facility = models.ForeignKey(
        Facility, verbose_name=_("center"), on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    address = SealedTextField(editable=False, blank=True)
    language = models.CharField(_("language"), max_length=10)
    created_at = models.DateTimeField(_("written"))

    state = models.CharField(_("state"), max_length=10, choices=MessageState, default=MessageState.WAITING)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    due_at = models.DateTimeField(_("next try"))
    done_at = models.DateTimeField(_("sent or given up"), null=True, blank=True)
    # The kind of error and the server's code, never its text, which names the address.
    problem = models.CharField(_("last problem"), max_length=60, blank=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("outbox")
        default_permissions = ("view",)
        permissions = [("retry_message", _("Can have messages tried again"))]
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=MessageKind.values), name="message_kind_known"),
            models.CheckConstraint(condition=Q(state__in=MessageState.values), name="message_state_known"),
            models.CheckConstraint(
                condition=Q(state=MessageState.WAITING, done_at__isnull=True)
                | ~Q(state=MessageState.WAITING) & Q(done_at__isnull=False),
                name="message_done_at",
            ),
            models.CheckConstraint(
                condition=Q(request__isnull=False, facility__isnull=True)
                | Q(request__isnull=True, facility__isnull=False),
                name="message_speaks_of_one_thing",
            ),
            models.UniqueConstraint(
                fields=["request"],
                condition=Q(kind=MessageKind.CONFIRMATION),
                name="one_confirmation_a_request",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state=MessageState.WAITING), name="outbox_due"),
            models.Index(fields=["state", "id"], name="outbox_by_state"),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"


class HeartbeatQuerySet(models.QuerySet["WorkerHeartbeat"]):
    def alive(self, now: datetime) -> Self:
        return self.filter(at__gt=now - SIGN_OF_LIFE)


class WorkerHeartbeat(models.Model):
    """When any worker last did its round; with several, one that lives is enough."""

    worker = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()

    objects = HeartbeatQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.worker
