"""The board and the free slots at the command line: for people at 80 columns, complete in a pipe, and as JSON."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from support.command_line import CommandLine, with_examples

TODAY = ("--today", "2026-12-20T08:00")


@pytest.fixture
def line(kapplan_in: CommandLine) -> CommandLine:
    """Return the command line in a folder with two plans of one clinic."""
    with_examples(kapplan_in.folder)
    river = (kapplan_in.folder / "river.toml").read_text("utf-8")
    kapplan_in.write("brook.toml", river.replace("river-0412", "brook-0412"))
    for name in ("river", "brook"):
        assert kapplan_in("plan", f"{name}.toml", "-o", f"{name}.plan.toml", *TODAY).code == 0
    return kapplan_in


def first_dose(line: CommandLine, name: str) -> str:
    """Return the day of a patient's first dose."""
    shown = json.loads(line("show", name, "--format", "json", *TODAY).text)
    return next(str(visit["start"])[:10] for visit in shown["visits"] if visit["id"] == "dosing-1")


def test_the_board_of_a_day(line: CommandLine) -> None:
    """The board shows who has which room when, within 80 columns."""
    ran = line("board", first_dose(line, "brook"), "--format", "table", *TODAY, env={"COLUMNS": "80"})
    assert ran.code == 0
    assert "brook-0412" in ran.text
    assert "dose 1" in ran.text
    assert all(len(one) <= 80 for one in ran.text.splitlines())


def test_the_board_where_there_is_no_room_for_bars(line: CommandLine) -> None:
    """At 20 columns every visit of each room and person, and every free span, is told in words."""
    day = first_dose(line, "brook")
    ran = line("board", day, "--format", "table", *TODAY, env={"COLUMNS": "20"})
    assert all(len(one) <= 20 for one in ran.text.splitlines())
    told, spans = " ".join(ran.text.split()), spans_of(line, day)
    assert all(f"{span['from']}\N{EN DASH}{span['until']}" in told for span in spans)
    assert told.count("free ") == len({span["resource"] for span in spans})
    assert told.count("brook-0412") == sum(span["patient"] == "brook-0412" for span in spans)


def test_a_name_longer_than_its_column_is_told_whole(line: CommandLine) -> None:
    """Two people whose long names begin alike are told apart."""
    clinic = (line.folder / "clinic.toml").read_text("utf-8")
    names = ("Dr. Wilhelmina Okafor", "Dr. Wilhelmina Reyes")
    for name, own in zip(names, ("okafor", "reyes"), strict=True):
        clinic = re.sub(rf'(id = "{own}"\n)(name = .*\n)?', rf'\1name = "{name}"\n', clinic)
    line.write("clinic.toml", clinic)
    ran = line("board", first_dose(line, "brook"), "--format", "table", *TODAY, env={"COLUMNS": "80"})
    assert all(name in ran.text for name in names)
    assert all(len(one) <= 80 for one in ran.text.splitlines())


def spans_of(line: CommandLine, day: str) -> list[dict[str, Any]]:
    """Return the spans of a day's board from its JSON."""
    spans: list[dict[str, Any]] = json.loads(line("board", day, "--format", "json", *TODAY).text)["spans"]
    return spans


def test_the_board_for_programs(line: CommandLine) -> None:
    """In JSON each span has its resource, its times and whose it is; free spans are there too."""
    ran = line("board", first_dose(line, "river"), "--format", "json", *TODAY)
    document = json.loads(ran.text)
    assert document["schema"] == "kapplan.board/1"
    dose = next(span for span in document["spans"] if span["visit"] == "dosing-1" and span["resource"] == "room:blue")
    assert dose["patient"] == "river-0412"
    assert any(span["status"] == "free" for span in document["spans"])


def test_one_room_or_one_person(line: CommandLine) -> None:
    """The board of one room speaks of that room alone, and a room that is not there is told the ones that are."""
    ran = line("board", "--week", "--room", "blue", "--format", "csv", *TODAY)
    assert {row.split(",")[1] for row in ran.text.splitlines()[1:]} == {"room:blue"}
    wrong = line("board", "--room", "green", *TODAY)
    assert wrong.code == 2
    assert "blue" in wrong.err


def test_free_slots_are_free(line: CommandLine) -> None:
    """No slot that is listed as free overlaps a visit that has the same room or person."""
    free = json.loads(line("free", "dosing", "--within", "60d", "--format", "json", *TODAY).text)["slots"]
    taken = json.loads(line("board", first_dose(line, "river"), "--format", "json", *TODAY).text)["spans"]
    dose = next(span for span in taken if span["visit"] == "dosing-1" and span["resource"] == "room:blue")
    clashing = [
        slot
        for slot in free
        if slot["day"] == dose["day"] and slot["room"] == "blue" and dose["from"] <= slot["from"] < dose["until"]
    ]
    assert free
    assert clashing == []


def test_a_kind_goes_by_what_people_call_it(line: CommandLine) -> None:
    """``free dose`` lists what ``free dosing`` does."""
    spoken, named = (line("free", kind, "--format", "plain", *TODAY) for kind in ("Dose", "dosing"))
    assert spoken.code == 0
    assert spoken.text == named.text


def test_an_unknown_kind_is_told_the_kinds(line: CommandLine) -> None:
    """A kind that no visit has is refused with those that there are."""
    ran = line("free", "massage", *TODAY)
    assert ran.code == 2
    assert "dosing" in ran.err


def test_without_a_clinic_the_board_says_what_to_name(kapplan_in: CommandLine) -> None:
    """In a folder without a clinic and without plans the answer is what to type."""
    (kapplan_in.folder / "clinic.toml").unlink(missing_ok=True)
    ran = kapplan_in("board", *TODAY)
    assert ran.code == 2
    assert "--clinic" in ran.err


# -- the call list --------------------------------------------------------------------------------------------------


def test_calls_until_they_are_told(line: CommandLine) -> None:
    """Whoever was told is off the list, on it again when a visit moves, and an undo of the call puts them back."""
    assert {call["patient"] for call in calls(line)} == {"river-0412", "brook-0412"}
    assert line("told", "river", *TODAY).code == 0
    assert {call["patient"] for call in calls(line)} == {"brook-0412"}
    assert line("move", "river", "screening-1", "2026-12-24", *TODAY).code == 0
    assert ("river-0412", "screening-1", "moved") in {(c["patient"], c["visit"], c["what"]) for c in calls(line)}
    line("undo", "river", *TODAY)
    line("undo", "river", *TODAY)
    assert any(call["patient"] == "river-0412" and call["was"] is None for call in calls(line))


def test_nobody_is_told_twice(line: CommandLine) -> None:
    """There is nothing to note of a patient who knows everything."""
    line("told", "river", *TODAY)
    again = line("told", "river", *TODAY)
    assert again.code == 2
    assert "kapplan calls" in again.err


def test_nobody_is_called_about_dates_that_are_not_settled(line: CommandLine) -> None:
    """Who has unresolved visits is named beside the list, and ``told`` says what to do first."""
    line("away", "river", "--who", "clinic", "2026-12-21..2027-12-31", *TODAY)
    listed = line("calls", *TODAY)
    assert "unresolved visits): river-0412" in listed.err
    told = line("told", "river", *TODAY)
    assert told.code == 2
    assert "kapplan resume river-0412" in told.err


def calls(line: CommandLine) -> list[dict[str, str | None]]:
    """Return the call list."""
    found: list[dict[str, str | None]] = json.loads(line("calls", "--format", "json", *TODAY).text)["calls"]
    return found
