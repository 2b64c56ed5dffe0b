"""``--deadline`` (``--within``) at the command line: the best dates found until then, and that is said."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from support.command_line import CommandLine

import kapplan
from kapplan.planning.phrases.words import day_words
from kapplan.planning.replan import alternatives
from kapplan.planning.replan.alternatives import PossibleDays, possible_days
from kapplan.planning.schedule.course import Demand
from kapplan.planning.schedule.starts import RankedStarts, rank_starts

CROWDED = """\
[patient]
id = "p"
timezone = "America/Denver"
[treatment]
protocol = "montreal-2023"
start = 2027-01-04
[availability]
mon = ["09:00-17:00"]
wed = ["09:00-17:00"]
away = [{ from = 2027-01-20, until = 2027-01-25 }]
[travel]
escort = "arranged"
"""
TODAY = ("--today", "2026-12-28")
SAID = "the best dates found until the deadline, at most"


def objective(line: CommandLine, *options: str) -> dict[str, Any]:
    """Return the objective of the crowded course as JSON has it."""
    found: dict[str, Any] = json.loads(line("plan", "p.toml", "--format", "json", *TODAY, *options).out)["objective"]
    return found


@pytest.mark.parametrize("option", ["--deadline", "--within"])
def test_a_search_that_a_deadline_ends_says_so(kapplan_in: CommandLine, option: str) -> None:
    """With no time at all it is not proven, with a bound that holds; with time enough it is as without."""
    kapplan_in.write("p.toml", CROWDED)
    best = objective(kapplan_in)
    assert (best["proven"], best["ended"], best["bound"]) == (True, None, None)
    at_once = objective(kapplan_in, option, "0")
    assert (at_once["proven"], at_once["ended"]) == (False, "deadline")
    assert at_once["bound"]["deviation"] <= best["deviation"] <= at_once["deviation"]
    assert objective(kapplan_in, option, "3600") == best
    assert SAID in kapplan_in("plan", "p.toml", "--format", "md", *TODAY, option, "0").text


def test_a_plan_keeps_what_ended_its_search_until_it_is_dated_anew(kapplan_in: CommandLine) -> None:
    """The saved plan and a change of it tell it, and a change without a deadline does not."""
    kapplan_in.write("p.toml", CROWDED)
    assert kapplan_in("plan", "p.toml", "-o", "p.plan.toml", *TODAY, "--deadline", "0").code == 0
    assert SAID in kapplan_in("show", "p.plan.toml", "--format", "md").text
    changes = [
        json.loads(kapplan_in("refresh", "p.plan.toml", "--refit", "--format", "json", "-n", *TODAY, *options).out)
        for options in (("--deadline", "0"), ())
    ]
    assert [change["objective"]["after"]["ended"] for change in changes] == ["deadline", None]


def test_starts_heed_a_deadline(kapplan_in: CommandLine) -> None:
    """With no time no day is claimed to be without a course; with time enough the days are those found without."""
    kapplan_in.write("p.toml", CROWDED)
    without = kapplan_in("starts", "p.toml", "--within", "14d", "--format", "json", *TODAY)
    enough = kapplan_in("starts", "p.toml", "--within", "14d", "--format", "json", *TODAY, "--deadline", "3600")
    assert (enough.code, enough.out) == (0, without.out)
    assert "deadline" not in enough.err
    at_once = kapplan_in("starts", "p.toml", "--within", "14d", "--format", "json", *TODAY, "--deadline", "0")
    assert "deadline" in at_once.err
    assert "No start within" not in at_once.err


def test_starts_say_what_the_work_does_not_tell(kapplan_in: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Days left out are named, what is not proven says so, and both say what searches longer."""
    asked: list[Demand] = []

    def hurried(demand: Demand, within: int) -> RankedStarts:
        asked.append(demand)
        best, *others = rank_starts(demand, within).choices
        untold = tuple(date(2027, 1, day) for day in range(4, 4 + 2 * len(asked)))
        return RankedStarts((replace(best, proven=False, bound=best.deviation - 4), *others), untold)

    monkeypatch.setattr(kapplan, "rank_starts", hurried, raising=False)
    kapplan_in.write("p.toml", CROWDED)
    command = ("starts", "p.toml", "--within", "14d", "--format", "table", *TODAY)
    told = kapplan_in(*command, "--effort", "3")
    assert asked[0].effort == 3
    assert "not proven" in told.text
    assert "2 days left out" in told.err
    assert "begin on them: Mon 4 Jan 2027 and Tue 5 Jan 2027." in " ".join(told.err.split())
    assert "--effort 15" in told.err
    for _ in range(2):
        told = kapplan_in(*command, "--deadline", "3600")
    assert "and 1 more." in " ".join(told.err.split())
    assert asked[1].effort == 1
    assert "--effort 5" in told.err


def test_the_days_that_work_for_a_move_heed_a_deadline(kapplan_in: CommandLine) -> None:
    """With no time few days are listed, and that is said; with time enough all that are listed without."""
    kapplan_in.write("p.toml", CROWDED)
    assert kapplan_in("plan", "p.toml", "-o", "p.plan.toml", *TODAY).code == 0
    listing = ("move", "p.plan.toml", "dosing-2", "--format", "json", *TODAY)
    without, enough, at_once = (
        kapplan_in(*listing, *more) for more in ((), ("--deadline", "3600"), ("--deadline", "0"))
    )
    assert enough.out == without.out
    assert "deadline" not in enough.err
    assert len(at_once.out) < len(without.out)
    assert "The deadline ended the search" in at_once.err


def test_days_for_a_move_of_which_the_work_tells_nothing_are_named(
    kapplan_in: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Days left out of the list since the search did not decide them are named, with what searches longer."""

    def hurried(*arguments: Any, **options: Any) -> PossibleDays:
        nearest, *others = possible_days(*arguments, **options).days
        left_out.append(nearest.start.date())
        return PossibleDays(tuple(others), (nearest.start.date(),))

    left_out: list[date] = []
    monkeypatch.setattr(alternatives, "possible_days", hurried)
    kapplan_in.write("p.toml", CROWDED)
    assert kapplan_in("plan", "p.toml", "-o", "p.plan.toml", *TODAY).code == 0
    told = kapplan_in("move", "p.plan.toml", "dosing-2", "--format", "json", "--effort", "2", *TODAY)
    said = " ".join(told.err.split())
    named = day_words(left_out[0])
    assert f"1 day left out, since the search did not tell whether dose 2 can be on it: {named}." in said
    assert "--effort 10" in said
    assert left_out[0].isoformat() not in told.text


def test_a_command_has_one_deadline(kapplan_in: CommandLine) -> None:
    """Reading a calendar back has one limit in time, for the server and for what its changes would do."""
    assert kapplan_in("sync", "--help").text.count("--deadline") == 1
