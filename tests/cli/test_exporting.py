"""What an export may be written over, and where it goes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.command_line import CommandLine, environment, with_examples

MONDAY = ("--today", "2027-01-04")


@pytest.fixture(name="line")
def _line(kapplan_in: CommandLine) -> CommandLine:
    with_examples(kapplan_in.folder)
    assert kapplan_in("plan", "river.toml", "-o", "river.plan.toml", *MONDAY).code == 0
    return kapplan_in


@pytest.mark.parametrize("name", ["river.plan.toml", "river.toml", "new.TOML"])
@pytest.mark.parametrize(
    "command",
    [["export", "river"], ["plan", "river.toml", "--format", "md"], ["plan", "river.toml", "--format", "problem"]],
)
def test_no_export_takes_the_place_of_a_plan_or_profile(line: CommandLine, name: str, command: list[str]) -> None:
    """A slip of the hand at ``-o`` loses no record: a name that ends in .toml is refused, whatever stands there."""
    before = {path.name: path.read_bytes() for path in line.folder.iterdir()}
    ran = line(*command, "-o", name, *MONDAY)
    assert ran.code == 2
    assert "which an export never takes the place of" in ran.err
    assert {path.name: path.read_bytes() for path in line.folder.iterdir()} == before


def test_the_problem_goes_where_it_is_asked_to(line: CommandLine) -> None:
    """``-o`` holds for the placement problem too, and standard output stays empty then."""
    printed = line("plan", "river.toml", "--format", "problem", *MONDAY)
    written = line("plan", "river.toml", "--format", "problem", "-o", "problem.json", *MONDAY)
    assert (written.code, written.out) == (0, b"")
    assert (line.folder / "problem.json").read_bytes() == printed.out
    assert json.loads(printed.text)["schema"] == "kapplan.problem/1"


def test_a_calendar_can_be_piped_straight_from_a_profile(line: CommandLine) -> None:
    """Without ``-o`` the calendar file of a profile goes to standard output, whole."""
    ran = line("plan", "river.toml", "--format", "ics", *MONDAY)
    assert (ran.code, ran.out[:15], ran.out[-15:]) == (0, b"BEGIN:VCALENDAR", b"END:VCALENDAR\r\n")


def test_a_plan_without_a_file_name_is_refused(line: CommandLine) -> None:
    """A folder is no place for a plan: the program says so instead of failing."""
    ran = line("plan", "river.toml", "-o", ".", *MONDAY)
    assert (ran.code, ran.err.splitlines()[-1]) == (2, "kapplan: . is a folder; name a file in it")


def test_names_with_spaces_are_quoted_in_what_to_type_next(line: CommandLine) -> None:
    """What to type next can be copied as it stands."""
    ran = line("plan", "river.toml", "-o", "my river.plan.toml", *MONDAY)
    assert "kapplan why 'my river.plan.toml'." in ran.err


@pytest.mark.parametrize("stream", ["stdin", "stdout", "stderr"])
def test_a_stream_that_is_not_there_is_no_failure(tmp_path: Path, stream: str) -> None:
    """A process started with a stream closed does its work; what would have gone there goes nowhere."""
    with_examples(tmp_path)
    script = (
        f"import sys; sys.{stream} = None; from kapplan.cli.boundary import run; "
        "sys.exit(run(['plan', 'river.toml', '-o', 'river.plan.toml', '--today', '2027-01-04']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=environment(), capture_output=True, check=False
    )
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
    assert (tmp_path / "river.plan.toml").is_file()
