"""The book at the command line: what lies in it is booked, in a folder as in a database, and nobody is booked twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import pytest
from support import postgres
from support.books import address, double_bookings
from support.command_line import LOGIN, SECRET, CommandLine, with_examples

import kapplan
from kapplan.api import course_of
from kapplan.cli.casework.case import read_case
from kapplan.files.book.book import TakenError
from kapplan.files.book.folder import FolderBook
from kapplan.files.book.opening import is_database, make_book, open_book
from kapplan.files.plans.format import text_of
from kapplan.files.plans.store import StoredPlan
from kapplan.model.plan import Plan

TODAY = ("--today", "2026-12-20T08:00")


@pytest.fixture(scope="module")
def postgres_server() -> Iterator[str]:
    """Yield the address of a PostgreSQL server that runs for these tests alone."""
    if postgres.programs() is None:
        pytest.skip("PostgreSQL is not installed")
    with postgres.server() as where:
        yield where


@pytest.fixture(params=["folder", "sqlite", "postgres"])
def book(request: pytest.FixtureRequest, kapplan_in: CommandLine) -> Iterator[str]:
    """Return the address of an empty book, beside the profiles of two patients who have the same free hours."""
    with_examples(kapplan_in.folder)
    river = (kapplan_in.folder / "river.toml").read_text("utf-8")
    kapplan_in.write("brook.toml", river.replace("river-0412", "brook-0412"))
    if request.param == "folder":
        yield str(kapplan_in.folder)
        return
    server = request.getfixturevalue("postgres_server") if request.param == "postgres" else None
    with address(request.param, kapplan_in.folder, server) as where:
        make_book(where)
        yield where


def options(book: str, name: str | None = None) -> tuple[str, ...]:
    """Return the options that name a book, and a new plan in it."""
    if is_database(book):
        return ("--book", book, *TODAY, *(("-o", name) if name else ()))
    return (*TODAY, *(("-o", f"{name}.plan.toml") if name else ()))


def plan_in(book: str, name: str) -> StoredPlan:
    """Return a plan of a book."""
    return open_book(book).load(name)


def test_the_second_patient_is_placed_around_the_first(book: str, kapplan_in: CommandLine) -> None:
    """Two patients with the same free hours, planned one by one, never share a room or a therapist at a time."""
    assert kapplan_in("plan", "river.toml", *options(book, "river")).code == 0
    assert kapplan_in("plan", "brook.toml", *options(book, "brook")).code == 0
    assert double_bookings(book) == []
    first, second = plan_in(book, "river").plan, plan_in(book, "brook").plan
    assert first.clinic.name == second.clinic.name
    assert {visit.start for visit in first.visits} != {visit.start for visit in second.visits}


def test_a_plan_that_is_only_printed_sees_the_book(book: str, kapplan_in: CommandLine) -> None:
    """What is printed for a patient is what would be saved: around what is booked already."""
    kapplan_in("plan", "river.toml", *options(book, "river"))
    printed = kapplan_in("plan", "brook.toml", *options(book), "--format", "csv")
    kapplan_in("plan", "brook.toml", *options(book, "brook"))
    saved = kapplan_in("show", "brook", *options(book), "--format", "csv")
    assert printed.out == saved.out


def test_an_empty_book_changes_nothing(book: str, kapplan_in: CommandLine) -> None:
    """The first plan of a book is byte for byte the plan that is made where nobody looks at any book."""
    kapplan_in("plan", "river.toml", *options(book, "river"))
    kapplan_in.monkeypatch.chdir(kapplan_in.folder)
    case = read_case("river.toml")
    now = datetime.fromisoformat(TODAY[1]).replace(tzinfo=case.zone)
    findings = kapplan.screen(case.profile, case.protocol, now.date(), clinic=case.clinic, rules=case.rules)
    alone, _ = course_of(
        case.profile, case.protocol, case.clinic, now=now, by=LOGIN, findings=findings, rules=case.rules,
        inputs=case.inputs, base=case.base, secret=SECRET,
    )  # fmt: skip
    assert open_book(book).text("river") == text_of(alone).encode()


def test_a_life_goes_on_in_the_book(book: str, kapplan_in: CommandLine) -> None:
    """Records, moves, undo and lists work on a plan by its name, wherever the book is."""
    kapplan_in("plan", "river.toml", *options(book, "river"))
    now = ("--today", "2026-12-21T18:00", *(("--book", book) if is_database(book) else ()))
    assert kapplan_in("done", "river", "screening-1", *now).code == 0
    assert plan_in(book, "river").plan.visit("screening-1").status == "completed"
    assert kapplan_in("undo", "river", *now).code == 0
    assert plan_in(book, "river").plan.visit("screening-1").status == "planned"
    assert "river-0412" in kapplan_in("today", "river", *now).text


def test_a_move_goes_around_what_is_booked(book: str, kapplan_in: CommandLine) -> None:
    """A plan that is changed keeps off what others have been given since."""
    kapplan_in("plan", "river.toml", *options(book, "river"))
    kapplan_in("plan", "brook.toml", *options(book, "brook"))
    taken = plan_in(book, "river").plan.visit("dosing-1").start
    kapplan_in("move", "brook", "dosing-1", f"{taken:%Y-%m-%d}", f"{taken:%H:%M}", *options(book))
    assert plan_in(book, "brook").plan.visit("dosing-1").start != taken
    assert plan_in(book, "river").plan.visit("dosing-1").start == taken
    assert double_bookings(book) == []


def test_an_undo_onto_what_was_given_away_is_refused(book: str, kapplan_in: CommandLine) -> None:
    """What somebody was given since is not taken back from them by an undo, and the plan stays as it is."""
    kapplan_in("plan", "river.toml", *options(book, "river"))
    first = plan_in(book, "river").plan.visit("screening-1").start
    assert kapplan_in("cancel", "river", "screening-1", "--party", "patient", *options(book)).code == 0
    kapplan_in("plan", "brook.toml", *options(book, "brook"))
    given_away = plan_in(book, "brook").plan.visit("screening-1").start == first
    ran = kapplan_in("undo", "river", *options(book))
    assert given_away
    assert ran.code == 6
    assert "brook-0412" in ran.err
    assert plan_in(book, "river").plan.visit("screening-1").status == "cancelled"
    assert double_bookings(book) == []


def test_no_book_is_made_by_naming_it(kapplan_in: CommandLine) -> None:
    """A book that is not there is said to be missing, with the command that makes it."""
    with_examples(kapplan_in.folder)
    ran = kapplan_in("plan", "river.toml", "--book", f"sqlite:///{kapplan_in.folder}/none.db", *TODAY)
    assert ran.code == 2
    assert "kapplan book init" in ran.err


def test_a_path_is_no_name_in_a_database(kapplan_in: CommandLine) -> None:
    """Plans in a database have names: a path is refused with a name that would do."""
    with_examples(kapplan_in.folder)
    address = f"sqlite:///{kapplan_in.folder / 'clinic.db'}"
    make_book(address)
    ran = kapplan_in("plan", "river.toml", "--book", address, "-o", "here/river.plan.toml", *TODAY)
    assert ran.code == 2
    assert "-o river-0412" in ran.err


def test_a_named_clinic_shares_across_folders_by_its_book(kapplan_in: CommandLine, tmp_path: Path) -> None:
    """A clinic's file names the folder of its book: plans saved there are booked for whoever is planned elsewhere."""
    with_examples(kapplan_in.folder)
    (tmp_path / "plans").mkdir()
    clinic = (kapplan_in.folder / "clinic.toml").read_text("utf-8")
    kapplan_in.write("clinic.toml", clinic.replace("[clinic]", '[clinic]\nbook = "plans"', 1))
    river = (kapplan_in.folder / "river.toml").read_text("utf-8")
    kapplan_in.write("brook.toml", river.replace("river-0412", "brook-0412"))
    assert kapplan_in("plan", "river.toml", "-o", "plans/river.plan.toml", *TODAY).code == 0
    assert kapplan_in("plan", "brook.toml", "-o", "brook.plan.toml", *TODAY).code == 0
    (tmp_path / "plans" / "brook.plan.toml").write_bytes((tmp_path / "brook.plan.toml").read_bytes())
    assert double_bookings(str(tmp_path / "plans")) == []


@pytest.mark.parametrize(("command", "code"), [("done", 0), ("move", 6)])
def test_records_are_saved_however_quick_others_are(
    kapplan_in: CommandLine, monkeypatch: pytest.MonkeyPatch, command: str, code: int
) -> None:
    """Where somebody else is quicker at every try a record is saved without looking at the dates; a wish is not."""
    with_examples(kapplan_in.folder)
    assert kapplan_in("plan", "river.toml", "-o", "river.plan.toml", *TODAY).code == 0
    replace, tries = FolderBook.replace, []

    def too_late(self: FolderBook, stored: StoredPlan, plan: Plan, capacity: Mapping[str, int]) -> StoredPlan:
        tries.append(plan)
        if len(tries) <= 3:
            raise TakenError([])
        return replace(self, stored, plan, capacity)

    monkeypatch.setattr(FolderBook, "replace", too_late)
    words = ("--today", "2026-12-21T18:00") if command == "done" else ("2026-12-24", *TODAY)
    ran = kapplan_in(command, "river", "screening-1", *words)
    assert ran.code == code
    status = plan_in(str(kapplan_in.folder), "river").plan.visit("screening-1").status
    assert status == ("completed" if command == "done" else "planned")
    assert ("kapplan refresh" in ran.err) == (command == "done")
