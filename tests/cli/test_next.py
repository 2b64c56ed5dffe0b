"""``next`` at the command line: the oldest visit of which nothing is recorded yet, in every command and view."""

from __future__ import annotations

import json
import re

import pytest
from support.command_line import CommandLine

PROFILE = """
[patient]
id = "river"
timezone = "America/Denver"
[treatment]
protocol = "kap-standard"
route = "im"
start = 2027-01-04
"""
MORNING_AFTER = "2027-01-05T08:00"


@pytest.fixture
def river(kapplan_in: CommandLine) -> CommandLine:
    """Return a folder with a saved plan whose first visit is on Monday 4 January 2027."""
    kapplan_in.write("river.toml", PROFILE)
    assert kapplan_in("plan", "river.toml", "-o", "river.plan.toml", "--today", "2027-01-02").code == 0
    return kapplan_in


def visits(river: CommandLine) -> dict[str, dict[str, str]]:
    """Return the visits of the saved plan by their ids."""
    shown = river("show", "river", "--format", "json", "--today", MORNING_AFTER)
    return {visit["id"]: visit for visit in json.loads(shown.text)["visits"]}


def oldest(river: CommandLine) -> str:
    """Return the id of the first visit in time that is still planned."""
    planned = (visit for visit in visits(river).values() if visit["status"] == "planned")
    return min(planned, key=lambda visit: visit["start"])["id"]


def test_done_next_records_the_visit_that_nobody_recorded(river: CommandLine) -> None:
    """The morning after an unrecorded visit, next is that visit, not the one ahead; no dose is pulled forward."""
    before = visits(river)
    first, second, *_ = sorted(before.values(), key=lambda visit: visit["start"])
    assert first["start"][:10] == "2027-01-04"
    assert river("done", "river", "next", "--today", MORNING_AFTER).code == 0
    after = visits(river)
    assert (after[first["id"]]["status"], after[second["id"]]["status"]) == ("completed", "planned")
    assert after["dosing-1"]["start"] == before["dosing-1"]["start"]


@pytest.mark.parametrize("command", [("done",), ("missed",), ("cancel", "--party", "clinic"), ("omit",)])
def test_every_record_ends_what_next_is(river: CommandLine, command: tuple[str, ...]) -> None:
    """Whatever is recorded of it, the visit is next no more."""
    first = oldest(river)
    name, *options = command
    assert river("why", "river", "next", "--today", MORNING_AFTER).text.startswith(first)
    assert river(name, "river", "next", *options, "--today", MORNING_AFTER).code == 0
    assert river("why", "river", "next", "--today", MORNING_AFTER).text.startswith(oldest(river))
    assert oldest(river) != first


def test_the_table_marks_what_the_commands_take(river: CommandLine) -> None:
    """The visit under which the table says next is the one that ``done next`` records."""
    shown = river("show", "river", "--format", "table", "--today", MORNING_AFTER, env={"COLUMNS": "200"}).text
    lines = shown.splitlines()
    (marked,) = (number for number, line in enumerate(lines) if re.search(r"\bnext\b", line))
    assert any(oldest(river) in line for line in lines[marked - 1 : marked + 1])


def test_next_is_refused_where_all_is_recorded(river: CommandLine) -> None:
    """Once the course is over, next names no visit, and says why."""
    for visit in visits(river):
        assert river("omit", "river", visit, "--today", MORNING_AFTER).code in {0, 5}
    refused = river("why", "river", "next", "--today", MORNING_AFTER)
    assert refused.code == 2
    assert "every visit of this plan is recorded already" in refused.err
