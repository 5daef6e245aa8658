from datetime import UTC, datetime

import pytest
import time_machine

from intake.models import EmergencyNotice, Facility

pytestmark = pytest.mark.django_db


@time_machine.travel("2026-11-22 20:00Z", tick=False)
def test_it_says_what_the_status_page_says(client):
    Facility.objects.filter(slug="infusion-center-1").update(
        status="limited", since=datetime(2026, 11, 21, 16, 30, tzinfo=UTC), note="Mornings only – call."
    )
    EmergencyNotice.objects.update(
        severity="warning",
        headline="Center 1 is limited",
        body="Call before you travel.",
        starts_at=datetime(2026, 11, 21, 16, 30, tzinfo=UTC),
        ends_at=None,
    )
    response = client.get("/status.json")
    assert response.json() == {
        "as_of": "2026-11-22T20:00:00Z",
        "stale": False,
        "pharmacy": {
            "slug": "pharmacy",
            "name": "California Specialty Pharmacy",
            "name_confirmed": True,
            "status": "open",
            "since": None,
            "note": "",
        },
        "centers": [
            {
                "slug": "infusion-center-1",
                "name": "Infusion center 1",
                "name_confirmed": False,
                "status": "limited",
                "since": "2026-11-21T16:30:00Z",
                "note": "Mornings only – call.",
            },
            *(
                {
                    "slug": f"infusion-center-{number}",
                    "name": f"Infusion center {number}",
                    "name_confirmed": False,
                    "status": "open",
                    "since": None,
                    "note": "",
                }
                for number in (2, 3)
            ),
        ],
        "lines": [
            {
                "audience": "For current patients, or if you are not sure",
                "phone": "877-595-0757",
                "tel": "tel:+18775950757",
            },
            {
                "audience": "For people who are not patients yet",
                "phone": "877-602-7779",
                "tel": "tel:+18776027779",
            },
        ],
        "notice": {
            "severity": "warning",
            "headline": "Center 1 is limited",
            "body": "Call before you travel.",
            "starts_at": "2026-11-21T16:30:00Z",
            "ends_at": None,
        },
    }
    assert response.content.isascii()


def test_no_notice_is_null(client):
    EmergencyNotice.objects.all().delete()
    assert client.get("/status.json").json()["notice"] is None


def test_caches_keep_it_for_seconds_only(client):
    assert client.get("/status.json")["Cache-Control"] == "public, max-age=2"


def test_it_is_only_read(client):
    assert client.post("/status.json").status_code == 405
