from django.contrib.auth.models import AbstractUser

from portal.audit import AuditEntry

__all__ = ["AuditEntry", "User"]


class User(AbstractUser):
    """A staff account. Patients have none."""
