"""Whole cases through the public form: the rank, the rules and the pharmacist that each must get."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from intake.choices import Door, FacilityStatus
from intake.models import Facility, Request
from tests.intake.posts import posted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

FLED = {"evacuated": "yes", "fire_affected": "yes", "transfer_from": "Elm Pharmacy", "doses_on_hand": "no"}
FINE = {"fire_affected": "no", "doses_on_hand": "yes", "days_supply": "21"}
WARM = {"storage_problems": ["power_out", "warm"], "doses_on_hand": "yes", "fire_affected": "no"}
CENTER = {"care_setting": "center", "center": "infusion-center-2", "center_reachable": "yes"}
SPANISH = {"language": "es", "interpreter": "on"}
AWAY = {"evacuated": "yes", "fire_affected": "yes", "doses_on_hand": "yes"}
# Door, answers, days until the next dose; then priority, rules among those that fire, pharmacist.
CASES: list[tuple[Door, dict[str, Any], int | None, str, set[str], bool]] = [
    (Door.NEW, FLED, 5, "same_day", {"R9", "R10"}, False),
    (Door.NEW, FLED, 2, "urgent", {"R4", "R5"}, False),
    (Door.CURRENT, FINE, None, "routine", {"R14"}, False),
    (Door.CURRENT, {"danger_signs": ["meningitis"]}, None, "emergency", {"R2"}, True),
    (Door.CURRENT, WARM, 3, "urgent", {"R6"}, True),
    (Door.CURRENT, WARM, 10, "same_day", {"R11"}, True),
    (Door.CURRENT, CENTER, 1, "urgent", {"R5"}, False),
    (Door.CURRENT, AWAY | SPANISH, None, "same_day", {"R9", "R13"}, False),
    (Door.CURRENT, AWAY, None, "same_day", {"R9", "R13"}, False),
]


@pytest.mark.parametrize(("door", "answers", "due_in", "priority", "rules", "pharmacist"), CASES)
def test_the_cases_through_the_form(
    client: Client,
    door: Door,
    answers: dict[str, Any],
    due_in: int | None,
    priority: str,
    rules: set[str],
    pharmacist: bool,
) -> None:
    Facility.objects.filter(slug="infusion-center-2").update(status=FacilityStatus.CLOSED)
    due_on = None if due_in is None else (timezone.localdate() + timedelta(due_in)).isoformat()
    sent = client.post(f"/help/{door}/", posted(door, next_dose_on=due_on, **answers))
    assert sent.status_code == 303
    request = Request.objects.get()
    assert request.queue.slug == {Door.CURRENT: "current-patients", Door.NEW: "new-patients"}[door]
    assert (request.priority, request.needs_pharmacist) == (priority, pharmacist)
    assert rules <= set(request.rules)
    assert request.interpreter is ("interpreter" in answers)
    assert ("Call 911 now" in client.get(sent["Location"]).content.decode()) is (priority == "emergency")
