"""Safety notices and findings beside answers that cannot hold them: no pipe and no format may swallow one."""

from __future__ import annotations

import json

import pytest
from support.command_line import CommandLine

PROFILE = """
[patient]
id = "river-0412"
timezone = "America/Denver"
[treatment]
protocol = "kap-standard"
[symptoms]
phq9_item9 = 1
"""
NOTICE = "Item 9 of the PHQ-9 is answered 1"
OFF_LABEL = "OFF-LABEL: No product label covers this use of ketamine."
NOT_SCREENED = "not-screened.history.conditions: The conditions are not stated"
MONDAY = ("--today", "2027-01-04")


@pytest.fixture(name="line")
def _line(kapplan_in: CommandLine) -> CommandLine:
    kapplan_in.write("river.toml", PROFILE)
    assert kapplan_in("plan", "river.toml", "-o", "river.plan.toml", *MONDAY).code == 0
    return kapplan_in


@pytest.mark.parametrize(
    "command",
    [
        ["plan", "river.toml"],
        ["plan", "river.toml", "--format", "csv"],
        ["plan", "river.toml", "--format", "problem"],
        ["plan", "river.toml", "--format", "ics", "-o", "river.ics"],
        ["show", "river"],
        ["show", "river", "--format", "csv"],
        ["why", "river", "dosing-1"],
        ["check", "river.toml"],
        ["check", "river.plan.toml"],
        ["starts", "river.toml"],
        ["suggest", "river.toml"],
        ["export", "river"],
        ["export", "river", "--format", "md", "-o", "river.md"],
    ],
)
def test_a_safety_notice_is_told_beside_every_answer_of_bare_records(line: CommandLine, command: list[str]) -> None:
    """Where the answer itself has no room for it, a safety notice is on standard error."""
    assert NOTICE in line(*command, *MONDAY).err


@pytest.mark.parametrize("command", [["plan", "river.toml"], ["show", "river"], ["show", "river", "--format", "csv"]])
def test_what_stands_above_the_visits_is_told_beside_them(line: CommandLine, command: list[str]) -> None:
    """Safety comes first; that the course is off-label and what was not screened follow."""
    ran = line(*command, *MONDAY)
    told = ran.err
    assert told.index(NOTICE) < told.index(OFF_LABEL) < told.index(NOT_SCREENED)
    assert NOTICE not in ran.text


@pytest.mark.parametrize("form", ["table", "json", "md"])
def test_nothing_is_said_twice(line: CommandLine, form: str) -> None:
    """A format that tells findings itself needs no word beside it."""
    ran = line("show", "river", "--format", form, *MONDAY)
    assert NOTICE in ran.text
    assert ran.err == ""


def test_ranked_starts_tell_safety_first(line: CommandLine) -> None:
    """A profile's scores are read for the ranking too: its JSON has the notice under ``safety``, its table on top."""
    found = json.loads(line("starts", "river.toml", "--format", "json", *MONDAY).text)
    assert [NOTICE in notice for notice in found["safety"]] == [True]
    assert line("starts", "river.toml", "--format", "table", *MONDAY).text.splitlines()[0].startswith(" SAFETY ")


def test_a_course_with_nothing_to_tell_says_nothing(line: CommandLine) -> None:
    """An export of a plan without safety notices is quiet."""
    line.write("calm.toml", PROFILE.replace("phq9_item9 = 1", "phq9_item9 = 0"))
    line("plan", "calm.toml", "-o", "calm.plan.toml", *MONDAY)
    assert line("export", "calm", *MONDAY).err == ""
