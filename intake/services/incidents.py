"""A center that closes, or runs with limits: every open request that depends on it is assessed again.

Whoever changes a center's status holds its row, and whoever submits or reopens a request of that center
reads the row in a way that waits for them (`assessing.steady_center`). So each such request either is among
the open ones here, or finds the new status itself: none is missed, whoever comes first.
"""

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from intake.choices import EventKind, FacilityStatus, MessageKind, Priority
from intake.models import Facility, OutboxMessage, Request, RequestEvent
from intake.services import assessing, promises
from intake.services.assessing import Reassessment
from intake.situation import Situation
from portal import audit
from portal.crypto import Unreadable

logger = logging.getLogger(__name__)

# So many requests are read, decrypted and written at once: what is in memory doesn't grow with their number.
CHUNK = 500


@dataclass(frozen=True)
class Incident:
    """How many open requests depend on the center, and how many of those were changed or can't be read."""

    depend: int = 0
    changed: int = 0
    unreadable: int = 0


def center_changed(facility: Facility, today: Situation, *, by: Any, now: datetime) -> Incident:
    """Assess anew what depends on the facility, whose new status is stored and whose row is locked.

    A few queries for each 500 requests. A center that opens again changes no request: what has been promised
    meanwhile stays. Staff of the queues concerned get one message, however many requests there are.
    """
    depending = Request.objects.depending_on(facility).order_by("pk")
    if facility.status == FacilityStatus.OPEN:
        incident = Incident(depending.count())
    else:
        incident = _Round(facility, today, by, now).over(list(depending.values_list("pk", flat=True)))
    if incident.depend:
        OutboxMessage.objects.create(
            facility=facility,
            kind=MessageKind.CENTER_CHANGED,
            language=settings.LANGUAGE_CODE,
            created_at=now,
            due_at=now,
        )
    return incident


class _Round:
    """One pass over the requests that depend on a center."""

    def __init__(self, facility: Facility, today: Situation, by: Any, now: datetime) -> None:
        self.facility, self.today, self.by, self.now = facility, today, by, now
        self.changed = self.unreadable = 0
        # By the number of the first: the later requests that changed, each with what its event says.
        self.carried: dict[int, list[tuple[Request, str]]] = defaultdict(list)

    def over(self, depending: Sequence[int]) -> Incident:
        # All are locked before any is changed, in the order of their numbers as everywhere.
        _lock(depending)
        linked = Request.objects.filter(duplicate_of__isnull=False)
        later = {
            pk for ids in _chunks(depending) for pk in linked.filter(pk__in=ids).values_list("pk", flat=True)
        }
        # The later ones before their firsts, so that each first is changed once.
        self._change(sorted(later))
        self._change([pk for pk in depending if pk not in later])
        if self.carried:  # linked to another first since `depending` was read
            _lock(firsts := sorted(self.carried))
            self._change(firsts)
        return Incident(len(depending), self.changed, self.unreadable)

    def _change(self, numbers: Sequence[int]) -> None:
        for ids in _chunks(numbers):
            alike: dict[tuple[tuple[str, Any], ...], list[int]] = defaultdict(list)
            events = []
            for request in Request.objects.unclosed().filter(pk__in=ids).order_by("pk"):
                before = _values(request)
                if event := self._look_at(request):
                    events.append(event)
                    changed = tuple(
                        one for one, old in zip(_values(request), before, strict=True) if one != old
                    )
                    alike[changed].append(request.pk)
            # One statement for all that change alike, as most do.
            for values, pks in alike.items():
                if values:
                    Request.objects.filter(pk__in=pks).update(**_columns(values))
            RequestEvent.objects.bulk_create(events)
            subjects = [f"request {event.request_id}" for event in events]
            audit.record_all("request assessed again", by=self.by, subjects=subjects, fields=assessing.FIELDS)
            self.changed += len(events)

    def _look_at(self, request: Request) -> RequestEvent | None:
        before, notes = request.priority, []
        if request.center_id == self.facility.pk and (own := self._own(request)):
            notes.append(own.note)
            if request.duplicate_of_id:
                self.carried[request.duplicate_of_id].append((request, own.note))
        for later, note in self.carried.pop(request.pk, ()):
            promises.bring_forward(request, later.due_at, Priority(later.priority), self.today, self.now)
            request.needs_pharmacist = request.needs_pharmacist or later.needs_pharmacist
            notes.append(note)
        if not notes:
            return None
        return RequestEvent(
            request=request,
            at=self.now,
            by=self.by,
            kind=EventKind.REASSESSED,
            from_value=before,
            to_value=request.priority,
            note="\n".join(dict.fromkeys(notes)),
        )

    def _own(self, request: Request) -> Reassessment | None:
        if not isinstance(request.document, Unreadable):
            try:
                return assessing.again(request, self.facility, self.today, self.now)
            except (LookupError, ValueError, TypeError):
                pass
        self.unreadable += 1
        logger.error("Request %s can't be assessed again: it can't be read.", request.pk)
        return None


def _lock(numbers: Sequence[int]) -> None:
    for ids in _chunks(numbers):
        rows = Request.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)
        list(rows.values_list("pk"))


def _chunks(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(numbers), CHUNK):
        yield numbers[start : start + CHUNK]


def _values(request: Request) -> list[tuple[str, Any]]:
    values = ((name, getattr(request, name)) for name in assessing.FIELDS)
    return [(name, tuple(value) if isinstance(value, list) else value) for name, value in values]


def _columns(values: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values}
