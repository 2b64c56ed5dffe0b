"""Files that do not surprise: the format follows the ending, what is saved is said, and data go to one stream."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.command_line import CommandLine, with_examples

TODAY = ("--today", "2026-12-28")


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Return a folder with the plan of an example."""
    made = CommandLine(with_examples(tmp_path), monkeypatch)
    assert made("plan", "river.toml", "-o", "river.plan.toml", *TODAY).code == 0
    return made


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("r.ics", b"BEGIN:VCALENDAR"),
        ("r.json", b"{"),
        ("r.csv", b"id,kind"),
        ("r.html", b"<!DOCTYPE"),
        ("r.fhir.json", b"{"),
    ],
)
def test_an_export_follows_the_ending_of_its_file(line: CommandLine, name: str, begins: bytes) -> None:
    """Without ``--format`` the name of the file says what it will hold."""
    ran = line("export", "river", "-o", name, *TODAY)
    assert ran.code == 0, ran.err
    assert (line.folder / name).read_bytes().lower().startswith(begins.lower())
    asked = line("plan", "river.toml", "-o", f"plan-{name}", *TODAY)
    assert asked.code == 0, asked.err
    assert (line.folder / f"plan-{name}").read_bytes().lower().startswith(begins.lower())


@pytest.mark.parametrize(
    ("command", "said"),
    [("export river --format json -o r.ics", "would hold json"), ("export river -o r.xyz", "no format has the ending"),
     ("plan river.toml -o r.xyz", "no format has the ending"),
     ("plan river.toml --format csv -o r.ics", "would hold csv")],
)  # fmt: skip
def test_an_ending_that_says_otherwise_is_refused(line: CommandLine, command: str, said: str) -> None:
    """A file is never written whose name says that it holds something else."""
    ran = line(*command.split(), *TODAY)
    assert ran.code == 2
    assert said in ran.err
    assert not (line.folder / command.rpartition(" ")[2]).exists()


def test_a_plan_is_saved_and_printed_in_the_format_asked_for(line: CommandLine) -> None:
    """``-o NAME.plan.toml --format json`` saves the plan and prints it: one does not take the place of the other."""
    ran = line("plan", "river.toml", "-o", "again.plan.toml", "--format", "json", *TODAY)
    assert ran.code == 0, ran.err
    assert json.loads(ran.text)["patient"] == "river-0412"
    assert line("show", "again", *TODAY).code == 0


def test_the_usual_format_can_be_set(line: CommandLine) -> None:
    """``KAPPLAN_FORMAT`` stands for ``--format`` where none is given, and one that is not there is named."""
    env = {"KAPPLAN_FORMAT": "json"}
    assert line("show", "river", *TODAY, env=env).out == line("show", "river", *TODAY, "--format", "json").out
    wrong = line("show", "river", *TODAY, env={"KAPPLAN_FORMAT": "jsno"})
    assert wrong.code == 2
    assert "KAPPLAN_FORMAT" in wrong.err


def test_quiet_leaves_out_hints_and_nothing_else(line: CommandLine) -> None:
    """With ``--quiet`` nothing says what to do next; findings, errors and data are as they were."""
    loud = line("export", "river", "-o", "r.ics", *TODAY)
    quiet = line("export", "river", "-o", "q.ics", "--quiet", *TODAY)
    assert "Wrote r.ics" in loud.err
    assert quiet.err == ""
    assert (line.folder / "q.ics").read_bytes() == (line.folder / "r.ics").read_bytes()
    assert line("score", "river", "phq9_item9=2", "-q", "--today", "2027-01-04").err.count("SAFETY") >= 1
    assert line("show", "nobody", "--quiet").err


@pytest.mark.parametrize("typed", ["river", "River", "RIVER.plan.toml", "river-0412", "River-04"])
def test_a_plan_is_found_by_file_or_patient_in_any_case(line: CommandLine, typed: str) -> None:
    """A plan goes by its file's name, by its patient, or by the start of either, whatever the case."""
    (line.folder / "river.plan.toml").rename(line.folder / ("river.plan.toml" if "04" not in typed else "x1.plan.toml"))
    assert "river-0412" in line("show", typed, "--format", "json", *TODAY).text


def test_a_folder_ends_with_a_stroke_or_is_there(line: CommandLine) -> None:
    """A plan and an export go into a folder that is named as one, under the patient's or the plan's own name."""
    assert line("plan", "river.toml", "-o", "plans/", *TODAY).code == 0
    assert (line.folder / "plans" / "river-0412.plan.toml").is_file()
    assert line("plan", "sage.toml", "-o", "plans", *TODAY).code == 0
    assert (line.folder / "plans" / "sage-0731.plan.toml").is_file()
    assert line("export", "river", "-o", "out/", *TODAY).code == 0
    assert [path.suffix for path in (line.folder / "out").iterdir()] == [".ics"]
    refused = line("plan", "river.toml", "-o", "no/such/", *TODAY)
    assert refused.code == 2
    assert "no/such/" in refused.err
