"""docs/safety.md: every statement has a row, and every test and command that is named exists."""

import ast
import re
from functools import cache

import pytest
from django.core.management import get_commands

from portal.demo_keys import ROOT

STATEMENTS = [*(f"N{n}" for n in range(1, 9)), *(f"S{n}" for n in range(1, 13)), "Everyone can use it"]
TEXT = (ROOT / "docs" / "safety.md").read_text()
ROWS = {
    cells[0].strip(): cells[1:]
    for line in TEXT.splitlines()
    if line.startswith("| ") and len(cells := line.strip("|").split(" | ")) == 3
}
NAMED = re.findall(r"`([^`]+)`", " ".join(shown for _done, shown in ROWS.values()))
TESTS = [name for name in NAMED if name.startswith("tests/")]


@cache
def functions_of(path: str) -> set[str]:
    """The functions of a file, those of a class as `Class::function`, and the classes."""
    found: set[str] = set()
    for node in ast.parse((ROOT / path).read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{one.name}" for one in node.body if isinstance(one, ast.FunctionDef)}
    return found


@pytest.mark.parametrize("statement", STATEMENTS)
def test_every_statement_has_a_row_that_names_what_shows_it(statement: str) -> None:
    done, shown = ROWS[statement]
    assert len(done) > 40
    assert "`" in shown


@pytest.mark.parametrize("name", TESTS)
def test_every_test_that_is_named_exists(name: str) -> None:
    path, _, function = name.partition("::")
    assert function in functions_of(path)


def test_every_command_that_is_named_exists() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    others = [name for name in NAMED if name not in TESTS]
    assert others
    for name in others:
        program, _, rest = name.partition(" ")
        if program == "make":
            assert rest in targets, name
        elif program == "manage.py":
            assert rest.split()[0] in get_commands(), name
        else:
            assert (ROOT / program).exists(), name
