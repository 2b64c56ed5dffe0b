"""A clinic's days at the command line, in a folder, in SQLite and in PostgreSQL: people see the same of all three."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from shlex import quote

import pytest
from support import postgres
from support.books import KINDS, address, double_bookings
from support.command_line import CommandLine, Ran
from support.generated_profiles import patient_id, write_profiles

from kapplan.files.book.opening import open_book
from kapplan.files.plans.store import StoredPlan
from kapplan.model.plan import Inputs, Plan

PATIENTS = 3
STAFF = ("okafor", "clinic")
BEGIN = date(2026, 12, 28)
CHANGE = re.compile(r"\ball-[0-9a-f]{8}\b")
ADVISED = re.compile(r"kapplan [a-z][^`\n]*")
"""What is advised to be typed: each names the book, by an option or with the plan."""
CALM = ("today", "board", "free dosing --within 5w", "calls", "book check", "capacity --within 4w", "fill")


class Days:
    """One book of each kind, and the same commands typed for each."""

    def __init__(self, line: CommandLine, books: list[str]) -> None:
        self.line, self.books, self.today, self.changes = line, books, BEGIN, [""] * len(books)
        self.addresses = [open_book(book).address for book in books]

    def type(self, command: str) -> None:
        """Type a command for every book and hold what people see of one to what they see of the others."""
        seen = [self.seen(place, command) for place in range(len(self.books))]
        for other in seen[1:]:
            assert other == seen[0], command

    def seen(self, place: int, command: str) -> tuple[int, str, str]:
        """Return how a command ends and what it prints, without where the book is."""
        where = self.books[place]
        words = [word.replace("CHANGE", self.changes[place]) for word in command.split()]
        words += ["-o" if words[0] == "plan" else "--book", where]
        ran: Ran = self.line(*words, "--today", f"{self.today}T07:00", env={"COLUMNS": "80"})
        for advised in ADVISED.findall(ran.text + ran.err):
            assert where in advised, advised
        if found := CHANGE.search(ran.err):
            self.changes[place] = found[0]
        return ran.code, self._without_place(ran.text, place), self._without_place(ran.err, place)

    def _without_place(self, text: str, place: int) -> str:
        where = self.books[place]
        for named in (f" --book {where}", f" --book {quote(where)}"):
            text = text.replace(named, "")
        text = text.replace(f"{where}/", "")
        text = re.sub(rf"'{re.escape(where)}#([^']*)'", r"\1", text).replace(where, "BOOK")
        text = text.replace(self.addresses[place], "BOOK")
        return CHANGE.sub("CHANGE", text.replace(".plan.toml", ""))

    def plans(self, where: str) -> dict[str, Plan]:
        """Return the plans of a book by patient, but for the paths that count from where it is."""
        stored = [one for one in open_book(where).plans() if isinstance(one, StoredPlan)]
        return {one.plan.patient: _unnamed(replace(one.plan, inputs=Inputs())) for one in stored}


def _unnamed(plan: Plan) -> Plan:
    """Return a plan without what its book's place and the bytes of its file go into: ids of changes, the chain."""
    return replace(plan, history=tuple(replace(entry, change=None, chain=None) for entry in plan.history))


def commands(chance: Random, days: Days, count: int) -> Iterator[str]:
    """Yield what is typed at a clinic: records, changes, absences of all, what takes them back, and looks at it."""
    for _ in range(count):
        days.today += timedelta(days=chance.choice((0, 1, 2, 7)))
        plan = patient_id(chance.randrange(PATIENTS))
        first = days.today + timedelta(days=chance.randint(1, 30))
        span = f"{first}..{first + timedelta(days=chance.choice((0, 2, 6)))}"
        yield chance.choice((
            f"done {plan} next", f"done {plan} next", f"missed {plan} next", f"cancel {plan} next --party patient",
            f"move {plan} next 1d later", f"away {plan} {span}", f"undo {plan}", f"redo {plan}", f"told {plan}",
            f"away --who {chance.choice(STAFF)} {span}", f"away --who okafor {span} --back", "undo CHANGE", "refresh",
            "plan in --one-by-one", *CALM,
        ))  # fmt: skip


def lived(folder: Path, monkeypatch: pytest.MonkeyPatch, server: str | None, seed: int, count: int) -> None:
    """Type the same days into a book of each kind that is to be had."""
    write_profiles(folder / "in", range(PATIENTS))
    (folder / "clinic.toml").write_bytes((folder / "in" / "clinic.toml").read_bytes())
    line = CommandLine(folder, monkeypatch)
    with ExitStack() as held:
        kinds = [kind for kind in KINDS if kind != "postgres" or server is not None]
        books = [held.enter_context(address(kind, folder, server)) for kind in kinds]
        for book in books:
            assert line("book", "init", book).code == 0
        days = Days(line, books)
        days.type("plan in --one-by-one")
        for command in commands(Random(seed), days, count):
            days.type(command)
        days.type("board --week")
        plans = [days.plans(book) for book in books]
        assert len(plans[0]) == PATIENTS
        assert all(other == plans[0] for other in plans[1:])
        assert all(double_bookings(book) == double_bookings(books[0]) for book in books[1:])
        known = [[replace(one, change="", ended="") for one in open_book(book).absences()] for book in books]
        assert all(other == known[0] for other in known[1:])


@pytest.fixture(scope="module")
def server() -> Iterator[str | None]:
    """Yield the address of a PostgreSQL server of these tests; none where it is not installed."""
    if postgres.programs() is None:
        yield None
        return
    with postgres.server() as where:
        yield where


def test_a_few_days(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: str | None) -> None:
    """Ten commands print the same whatever the book is, and leave the same plans, bookings and absences."""
    lived(tmp_path, monkeypatch, server, seed=4, count=10)


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(12))
def test_many_days(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: str | None, seed: int) -> None:
    """Forty commands print the same whatever the book is, and leave the same plans, bookings and absences."""
    lived(tmp_path, monkeypatch, server, seed, count=40)
