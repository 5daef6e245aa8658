"""What the message worker does beside its messages for what is not the desk's (`settings.CHORES`)."""

import time
from datetime import datetime

from education import services
from portal import audit, limits, purging
from portal.audit import sealing

# Seconds that sealing may take: a longer tail waits for the next round, and no message for it.
LONGEST_SEALING = 1.0


def publish_scheduled(*, now: datetime) -> None:
    """Give readers the articles whose time has come."""
    services.publish_due(now=now)


def mark_reviews_due(*, now: datetime) -> None:
    """Mark articles whose medical review has run out."""
    services.mark_overdue(now=now)


def purge(*, now: datetime) -> None:
    """Delete, once a day, what the portal no longer keeps."""
    purging.purge_daily(now)


def seal_audit(*, now: datetime) -> None:
    """Put seals on the audit rows that have none."""
    until = time.monotonic() + LONGEST_SEALING
    while audit.seal(now=now, patient=True) == sealing.BATCH and time.monotonic() < until:
        pass


def delete_old_counts(*, now: datetime) -> int:
    """Delete what was counted towards limits in windows that are over."""
    return limits.delete_old(now=now)
