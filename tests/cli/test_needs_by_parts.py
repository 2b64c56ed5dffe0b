"""Needs by parts: whoever a visit needs for some of its parts only can be booked for others in the rest of it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from support.books import MONDAY, small_plan
from support.command_line import CommandLine

from kapplan.model.visits import Minutes, Part
from kapplan.planning.bookings.plan_bookings import plan_bookings, presence

TODAY = ("--today", "2026-12-20T08:00")
PROTOCOL = """\
id = "house"
title = "House course"
version = "1"
drug = "ketamine"
off_label = true

[visits.dosing]
minutes = { prepare = 15, administer = 30, monitor = 60, clear = 15 }
needs = ["room", { role = "prescriber", parts = ["administer"] }, { role = "monitor", parts = ["monitor"] }]

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
[[clinic.rooms]]
id = "red"
[[clinic.staff]]
id = "stone"
roles = ["prescriber"]
[[clinic.staff]]
id = "reyes"
roles = ["monitor"]
"""


@pytest.mark.parametrize(
    ("lengths", "parts", "spans"),
    [
        (Minutes(prepare=10, administer=20, monitor=60, clear=10), ("administer",), ((10, 30),)),
        (Minutes(prepare=10, administer=20, monitor=60, clear=10), ("monitor", "administer"), ((10, 90),)),
        (Minutes(prepare=10, administer=20, monitor=60, clear=10), ("prepare", "clear"), ((0, 10), (90, 100))),
        (Minutes(prepare=10, monitor=60), ("prepare", "monitor"), ((0, 70),)),
        (Minutes(prepare=10, monitor=60), ("administer",), ()),
    ],
)
def test_when_parts_are(lengths: Minutes, parts: tuple[Part, ...], spans: tuple[tuple[int, int], ...]) -> None:
    """Parts follow each other; those that touch are one span, and a part of no length is none."""
    assert lengths.during(parts) == spans


def test_a_person_is_booked_for_the_own_parts() -> None:
    """The room is booked throughout and the person for the parts alone; quarters that are touched twice count once."""
    plan = small_plan("ana", [MONDAY], parts=("prepare", "monitor"))
    found = {(one.resource, one.first - plan_bookings(plan).bookings[0].first, one.until - one.first)
             for one in plan_bookings(plan).bookings}  # fmt: skip
    assert found == {("room:blue", 0, 4), ("staff:okafor", 0, 1), ("staff:okafor", 2, 1)}
    late = small_plan("ana", [MONDAY + timedelta(minutes=5)], parts=("prepare", "monitor"))
    assert [(one.until - one.first) for one in plan_bookings(late).bookings] == [5, 4]
    assert [(begins.minute, ends.minute) for begins, ends in presence(plan.visits[0], "okafor")] == [(0, 15), (30, 45)]


@pytest.fixture
def line(kapplan_in: CommandLine) -> CommandLine:
    """Return the command line beside a clinic with one prescriber and one who monitors, and two patients of it."""
    kapplan_in.write("house.toml", PROTOCOL)
    kapplan_in.write("clinic.toml", CLINIC)
    for name in ("ana", "bo"):
        kapplan_in.write(
            f"{name}.toml",
            f'[patient]\nid = "{name}"\n[treatment]\nprotocol = "house.toml"\nfirst_dose = 2027-01-04\n'
            '[tailoring]\nframe = "none"\n[clinic]\nfile = "clinic.toml"\n',
        )
    return kapplan_in


def dose(line: CommandLine, name: str) -> tuple[datetime, datetime]:
    """Return when a patient's dose begins and ends."""
    shown = json.loads(line("show", name, "--format", "json", *TODAY).text)
    [visit] = [visit for visit in shown["visits"] if visit["kind"] == "dosing"]
    assert visit["staff_parts"] == {"stone": ["administer"], "reyes": ["monitor"]}
    return datetime.fromisoformat(visit["start"]), datetime.fromisoformat(visit["end"])


def test_two_doses_overlap_where_nobody_is_needed_twice(line: CommandLine) -> None:
    """On one morning a second dose begins as soon as nobody is needed for both: an hour later, in the other room."""
    for name in ("ana", "bo"):
        ran = line("plan", f"{name}.toml", "-o", f"{name}.plan.toml", *TODAY)
        assert ran.code == 0, ran.err
    first, second = dose(line, "ana"), dose(line, "bo")
    assert (first[0].hour, second[0] - first[0]) == (9, timedelta(minutes=60))
    assert second[0] < first[1]
    assert line("book", "check", *TODAY).code == 0
    assert line("check", "ana.plan.toml", "bo.plan.toml", *TODAY).code == 0
    board = json.loads(line("board", "2027-01-04", "--format", "json", *TODAY).text)["spans"]
    taken = {(one["resource"], one["from"], one["until"], one["patient"]) for one in board if one["patient"]}
    assert taken == {
        ("room:blue", "09:00", "11:00", "ana"),
        ("room:red", "10:00", "12:00", "bo"),
        ("staff:stone", "09:15", "09:45", "ana"),
        ("staff:stone", "10:15", "10:45", "bo"),
        ("staff:reyes", "09:45", "10:45", "ana"),
        ("staff:reyes", "10:45", "11:45", "bo"),
    }
    assert not any(one["clash"] for one in board)


def test_a_protocol_tells_who_is_needed_for_what(line: CommandLine) -> None:
    """The protocol in words says for which parts somebody is needed, and parts that a visit has not are a mistake."""
    assert "prescriber to administer" in line("protocols", "house.toml", "--format", "table").text
    line.write(
        "house.toml", PROTOCOL.replace('["administer"]', '["monitor", "clear"]').replace("clear = 15", "clear = 0")
    )
    assert line("check", "house.toml").code == 0
    line.write("house.toml", PROTOCOL.replace("administer = 30", "administer = 0"))
    ran = line("check", "house.toml")
    assert ran.code == 3
    assert "house.toml:9:" in ran.err
    assert "some of prepare, monitor, clear" in ran.err
    line.write("house.toml", PROTOCOL.replace('["administer"]', '["admin"]'))
    assert "administer" in line("check", "house.toml").err
