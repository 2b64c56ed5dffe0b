"""What holds visits where they stand is named where it leaves no dates, and the commands printed let go of it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from support.command_line import CommandLine, Ran, with_examples

from kapplan.files.plans.store import load_plan
from kapplan.model.plan import Plan

TODAY = "2027-01-14T20:00"
MISSED = ("missed", "river", "preparation-2")
PREPARED = ("screening-1", "preparation-1")
HELD = {
    "frozen days": (
        ("freeze", "river", "13d"), MISSED,
        "preparation 3 and dose 1 stay where they are, in frozen days", "resume river.plan.toml --freeze 0d",
    ),
    "days frozen by the command": (
        None, (*MISSED, "--freeze", "13d"),
        "preparation 3 and dose 1 stay where they are, in frozen days", "resume river.plan.toml",
    ),
    "a pin": (
        ("pin", "river", "dosing-1"), MISSED,
        "dose 1 is pinned to Mon 25 Jan 2027", "unpin river.plan.toml dosing-1",
    ),
    "two pins": (
        ("pin", "river", "dosing-1", "dosing-2"), MISSED,
        "dose 1 is pinned to Mon 25 Jan 2027", "unpin river.plan.toml dosing-1 dosing-2",
    ),
    "--keep": (
        None, (*MISSED, "--keep", "dosing-1"),
        "dose 1 is to be kept on Mon 25 Jan 2027", "resume river.plan.toml",
    ),
    "frozen days, and nothing is saved": (
        ("freeze", "river", "40d"), ("add", "river", "preparation"),
        "stay where they are, in frozen days", "add river.plan.toml preparation --freeze 0d",
    ),
}  # fmt: skip
"""What holds visits, what is typed then, how the clash names it, and the command that lets go of it."""


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Return a folder with the plan of an example, whose first two visits were held."""
    made = CommandLine(with_examples(tmp_path), monkeypatch)
    assert made("plan", "river.toml", "-o", "river.plan.toml", "--today", "2026-12-28").code == 0
    for visit in PREPARED:
        assert made("done", "river", visit, "--today", "2027-01-14").code == 0
    return made


def ways(ran: Ran) -> list[str]:
    """Return the commands that are printed as ways out."""
    return re.findall(r"^\d+\. .*?: kapplan (.*)$", ran.err, re.MULTILINE)


def plan_of(line: CommandLine) -> Plan:
    """Return the plan as it is on disk."""
    return load_plan(line.folder / "river.plan.toml").plan


@pytest.mark.parametrize("how", HELD)
def test_what_holds_is_a_member_of_the_clash_and_let_go_of_first(line: CommandLine, how: str) -> None:
    """The clash names what holds the visits, and the first way out lets go of it: typed so, all have their dates."""
    first, words, member, command = HELD[how]
    if first is not None:
        assert line(*first, "--today", TODAY).code == 0
    ran = line(*words, "--today", TODAY)
    assert ran.code == 5
    assert f"{member}\n" in re.sub(r" \[fits\]$", "", ran.err, flags=re.MULTILINE)
    assert ways(ran)[0] == command
    assert line(*shlex.split(command), "--today", TODAY).code == 0
    assert {visit.status for visit in plan_of(line).visits if visit.open} <= {"planned", "confirmed"}


def test_a_day_refused_for_the_sake_of_a_pin_says_so(line: CommandLine) -> None:
    """Where a pinned visit keeps another from a day, the pin is named, and by the command printed the day is free."""
    assert line("pin", "river", "dosing-2", "--today", TODAY).code == 0
    asked = ("move", "river", "integration-1", "2027-02-01", "--today", TODAY)
    ran = line(*asked)
    assert ran.code == 5
    assert "dose 2 is pinned" in ran.err or "is on Mon 1 Feb 2027 and is pinned" in ran.err
    assert "unpin river.plan.toml dosing-2" in ways(ran)
    assert line("unpin", "river", "dosing-2", "--today", TODAY).code == 0
    assert line(*asked).code == 0


def test_a_day_refused_for_the_sake_of_frozen_days_says_so(line: CommandLine) -> None:
    """Where frozen days keep a visit from a day, they are named, and the command printed puts it there all the same."""
    assert line("freeze", "river", "20d", "--today", TODAY).code == 0
    ran = line("move", "river", "dosing-1", "2027-02-01", "--today", TODAY)
    assert ran.code == 5
    assert "in frozen days" in ran.err
    command = "move river.plan.toml dosing-1 2027-02-01 --freeze 0d"
    assert command in ways(ran)
    assert line(*shlex.split(command), "--today", TODAY).code == 0
    assert str(plan_of(line).visit("dosing-1").start.date()) == "2027-02-01"


@pytest.mark.parametrize("lift", ["unpin river dosing-1", "freeze river none", "freeze river 1d"])
def test_what_has_dates_is_not_dated_anew_by_letting_go(line: CommandLine, lift: str) -> None:
    """To unpin, or to lift frozen days, moves nothing by itself where every visit has its date."""
    assert line("pin", "river", "dosing-1", "--today", TODAY).code == 0
    assert line("freeze", "river", "13d", "--today", TODAY).code == 0
    before = {visit.id: visit.start for visit in plan_of(line).visits}
    assert line(*lift.split(), "--today", TODAY).code == 0
    assert {visit.id: visit.start for visit in plan_of(line).visits} == before
