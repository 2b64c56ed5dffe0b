"""The book at the command line: what lies in it is booked, in a folder as in a database, and nobody is booked twice."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from shlex import split

import pytest
from support import postgres
from support.books import address, double_bookings
from support.command_line import LOGIN, SECRET, CommandLine, with_examples

import kapplan
from kapplan.api import course_of
from kapplan.cli.casework.case import read_case
from kapplan.files.book.book import Book, TakenError
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


@pytest.mark.parametrize(("rivals", "code"), [(2, 0), (3, 6)])
def test_whoever_comes_second_places_again(book: str, kapplan_in: CommandLine, rivals: int, code: int) -> None:
    """Whose times others save in the moment of saving is placed around them, twice more at most, and then refused."""
    kind, method = type(open_book(book)), "add" if is_database(book) else "add_file"
    adding = getattr(kind, method)
    waiting = [f"rival-{number}" for number in range(rivals)]

    def add(self: Book, name: str | Path, plan: Plan, capacity: Mapping[str, int]) -> StoredPlan:
        if waiting:
            rival, dose = waiting.pop(), tuple(visit for visit in plan.visits if visit.id == "dosing-1")
            place = rival if isinstance(name, str) else name.with_name(f"{rival}.plan.toml")
            adding(self, place, replace(plan, id=f"{plan.id}-{rival}", patient=rival, visits=dose), capacity)
        saved: StoredPlan = adding(self, name, plan, capacity)
        return saved

    with kapplan_in.monkeypatch.context() as racing:
        racing.setattr(kind, method, add)
        ran = kapplan_in("plan", "brook.toml", *options(book, "brook"))
    assert (ran.code, waiting) == (code, [])
    assert ran.err.count("placed again around it") == min(rivals, 2)
    assert "rival-0" in ran.err
    assert double_bookings(book) == []
    if code:
        assert {plan.plan.patient for plan in open_book(book).plans() if isinstance(plan, StoredPlan)} == {
            f"rival-{number}" for number in range(rivals)
        }
    else:
        assert ran.out == kapplan_in("show", "brook", *options(book)).out


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


def test_a_time_that_is_taken_is_said_to_be_whose(book: str, kapplan_in: CommandLine) -> None:
    """A visit asked for at a time that another patient has names the patient, what they have, and times that work."""
    kapplan_in("plan", "river.toml", *options(book, "river"))
    kapplan_in("plan", "brook.toml", *options(book, "brook"))
    taken = plan_in(book, "river").plan.visit("screening-1")
    day, clock = f"{taken.start:%Y-%m-%d}", f"{taken.start:%H:%M}"
    refused = kapplan_in("move", "brook", "screening-1", day, clock, *options(book))
    assert refused.code == 5
    assert re.search(f"at {clock} is taken: river-0412 has .*okafor", refused.err)
    near = re.findall(r"\d\d:\d\d", refused.err.split("open near it: ")[1].splitlines()[0])
    assert clock not in near
    for time in near:
        assert kapplan_in("move", "brook", "screening-1", day, time, "-n", *options(book)).code == 0


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


def with_start(kapplan_in: CommandLine, day: str) -> str:
    """Write the profile of a third patient with the same free hours, who begins on a day and no later; return it."""
    river = (kapplan_in.folder / "river.toml").read_text("utf-8").replace("river-0412", "moss-0412")
    kapplan_in.write("moss.toml", river.replace("start_within = 14", f"start = {day}\nstart_within = 0"))
    return "moss.toml"


def starts_in(kapplan_in: CommandLine, *words: str) -> dict[str, tuple[int, int]]:
    """Return the start days that are offered, with what the course on each is off."""
    profile = with_start(kapplan_in, "2026-12-21")
    ran = kapplan_in("starts", profile, "--within", "21d", "--limit", "99", "--format", "json", *words, *TODAY)
    rows = json.loads(ran.text)["starts"] if ran.code == 0 else []
    return {row["start"]: (row["deviation"], row["follow_up_deviation"]) for row in rows}


def test_a_start_is_offered_where_the_book_has_room(book: str, kapplan_in: CommandLine) -> None:
    """``starts`` offers exactly the days on which ``plan`` then finds a course in the book, as far off as it said."""
    kapplan_in("plan", "river.toml", *options(book, "river"))
    named = ("--book", book) if is_database(book) else ()
    offered = starts_in(kapplan_in, *named)
    (kapplan_in.folder / "empty").mkdir()
    alone = starts_in(kapplan_in, "--book", str(kapplan_in.folder / "empty"))
    assert offered != alone
    for day in [*offered][:2] + [day for day in alone if day not in offered][:2]:
        planned = kapplan_in("plan", with_start(kapplan_in, day), *options(book), "--format", "json")
        assert planned.code == (0 if day in offered else 5), planned.err
        if planned.code == 0:
            visits = json.loads(planned.text)["visits"]
            assert min(visit["start"] for visit in visits)[:10] == day
    gone = [day for day in alone if day not in offered]
    assert gone or any(alone[day] < off for day, off in offered.items())


def test_a_suggested_course_is_what_the_book_has_room_for(book: str, kapplan_in: CommandLine) -> None:
    """``suggest`` dates a protocol as ``plan`` does around the same book."""
    kapplan_in("plan", "river.toml", *options(book, "river"))
    planned = json.loads(kapplan_in("plan", "brook.toml", *options(book), "--format", "json").text)
    ran = kapplan_in("suggest", "brook.toml", *options(book), "--format", "json")
    [row] = [one for one in json.loads(ran.text)["protocols"] if one["id"] == "kap-standard"]
    assert row["first_start"] == min(visit["start"] for visit in planned["visits"])[:10]
    doses = [visit["start"][:10] for visit in planned["visits"] if visit["kind"] == "dosing"]
    assert row["first_dose"] == min(doses)


@pytest.mark.parametrize("command", ["starts", "suggest"])
def test_questions_around_an_empty_book_are_as_without_one(command: str, book: str, kapplan_in: CommandLine) -> None:
    """Where nothing is booked the answer is byte for byte that of a clinic that shares nothing."""
    named = kapplan_in(command, "river.toml", *options(book), "--format", "json")
    clinic = (kapplan_in.folder / "clinic.toml").read_text("utf-8")
    kapplan_in.write("clinic.toml", "\n".join(line for line in clinic.splitlines() if not line.startswith("name = ")))
    alone = kapplan_in(command, "river.toml", *TODAY, "--format", "json")
    assert (named.code, named.out) == (0, alone.out)


@pytest.mark.parametrize("command", ["starts", "suggest"])
def test_a_book_that_is_not_looked_at_is_told(command: str, kapplan_in: CommandLine) -> None:
    """Where a clinic has neither id nor name, and so shares nothing, a book that is named is said to be left out."""
    with_examples(kapplan_in.folder)
    clinic = (kapplan_in.folder / "clinic.toml").read_text("utf-8")
    kapplan_in.write("clinic.toml", "\n".join(line for line in clinic.splitlines() if not line.startswith("name = ")))
    ran = kapplan_in(command, "river.toml", "--book", str(kapplan_in.folder), *TODAY)
    assert "was not looked at: the clinic has neither id nor name" in ran.err
    assert "not looked at" not in kapplan_in(command, "river.toml", *TODAY).err


@pytest.mark.parametrize(
    "words",
    [("plan", "brook.toml"), ("starts", "brook.toml"), ("suggest", "brook.toml"), ("free", "dosing", "--within", "7d")],
)
def test_who_places_says_which_plan_it_could_not_read(words: tuple[str, ...], kapplan_in: CommandLine) -> None:
    """A damaged plan's times cannot be kept free: whoever looks for free times says so once, with its name."""
    with_examples(kapplan_in.folder)
    river = (kapplan_in.folder / "river.toml").read_text("utf-8")
    kapplan_in.write("brook.toml", river.replace("river-0412", "brook-0412"))
    kapplan_in.write("spoilt.plan.toml", "format = \n")
    ran = kapplan_in(*words, *TODAY)
    assert ran.code == 0
    assert ran.err.count("spoilt cannot be read and is left out, its times are not kept free") == 1
    why = kapplan_in(*split(ran.err.partition(": `kapplan ")[2].partition("` tells why")[0]))
    assert why.code == 3
    assert "spoilt" in why.text + why.err
    assert "not valid TOML" in why.text + why.err
