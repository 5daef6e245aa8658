"""Are the committed catalogs what the sources say, fully translated, and compiled?

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
EXTRACT = ("makemessages", "--locale=es", "--no-location", "--no-obsolete", "--no-wrap")
COMPILE = ("compilemessages", "--locale=es")
DATE = re.compile(r'^"POT-Creation-Date: .*\n', re.MULTILINE)


def run(*command: str, cwd: Path = ROOT) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def extracted(catalog: Path) -> str:
    """Return what makemessages would write to `catalog` now."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in SOURCES:
            shutil.copytree(
                ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules")
            )
        shutil.copy(ROOT / "manage.py", copy)
        run(sys.executable, "manage.py", *EXTRACT, cwd=copy)
        return (copy / catalog.relative_to(ROOT)).read_text()


def complaints(catalog: Path) -> list[str]:
    name = catalog.relative_to(ROOT)
    found = []
    committed = catalog.read_text()
    if DATE.sub("", (fresh := extracted(catalog))) != DATE.sub("", committed):
        lines = difflib.unified_diff(
            committed.splitlines(), fresh.splitlines(), "committed", "sources", "", "", 1
        )
        found.append(f"{name} is not what the sources say; run `make messages`:\n" + "\n".join(lines))
    for flag, word in (("--only-fuzzy", "fuzzy"), ("--untranslated", "not translated")):
        if left := run("msgattrib", flag, "--no-obsolete", "--no-wrap", str(catalog)):
            found.append(f"{name}: {word}:\n{left}")
    compiled = catalog.with_suffix(".mo")
    with tempfile.NamedTemporaryFile(suffix=".mo") as file:
        run("msgfmt", "--check-format", "-o", file.name, str(catalog))
        if not compiled.exists() or meaning(Path(file.name)) != meaning(compiled):
            found.append(f"{compiled.relative_to(ROOT)} is not up to date; run `make messages`.")
    return found


def meaning(compiled: Path) -> dict[object, str]:
    """Return message → translation; the bytes differ between versions of msgfmt, and so does the date."""
    catalog = dict(gettext.GNUTranslations(io.BytesIO(compiled.read_bytes()))._catalog)  # type: ignore[attr-defined]
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
    print("\n".join(found) if found else f"{len(catalogs)} catalog(s): up to date, complete, compiled.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
