from django.contrib.auth.models import AbstractUser

from portal.audit import AuditEntry, AuditHead, AuditSeal

__all__ = ["AuditEntry", "AuditHead", "AuditSeal", "User"]


class User(AbstractUser):
    """A staff account. Patients have none."""
