"""Reads a page as a browser without JavaScript would."""

from html.parser import HTMLParser
from typing import Any


class Page(HTMLParser):
    """What a reader of the page can reach: ids, links, hidden inputs, and every control's value."""

    def __init__(self, response: Any) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.values: dict[str, list[str]] = {}
        self.described: set[str] = set()
        self.open: set[str] = set()
        self.title = ""
        self._inside: list[Any] = []
        self.html = response.content.decode()
        self.feed(self.html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        self.ids += [given["id"]] if given.get("id") else []
        self.links += [given["href"] or ""] if tag == "a" else []
        self.described |= set((given.get("aria-describedby") or "").split())
        self.described |= set((given.get("aria-labelledby") or "").split())
        if tag == "details" and "open" in given:
            self.open.add(given["id"] or "")
        name = given.get("name")
        if tag == "input" and name:
            picked = given.get("type") not in ("radio", "checkbox") or "checked" in given
            if picked and ("value" in given or given.get("type") == "checkbox"):
                self._keep(name, given.get("value") or "on")
        if tag == "select":
            self._select = name
        if tag == "option" and "selected" in given and given.get("value"):
            self._keep(self._select, given["value"])
        self._inside = [tag, name]
        if tag == "textarea":
            self._keep(name, "")

    def handle_data(self, data: str) -> None:
        tag, name = self._inside or ("", "")
        if tag == "title":
            self.title += data
        if tag == "textarea":
            self.values[name][-1] += data

    def handle_endtag(self, tag: str) -> None:
        self._inside = []

    def _keep(self, name: Any, value: Any) -> None:
        self.values.setdefault(name, []).append(value)

    @property
    def typed(self) -> dict[str, Any]:
        """As `posted` has it: without the tokens, and without what is empty."""
        return {
            name: values if name in ("danger_signs", "storage_problems") else values[-1]
            for name, values in ((n, [v.removeprefix("\n") for v in vs]) for n, vs in self.values.items())
            if name not in ("csrfmiddlewaretoken", "submission_key") and any(values)
        }
