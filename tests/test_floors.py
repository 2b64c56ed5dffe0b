"""The floors of the house: a module imports from its own floor or from those below, third parties included."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "kapplan"
FLOORS = {"dataclass": 1, "dates": 1, "errors": 1, "model": 2, "planning": 3, "files": 4, "output": 5, "cli": 6}
THIRD_PARTIES = {
    1: {"dateutil"},
    2: set[str](),
    3: {"dateutil", "holidays", "tzdata"},
    4: {"tomli_w", "pydantic", "pydantic_core", "icalendar", "caldav", "keyring", "sqlalchemy"},
    5: {"rich", "icalendar", "jinja2", "markupsafe"},
    6: {"typer"},
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def floor_of(module: str) -> int | None:
    """Return the floor of a module of the package; the package itself, the public face, stands on none."""
    parts = module.split(".")
    return FLOORS[parts[1]] if len(parts) > 1 and parts[1] in FLOORS else None


def imported(path: Path) -> set[str]:
    """Return every module that a file imports, at its top or inside functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            found |= {
                f"{node.module}.{alias.name}" if node.module == "kapplan" else node.module for alias in node.names
            }
    return found


def name_of(path: Path) -> str:
    """Return a file's module name."""
    return ".".join(("kapplan", *path.relative_to(PACKAGE).with_suffix("").parts))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_come_from_below(path: Path) -> None:
    """No module imports from a floor above its own."""
    own = floor_of(name_of(path))
    if own is None:
        return
    for module in imported(path):
        if module.startswith("kapplan."):
            other = floor_of(module)
            assert other is None or other <= own, f"{name_of(path)} (floor {own}) imports {module} (floor {other})"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_third_parties_stay_on_their_floors(path: Path) -> None:
    """A third party's package is imported only on the floor that owns it, or above."""
    own = floor_of(name_of(path))
    if own is None:
        return
    foreign = {module.split(".")[0] for module in imported(path)} - {"kapplan"} - sys.stdlib_module_names
    allowed = set().union(*(parties for floor, parties in THIRD_PARTIES.items() if floor <= own))
    assert foreign <= allowed, f"{name_of(path)} imports {foreign - allowed}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_the_edge_reads_the_clock(path: Path) -> None:
    """The clock is read in one module alone, so that the same input always gives the same output."""
    if name_of(path) == "kapplan.cli.session.environment":
        return
    calls = {
        node.func.attr
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in {"date", "datetime"}
    }
    assert not calls & {"now", "today", "utcnow"}


@pytest.mark.parametrize(("package", "owner"), [("caldav", "transport"), ("keyring", "credentials")])
def test_what_is_optional_is_imported_in_one_place(package: str, owner: str) -> None:
    """A package that need not be installed is imported by the one module that knows what to do without it."""
    importing = [name_of(path) for path in MODULES if package in {module.split(".")[0] for module in imported(path)}]
    assert importing == [f"kapplan.files.caldav.{owner}"]


def test_the_library_is_data() -> None:
    """The library holds no Python: a protocol or a rule is added without a line of it."""
    assert not list((PACKAGE / "library").rglob("*.py"))
