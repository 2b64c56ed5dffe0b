"""What is left out is asked for on a terminal, with the likeliest first, and is an error in a script."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.command_line import CommandLine, with_examples

TODAY = ("--today", "2027-01-04")


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Return a folder with the plans of two examples."""
    made = CommandLine(with_examples(tmp_path), monkeypatch)
    for name in ("river", "sage"):
        assert made("plan", f"{name}.toml", "-o", f"{name}.plan.toml", "--today", "2026-12-28").code == 0
    return made


@pytest.mark.parametrize(
    ("words", "missing"),
    [("move", "PLAN"), ("move river", "VISIT"), ("done river", "VISIT|TASK"), ("cancel river", "VISIT"),
     ("undo", "PLAN"), ("show", "PLAN"), ("pin river", "VISIT..."), ("correct river", "VISIT"), ("plan", "PROFILE..."),
     ("starts", "PROFILE"), ("accept river", "N"), ("settle river", "RULE")],
)  # fmt: skip
def test_a_script_is_told_what_is_missing(line: CommandLine, words: str, missing: str) -> None:
    """Where nobody can be asked, what is left out is wrong usage that names it, and nothing is printed as data."""
    ran = line(*words.split(), *TODAY)
    assert (ran.code, ran.out) == (2, b"")
    assert f"Missing argument '{missing}'" in ran.err


def test_a_plan_is_picked_from_a_list_the_one_due_first_on_top(line: CommandLine) -> None:
    """Enter alone takes the plan whose visit is due next; a number takes another, and so does the start of its name."""
    first = line("show", *TODAY, terminal=True, stdin="\n")
    assert first.code == 0
    assert "sage-0731" in first.text
    for answer in ("2\n", "river\n", "9\nriv\n"):
        other = line("show", *TODAY, terminal=True, stdin=answer)
        assert "river-0412" in other.text


def test_a_profile_is_picked_the_one_without_a_plan_on_top(line: CommandLine) -> None:
    """A profile without a plan comes before those that have one in any folder below, whatever its name is."""
    (line.folder / "book").mkdir()
    (line.folder / "sage.plan.toml").rename(line.folder / "book" / "sage.plan.toml")
    for name in ("new[1", "**", "a.**b"):
        (line.folder / f"{name}.toml").write_bytes((line.folder / "river.toml").read_bytes())
    told = line("plan", *TODAY, terminal=True).err
    shown = [one for one in ("new[1.toml", "**.toml", "a.**b.toml", "river.toml", "sage.toml") if one in told]
    assert len(shown) == 5
    assert max(told.index(one) for one in shown[:3]) < min(told.index(one) for one in shown[3:])


def test_the_end_of_input_ends_the_command(line: CommandLine) -> None:
    """A list that nobody answers ends the command as Ctrl-C does, and changes nothing."""
    before = (line.folder / "river.plan.toml").read_bytes()
    ended = line("done", *TODAY, terminal=True)
    assert (ended.code, ended.err[-1:]) == (130, "\n"), "the shell's next line would stand behind the question"
    assert (line.folder / "river.plan.toml").read_bytes() == before


def test_a_move_is_picked_patient_visit_and_day(line: CommandLine) -> None:
    """``kapplan move`` asks for the patient, the visit and the day, and does what the typed command would have done."""
    typed = json.loads(line("move", "river", "dosing-1", "--format", "json", *TODAY).text)["days"]
    ran = line("move", *TODAY, terminal=True, stdin="river\ndose 1\n2\n")
    assert ran.code == 0, ran.err
    moved = json.loads(line("show", "river", "--format", "json", *TODAY).text)["visits"]
    assert next(visit["start"] for visit in moved if visit["id"] == "dosing-1") == typed[1]["start"]


def test_no_day_is_picked_by_enter_alone(line: CommandLine) -> None:
    """The list of days has no likeliest: Enter leaves the visit where it stands."""
    before = (line.folder / "river.plan.toml").read_bytes()
    assert line("move", "river", "dosing-1", *TODAY, terminal=True, stdin="\n").code == 0
    assert (line.folder / "river.plan.toml").read_bytes() == before


def test_a_record_is_corrected_from_the_list_of_records(line: CommandLine) -> None:
    """What can be corrected is what was recorded; nothing else is on the list."""
    assert line("done", "river", "screening-1", "--today", "2026-12-31T18:00").code == 0
    ran = line("correct", "river", "--reopen", *TODAY, terminal=True, stdin="1\n")
    assert ran.code == 0, ran.err
    assert "dose" not in ran.err.partition("Which visit?")[0]


def test_the_days_of_an_absence_are_asked_for(line: CommandLine) -> None:
    """``kapplan away river`` asks for the days until they can be read; Enter alone takes nobody away."""
    asked = line("away", "river", "-n", *TODAY, terminal=True, stdin="14 jan - 10 jan\n8 feb for 5 days\n\n")
    assert asked.code == 0, asked.err
    assert "write the earlier day first" in " ".join(asked.err.split())
    assert "The patient is away Mon 8 Feb 2027 through Fri 12 Feb 2027" in " ".join(asked.text.split())
    assert line("away", "river", *TODAY, terminal=True, stdin="\n").code == 2


def test_a_profile_is_picked_the_one_without_a_plan_first(line: CommandLine) -> None:
    """``kapplan plan`` asks which profile is meant: Enter takes one that has no plan yet; a clinic's file is none."""
    oak = (line.folder / "river.toml").read_text(encoding="utf-8").replace("river-0412", "oak-1")
    (line.folder / "oak.toml").write_text(oak, encoding="utf-8")
    (line.folder / "ember.toml").unlink()
    ran = line("plan", *TODAY, terminal=True, stdin="\n")
    assert ran.code == 0, ran.err
    assert "oak-1" in ran.text
    assert "clinic.toml" not in ran.err


def test_a_proposal_and_a_notice_are_picked_and_never_by_enter_alone(line: CommandLine) -> None:
    """What waits for an answer is on the list; Enter alone accepts, declines and settles nothing."""
    assert line("score", "river", "phq9_item9=2", *TODAY).code == 0
    assert line("note", "river", "condition", "psychosis", *TODAY).code == 0
    before = (line.folder / "river.plan.toml").read_bytes()
    for words in (["accept", "river"], ["decline", "river"], ["settle", "river", "--why", "seen"]):
        assert line(*words, *TODAY, terminal=True, stdin="\n").code == 2
    assert (line.folder / "river.plan.toml").read_bytes() == before
    taken = line("accept", "river", *TODAY, terminal=True, stdin="1\n")
    assert (taken.code, "Proposal 1 accepted" in taken.text) == (0, True)
    settled = line("settle", "river", "--why", "seen", *TODAY, terminal=True, stdin="1\n")
    assert (settled.code, " is settled" in settled.text) == (0, True)


def test_the_program_alone_shows_today(line: CommandLine) -> None:
    """Without a word the program shows the day's list."""
    assert line(env={"KAPPLAN_TODAY": "2027-01-04"}).out == line("today", env={"KAPPLAN_TODAY": "2027-01-04"}).out


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("kapplan move riv", ["river.plan.toml"]),
        ("kapplan move river dosing-", [f"dosing-{number}" for number in range(1, 7)]),
        ("kapplan done river dosing-1 phq9_", ["phq9_item9="]),
        ("kapplan score river bp", ["bp="]),
        ("kapplan move nobody d", []),
    ],
)
def test_the_shell_completes_plans_visits_and_measures(line: CommandLine, typed: str, offered: list[str]) -> None:
    """Completion knows what stands at each place, and says nothing where there is no plan."""
    shell = {"_KAPPLAN_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1)}
    code = "import sys; from kapplan.cli.boundary import run; sys.exit(run())"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        cwd=line.folder,
        env=os.environ | shell,
    )
    assert ran.stdout.split() == offered
