"""The house: its floors, the rooms on them and what each may use; ``docs/architecture.md`` shows the same table."""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = Path(__file__).parent.parent / "kapplan"
ARCHITECTURE = PACKAGE.parent / "docs" / "architecture.md"
MODULES = {
    ".".join(("kapplan", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
ALL_BEFORE = ("all before it",)


class Room(NamedTuple):
    """A folder (or a module beside the folders), its floor, and the rooms of its own floor that it may use."""

    floor: int
    name: str
    uses: tuple[str, ...] = ()


ROOMS = (
    Room(1, "dataclass"),
    Room(1, "dates"),
    Room(1, "errors", ("dataclass",)),
    Room(2, "model"),
    Room(3, "planning/phrases"),
    Room(3, "planning/problem", ALL_BEFORE),
    Room(3, "planning/regimen", ALL_BEFORE),
    Room(3, "planning/rules", ALL_BEFORE),
    Room(3, "planning/availability", ALL_BEFORE),
    Room(3, "planning/bookings", ALL_BEFORE),
    Room(3, "planning/residual", ALL_BEFORE),
    Room(3, "planning/feasibility", ALL_BEFORE),
    Room(3, "planning/solver", ALL_BEFORE),
    Room(3, "planning/infeasibility", ALL_BEFORE),
    Room(3, "planning/schedule", ALL_BEFORE),
    Room(3, "planning/joint", ALL_BEFORE),
    Room(3, "planning/lint", ALL_BEFORE),
    Room(3, "planning/journal", ALL_BEFORE),
    Room(3, "planning/amend", ALL_BEFORE),
    Room(3, "planning/replan", ALL_BEFORE),
    Room(3, "planning/review", ALL_BEFORE),
    Room(3, "planning/reports", ALL_BEFORE),
    Room(3, "planning/clinic", ALL_BEFORE),
    Room(4, "files/toml"),
    Room(4, "files/library", ("files/toml",)),
    Room(4, "files/documents", ("files/toml", "files/library")),
    Room(4, "files/plans", ("files/toml", "files/library", "files/documents")),
    Room(4, "files/calendars", ("files/toml",)),
    Room(4, "files/caldav", ("files/plans", "files/calendars")),
    Room(4, "files/busy", ("files/toml", "files/plans", "files/calendars", "files/caldav")),
    Room(4, "files/book", ("files/toml", "files/plans")),
    Room(4, "files/checks", ("files/toml", "files/library", "files/documents", "files/plans")),
    Room(4, "files/importing", ("files/toml", "files/library", "files/documents", "files/checks")),
    Room(5, "output/records"),
    Room(5, "output/terminal", ("output/records",)),
    Room(5, "output/course", ("output/records", "output/terminal")),
    Room(5, "output/documents", ("output/records",)),
    Room(5, "output/calendar"),
    Room(5, "output/handout", ("output/records", "output/course")),
    Room(5, "output/views", ("output/records", "output/terminal", "output/course")),
    Room(5, "output/library", ("output/records", "output/terminal", "output/course")),
    Room(5, "output/formats", ("output/records",)),
    Room(5, "output/clinic", ("output/records", "output/terminal")),
    Room(6, "api"),
    Room(6, "cli/session"),
    Room(6, "cli/typed", ("cli/session",)),
    Room(6, "cli/casework", ("api", "cli/session")),
    Room(6, "cli/batch", ("cli/session", "cli/casework")),
    Room(6, "cli/wizard", ("cli/session", "cli/typed")),
    Room(6, "cli/commands", ("cli/session", "cli/typed", "cli/casework", "cli/batch", "cli/wizard")),
    Room(6, "cli/app", ("cli/session",)),
    Room(6, "cli/boundary", ("cli/session", "cli/app")),
)
"""Every room, from the ground up: it may use those of its floor that it names, and all of the floors below."""

APART = (("output", "files"),)
"""The ways out know nothing of the ways in, though these lie below them."""

THIRD_PARTIES = {
    1: set[str](),
    2: set[str](),
    3: {"holidays", "tzdata", "highspy", "numpy"},
    4: {"tomli", "tomli_w"}
    | {"pydantic", "pydantic_core", "icalendar", "caldav", "keyring", "sqlalchemy", "psycopg", "openpyxl"},
    5: {"rich", "icalendar", "jinja2", "markupsafe", "weasyprint"},
    6: {"typer", "babel", "distributed", "questionary", "prompt_toolkit"},
}

FEWEST_MODULES, MOST_MODULES = 4, 14
OTHER_SIZES = {
    "cli": "the boundary and the list of commands are all that stands before the rooms",
    "cli/commands/see": "a group of commands is as large as what belongs together",
    "cli/commands/share": "a group of commands is as large as what belongs together",
    "files/busy": "what is booked, here and on servers; what calendars mean is calendars' and caldav's",
    "output": "the table of formats stands above the rooms that it names",
    "planning/bookings": "what a plan takes, and who gets a place",
    "planning/reports": "the day and the past of a plan; what is counted of it stands where it is used first",
}
"""Folders of fewer modules than a room should have, each with its reason."""

FEWEST_LINES, MOST_LINES = 25, 400
OTHER_LENGTHS: dict[str, str] = {}
"""Modules that are shorter than they should be, each with its reason; none is longer."""
MOST_LINES_OF_A_FUNCTION = 50


def room_of(module: str) -> Room | None:
    """Return the room of a module; the package itself, and folders' own descriptions, belong to none."""
    path = "/".join(module.split(".")[1:])
    return next((room for room in ROOMS if path == room.name or path.startswith(f"{room.name}/")), None)


class Syntax(NamedTuple):
    """What the tests ask of a module's syntax; the trees are let go: all together they would fill the memory."""

    imported: frozenset[str]
    """What it imports, at its top or inside functions; of our own, the modules."""
    called_of_dates: frozenset[str]
    """The methods that it calls on ``date`` and ``datetime`` themselves."""
    functions: tuple[tuple[str, int], ...]
    """Each function with its lines, without its signature."""
    classes: tuple[str, ...]
    """The public classes at its top."""


@cache
def syntax(module: str) -> Syntax:
    """Return what a module's syntax tells."""
    imported: set[str] = set()
    called: set[str] = set()
    functions = []
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            named = {f"{node.module}.{alias.name}" for alias in node.names}
            imported |= {name if name in MODULES else node.module for name in named}
        elif isinstance(node, ast.FunctionDef):
            functions.append((node.name, (node.end_lineno or 0) - node.body[0].lineno + 1))
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
        ):
            called |= {node.func.attr} if node.func.value.id in {"date", "datetime"} else set()
    classes = tuple(node.name for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_"))
    return Syntax(frozenset(imported), frozenset(called), tuple(functions), classes)


def ours(module: str) -> set[str]:
    """Return the modules of the package that a module imports."""
    return {name for name in syntax(module).imported if name in MODULES and name not in {"kapplan", module}}


def may_use(room: Room) -> set[str]:
    """Return the names of the rooms that a room may use beside itself."""
    before = ROOMS[: ROOMS.index(room)]
    same = {one.name for one in before if one.floor == room.floor and room.uses == ALL_BEFORE} | set(room.uses)
    below = {one.name for one in before if one.floor < room.floor}
    apart = {other for own, other in APART if room.name.startswith(f"{own}/")}
    return same | {name for name in below if name.split("/")[0] not in apart}


@pytest.mark.parametrize("module", MODULES)
def test_a_module_uses_what_its_room_may_use(module: str) -> None:
    """A room uses the rooms that the table names, and of the floors below what it is not held apart from."""
    room = room_of(module)
    if room is None:
        assert module == "kapplan" or not ours(module) or module == "kapplan.cli", f"{module} stands in no room"
        return
    used = {other.name for name in ours(module) if (other := room_of(name)) is not None and other != room}
    assert used <= may_use(room), f"{module} uses {sorted(used - may_use(room))}"


def test_the_table_holds_no_circle_and_no_room_that_is_not_there() -> None:
    """What a room may use stands before it, so that rooms cannot need each other; every room is a folder or module."""
    names = [room.name for room in ROOMS]
    assert len(set(names)) == len(names)
    assert [room.floor for room in ROOMS] == sorted(room.floor for room in ROOMS)
    for number, room in enumerate(ROOMS):
        assert room.uses == ALL_BEFORE or set(room.uses) <= set(names[:number]), room.name
        assert f"kapplan.{room.name.replace('/', '.')}" in MODULES


def test_every_permission_is_used() -> None:
    """A room may use no room that it does not use: the table tells how the house is, not how it was."""
    used: dict[str, set[str]] = defaultdict(set)
    for module in MODULES:
        if (room := room_of(module)) is not None:
            used[room.name] |= {other.name for name in ours(module) if (other := room_of(name)) is not None}
    stale = {room.name: set(room.uses) - used[room.name] for room in ROOMS if room.uses != ALL_BEFORE}
    assert not {name: rooms for name, rooms in stale.items() if rooms}


def test_no_modules_import_each_other() -> None:
    """The modules of the package form no circle, imports inside functions and for types included."""
    try:
        TopologicalSorter({module: ours(module) for module in MODULES}).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize("module", [name for name in MODULES if name.startswith("kapplan.cli.commands.")])
def test_commands_never_import_commands(module: str) -> None:
    """What two commands share belongs to the session: each can be read, changed and taken away alone."""
    assert not {name for name in ours(module) if name.startswith("kapplan.cli.commands.")}


@pytest.mark.parametrize("module", MODULES)
def test_third_parties_stay_on_their_floors(module: str) -> None:
    """A third party's package is imported only on the floor that owns it, or above."""
    room = room_of(module)
    if room is None:
        return
    foreign = {name.split(".")[0] for name in syntax(module).imported} - {"kapplan"} - sys.stdlib_module_names
    allowed = set().union(*(parties for floor, parties in THIRD_PARTIES.items() if floor <= room.floor))
    assert foreign <= allowed, f"{module} imports {foreign - allowed}"


@pytest.mark.parametrize("module", MODULES)
def test_only_the_edge_reads_the_clock(module: str) -> None:
    """The clock is read in one module alone, so that the same input always gives the same output."""
    if module == "kapplan.cli.session.environment":
        return
    assert not syntax(module).called_of_dates & {"now", "today", "utcnow"}


@pytest.mark.parametrize(("package", "owner"), [("caldav", "transport"), ("keyring", "credentials")])
def test_what_is_optional_is_imported_in_one_place(package: str, owner: str) -> None:
    """A package that need not be installed is imported by the one module that knows what to do without it."""
    importing = [module for module in MODULES if package in {name.split(".")[0] for name in syntax(module).imported}]
    assert importing == [f"kapplan.files.caldav.{owner}"]


def test_files_are_read_by_one_reader() -> None:
    """Python's own reader of TOML knows less of it: it reads nothing but the library, where the package is built."""
    importing = [module for module in MODULES if "tomllib" in syntax(module).imported]
    assert importing == ["kapplan.files.library.compiled"]


def test_the_library_is_data() -> None:
    """The library holds no Python: a protocol or a rule is added without a line of it."""
    assert not list((PACKAGE / "library").rglob("*.py"))


def test_no_public_class_name_stands_twice() -> None:
    """A class has its name for itself in the whole package, so that a name alone says what is meant."""
    homes = defaultdict(list)
    for module in MODULES:
        for name in syntax(module).classes:
            homes[name].append(module)
    twice = {name: found for name, found in homes.items() if len(found) > 1}
    assert not twice


@pytest.mark.parametrize("folder", sorted({path.parent for path in MODULES.values()} - {PACKAGE}), ids=str)
def test_rooms_are_neither_crowded_nor_empty(folder: Path) -> None:
    """A folder holds four to fourteen modules, or says why not; a floor holds its rooms and nothing else."""
    name = folder.relative_to(PACKAGE).as_posix()
    number = len([path for path in folder.glob("*.py") if path.name != "__init__.py"])
    has_rooms = any(path.parent.parent == folder for path in MODULES.values())
    if name in OTHER_SIZES:
        assert 0 < number < FEWEST_MODULES, f"{name} needs no exception"
    elif not (has_rooms and number == 0):
        assert FEWEST_MODULES <= number <= MOST_MODULES, f"{name} holds {number} modules"


@pytest.mark.parametrize("module", MODULES)
def test_modules_are_neither_long_nor_scraps(module: str) -> None:
    """A module has 25 to 400 lines, or says why it is shorter; a room's description may be short."""
    length = len(MODULES[module].read_text(encoding="utf-8").splitlines())
    assert length <= MOST_LINES, f"{module} has {length} lines"
    if MODULES[module].name != "__init__.py":
        assert (length < FEWEST_LINES) == (module in OTHER_LENGTHS), f"{module} has {length} lines"


@pytest.mark.parametrize("module", MODULES)
def test_functions_are_short(module: str) -> None:
    """No function goes on for more than fifty lines; the options of a command are its signature and do not count."""
    for name, length in syntax(module).functions:
        assert length <= MOST_LINES_OF_A_FUNCTION, f"{module}.{name} has {length} lines"


@pytest.mark.parametrize("room", [room.name for room in ROOMS])
def test_every_room_says_what_it_is(room: str) -> None:
    """A room's description says what lives there, what it may use and where to begin reading."""
    path = MODULES[f"kapplan.{room.replace('/', '.')}"]
    if path.name != "__init__.py":
        return
    text = " ".join((ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split())
    assert re.search(r"\buses?\b", text, re.IGNORECASE)
    assert "Begin with" in text


def test_the_architecture_page_shows_this_table() -> None:
    """The table of floors and rooms in the documentation is the one that is held here."""
    shown = [
        tuple(cell.strip().replace("`", "") for cell in line.strip("|").split("|"))
        for line in ARCHITECTURE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| ") and line.split("|")[1].strip().isdigit()
    ]
    assert [(int(floor), room, uses) for floor, room, _, uses in shown] == [
        (room.floor, room.name, ", ".join(room.uses)) for room in ROOMS
    ]
