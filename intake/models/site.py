"""What the public sees of the pharmacy: its lines, hours, facilities and the emergency notice."""

import zoneinfo

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from intake.choices import Door, FacilityKind, FacilityStatus, Severity
from intake.querysets import QueueQuerySet
from portal.audit import AppendOnlyModel


def validate_time_zone(value: str) -> None:
    if value not in zoneinfo.available_timezones():
        raise ValidationError(_("Enter the name of a time zone, like America/Los_Angeles."))


class Queue(models.Model):
    """The team and the line that own requests."""

    slug = models.SlugField(_("slug"), unique=True)
    name = models.CharField(_("name"), max_length=80)
    audience = models.CharField(_("for whom (English)"), max_length=160)
    audience_es = models.CharField(_("for whom (Spanish)"), max_length=160, blank=True)
    phone = PhoneNumberField(_("line"))
    door = models.CharField(
        _("public form that leads here"), max_length=20, choices=Door, unique=True, null=True, blank=True
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    time_zone = models.CharField(
        _("time zone"), max_length=60, default="America/Los_Angeles", validators=[validate_time_zone]
    )
    hours_confirmed = models.BooleanField(_("hours confirmed by the pharmacy"), default=False)
    staff_groups = models.ManyToManyField(
        Group, verbose_name=_("staff groups that work it"), blank=True, related_name="queues"
    )

    objects = QueueQuerySet.as_manager()

    class Meta:
        verbose_name = _("queue")
        verbose_name_plural = _("queues")
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.name


class OpeningPeriod(models.Model):
    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="periods")
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday)
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"), help_text=_("At or before opening means on the next day."))

    class Meta:
        verbose_name = _("opening period")
        verbose_name_plural = _("opening periods")
        ordering = ["queue", "weekday", "opens"]
        constraints = [
            models.UniqueConstraint(fields=["queue", "weekday", "opens"], name="one_opening_at_a_time")
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"


class Closure(models.Model):
    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="closures")
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    reason = models.CharField(_("reason"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("closure")
        verbose_name_plural = _("closures")
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="closure_ends_after_start",
                violation_error_message=_("A closure ends after it starts."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} – {self.ends_at:%Y-%m-%d %H:%M}"


class Facility(models.Model):
    """The pharmacy or one of its ambulatory infusion centers."""

    slug = models.SlugField(_("slug"), unique=True)
    name = models.CharField(_("name"), max_length=80)
    name_confirmed = models.BooleanField(_("name confirmed by the pharmacy"), default=False)
    kind = models.CharField(_("kind"), max_length=20, choices=FacilityKind)
    status = models.CharField(_("status"), max_length=10, choices=FacilityStatus, default=FacilityStatus.OPEN)
    since = models.DateTimeField(_("since"), null=True, blank=True)
    note = models.CharField(_("note (English)"), max_length=200, blank=True)
    note_es = models.CharField(_("note (Spanish)"), max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("pharmacy or infusion center")
        verbose_name_plural = _("pharmacy and infusion centers")
        ordering = ["position", "slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=FacilityStatus.values), name="facility_status_known"
            )
        ]

    def __str__(self) -> str:
        return self.name


class EmergencyNotice(models.Model):
    """What every page says at its top while it runs. Of several the most severe shows, then the newest."""

    severity = models.CharField(_("severity"), max_length=10, choices=Severity)
    headline = models.CharField(_("headline (English)"), max_length=80)
    headline_es = models.CharField(_("headline (Spanish)"), max_length=80, blank=True)
    body = models.CharField(_("text (English)"), max_length=300)
    body_es = models.CharField(_("text (Spanish)"), max_length=300, blank=True)
    says_centers_open = models.BooleanField(
        _("says that all infusion centers run normally"),
        default=False,
        help_text=_("Then its owner is told when a center’s status says something else."),
    )
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Who keeps this notice true. Empty until the pharmacy names somebody."),
    )

    class Meta:
        verbose_name = _("emergency notice")
        verbose_name_plural = _("emergency notices")
        ordering = ["-starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="notice_ends_after_start",
                violation_error_message=_("A notice ends after it starts."),
            ),
            models.CheckConstraint(condition=Q(severity__in=Severity.values), name="notice_severity_known"),
        ]

    def __str__(self) -> str:
        return self.headline


class NoticeVersion(AppendOnlyModel):
    """A notice as somebody saved it. Rows are only added."""

    notice = models.ForeignKey(EmergencyNotice, on_delete=models.CASCADE, related_name="versions")
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    content = models.JSONField(_("content"))

    class Meta:
        verbose_name = _("earlier version")
        verbose_name_plural = _("earlier versions")
        # Whoever may see the notice may see what it said before.
        default_permissions = ()
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
