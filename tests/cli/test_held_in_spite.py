"""A pin, frozen days and ``--keep`` hold a visit, but no dose too close or too many, and nothing on a closed day."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from support.command_line import CommandLine, Ran, with_examples
from support.safe_lives import Life

from kapplan.files.plans.store import load_plan
from kapplan.model.plan import PlannedVisit

DOSE = "dosing-2"
HOLDS = {
    "pin": (("pin", "river", DOSE), ()),
    "freeze": (("freeze", "river", "{days}d"), ()),
    "keep": ((), ("--keep", DOSE)),
}
WORDS = {"pin": "was pinned", "freeze": "stood in frozen days", "keep": "was to be kept"}


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Return a folder with the plan of an example."""
    made = CommandLine(with_examples(tmp_path), monkeypatch)
    assert made("plan", "river.toml", "-o", "river.plan.toml", "--today", "2026-12-28").code == 0
    return made


def dose(line: CommandLine) -> PlannedVisit:
    """Return the dose that is held, as it is on disk."""
    return load_plan(line.folder / "river.plan.toml").plan.visit(DOSE)


def typed(line: CommandLine, how: str, words: Sequence[str], today: date, form: str) -> Ran:
    """Hold the dose, and type a command that it cannot outlast."""
    first, more = HOLDS[how]
    if first:
        days = (dose(line).start.date() - today).days
        assert line(*(word.format(days=days) for word in first), "--today", "2026-12-29").code == 0
    return line(*words, *more, "--format", form, "--today", f"{today}T20:00")


@pytest.mark.parametrize("form", ["table", "json", "csv"])
@pytest.mark.parametrize("how", HOLDS)
def test_a_dose_too_close_moves_and_says_so_first(line: CommandLine, how: str, form: str) -> None:
    """A dose that was given two days before one that is held: that one moves, by name, before all else but safety."""
    stood = dose(line).start.date()
    given = stood - timedelta(days=2)
    ran = typed(line, how, ("done", "river", "dosing-1", str(given)), given, form)
    assert ran.code == 0, ran.err
    after = dose(line).start.date()
    assert (after - given).days >= 3
    if form == "json":
        (told,) = json.loads(ran.text)["not_held"]
    else:
        told = " ".join(ran.text.split("\n")[:3])
    assert f"Dose 2 {WORDS[how]} on" in told
    assert "dose 1, given on" in told
    assert "3 days is the least" in told


@pytest.mark.parametrize("who", ["patient", "clinic", "okafor"])
@pytest.mark.parametrize("how", HOLDS)
def test_what_is_held_on_a_day_on_which_somebody_is_away_does_not_stand(line: CommandLine, how: str, who: str) -> None:
    """Whoever is away then: the visit keeps the day that was asked for, unresolved, and it is said first and why."""
    stood = dose(line).start.date()
    ran = typed(line, how, ("away", "river", str(stood), "--who", who), date(2026, 12, 30), "table")
    assert ran.code == 0, ran.err
    assert dose(line).start.date() == stood
    assert dose(line).status == "unresolved"
    assert ran.text.startswith(f"! Dose 2 {WORDS[how]} on")
    assert "closed to it" in " ".join(ran.text.split())
    if how == "pin":
        assert line("away", "river", str(stood), "--who", who, "--back", "--today", "2026-12-30").code == 0
        assert dose(line).status == "planned"


def test_what_was_put_on_a_closed_day_by_name_stays_there(line: CommandLine) -> None:
    """An override of the closing is an answer to it: nothing moves the visit away again."""
    words = ("move", "river", DOSE, "2027-01-30", "--override", "closed", "--why", "agreed", "--today", "2026-12-29")
    assert line(*words).code == 0
    assert line("away", "river", "2027-03-01", "--who", "clinic", "--today", "2026-12-30").code == 0
    assert dose(line).start.date() == date(2027, 1, 30)


def test_nothing_is_held_that_is_one_dose_too_many() -> None:
    """Two tablets a week: with one taken out of turn and one of yesterday, frozen days hold no third one."""
    life = Life("r107-2024")
    life.live(7, "done", "p", "dosing-1")
    life.live(5, "freeze", "p", "3d")
    life.live(52, "done", "p", "dosing-6", "today")
    (told,) = [row["text"] for row in json.loads(life.last)["changes"] if row["what"] == "not held"]
    assert "stood in frozen days" in told
    assert "more than 2 in 7 days" in told
