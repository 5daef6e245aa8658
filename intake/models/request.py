"""One submission, sealed, with what the desk sorts and filters by beside it; and what happened to it."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from intake.choices import Channel, Disposition, Door, EventKind, Language, Priority, Status, WaitingOn
from intake.lookup import answers_digests, hash_columns, token_digest, tokens_for
from intake.models.site import Facility, Queue
from intake.querysets import RequestQuerySet
from portal.audit import AppendOnlyModel
from portal.crypto import SealedJSONField, SealedTextField


class Request(models.Model):
    """
    `document` is sealed and holds everything that somebody said: `{"reference", "answers", "reasons",
    "form_version"}`, where `answers` are those of the form, by its field names, and `"token"` since the hash
    keys changed. It is purged with the row.
    Every other column is what the desk sorts and filters by, or a keyed hash to find the row again.
    """

    document = SealedJSONField(editable=False)
    reference_hash = models.CharField(max_length=64, editable=False, unique=True)
    token_hash = models.CharField(max_length=64, editable=False, unique=True)
    phone_hash = models.CharField(max_length=64, editable=False, db_index=True)
    last_name_hash = models.CharField(max_length=64, editable=False, db_index=True)
    email_hash = models.CharField(max_length=64, editable=False, blank=True)

    submission_key = models.UUIDField(editable=False)
    answers_digest = models.CharField(max_length=64, editable=False)
    duplicate_of = models.ForeignKey(
        "self",
        verbose_name=_("duplicate of"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="duplicates",
    )

    door = models.CharField(_("form"), max_length=20, choices=Door)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel, default=Channel.WEB)
    queue = models.ForeignKey(Queue, verbose_name=_("queue"), on_delete=models.PROTECT)
    language = models.CharField(_("language"), max_length=10, choices=Language, default=Language.ENGLISH)
    interpreter = models.BooleanField(_("interpreter"), default=False)
    next_dose_on = models.DateField(_("next dose"), null=True, blank=True)
    center = models.ForeignKey(
        Facility, verbose_name=_("infusion center"), on_delete=models.PROTECT, null=True, blank=True
    )

    priority = models.CharField(_("priority"), max_length=10, choices=Priority)
    rules = models.JSONField(_("rules"), default=list)
    needs_pharmacist = models.BooleanField(_("pharmacist needed"), default=False)
    ruleset_version = models.CharField(_("version of the rules"), max_length=20)

    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.NEW)
    waiting_on = models.CharField(_("waiting on"), max_length=10, choices=WaitingOn, blank=True)
    submitted_at = models.DateTimeField(_("submitted"))
    due_at = models.DateTimeField(_("due"))
    follow_up_at = models.DateTimeField(_("follow-up"), null=True, blank=True)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("claimed by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    claimed_until = models.DateTimeField(_("claimed until"), null=True, blank=True)
    # Since when the clock of the call-back target stands still: while the patient is waited for.
    paused_at = models.DateTimeField(_("paused"), null=True, blank=True)
    # When the lead was told that it is overdue, or somebody raised it; it stays until there is a new promise.
    escalated_at = models.DateTimeField(_("escalated"), null=True, blank=True)
    first_called_at = models.DateTimeField(_("first called"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    disposition = models.CharField(_("disposition"), max_length=25, choices=Disposition, blank=True)
    # Since when a court or the like wants it kept. Why, and who said so, stands in its events.
    legal_hold_at = models.DateTimeField(_("legal hold"), null=True, blank=True)

    # When somebody is to be called: at the promised follow-up if there is one, else by the due time.
    call_at = models.GeneratedField(
        expression=Coalesce("follow_up_at", "due_at"),
        output_field=models.DateTimeField(_("call by")),
        db_persist=True,
    )
    # Emergencies come before everything, then what is escalated.
    call_band = models.GeneratedField(
        expression=Case(
            When(priority=Priority.EMERGENCY, then=Value(0)),
            When(escalated_at__isnull=False, then=Value(1)),
            default=Value(2),
        ),
        output_field=models.SmallIntegerField(),
        db_persist=True,
    )

    objects = RequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        # Nothing is added, changed or deleted by editing fields: `intake.services` does it.
        default_permissions = ("view",)
        permissions = [
            ("work_request", _("Can call back and close requests")),
            ("view_every_queue", _("Can see the requests of every queue")),
            ("answer_as_pharmacist", _("Can take the calls that need a pharmacist")),
            ("assign_request", _("Can assign requests to colleagues")),
            ("export_request", _("Can export requests")),
            ("hold_request", _("Can put requests on legal hold")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["submission_key", "answers_digest"], name="one_request_a_submission"
            ),
            models.CheckConstraint(condition=Q(priority__in=Priority.values), name="priority_known"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="status_known"),
            models.CheckConstraint(
                condition=Q(status=Status.CLOSED, closed_at__isnull=False) & ~Q(disposition="")
                | ~Q(status=Status.CLOSED) & Q(closed_at__isnull=True, disposition=""),
                name="closed_with_disposition",
            ),
            models.CheckConstraint(
                condition=Q(status=Status.WAITING, follow_up_at__isnull=False) & ~Q(waiting_on="")
                | ~Q(status=Status.WAITING) & Q(waiting_on=""),
                name="waiting_on_somebody_until",
            ),
            models.CheckConstraint(
                condition=Q(paused_at__isnull=True) | Q(status=Status.WAITING, waiting_on=WaitingOn.PATIENT),
                name="paused_while_waiting_on_patient",
            ),
            models.CheckConstraint(
                condition=Q(claimed_by__isnull=True, claimed_until__isnull=True)
                | Q(claimed_by__isnull=False, claimed_until__isnull=False),
                name="claimed_by_and_until",
            ),
            models.CheckConstraint(
                condition=Q(duplicate_of__isnull=True) | ~Q(duplicate_of=F("id")),
                name="not_its_own_duplicate",
            ),
        ]
        indexes = [
            models.Index(
                fields=["queue", "call_band", "call_at", "next_dose_on"],
                condition=~Q(status=Status.CLOSED) & Q(duplicate_of__isnull=True),
                name="call_order",
            ),
            # The same over all queues: whom somebody who works several of them calls next.
            models.Index(
                fields=["call_band", "call_at", "next_dose_on"],
                condition=~Q(status=Status.CLOSED) & Q(duplicate_of__isnull=True),
                name="call_order_of_all",
            ),
            models.Index(
                fields=["queue", "call_at"],
                condition=~Q(status=Status.CLOSED) & Q(duplicate_of__isnull=True),
                name="overdue_first",
            ),
            models.Index(
                fields=["queue", "call_band", "call_at"],
                condition=~Q(status=Status.CLOSED) & Q(duplicate_of__isnull=True, needs_pharmacist=True),
                name="for_a_pharmacist",
            ),
            models.Index(
                fields=["queue", "follow_up_at"],
                condition=~Q(status=Status.CLOSED) & Q(duplicate_of__isnull=True, follow_up_at__isnull=False),
                name="follow_ups",
            ),
            models.Index(
                fields=["queue", "submitted_at"],
                condition=~Q(status=Status.CLOSED)
                & Q(duplicate_of__isnull=True, first_called_at__isnull=True),
                name="never_called",
            ),
            models.Index(
                fields=["queue", "due_at"], condition=Q(duplicate_of__isnull=True), name="due_lately"
            ),
            models.Index(fields=["claimed_until"], condition=Q(claimed_until__isnull=False), name="leases"),
            models.Index(fields=["status", "closed_at"], name="closed_lately"),
            models.Index(
                fields=["legal_hold_at"], condition=Q(legal_hold_at__isnull=False), name="legal_holds"
            ),
            # Of the figures and the export, which look at what arrived in some days, linked or not.
            models.Index(fields=["queue", "submitted_at"], name="arrivals"),
            # Few give an address; the others need no place in it.
            models.Index(fields=["email_hash"], condition=~Q(email_hash=""), name="same_email"),
        ]

    def __str__(self) -> str:
        return f"request {self.pk}"

    @property
    def reference(self) -> str:
        return self.document["reference"]

    @property
    def answers(self) -> dict[str, Any]:
        return self.document["answers"]

    @property
    def patient_name(self) -> str:
        """Last name first, as lists show it."""
        return f"{self.answers['last_name']}, {self.answers['first_name']}"

    def is_held(self, now: datetime) -> bool:
        """Whether somebody's claim runs at `now`; a claim that ran out holds nothing."""
        return self.claimed_until is not None and now < self.claimed_until

    @property
    def token(self) -> str:
        """The unguessable part of the public address; raise LookupError when its key was lost."""
        for secret in tokens_for(self.submission_key, self.answers_digest):
            if token_digest(secret) == self.token_hash:
                return secret
        # Since the hash keys changed it can't be derived any more: `rekeyed` kept it.
        return self.document["token"]

    def rekeyed(self) -> dict[str, Any]:
        """The columns that the newest hash key makes differently, with their new values.

        The public address stays what the patient was given. It was derived from an older key, so it is kept
        in the document from then on.
        """
        fresh: dict[str, Any] = hash_columns(self.answers, self.reference)
        digests = answers_digests(self.answers)
        if self.answers_digest in digests:
            fresh["answers_digest"] = digests[0]
        digest = fresh.get("answers_digest", self.answers_digest)
        if token_digest(tokens_for(self.submission_key, digest)[0]) != self.token_hash:
            fresh["document"] = {**self.document, "token": self.token}
        return {name: value for name, value in fresh.items() if getattr(self, name) != value}


class RequestEvent(AppendOnlyModel):
    """Who did what to a request, when, from what to what. Rows are only added, and go with their request."""

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(_("at"))
    kind = models.CharField(_("what"), max_length=20, choices=EventKind)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("who"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    from_value = models.CharField(_("from"), max_length=60, blank=True)
    to_value = models.CharField(_("to"), max_length=60, blank=True)
    note = SealedTextField(_("note"), blank=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        default_permissions = ("view",)
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=EventKind.values), name="event_kind_known"),
        ]
        # The calls and the incidents of some days.
        indexes = [models.Index(fields=["kind", "at"], name="events_lately")]

    def __str__(self) -> str:
        return f"{self.kind} of request {self.request_id}"
