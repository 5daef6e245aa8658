"""Who works the desk: languages and skills, roles for a while, and the filters that people share."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from intake.choices import Language
from intake.querysets import SavedFilterQuerySet, TemporaryRoleQuerySet


def _english() -> list[str]:
    return [Language.ENGLISH.value]


class StaffProfile(models.Model):
    """What the desk knows of a person. Without one: English, no skills, shortcuts on."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, verbose_name=_("account"), on_delete=models.CASCADE, related_name="profile"
    )
    languages = models.JSONField(_("languages spoken with patients"), default=_english)
    skills = models.JSONField(_("skills"), default=list, blank=True)
    # Single keys get in the way of speech input and of some keyboards: WCAG 2.1.4.
    shortcuts = models.BooleanField(_("keyboard shortcuts"), default=True)

    class Meta:
        verbose_name = _("desk profile")
        verbose_name_plural = _("desk profiles")
        default_permissions = ("view", "change")

    def __str__(self) -> str:
        return f"profile of account {self.user_id}"


class TemporaryRole(models.Model):
    """A role that somebody has for a while. It ends by the clock: nothing has to run for that."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("account"),
        on_delete=models.CASCADE,
        related_name="temporary_roles",
    )
    group = models.ForeignKey(
        Group, verbose_name=_("role"), on_delete=models.CASCADE, related_name="temporary_roles"
    )
    starts_at = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("until"))
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("given by"), on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(_("ended early"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("ended by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    objects = TemporaryRoleQuerySet.as_manager()

    class Meta:
        verbose_name = _("temporary role")
        verbose_name_plural = _("temporary roles")
        default_permissions = ("view", "add")
        ordering = ["-until"]
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("starts_at")), name="temporary_role_ends"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="temporary_role_ended_at_and_by",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group} until {self.until:%Y-%m-%d %H:%M}"


class SavedFilter(models.Model):
    """A view of the board under a name; `address` is its query string, as `Filters.address` writes it."""

    name = models.CharField(_("name"), max_length=60)
    address = models.CharField(_("address"), max_length=400)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("made by"), on_delete=models.CASCADE, related_name="+"
    )
    shared = models.BooleanField(_("for everybody on the desk"), default=False)
    made_at = models.DateTimeField(_("made"))

    objects = SavedFilterQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        default_permissions = ()
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="one_filter_a_name")]

    def __str__(self) -> str:
        return self.name
