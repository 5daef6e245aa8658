"""Who saw or changed what. Rows are only ever added; they outlive the accounts that they name.

`record` writes a row with a proof of its own. The message worker seals rows in batches (`seal`), each seal
chained to the one before it and each subject's rows to one another, so that a row that is changed, deleted,
put in or moved is found (`verify`, `manage.py verify_audit`). Rows go only by `expire`. See ADR 0017.
"""

from portal.audit.append_only import AppendOnly, AppendOnlyModel, AppendOnlyQuerySet
from portal.audit.expiring import Broken, expire
from portal.audit.rows import AuditEntry, record, record_all, record_each
from portal.audit.sealing import seal
from portal.audit.seals import AuditHead, AuditSeal
from portal.audit.verifying import Report, are_whole, verify

__all__ = [
    "AppendOnly",
    "AppendOnlyModel",
    "AppendOnlyQuerySet",
    "AuditEntry",
    "AuditHead",
    "AuditSeal",
    "Broken",
    "Report",
    "are_whole",
    "expire",
    "record",
    "record_all",
    "record_each",
    "seal",
    "verify",
]
