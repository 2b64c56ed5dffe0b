"""Copies that sync tools make of a plan: found by its id, named with what each has, and never counted twice."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.command_line import CommandLine, with_examples

from kapplan.files.book.folder import FolderBook

TODAY = ("--today", "2026-12-29")
NAMES = (
    "river (Anna's conflicted copy 2026-12-29).plan.toml",
    "river.plan.sync-conflict-20261229-101010-ABCDEFG.toml",
    "river.plan (1).toml",
    "river-DESKTOP-7.plan.toml",
    "river.plan.toml.conflict",
)


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Return a folder with a plan."""
    made = CommandLine(with_examples(tmp_path), monkeypatch)
    assert made("plan", "river.toml", "-o", "river.plan.toml", "--today", "2026-12-28").code == 0
    return made


@pytest.mark.parametrize("name", NAMES)
def test_a_copy_is_named_with_what_each_has(line: CommandLine, name: str) -> None:
    """Whatever a tool calls it; what was recorded in the one and in the other is told by both."""
    shutil.copy(line.folder / "river.plan.toml", line.folder / name)
    assert line("score", "./river.plan.toml", "phq9=7", *TODAY).code == 0
    assert line("score", f"./{name}", "gad7=3", *TODAY).code == 0
    said = line("show", "./river.plan.toml", *TODAY).err
    assert f"{name} is another copy of this plan" in said
    assert "PHQ-9 7" in said
    assert "GAD-7 3" in said
    assert "another copy" in line("score", "./river.plan.toml", "phq9=8", *TODAY).err


def test_a_copy_is_never_counted_twice(line: CommandLine) -> None:
    """The book lists the later one alone, and what it takes is taken once."""
    copy = line.folder / "river (conflicted copy).plan.toml"
    shutil.copy(line.folder / "river.plan.toml", copy)
    assert line("score", "./river.plan.toml", "phq9=7", *TODAY).code == 0
    book = FolderBook(line.folder)
    assert [plan.revision for plan in book.listed()] == [2]
    assert len(book.bookings("Aspen House")) == 1
    ran = line("board", "--week", "--today", "2026-12-31")
    assert ran.text.count("screening") == 2, ran.text
    assert line("check", "river.plan.toml", copy.name, *TODAY).code == 0


def test_another_plan_with_a_like_name_is_no_copy(line: CommandLine) -> None:
    """Whose id differs is another plan."""
    assert line("plan", "river.toml", "-o", "river-2.plan.toml", "--today", "2026-12-27").code == 0
    assert "another copy" not in line("show", "./river.plan.toml", *TODAY).err
