"""The day over a whole book: a line for each patient, what is owed longest first, and nobody left out in silence."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.books import MONDAY, small_plan
from support.command_line import CommandLine, with_examples

from kapplan.cli.app import command_line
from kapplan.files.book.folder_index import WORTH
from kapplan.files.book.opening import make_book
from kapplan.files.plans.store import new_plan_file
from kapplan.model.bookings import BookedPlan
from kapplan.model.decisions import Proposal
from kapplan.model.plan import Finding, Plan, Task
from kapplan.planning.bookings.plan_bookings import booked_plan
from kapplan.planning.clinic.patient_lines import PatientLines, patient_lines

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = MONDAY + 3 * HOUR
TODAY = ("--today", "2027-01-04T12:00")


def lines(plans: Sequence[Plan], capacity: dict[str, int] | None = None, days: int = 1) -> PatientLines:
    """Return the lines of some days from Monday on, at noon."""
    first = MONDAY.date()
    booked = [booked_plan(plan, plan.patient) for plan in plans]
    return patient_lines(booked, (first, first + (days - 1) * DAY), NOW, lambda *_: capacity or {})


def patients(made: PatientLines) -> list[str]:
    """Return whose lines there are, in order."""
    return [line.plan.patient for line in made.lines]


def with_safety(plan: Plan) -> Plan:
    """Return a plan with a notice that comes before everything else."""
    notice = Finding(rule="item-9", level="warn", text="Ask about thoughts of death today.", source="x", safety=True)
    return replace(plan, findings=(notice,))


def test_who_is_told_of_first() -> None:
    """Safety first; then the oldest visit that nobody recorded; then who comes, by time; then what is only due."""
    due = Task(id="form", due=date(2027, 1, 2), text="Send the form")
    plans = [
        replace(small_plan("due", [MONDAY + 9 * DAY]), tasks=(due,)),
        small_plan("later", [MONDAY + 6 * HOUR], room="a"),
        small_plan("sooner", [MONDAY + 4 * HOUR], room="b"),
        small_plan("yesterday", [MONDAY - 3 * DAY], room="c"),
        small_plan("long-ago", [MONDAY - 30 * DAY, MONDAY + 5 * HOUR], room="d"),
        with_safety(small_plan("safe", [MONDAY + 20 * DAY])),
        small_plan("nothing", [MONDAY + 30 * DAY]),
    ]
    assert patients(lines(plans)) == ["safe", "long-ago", "yesterday", "sooner", "later", "due"]


def test_a_patient_has_one_line() -> None:
    """Several visits, several debts and what is due stand in one line of the patient, each counted."""
    plan = small_plan("ana", [MONDAY - 2 * DAY, MONDAY - DAY, MONDAY + 4 * HOUR, MONDAY + DAY])
    [line] = lines([plan], days=7).lines
    assert [one.visit for one in line.unrecorded] == ["integration-1", "integration-2"]
    assert [one.visit.visit for one in line.visits] == ["integration-3", "integration-4"]


def test_clashes_are_marked() -> None:
    """Two patients in one room name each other, unless the room has two places; two plans of one patient do not."""
    both = [small_plan("ana", [MONDAY + 4 * HOUR], staff=[]), small_plan("bo", [MONDAY + 4.5 * HOUR], staff=[])]
    assert [one.clashes for line in lines(both).lines for one in line.visits] == [("bo",), ("ana",)]
    assert [one.clashes for line in lines(both, {"room:blue": 2}).lines for one in line.visits] == [(), ()]
    copy = replace(both[0], id="copy")
    assert [one.clashes for line in lines([both[0], copy]).lines for one in line.visits] == [(), ()]


def test_places_are_asked_for_only_where_two_want_one_thing() -> None:
    """Plans of many clinics are not read for how many places they have, unless visits meet."""
    asked: list[str] = []

    def places(clinic: str, _: BookedPlan) -> dict[str, int]:
        asked.append(clinic)
        return {}

    def listed(*hours: int) -> PatientLines:
        plans = [small_plan(f"p{n}", [MONDAY + hour * HOUR], room="a") for n, hour in enumerate(hours)]
        booked = [booked_plan(plan, plan.patient) for plan in plans]
        return patient_lines(booked, (MONDAY.date(), MONDAY.date()), NOW, places)

    assert (len(listed(4, 6, 8).lines), asked) == (3, [])
    assert (len(listed(4, 4, 8).lines), asked) == (3, ["Aspen House"])


def test_a_course_on_hold_says_so() -> None:
    """A course that is held owes no record and has no visits, and is on the list."""
    [line] = lines([replace(small_plan("ana", [MONDAY - DAY, MONDAY + 4 * HOUR]), held=True)]).lines
    assert (line.plan.held, line.unrecorded, line.visits) == (True, (), ())


@given(st.lists(st.integers(-60, 60), min_size=1, max_size=12), st.integers(1, 7))
def test_nobody_is_left_out(hours: list[int], days: int) -> None:
    """Exactly the patients are on the list who come in these days or of whom something is not recorded."""
    starts: list[datetime] = [MONDAY + 3 * hour * HOUR for hour in hours]
    plans = [small_plan(f"p{number}", [start], room=f"r{number}", staff=[]) for number, start in enumerate(starts)]
    last = MONDAY.date() + (days - 1) * DAY
    expected = {
        f"p{number}"
        for number, start in enumerate(starts)
        if start + HOUR <= NOW or MONDAY.date() <= start.date() <= last
    }
    assert set(patients(lines(plans, days=days))) == expected


# -- at the command line --------------------------------------------------------------------------------------------


@pytest.fixture(params=["folder", "sqlite"])
def line(request: pytest.FixtureRequest, kapplan_in: CommandLine) -> CommandLine:
    """Return the command line in a folder with a book of three plans, which it takes by itself."""
    address = str(kapplan_in.folder / "plans") if request.param == "folder" else "sqlite:///clinic.db"
    kapplan_in.write(
        "clinic.toml", f'[clinic]\nname = "Aspen House"\ntimezone = "America/Denver"\nbook = "{address}"\n'
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(kapplan_in.folder)
        book = make_book(address)
        proposal = Proposal(number=1, rule="gap", text="Two weeks apart from here on")
        book.add("ana", with_safety(small_plan("ana", [MONDAY - DAY, MONDAY + 4 * HOUR])), {})
        book.add("bo", replace(small_plan("bo", [MONDAY + 5 * HOUR]), proposals=(proposal,)), {})
        book.add("cy", small_plan("cy", [MONDAY + 2 * DAY]), {})
    return kapplan_in


def listed(line: CommandLine, *options: str) -> dict[str, Any]:
    """Return the list as JSON."""
    ran = line("today", "--format", "json", *options, *TODAY)
    assert ran.code == 0, ran.err
    found: dict[str, Any] = json.loads(ran.text)
    return found


def test_the_list_takes_the_book(line: CommandLine) -> None:
    """The clinic's book is read, whatever kind it is; JSON begins with the safety notice and has a record a patient."""
    document = listed(line)
    assert list(document)[:2] == ["schema", "safety"]
    assert document["safety"] == ["ana: Ask about thoughts of death today. [x]"]
    assert [(one["patient"], one["oldest"], one["visit"]) for one in document["patients"]] == [
        ("ana", "integration-1", "integration-2"),
        ("bo", None, "integration-1"),
    ]
    assert document["patients"][1]["proposals"] == 1
    assert [one["patient"] for one in listed(line, "--week")["patients"]] == ["ana", "bo", "cy"]


def test_a_line_for_each_on_a_terminal(line: CommandLine) -> None:
    """At 80 columns each patient has a line or goes on beneath it, safety stands above all, and no line is cut."""
    ran = line("today", "--week", "--format", "table", *TODAY, env={"COLUMNS": "80"})
    shown = ran.text.splitlines()
    assert shown[0].lstrip().startswith("SAFETY")
    assert all(len(one) <= 80 for one in shown)
    assert [one.split()[1] for one in shown if one[:1] in "!·"] == ["ana", "bo", "cy"]
    assert "integration 1 of Sun 3 Jan not recorded" in " ".join(ran.text.split())


def test_a_pipe_has_a_record_a_patient(line: CommandLine) -> None:
    """In a pipe each patient is one record, and the safety notice stands on standard error."""
    ran = line("today", *TODAY)
    assert [row.split("\t")[0] for row in ran.text.splitlines() if "\t" in row][-2:] == ["ana", "bo"]
    assert "thoughts of death" in ran.err


def test_all_of_it_is_there_too(kapplan_in: CommandLine) -> None:
    """With --full, and for plans that are named, every item has its own record."""
    with_examples(kapplan_in.folder)
    made = kapplan_in("plan", "river.toml", "-o", "river.plan.toml", "--today", "2026-12-28")
    assert made.code == 0
    now = ("--format", "json", "--today", "2026-12-31")
    full, named = (json.loads(kapplan_in("today", what, *now).text) for what in ("--full", "river"))
    assert full == named == json.loads(kapplan_in("today", ".", "--full", *now).text)
    assert full["schema"] == "kapplan.today/1"
    assert {one["sort"] for one in full["items"]} >= {"visit"}


def test_a_folder_is_the_book_that_lies_there(kapplan_in: CommandLine) -> None:
    """A folder alone is listed from its index, as its book is: no plan that the index knows is read again."""
    (kapplan_in.folder / "plans").mkdir()
    for number in range(WORTH):
        new_plan_file(kapplan_in.folder / f"plans/p{number}.plan.toml", small_plan(f"p{number}", [MONDAY + 4 * HOUR]))
    by_book = kapplan_in("today", "--book", "plans", "--format", "json", *TODAY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kapplan.files.book.folder_index.load_plan", lambda *_, **__: pytest.fail("it was read again"))
        patch.setattr("kapplan.cli.session.plans.find", lambda *_, **__: pytest.fail("it was read again"))
        assert kapplan_in("today", "plans", "--format", "json", *TODAY).text == by_book.text
    assert len(json.loads(by_book.text)["patients"]) == WORTH


def test_a_broken_plan_is_named_and_the_rest_is_shown(kapplan_in: CommandLine) -> None:
    """A plan that cannot be read costs its own line alone, and everybody is told whose it is."""
    new_plan_file(kapplan_in.folder / "ana.plan.toml", small_plan("ana", [MONDAY + 4 * HOUR]))
    kapplan_in.write("bo.plan.toml", "what is this")
    ran = kapplan_in("today", "--format", "json", *TODAY)
    assert [one["patient"] for one in json.loads(ran.text)["patients"]] == ["ana"]
    assert json.loads(ran.text)["damaged"] == ["bo"]
    assert "bo cannot be read" in ran.err


def test_the_program_alone_takes_the_book_of_the_clinic_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`kapplan` with nothing behind it is today's list once `clinic.toml` names a folder with plans, else help."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KAPPLAN_BOOK", raising=False)
    monkeypatch.delenv("KAPPLAN_PLANS", raising=False)
    assert command_line([]) == ["--help"]
    Path("clinic.toml").write_text('[clinic]\nbook = "plans"\n', encoding="utf-8")
    assert command_line([]) == ["--help"]
    Path("plans").mkdir()
    Path("plans", "river.plan.toml").touch()
    assert command_line([]) == ["today"]


def test_without_plans_it_says_what_to_name(kapplan_in: CommandLine) -> None:
    """Where there is nothing to list the answer is what to type."""
    ran = kapplan_in("today", *TODAY)
    assert ran.code == 2
    assert "--book" in ran.err
