"""Plans that version 0.1.0 wrote: they open, show, go back and forth and live on as they did there.

``tests/data/plans-0.1.0`` holds plan files as 0.1.0 left them after weeks of a course's life, and what it showed of
each of their revisions (the columns of ``plain`` that are no words). Neither is ever written anew.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.command_line import CommandLine

from kapplan.files.plans.store import load_plan
from kapplan.model.plan import Plan

HELD = Path(__file__).parent.parent / "data" / "plans-0.1.0"
NAMES = ("river", "sage", "wren")
COLUMNS = (*range(4), *range(7, 19), 20, 21)
NOW = ("--today", "2027-02-01T09:00")
plans = pytest.mark.parametrize("name", NAMES)


def revisions(name: str) -> list[list[str]]:
    """Return what 0.1.0 showed of each revision, a line a visit."""
    text = (HELD / f"{name}.revisions.txt").read_text(encoding="utf-8")
    return [part.splitlines()[1:] for part in text.split("revision ")[1:]]


def plan_of(folder: Path, name: str) -> Plan:
    """Return the plan of a name in a folder."""
    return load_plan(next(folder.glob(f"{name}*.plan.toml"))).plan


@pytest.fixture
def life(kapplan_in: CommandLine) -> CommandLine:
    """Return the command line in a folder of its own with the plans and what they were made from."""
    for path in HELD.glob("*.toml"):
        shutil.copy(path, kapplan_in.folder)
    return kapplan_in


def shown(life: CommandLine, name: str, *words: str) -> list[str]:
    """Return a plan's visits as ``show`` tells them, in the columns that were kept."""
    ran = life("show", name, "--format", "plain", *NOW, *words)
    assert ran.code == 0, ran.err
    rows = [line.split("\t") for line in ran.text.splitlines()]
    return ["\t".join(row[column] for column in COLUMNS) for row in rows]


@plans
def test_every_revision_shows_what_it_showed(life: CommandLine, name: str) -> None:
    """Each revision of a plan has the visits, days, states and windows that 0.1.0 showed of it."""
    known = revisions(name)
    assert shown(life, name) == known[-1]
    for number, visits in enumerate(known, 1):
        assert shown(life, name, "--as-of", str(number)) == visits, number


@plans
def test_undo_leads_back_to_the_first_plan_and_redo_forth_again(life: CommandLine, name: str) -> None:
    """Undoing all that can be undone gives the plan as it was made; redoing as much gives the last one again."""
    known = revisions(name)
    steps = 0
    while life("undo", name, *NOW).code == 0:
        steps += 1
    assert steps
    assert shown(life, name) == known[0]
    for _ in range(steps):
        assert life("redo", name, *NOW).code == 0
    assert shown(life, name) == known[-1]


@plans
@pytest.mark.parametrize("command", ["show", "why", "log", "report", "review", "today", "export", "check"])
def test_a_command_that_reads_never_writes(life: CommandLine, name: str, command: str) -> None:
    """Looking at a plan of an older format leaves its file as it was, to the byte."""
    path = life.folder / f"{name}.plan.toml"
    before = path.read_bytes()
    life(command, str(path), *NOW)
    assert path.read_bytes() == before


@plans
def test_a_life_goes_on(life: CommandLine, name: str) -> None:
    """What is recorded now is kept, in today's format, with the whole history; undoing it shows what was before."""
    path = life.folder / f"{name}.plan.toml"
    before = shown(life, name)
    ran = life("score", name, "phq9=9", "phq9_item9=0", *NOW)
    assert ran.code == 0, ran.err
    assert len(life("log", name, *NOW).text.splitlines()) == len(revisions(name)) + 1
    assert life("undo", name, *NOW).code == 0
    assert shown(life, name) == before
    assert path.read_text(encoding="utf-8") != (HELD / path.name).read_text(encoding="utf-8")


@plans
def test_what_a_patient_answers_from_home_says_so(life: CommandLine, name: str) -> None:
    """A task of a measure was known by its name; it says its measure now, in each state that undo leads back to."""
    for _ in range(3):
        for task in plan_of(life.folder, name).tasks:
            assert task.measure == (task.id.split("-")[1] if task.id.startswith("measure-") else None)
        life("undo", name, *NOW)
