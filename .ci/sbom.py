"""What the service is made of, under which licences: docs/licences.md, sbom/portal.cdx.json (CycloneDX).

`make sbom` writes both from the pins and what each installed package says of itself. This check fails
where they are not up to date, or where a licence that nobody has agreed to comes in. The files say nothing of
when or where they were made, so that the same pins give the same bytes.
"""

import json
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from pins import requirements

ROOT = Path(__file__).resolve().parent.parent
BOM = ROOT / "sbom" / "portal.cdx.json"
LIST = ROOT / "docs" / "licences.md"

# What may be served to patients. The LGPL's one package, psycopg2, is used as it is and could be exchanged.
SERVED = {
    *("MIT", "MIT-0", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "Unlicense", "PSF-2.0"),
    "LGPL-3.0-or-later",
}
# Tools that check the code on a developer's machine or in CI, and go nowhere else.
TOOLS = SERVED | {"MPL-2.0", "Artistic-1.0-Perl"}
# What packages without an SPDX expression call their licence.
WORDS = {
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD 2-Clause License": "BSD-2-Clause",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "PSFL": "PSF-2.0",
}
# What only the text that comes with a package tells, read by a person.
READ = {
    "axe-playwright-python": "MIT",
    "psycopg2-binary": "LGPL-3.0-or-later",
    "pytest-django": "BSD-3-Clause",
    "segno": "BSD-3-Clause",
    "sqlparse": "BSD-3-Clause",
    "text-unidecode": "Artistic-1.0-Perl OR GPL-2.0-or-later",
}


def packages(file: str) -> dict[str, str]:
    """Return name → version of every pin."""
    pins = (line.split()[0].partition("==") for line in requirements(str(ROOT / file)))
    return {re.sub(r"\[.*", "", name): version for name, _, version in pins}


def licence(name: str) -> str:
    """Return an SPDX expression, or whatever the package says instead."""
    said = metadata.metadata(name)
    if expression := said.get("License-Expression") or READ.get(name):
        return expression
    classifiers = [text for text in said.get_all("Classifier") or [] if text.startswith("License")]
    words = [text.rpartition(" :: ")[2].strip() for text in [said.get("License") or "", *classifiers]]
    known = [WORDS.get(word, word) for word in words if word and "\n" not in word]
    return next((word for word in known if word in TOOLS), (known or ["unknown"])[0])


def is_allowed(expression: str, allowed: set[str]) -> bool:
    """One of the alternatives must be allowed, with everything that it asks for."""
    return any(
        all(term.strip() in allowed for term in alternative.split(" AND "))
        for alternative in expression.split(" OR ")
    )


def bill() -> str:
    served = packages("requirements.txt")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    itself = f"{project['name']}@{project['version']}"
    asked_for = [
        Requirement(line.partition("#")[0]).name
        for line in (ROOT / "requirements.in").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": itself,
                "name": project["name"],
                "version": project["version"],
                "description": project["description"],
            }
        },
        "components": [_component(name, version) for name, version in served.items()],
        "dependencies": [
            {"ref": itself, "dependsOn": sorted(_ref(name, served) for name in asked_for)},
            *(_needs(name, served) for name in served),
        ],
    }
    return json.dumps(document, indent=1) + "\n"


def _component(name: str, version: str) -> dict[str, Any]:
    return {
        "type": "library",
        "bom-ref": f"pkg:pypi/{name}@{version}",
        "name": name,
        "version": version,
        "scope": "required",
        "licenses": [{"expression": licence(name)}],
        "purl": f"pkg:pypi/{name}@{version}",
    }


def _ref(name: str, served: dict[str, str]) -> str:
    name = _normal(name)
    return f"pkg:pypi/{name}@{served[name]}"


def _needs(name: str, served: dict[str, str]) -> dict[str, Any]:
    wanted = [Requirement(text) for text in metadata.requires(name) or []]
    here = {_normal(need.name) for need in wanted if not need.marker or need.marker.evaluate({"extra": ""})}
    return {
        "ref": _ref(name, served),
        "dependsOn": sorted(_ref(need, served) for need in here if need in served),
    }


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def licences() -> str:
    served = packages("requirements.txt")
    tools = {
        name: version for name, version in packages("requirements-dev.txt").items() if name not in served
    }
    lines = [
        "# Licences",
        "",
        "Made by `make sbom` from the pins; `.ci/sbom.py` says which licences may come in.",
    ]
    for title, pins in (("What is served", served), ("Tools of development and CI", tools)):
        lines += ["", f"## {title}", "", "| package | version | licence |", "|---|---|---|"]
        lines += [f"| {name} | {version} | {licence(name)} |" for name, version in pins.items()]
    return "\n".join([*lines, ""])


def complaints() -> list[str]:
    found = []
    for file, allowed in (("requirements.txt", SERVED), ("requirements-dev.txt", TOOLS)):
        for name, version in packages(file).items():
            if metadata.version(name) != version:
                found.append(f"{name}: {version} is pinned and another is installed; run `make install-dev`.")
            if not is_allowed(licence(name), allowed):
                found.append(f"{file}: {name} is under {licence(name)!r}, which nobody has agreed to.")
    return found


def main() -> int:
    made = {BOM: bill(), LIST: licences()}
    if sys.argv[1:] == ["--update"]:
        for path, text in made.items():
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
    found = complaints()
    found += [
        f"{path.relative_to(ROOT)} is not what the pins say; run `make sbom`."
        for path, text in made.items()
        if not path.exists() or path.read_text() != text
    ]
    print(
        "\n".join(found)
        or f"Licences and bill of materials: {bill().count('bom-ref') - 1} parts, up to date."
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
