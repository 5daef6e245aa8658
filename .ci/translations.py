"""Are the committed catalogs what the sources say, compiled, and translated wherever the public reads?

`make messages` brings them up to date; this check does the same on a copy and changes nothing.
"""

import difflib
import gettext
import io
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("portal", "intake", "education", "templates", "locale")
# Staff work in English: what stands nowhere else may wait for its translation.
STAFF_ONLY = (
    *("intake/admin/", "intake/models/", "intake/services/", "intake/management/", "intake/presenting.py"),
    *("intake/desk/", "intake/scripts.py", "intake/steps.py", "templates/desk/"),
    *("education/admin/", "education/models/", "education/services/", "education/management/"),
    *("education/checks.py", "education/differences.py"),
    *(
        "portal/admin.py",
        "portal/audit/",
        "portal/models.py",
        "portal/staff.py",
        "portal/accounts/",
        "portal/management/",
    ),
    *("intake/apps.py", "education/apps.py", "portal/apps.py"),
    *("templates/admin/", "templates/intake/messages/staff_alert.txt"),
    *("templates/intake/messages/escalation.txt", "templates/intake/messages/center_changed.txt"),
    "templates/intake/messages/notice_contradicted.txt",
    "templates/intake/messages/emergency_access.txt",
)
EXTRACT = ("makemessages", "--locale=es", "--no-location", "--no-obsolete", "--no-wrap")
LOCATE = ("makemessages", "--locale=es", "--add-location=file", "--no-obsolete", "--no-wrap")
COMPILE = ("compilemessages", "--locale=es")
DATE = re.compile(r'^"POT-Creation-Date: .*\n', re.MULTILINE)


def run(*command: str, cwd: Path = ROOT) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def extracted(catalog: Path) -> tuple[str, list[str]]:
    """Return what makemessages would write to `catalog` now, and what it lacks that the public reads."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in SOURCES:
            shutil.copytree(
                ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules")
            )
        shutil.copy(ROOT / "manage.py", copy)
        run(sys.executable, "manage.py", *EXTRACT, cwd=copy)
        fresh = copy / catalog.relative_to(ROOT)
        text = fresh.read_text()
        run(sys.executable, "manage.py", *LOCATE, cwd=copy)
        untranslated = run("msgattrib", "--untranslated", "--no-obsolete", "--no-wrap", str(fresh))
        return text, [entry for entry in untranslated.split("\n\n")[1:] if _is_public(entry)]


def _is_public(entry: str) -> bool:
    lines = [line.removeprefix("#: ") for line in entry.splitlines() if line.startswith("#: ")]
    return not all(place.startswith(STAFF_ONLY) for line in lines for place in line.split())


def complaints(catalog: Path) -> list[str]:
    name = catalog.relative_to(ROOT)
    found = []
    committed = catalog.read_text()
    fresh, untranslated = extracted(catalog)
    if DATE.sub("", fresh) != DATE.sub("", committed):
        lines = difflib.unified_diff(
            committed.splitlines(), fresh.splitlines(), "committed", "sources", "", "", 1
        )
        found.append(f"{name} is not what the sources say; run `make messages`:\n" + "\n".join(lines))
    if fuzzy := run("msgattrib", "--only-fuzzy", "--no-obsolete", "--no-wrap", str(catalog)):
        found.append(f"{name}: fuzzy:\n{fuzzy}")
    if untranslated:
        found.append(f"{name}: not translated, and the public reads it:\n" + "\n\n".join(untranslated))
    compiled = catalog.with_suffix(".mo")
    with tempfile.NamedTemporaryFile(suffix=".mo") as file:
        run("msgfmt", "--check-format", "-o", file.name, str(catalog))
        if not compiled.exists() or meaning(Path(file.name)) != meaning(compiled):
            found.append(f"{compiled.relative_to(ROOT)} is not up to date; run `make messages`.")
    return found


def meaning(compiled: Path) -> dict[object, str]:
    """Return message → translation; the bytes differ between versions of msgfmt, and so does the date."""
    catalog = dict(gettext.GNUTranslations(io.BytesIO(compiled.read_bytes()))._catalog)
    catalog.pop("", None)
    return catalog


def main() -> int:
    if sys.argv[1:] == ["--update"]:
        run(sys.executable, "manage.py", *EXTRACT)
        run(sys.executable, "manage.py", *COMPILE)
    catalogs = sorted(ROOT.glob("locale/*/LC_MESSAGES/*.po"))
    found = [complaint for catalog in catalogs for complaint in complaints(catalog)]
    if not catalogs:
        found.append("There is no catalog under locale/; run `make messages`.")
    fine = f"{len(catalogs)} catalog(s): up to date, compiled, complete for the public."
    print("\n".join(found) or fine)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
