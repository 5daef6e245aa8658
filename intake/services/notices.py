"""Telling the owner of a notice that it says something else of a center than its status: once each time."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings

from intake.choices import MessageKind
from intake.contradictions import contradictions
from intake.models import EmergencyNotice, Facility, OutboxMessage


def center_changed(before: Facility, after: Facility, *, now: datetime) -> None:
    """Write, in the current transaction, a message where a notice begins to contradict the center."""
    notices = list(EmergencyNotice.objects.filter(says_centers_open=True))
    if contradictions(notices, [after], now) and not contradictions(notices, [before], now):
        _tell([after], now)


def notice_changed(before: EmergencyNotice | None, after: EmergencyNotice, *, now: datetime) -> None:
    """The same where the notice was changed: for each center that it begins to contradict."""
    centers = Facility.objects.order_by("pk")
    known = {center.pk for _notice, center in contradictions([before] if before else [], centers, now)}
    found = [center for _notice, center in contradictions([after], centers, now)]
    _tell([center for center in found if center.pk not in known], now)


def _tell(centers: Iterable[Facility], now: datetime) -> None:
    OutboxMessage.objects.bulk_create(
        OutboxMessage(
            facility=center,
            kind=MessageKind.NOTICE_CONTRADICTED,
            language=settings.LANGUAGE_CODE,
            created_at=now,
            due_at=now,
        )
        for center in centers
    )
