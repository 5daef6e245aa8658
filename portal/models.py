from django.contrib.auth.models import AbstractUser

from portal.audit import AuditEntry, AuditHead, AuditSeal
from portal.limits import LimitCount

__all__ = ["AuditEntry", "AuditHead", "AuditSeal", "LimitCount", "User"]


class User(AbstractUser):
    """A staff account. Patients have none."""
