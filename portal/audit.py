"""Who saw or changed what. Rows are only ever added; they outlive the accounts that they name."""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class AppendOnly(Exception):
    """An audit row was to be changed or deleted."""


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    def update(self, **kwargs: Any) -> int:
        raise AppendOnly("Audit rows are never changed.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise AppendOnly("Audit rows are never deleted.")


class AuditEntry(models.Model):
    at = models.DateTimeField(_("at"), auto_now_add=True, db_index=True)
    # The name stays readable when the account is gone; no foreign key, so nothing cascades here.
    actor_id = models.BigIntegerField(_("account"), null=True)
    actor = models.CharField(_("who"), max_length=150)
    action = models.CharField(_("action"), max_length=40)
    subject = models.CharField(_("subject"), max_length=80, blank=True, db_index=True)
    fields = models.JSONField(_("fields"), default=list)

    objects = AuditQuerySet.as_manager()

    class Meta:
        app_label = "portal"
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly("Audit rows are never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnly("Audit rows are never deleted.")


def record(action: str, *, by: Any, subject: str = "", fields: Iterable[str] = ()) -> AuditEntry:
    """Add a row in the current transaction.

    `by` is a staff account, or a word for what acted ("public", a command's name). `subject` names a row
    ("request 12"), never a person; `fields` are names of fields, never their values.
    """
    entry = _entry(action, by, subject, fields)
    entry.save()
    return entry


def record_all(action: str, *, by: Any, subjects: Iterable[str], fields: Iterable[str] = ()) -> None:
    """Add a row for each of `subjects`, as `record` would, in one statement."""
    names = list(fields)
    AuditEntry.objects.bulk_create([_entry(action, by, subject, names) for subject in subjects])


def _entry(action: str, by: Any, subject: str, fields: Iterable[str]) -> AuditEntry:
    account = by if isinstance(by, models.Model) else None
    return AuditEntry(
        actor_id=account.pk if account else None,
        actor=account.get_username() if account else str(by),  # type: ignore[attr-defined]
        action=action,
        subject=subject,
        fields=list(fields),
    )
