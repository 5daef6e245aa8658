"""A visitor's browser behind a load balancer that ends TLS: cookies, forms, and lost answers."""

import http.client
import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from random import Random

from benchmarks.drill.processes import HOST

TIMEOUT = 30.0


class NoAnswer(Exception):
    """The connection broke or stayed silent: nobody knows whether the request arrived."""


class NobodyListens(NoAnswer):
    """It did not arrive."""


@dataclass(frozen=True)
class Answer:
    status: int
    location: str
    html: str


class Browser:
    def __init__(self, ports: Sequence[int], address: str, random: Random | None = None) -> None:
        """`ports` are those of the machines, `address` the visitor's own."""
        self.ports, self.address, self.random = ports, address, random or Random()
        self.cookies: dict[str, str] = {}

    def get(self, path: str, port: int = 0) -> Answer:
        return self._ask("GET", path, None, port)

    def post(self, path: str, data: Mapping[str, str | list[str]], port: int = 0) -> Answer:
        return self._ask("POST", path, urllib.parse.urlencode(data, doseq=True), port)

    def _ask(self, method: str, path: str, body: str | None, port: int) -> Answer:
        headers = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": self.address}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Origin"] = f"https://{HOST}"
        connection = self._connect(port)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            html = response.read().decode()
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer from error
        finally:
            connection.close()
        for line in response.headers.get_all("Set-Cookie", []):
            name, _equals, value = line.split(";")[0].partition("=")
            self.cookies[name] = value
        return Answer(response.status, response.headers.get("Location", ""), html)

    def _connect(self, port: int) -> http.client.HTTPConnection:
        """Connect to one of the machines; where none listens, to another."""
        ports = [port] if port else self.random.sample(self.ports, len(self.ports))
        for one in ports:
            connection = http.client.HTTPConnection("127.0.0.1", one, timeout=TIMEOUT)
            try:
                connection.connect()
            except OSError:
                connection.close()
                continue
            return connection
        raise NobodyListens


class _Form(HTMLParser):
    """The fields of the form that holds `field`, as a browser would send them untouched."""

    def __init__(self, html: str, field: str) -> None:
        super().__init__()
        self.forms: list[dict[str, str]] = []
        self.options: list[str] = []
        self.select = self.textarea = ""
        self.feed(html)
        self.found = next((form for form in self.forms if field in form), {})

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.forms.append({})
        if not self.forms:
            return
        name, form = given.get("name", ""), self.forms[-1]
        if tag == "input" and name:
            picked = given.get("type") not in ("radio", "checkbox") or "checked" in given
            if picked:
                form[name] = given.get("value", "on" if given.get("type") == "checkbox" else "")
        elif tag == "select":
            self.select = name
            form.setdefault(name, "")
        elif tag == "option" and "selected" in given:
            form[self.select] = given.get("value", "")
        elif tag == "textarea":
            self.textarea = name
            form[name] = ""

    def handle_data(self, data: str) -> None:
        if self.textarea:
            self.forms[-1][self.textarea] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self.textarea:
            self.forms[-1][self.textarea] = self.forms[-1][self.textarea].removeprefix("\n")
            self.textarea = ""


def form_in(html: str, field: str) -> dict[str, str]:
    """The names and values of the first form with `field` in it; empty where there is none.

    Of several ticked boxes with one name the last counts: these visitors tick one.
    """
    return _Form(html, field).found
