"""What stands before Django: a request that it could not even look at is answered all the same."""

from typing import Any

import pytest
from django.test import RequestFactory

from portal.handler import Handler, without_charset

pytestmark = pytest.mark.django_db(transaction=True)


def test_more_in_the_address_than_anybody_reads_is_answered_in_whatever_characters() -> None:
    said: list[str] = []

    def start_response(status: str, headers: Any) -> None:
        said.append(status)

    environ = RequestFactory()._base_environ(
        REQUEST_METHOD="POST",
        PATH_INFO="/help/new-patient/",
        QUERY_STRING="a=1&" * 1500,
        CONTENT_TYPE="application/x-www-form-urlencoded; charset=latin-1",
    )
    body = b"".join(Handler()(environ, start_response)).decode()
    assert said == ["403 Forbidden"], "the form was not fetched before"
    assert "877-595-0757" in body
    assert "877-602-7779" in body


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("text/plain", "text/plain"),
        ("text/plain; Charset = utf-16", "text/plain"),
        ("multipart/form-data; charset=x; boundary=charset", "multipart/form-data; boundary=charset"),
    ],
)
def test_the_rest_of_what_a_body_says_of_itself_stays(said: str, left: str) -> None:
    assert without_charset(said) == left
