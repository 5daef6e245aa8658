"""Words that nobody else would say go through the whole portal, and are looked for where they must not be."""

import logging
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection

from intake.models import Request
from intake.services import desk
from tests.intake.requests import MORNING

SAID = {
    "first_name": "Zyxelda",
    "last_name": "Quorvath",
    "date_of_birth": "1937-03-19",
    "phone": "(213) 555-0186",
    "phone_alternate": "213 555 0187",
    "email": "zyx.quorvath@example.org",
    "caller_name": "Brunhilt Quorvath",
    "caller_relationship": "grandniece-sentinel",
    "accommodation": "sentinel-accommodation",
    "zip_now": "90909",
    "delivery_address": "77 Sentinel Lane",
    "therapy": "sentinel-therapy",
    "notes": "sentinel-notes",
}
# How they would look in a column, a log or an address.
WORDS = [
    "zyxelda", "quorvath", "1937-03-19", "5550186", "555-0186", "5550187", "example.org", "brunhilt",
    "grandniece", "sentinel", "90909",
]  # fmt: skip


def whole_database() -> str:
    """Every row of every table, and for SQLite the very bytes of the file and its journal."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        rows = []
        for table in tables:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608  (our own tables)
            rows.append(repr(cursor.fetchall()))
    if connection.vendor == "sqlite":
        path = Path(str(connection.settings_dict["NAME"]))
        rows += [file.read_bytes().decode("latin-1") for file in path.parent.glob(f"{path.name}*")]
    return "".join(rows).lower()


@pytest.mark.django_db(transaction=True)
def test_nothing_that_was_said_stands_where_it_must_not(client, staff, sign_in, caplog):
    caplog.set_level(logging.DEBUG)
    data = {**SAID, "submission_key": str(uuid4()), "caller_role": "caregiver", "danger_signs": "meningitis"}
    response = client.post("/help/current-patient/", data)
    assert response.status_code == 303
    addresses = [response["Location"]]
    assert "Zyxelda" in client.get(response["Location"]).content.decode()
    # an error that has everything typed on its page
    client.post("/help/current-patient/", {**data, "date_of_birth": "1937-03-99"})

    request, lead = Request.objects.get(), staff("lead")
    sign_in(client, lead)
    for address in ["/admin/triage/", f"/admin/triage/requests/{request.pk}/"]:
        client.get(address)
        addresses.append(address)
    client.get("/admin/triage/", {"q": "not-a-name"})
    desk.log_outreach(
        request_id=request.pk, outcome="no_answer", note="sentinel-outreach", by=lead, now=MORNING
    )
    assert str(request) == f"request {request.pk}"

    places = {
        "the database": whole_database(),
        "the logs": caplog.text.lower(),
        "an address": " ".join(addresses).lower(),
        "a query's log": str(request.events.all().query).lower(),
    }
    found = [(word, place) for place, content in places.items() for word in WORDS if word in content]
    # The search for a patient is a POST or keeps its words out of the log; what was sealed opens again.
    assert not found
    assert Request.objects.get().answers["notes"] == "sentinel-notes"
