"""`kapplan plan` of several profiles of one clinic: together, around what stands, with what it proves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.books import double_bookings
from support.command_line import CommandLine
from support.generated_profiles import write_profiles

from kapplan.planning.joint import master

TODAY = ("--today", "2026-12-28")
ROUNDS = ("--iterations", "1")


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Return the command line in a folder that holds the folder ``in`` with three profiles of one clinic."""
    write_profiles(tmp_path / "in", range(3))
    return CommandLine(tmp_path, monkeypatch)


def test_planned_together(line: CommandLine) -> None:
    """All get plans, nothing is booked twice, and value, bound, gap and what each patient has alone are told."""
    ran = line("plan", "in", "-o", "out", *ROUNDS, "--format", "json", *TODAY)
    assert ran.code == 0
    assert not double_bookings(str(line.folder / "out"))
    [told] = json.loads(ran.text)["together"]
    assert told["bound"]["deviation"] <= told["value"]["deviation"]
    assert sum(one["deviation"] for one in told["patients"]) == told["value"]["deviation"]
    assert all(one["alone"] <= one["deviation"] for one in told["patients"])
    proof = told["proof"]["deviation"]
    back = sum(row["price"] * row["most"] for row in proof["rows"])
    assert max(sum(proof["paid"].values()) - back, 0) == told["bound"]["deviation"]
    assert "Together: 3 of 3 patients placed; deviation" in ran.err


def test_already_planned_is_no_failure(line: CommandLine) -> None:
    """Who has a plan in the book keeps it and is told; the others are planned around it."""
    line("plan", "in/p-00000.toml", "-o", "out/p-00000.plan.toml", *TODAY)
    (line.folder / "out").mkdir(exist_ok=True)
    line("plan", "in/p-00000.toml", "-o", "out/p-00000.plan.toml", *TODAY)
    before = (line.folder / "out" / "p-00000.plan.toml").read_bytes()
    ran = line("plan", "in", "-o", "out", *ROUNDS, *TODAY)
    assert ran.code == 0
    assert "p-00000 has a plan already" in ran.err
    assert (line.folder / "out" / "p-00000.plan.toml").read_bytes() == before
    assert not double_bookings(str(line.folder / "out"))


def test_without_the_extra(line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the solver they are placed one after the other, nothing twice, and it says what the extra would give."""
    monkeypatch.setattr(master, "is_there", lambda: False)
    ran = line("plan", "in", "-o", "out", "--gap", "0", *TODAY)
    assert ran.code == 0
    assert not double_bookings(str(line.folder / "out"))
    assert 'pip install "kapplan[clinic]"' in ran.err


def test_priority(line: CommandLine) -> None:
    """What an urgent patient is off target counts four times."""
    for name in ("p-00000", "p-00001"):
        path = line.folder / "in" / f"{name}.toml"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("[treatment]", '[treatment]\npriority = "urgent"'), encoding="utf-8")
    ran = line(
        "plan", "in/p-00000.toml", "in/p-00001.toml", "-o", "out", "--iterations", "0", "--format", "json", *TODAY
    )
    [told] = json.loads(ran.text)["together"]
    assert {one["weight"] for one in told["patients"]} == {4}
