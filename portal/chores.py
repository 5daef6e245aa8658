"""What the message worker does beside its messages for what is not the desk's (`settings.CHORES`)."""

from datetime import datetime

from education import services
from portal import audit, limits, purging
from portal.audit import sealing

# More rows than are written in the time between two rounds; a longer tail waits for the next, and no message
# for it.
SEALS_A_ROUND = 10


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
    for _round in range(SEALS_A_ROUND):
        if audit.seal(now=now) < sealing.BATCH:
            return


def delete_old_counts(*, now: datetime) -> int:
    """Delete what was counted towards limits in windows that are over."""
    return limits.delete_old(now=now)
