"""What triage leans on that staff edit: targets, therapies, and the sign-off of the rules."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from intake.choices import Priority, TargetBasis


class CallbackTarget(models.Model):
    """By when staff aim to call back a request of a priority."""

    priority = models.CharField(_("priority"), max_length=10, choices=Priority, unique=True)
    basis = models.CharField(_("counted in"), max_length=10, choices=TargetBasis)
    minutes = models.PositiveIntegerField(_("minutes"), null=True, blank=True)
    confirmed = models.BooleanField(_("confirmed by the pharmacy"), default=False)

    class Meta:
        verbose_name = _("call-back target")
        verbose_name_plural = _("call-back targets")
        constraints = [
            models.CheckConstraint(
                condition=Q(basis=TargetBasis.NEXT_CLOSE, minutes__isnull=True)
                # Asked for in so many words: a check lets pass what is neither true nor false.
                | (~Q(basis=TargetBasis.NEXT_CLOSE) & Q(minutes__isnull=False, minutes__gt=0)),
                name="target_minutes_fit_basis",
                violation_error_message=_(
                    "Give the minutes, except where the target is the close of the next opening period."
                ),
            )
        ]

    def __str__(self) -> str:
        return self.get_priority_display()


class UninterruptibleTherapy(models.Model):
    """A therapy whose interruption does harm within hours (rule R8)."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    terms = models.TextField(
        _("terms"),
        help_text=_("One term a line: how patients may write it. Case, accents and hyphens don’t matter."),
    )
    confirmed = models.BooleanField(_("confirmed by the pharmacist in charge"), default=False)

    class Meta:
        verbose_name = _("uninterruptible therapy")
        verbose_name_plural = _("uninterruptible therapies")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class RulesetSignOff(models.Model):
    """The pharmacist in charge has read a version of the triage rules and stands by it."""

    version = models.CharField(_("version of the rules"), max_length=20, unique=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("signed by"), on_delete=models.PROTECT, related_name="+"
    )
    signed_at = models.DateTimeField(_("signed at"))
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("sign-off of the triage rules")
        verbose_name_plural = _("sign-offs of the triage rules")
        # A signature is given once and stays; who may give it is the pharmacist in charge.
        default_permissions = ("view",)
        permissions = [("sign_rules", _("Can sign the triage rules as the pharmacist in charge"))]

    def __str__(self) -> str:
        return self.version
