"""Whether JSON-LD keeps to the vocabulary of schema.org, by the table in schema_org.json."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

TYPES = json.loads(Path(__file__).with_name("schema_org.json").read_text())["types"]


def kinds(name: str) -> set[str]:
    """The type and all types above it."""
    return {name}.union(*(kinds(above) for above in TYPES[name]["above"]))


def properties(name: str) -> dict[str, list[str]]:
    """Each property of the type with what it may hold, as said by the type itself or the next one above."""
    found: dict[str, list[str]] = {}
    for above in TYPES[name]["above"]:
        found |= properties(above)
    return found | TYPES[name]["properties"]


def complaints(document: dict[str, Any]) -> list[str]:
    nodes = document.get("@graph", [document])
    if document.get("@context") != "https://schema.org":
        return ["The context is not schema.org."]
    known = {node["@id"]: node["@type"] for node in nodes if "@id" in node}
    return [complaint for node in nodes for complaint in _node(node, known)]


def _node(node: dict[str, Any], known: dict[str, str]) -> Iterator[str]:
    kind = node.get("@type", "")
    if kind not in TYPES:
        yield f"“{kind}” is no type of the vocabulary."
        return
    allowed = properties(kind)
    for name, value in node.items():
        if name in ("@type", "@id"):
            continue
        if name not in allowed:
            yield f"{kind} has no property “{name}”."
            continue
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict) and "@type" in one:
                yield from _node(one, known)
            if not any(_fits(one, wanted, known) for wanted in allowed[name]):
                yield f"{kind}.{name} can’t hold {one!r}."


def _fits(value: Any, wanted: str, known: dict[str, str]) -> bool:
    if isinstance(value, dict):
        kind = value.get("@type") or known.get(value.get("@id", ""))
        return kind in TYPES and wanted in kinds(kind)
    if wanted == "Boolean":
        return isinstance(value, bool)
    if not isinstance(value, str) or not value.strip():
        return False
    if wanted in ("Date", "DateTime"):
        try:
            (date if wanted == "Date" else datetime).fromisoformat(value)
        except ValueError:
            return False
        return len(value) == 10 or wanted == "DateTime"
    return wanted == "Text" or (wanted == "URL" and value.startswith(("https://", "http://")))
