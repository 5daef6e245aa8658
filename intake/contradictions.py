"""Whether a notice says something else of the infusion centers than their status: pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from intake.choices import FacilityKind, FacilityStatus


def contradictions(notices: Iterable[Any], facilities: Iterable[Any], now: datetime) -> list[tuple[Any, Any]]:
    """Each notice that says that all centers run normally, with each center that doesn't.

    Notices that run count, and those still to come: they are to be put right before they do. Rows will do,
    and so will values of the situation.
    """
    saying = [one for one in notices if one.says_centers_open and (one.ends_at is None or now < one.ends_at)]
    not_open = [
        one
        for one in facilities
        if one.kind == FacilityKind.INFUSION_CENTER and one.status != FacilityStatus.OPEN
    ]
    return [(notice, center) for notice in saying for center in not_open]
