"""Who gains by a slot that came free, and how many more courses a clinic has room for: as told, tried, and by hand."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
from support.command_line import CommandLine, with_examples

NOW = ("--today", "2026-12-28T09:00")
PROTOCOL = """\
id = "house"
title = "House course"
version = "1"
drug = "ketamine"
off_label = true
[visits.dosing]
minutes = { administer = 60 }
needs = ["room", "prescriber"]
[[phases]]
id = "course"
[[phases.series]]
visit = "dosing"
count = 1
"""
CLINIC = """\
[clinic]
name = "Aspen House"
timezone = "America/Denver"
hours = { mon = ["09:00-12:00"] }
[[clinic.rooms]]
id = "blue"
[[clinic.staff]]
id = "stone"
roles = ["prescriber"]
capacity = 2
"""
ROOM_AND_STAFF = '[[clinic.rooms]]\nid = "red"\n[[clinic.staff]]'
ANA = """\
[patient]
id = "ana"
[treatment]
protocol = "house.toml"
start = 2027-01-11
[tailoring]
frame = "none"
[clinic]
file = "clinic.toml"
"""


def asked(line: CommandLine, *words: str) -> Any:
    """Return what a command answers in JSON."""
    ran = line(*words, "--format", "json", *NOW)
    assert ran.code == 0, ran.err
    return json.loads(ran.text)


# -- fill -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def line(kapplan_in: CommandLine) -> CommandLine:
    """Return the command line beside a plan whose first visit was moved off its target: its old slot is free."""
    with_examples(kapplan_in.folder)
    assert kapplan_in("plan", "river.toml", "-o", "river.plan.toml", *NOW).code == 0
    assert kapplan_in("move", "river", "screening-1", "2027-01-04", *NOW).code == 0
    return kapplan_in


def days_off(line: CommandLine) -> int:
    """Return how many days the visits of the plan are off their targets, from the plan itself."""
    return sum(visit["deviation_days"] for visit in asked(line, "show", "river")["visits"])


@pytest.mark.parametrize("slot", [("2026-12-31",), ("thu", "8:00"), ()])
def test_the_command_that_is_told_does_it(line: CommandLine, slot: tuple[str, ...]) -> None:
    """Typed as it is printed, the command gives the visit the slot, and the course is as much nearer as was told."""
    [found] = asked(line, "fill", *slot)["visits"]
    before = days_off(line)
    program, *words = shlex.split(found["command"])
    assert program == "kapplan"
    assert line(*words, *NOW).code == 0
    after = asked(line, "show", "river")["visits"]
    assert next(visit["start"] for visit in after if visit["id"] == found["visit"]) == found["start"]
    assert before - days_off(line) == found["better"] > 0
    assert asked(line, "fill", *slot)["visits"] == []


def test_a_slot_that_is_taken_is_nobodys_gain(line: CommandLine) -> None:
    """What somebody else has now is offered to nobody."""
    river = (line.folder / "river.toml").read_text("utf-8")
    line.write("brook.toml", river.replace("river-0412", "brook-0412"))
    line("plan", "brook.toml", "-o", "brook.plan.toml", *NOW)
    taken = next(visit for visit in asked(line, "show", "brook")["visits"] if visit["id"] == "screening-1")
    offered = asked(line, "fill", taken["start"][:10], taken["start"][11:16])["visits"]
    assert [one["patient"] for one in offered] == []


def test_who_gains_for_people(line: CommandLine) -> None:
    """At 80 columns the gain is a sentence with the command beneath it, and a pipe has a record."""
    ran = line("fill", "thu", "--format", "table", *NOW, env={"COLUMNS": "80"})
    assert all(len(one) <= 80 for one in ran.text.splitlines())
    assert "4 days nearer the protocol" in " ".join(ran.text.split())
    assert "kapplan move river screening-1 2026-12-31 08:00" in ran.text
    piped = line("fill", "thu", *NOW).text
    assert "kapplan move river screening-1 2026-12-31 08:00" in piped.split("\t")


# -- capacity -------------------------------------------------------------------------------------------------------


def little(line: CommandLine, clinic: str = CLINIC) -> CommandLine:
    """Write a clinic open for three hours on Mondays, a course of one dose of an hour, and plan one patient."""
    line.write("house.toml", PROTOCOL)
    line.write("clinic.toml", clinic)
    line.write("ana.toml", ANA)
    ran = line("plan", "ana.toml", "-o", "ana.plan.toml", *NOW)
    assert ran.code == 0, ran.err
    return line


@pytest.mark.parametrize(
    ("clinic", "courses", "short"),
    [
        (CLINIC, [0, 3, 2], ["a room like blue"]),
        (CLINIC.replace('id = "blue"', 'id = "blue"\ncapacity = 2'), [0, 6, 5], []),
        (CLINIC.replace("[[clinic.staff]]", ROOM_AND_STAFF), [0, 6, 5], []),
        (
            CLINIC.replace("capacity = 2", "").replace("[[clinic.staff]]", ROOM_AND_STAFF),
            [0, 3, 2],
            ["a prescriber"],
        ),
    ],
)
def test_as_many_as_counted_by_hand(kapplan_in: CommandLine, clinic: str, courses: list[int], short: list[str]) -> None:
    """So many doses of an hour fit three hours of as many places as there are, less the one that is booked."""
    document = asked(little(kapplan_in, clinic), "capacity", "--protocol", "house.toml", "--within", "3w")
    assert [week["courses"] for week in document["weeks"]] == courses
    assert document["weeks"][0]["short"] == []
    if short:
        assert [week["short"] for week in document["weeks"][1:]] == [short, short]
    blue = [one for one in document["fullness"] if one["resource"] == "room:blue"]
    assert [one["taken_minutes"] for one in blue] == [0, 0, 60]
    assert blue[1]["there_minutes"] == (360 if 'blue"\ncapacity' in clinic else 180)


def test_capacity_for_people(kapplan_in: CommandLine) -> None:
    """At 80 columns each week has a line, and each room and person one with its weeks as bars; at 20 none is lost."""
    ran = little(kapplan_in)(
        "capacity", "--protocol", "house.toml", "--within", "3w", "--format", "table", *NOW, env={"COLUMNS": "80"}
    )
    assert all(len(one) <= 80 for one in ran.text.splitlines())
    assert "Mon 11 Jan 2027" in ran.text
    assert "a room like blue" in ran.text
    assert any(one.startswith("blue") and "▁" in one for one in ran.text.splitlines())
    narrow = kapplan_in(
        "capacity", "--protocol", "house.toml", "--within", "3w", "--format", "table", *NOW, env={"COLUMNS": "20"}
    )
    assert all(len(one) <= 20 for one in narrow.text.splitlines())
    assert _bars(narrow.text) == _bars(ran.text) != ""
    piped = kapplan_in("capacity", "--protocol", "house.toml", "--within", "3w", *NOW).text.splitlines()
    assert len(piped) >= 3


def _bars(text: str) -> str:
    return "".join(sign for sign in text if "\N{LOWER ONE EIGHTH BLOCK}" <= sign <= "\N{FULL BLOCK}")
