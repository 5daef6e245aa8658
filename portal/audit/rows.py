"""The rows of the audit trail, and how they are written."""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.audit import proofs
from portal.audit.append_only import AppendOnlyModel


class ProofField(models.CharField):
    """Holds what proves that the portal wrote the row. Made whichever way the row is added."""

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        if add:
            setattr(model_instance, self.attname, proofs.of_row(proofs.words_of(model_instance)))
        return super().pre_save(model_instance, add)


class AuditEntry(AppendOnlyModel):
    at = models.DateTimeField(_("at"), auto_now_add=True, db_index=True)
    # The name stays readable when the account is gone; no foreign key, so nothing cascades here.
    actor_id = models.BigIntegerField(_("account"), null=True)
    actor = models.CharField(_("who"), max_length=150)
    action = models.CharField(_("action"), max_length=40)
    subject = models.CharField(_("subject"), max_length=80, blank=True, db_index=True)
    fields = models.JSONField(_("fields"), default=list)
    # Empty in rows that are older than the chain. It stands last: what it proves must be there before it.
    proof = ProofField(max_length=64, editable=False, db_default="")
    # Which seal it is under; null until the message worker comes by.
    seal = models.BigIntegerField(_("seal"), null=True, editable=False)

    class Meta:
        app_label = "portal"
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering = ["-id"]
        # Both what no seal is on yet and what one seal holds are found by it.
        indexes = [models.Index(fields=["seal", "id"], name="audit_by_seal")]

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"


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
    record_each(((action, subject, names) for subject in subjects), by=by)


def record_each(rows: Iterable[tuple[str, str, Iterable[str]]], *, by: Any) -> None:
    """Add rows of (action, subject, fields), as `record` would, in one statement."""
    AuditEntry.objects.bulk_create([_entry(action, by, subject, fields) for action, subject, fields in rows])


def _entry(action: str, by: Any, subject: str, fields: Iterable[str]) -> AuditEntry:
    account = by if isinstance(by, models.Model) else None
    return AuditEntry(
        actor_id=account.pk if account else None,
        actor=account.get_username() if account else str(by),  # type: ignore[attr-defined]
        action=action,
        subject=subject,
        fields=list(fields),
    )
