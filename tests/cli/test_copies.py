"""Copies that sync tools make of a plan: found by its id, named with what each has, and never counted twice."""

from __future__ import annotations

import json
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


def test_plans_made_at_one_instant_are_two(line: CommandLine) -> None:
    """Another start makes another plan of the patient, also within a second: it is neither a copy nor left out."""
    ran = line("plan", "river.toml", "--start", "2027-02-01", "-o", "river-2.plan.toml", "--today", "2026-12-28")
    assert ran.code == 0, ran.err
    assert "another copy" not in line("show", "./river.plan.toml", *TODAY).err
    assert len(FolderBook(line.folder).listed()) == 2


@pytest.mark.parametrize("words", [("today",), ("board", "--week"), ("free", "dosing"), ("capacity",)])
def test_the_book_s_lists_name_copies_and_plans_in_doubt(line: CommandLine, words: tuple[str, ...]) -> None:
    """Whatever lists a book says which plans are there more than once, and which are not as they were written."""
    shutil.copy(line.folder / "river.plan.toml", line.folder / "river.plan.sync-conflict-1.toml")
    line.write("oak.toml", (line.folder / "river.toml").read_text("utf-8").replace("river-0412", "oak-1"))
    assert line("plan", "oak.toml", "-o", "oak.plan.toml", "--today", "2026-12-28").code == 0
    text = (line.folder / "oak.plan.toml").read_text("utf-8")
    line.write(
        "oak.plan.toml", text.replace("2 antidepressants", "3 antidepressants").replace("phq9 = 17", "phq9 = 16")
    )
    ran = line(*words, *TODAY)
    assert ran.code == 0, ran.err
    assert "river.plan.sync-conflict-1.toml" in ran.err
    assert "oak.plan.toml was changed by something else" in ran.err


@pytest.mark.parametrize("many", [False, True], ids=["read anew", "by the index"])
def test_the_day_s_list_marks_plans_in_doubt(line: CommandLine, *, many: bool) -> None:
    """On a terminal its line says so, for programs its record does, whether the plans are read or the index is."""
    day = ("--today", "2026-12-31")
    if many:
        for number in range(16):
            shutil.copy(line.folder / "river.plan.toml", line.folder / f"z{number:02}.plan.toml")
            text = (line.folder / f"z{number:02}.plan.toml").read_text("utf-8")
            line.write(f"z{number:02}.plan.toml", text.replace('\nid = "', f'\nid = "{number:02}', 1))
        assert line("today", *day).code == 0
    assert (
        "IN DOUBT"
        not in line("today", *day, terminal=True, env={"COLUMNS": "100"}).text.partition("river-0412")[2][:90]
    )
    text = (line.folder / "river.plan.toml").read_text("utf-8")
    line.write("river.plan.toml", text.replace("phq9 = 17", "phq9 = 16"))
    assert "IN DOUBT" in line("today", *day, terminal=True, env={"COLUMNS": "100"}).text
    document = json.loads(line("today", *day, "--format", "json").text)
    assert "river" in document["doubted"]
    assert [row["doubted"] for row in document["patients"] if row["plan"] == "river"] == [True]
