"""A book of a thousand plans: what it adds to planning one more, and how soon the lists over it are there."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from support import postgres
from support.books import MONDAY, address, small_plan
from support.command_line import EXAMPLES

from benchmarks.measure import Ended, Table, run_process
from kapplan.files.book.folder import FolderBook
from kapplan.files.book.opening import make_book
from kapplan.files.book.transfer import carry
from kapplan.files.plans.store import new_plan_file
from kapplan.model.plan import Plan

PLANS = 1000
VISITS = 20
ROOMS = ("blue", "office", "green", "red", "white")
TODAY = ("--today", "2027-06-01T12:00")
MOST_ADDED_MS = 150
MOST_MS = {"folder": 3_000, "sqlite": 1_000, "postgres": 1_000}
MOST_MB = 150
RUNS = 5
LISTS = (("board",), ("today",), ("free", "dosing", "--within", "30d"))
_YEARS, _WEEKDAYS, _AHEAD = 4, 260, 105
"""Over how long the plans begin, and how many working days after the first Monday of 2027 the last one does."""
_KAPPLAN = (sys.executable, "-c", "from kapplan.cli import main; main()")


def books() -> Table:
    """Measure planning and the lists around a thousand plans of twenty visits each, in a book of each kind.

    PostgreSQL is measured where it is installed: what its server does is not in our processor time.
    """
    table = Table(
        f"A book of {PLANS} plans (planning: at most {MOST_ADDED_MS} ms more; lists: 3 s in a folder, 1 s else;"
        f" a calendar of all: {MOST_MB} MB)",
        ("what", "book", "processor ms", "more than without", "peak MB"),
    )
    with TemporaryDirectory() as name, _books(Path(name)) as places:
        bytecode = Path(name) / "bytecode"
        clinic = ("--clinic", str(EXAMPLES / "clinic.toml"))
        planned = {
            where: _shortest(("plan", str(EXAMPLES / "river.toml"), *book, *TODAY), bytecode)
            for where, book in {"none": (), **places}.items()
        }
        for where, book in places.items():
            added = planned[where] - planned["none"]
            table.add("plan", where, f"{planned[where]:.0f}", f"{added:.0f}", "", met=added <= MOST_ADDED_MS)
            for command in LISTS:
                options = clinic if command[0] != "today" else ()
                ms = _shortest((*command, *book, *options, *TODAY), bytecode)
                table.add(command[0], where, f"{ms:.0f}", "", "", met=ms <= MOST_MS[where])
        calendar = ("export", places["folder"][1], "--for", "clinic", "-o", str(Path(name) / "all.ics"), *TODAY)
        peak = run_process((*_KAPPLAN, *calendar), bytecode).peak_mb or 0
        table.add("export", "folder", "", "", f"{peak:.0f}", met=peak <= MOST_MB)
    return table


@contextmanager
def _books(folder: Path) -> Iterator[dict[str, tuple[str, ...]]]:
    """Make a book of each kind, and give how each is named on the command line."""
    plans = folder / "plans"
    plans.mkdir()
    for plan in some_plans():
        new_plan_file(plans / f"{plan.patient}.plan.toml", plan)
    with ExitStack() as held:
        places = {"folder": str(plans), "sqlite": f"sqlite:///{folder / 'clinic.db'}"}
        if postgres.programs() is not None:
            server = held.enter_context(postgres.server())
            places["postgres"] = held.enter_context(address("postgres", folder, server))
        for where in list(places.values())[1:]:
            carry(FolderBook(plans), make_book(where))
        yield {kind: ("--book", where) for kind, where in places.items()}


def some_plans() -> Iterator[Plan]:
    """Yield plans over four years, of which no two have one room at a time: nineteen visits a day, the past ones held.

    A tenth of them is under way.
    """
    now = datetime.fromisoformat(TODAY[1]).replace(tzinfo=MONDAY.tzinfo)
    taken: Counter[int] = Counter()
    for number in range(PLANS):
        first = number * _YEARS * _WEEKDAYS // PLANS - _YEARS * _WEEKDAYS + _AHEAD
        times, rooms = zip(*(_spot(taken, first + 3 * step) for step in range(VISITS)), strict=True)
        plan = small_plan(f"patient-{number:04}", times, staff=[])
        visits = [
            replace(visit, room=room, status="completed" if visit.end < now else "planned",
                    actual=visit.start if visit.end < now else None)
            for visit, room in zip(plan.visits, rooms, strict=True)
        ]  # fmt: skip
        yield replace(plan, visits=tuple(visits))


def _spot(taken: Counter[int], weekday: int) -> tuple[datetime, str]:
    """Return the next free hour of a working day, and its room."""
    while taken[weekday] >= 8 * len(ROOMS):
        weekday += 1
    hour, room = divmod(taken[weekday], len(ROOMS))
    taken[weekday] += 1
    weeks, day = divmod(weekday, 5)
    return MONDAY + timedelta(weeks=weeks, days=day, hours=7 - hour), ROOMS[room]


def _shortest(command: tuple[str, ...], bytecode: Path) -> float:
    """Return the least processor time of some runs, after one that does not count."""
    run_process((*_KAPPLAN, *command), bytecode)
    ended: list[Ended] = [run_process((*_KAPPLAN, *command), bytecode) for _ in range(RUNS)]
    for one in ended:
        if one.code:
            raise AssertionError(f"{' '.join(command)}: {one.complaint}")
    return min(one.processor_ms or one.ms for one in ended)
