import logging

import pytest
from django.db import OperationalError

from intake.querysets import RequestQuerySet
from portal.logs import WithoutAddresses


def test_the_secret_part_of_an_address_is_taken_out():
    record = logging.LogRecord(
        "x", logging.ERROR, "", 0, "%s: %s", ("Service Unavailable", "/es/help/received/5ec4e7/"), None
    )
    assert WithoutAddresses().filter(record)
    assert record.getMessage() == "Service Unavailable: /es/help/received/[…]/"


def test_other_lines_stay_as_they_are():
    record = logging.LogRecord("x", logging.ERROR, "", 0, "took %d s", (3,), None)
    WithoutAddresses().filter(record)
    assert (record.msg, record.args) == ("took %d s", (3,))


@pytest.mark.django_db
def test_a_received_page_that_fails_leaves_no_address_in_the_log(client, monkeypatch, capsys):
    def fail(self, token):
        raise OperationalError

    monkeypatch.setattr(RequestQuerySet, "by_token", fail)
    client.raise_request_exception = False
    # The handler of the settings, writing where this test can read.
    handler = logging.getLogger("django.request").handlers[0]
    lines = []
    monkeypatch.setattr(handler, "emit", lambda record: lines.append(handler.format(record)))
    assert client.get("/help/received/5ec4e75ec4e7/").status_code == 503
    assert lines
    assert "5ec4e7" not in "".join(line.splitlines()[0] for line in lines)
