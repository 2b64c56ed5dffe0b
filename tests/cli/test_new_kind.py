"""A new kind of visit is data and one row: a protocol that uses it, and its row in the table of kinds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.command_line import environment, with_examples

ROW = 'VisitKind(name="group", spoken="group meeting", letter="G", colour="green"),'

WITH_THE_ROW = f"""
import importlib.util, sys
spec = importlib.util.find_spec("kapplan.model.terms")
lines = open(spec.origin, encoding="utf-8").read().splitlines()
last = max(number for number, line in enumerate(lines) if line.lstrip().startswith("VisitKind(name="))
lines.insert(last + 1, {(8 * " " + ROW)!r})
terms = importlib.util.module_from_spec(spec)
sys.modules["kapplan.model.terms"] = terms
exec(compile("\\n".join(lines), spec.origin, "exec"), terms.__dict__)
from kapplan.cli.boundary import run
raise SystemExit(run(sys.argv[1:]))
"""

PROTOCOL = """
id = "kap-with-groups"
extends = "kap-standard"
title = "The general course with a group"
version = "1"

[visits.group]
place = "remote"
minutes = { administer = 90 }

[[phases]]
id = "circle"
title = "Circle"
[[phases.series]]
visit = "group"
count = 2
after = { last = "review" }
lead = { min = 3, target = [5, 9], max = 21 }
gap = { min = 5, target = [6, 8], max = 14 }
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the examples and a protocol that has a kind of visit more."""
    made = with_examples(tmp_path_factory.mktemp("kinds"))
    (made / "groups.toml").write_text(PROTOCOL, encoding="utf-8")
    return made


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the program with the row."""
    command = [sys.executable, "-c", WITH_THE_ROW, *words, "--today", "2026-12-28"]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=environment())


def test_without_the_row_the_kind_is_a_mistake(folder: Path) -> None:
    """The strict reader knows the kinds of the table and no others."""
    command = [sys.executable, "-c", WITH_THE_ROW.replace("lines.insert", "(lambda *_: 0)"), "check", "groups.toml"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=environment())
    assert ran.returncode == 3
    assert "`group` is no kind of visit" in ran.stdout + ran.stderr


def test_a_kind_more_is_checked_planned_shown_and_exported(folder: Path) -> None:
    """With its row the new kind is read, placed, told by its own words and letter, and written for others."""
    assert run(folder, "check", "groups.toml").returncode == 0
    made = run(folder, "plan", "river.toml", "--protocol", "groups.toml", "-o", "river.plan.toml", "--format", "table")
    assert made.returncode == 0, made.stderr
    assert "group-2" in made.stdout
    document = json.loads(run(folder, "show", "river", "--format", "json").stdout)
    assert [visit["id"] for visit in document["visits"] if visit["kind"] == "group"] == ["group-1", "group-2"]
    assert "G group meeting" in run(folder, "show", "river", "--format", "table", "--view", "month").stdout
    assert "Group meeting 1" in run(folder, "why", "river", "group-1", "--format", "table").stdout
    for form in ("ics", "html", "fhir", "csv", "md"):
        ran = run(folder, "export", "river", "--format", form, "--for", "clinic", "--detail", "full")
        assert ran.returncode == 0, ran.stderr
        assert "group" in ran.stdout.lower()
