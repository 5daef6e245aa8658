"""Who relies on an infusion center, and what a lead does to one."""

from datetime import timedelta

from intake.models import Facility, OutboxMessage
from intake.services import site
from tests.intake.requests import MORNING, submit

LATER = MORNING + timedelta(hours=1)
CENTER = {
    "care_setting": "center",
    "center": "infusion-center-1",
    "center_reachable": "yes",
    "fire_affected": "no",
}
# Tomorrow, of one who relies on the center: nothing to worry about while it is open.
SOON = {**CENTER, "next_dose_on": "2026-11-19"}
LATE = {**CENTER, "next_dose_on": "2026-12-19"}


def person(number, **given):
    return submit(phone=f"+1213555{number:04}", last_name=f"Rivera {number}", **given).request


def set_status(status, by, now=LATER, slug="infusion-center-1"):
    center = Facility.objects.get(slug=slug)
    opened = site.version(center)
    center.status = status
    return site.save_facility(facility=center, opened=opened, by=by, now=now)


def messages(kind="center_changed"):
    return OutboxMessage.objects.filter(kind=kind)
