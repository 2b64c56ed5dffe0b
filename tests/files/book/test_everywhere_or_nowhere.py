"""A change of a whole folder's book whose program is stopped at any moment: made in every plan, or in none."""

from __future__ import annotations

import json
import random
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from support.clocks import Clock
from support.command_line import CommandLine
from support.disk import Disk, Files, Point
from support.generated_profiles import write_profiles

from kapplan.files.book.opening import open_book
from kapplan.files.plans import locks
from kapplan.files.plans.store import StoredPlan

TODAY = ("--today", "2026-12-28")
LATER = ("--today", "2026-12-29", "--book", "out")
SPAN = "2027-02-01..2027-02-05"
State = tuple[dict[str, list[tuple[str, datetime]]], list[tuple[str, date, date]]]


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Return the command line in a folder with the plans of three patients in ``out``; nobody waits for dead locks."""
    monkeypatch.setattr(locks, "time", Clock())
    write_profiles(tmp_path / "in", range(3))
    line = CommandLine(tmp_path, monkeypatch)
    line("plan", "in", "-o", "out", "--one-by-one", *TODAY)
    (tmp_path / "clinic.toml").write_bytes((tmp_path / "in" / "clinic.toml").read_bytes())
    return line


def state(line: CommandLine) -> State:
    """Return when the visits of every patient are, and who is away as the book knows it."""
    book = open_book(str(line.folder / "out"))
    plans = [one.plan for one in book.plans() if isinstance(one, StoredPlan)]
    away = [(one.who, one.from_, one.until) for one in book.absences() if not one.ended]
    return {plan.patient: [(one.id, one.start) for one in plan.visits] for plan in plans}, away


def stopped_at(disk: Disk, line: CommandLine, *words: str) -> tuple[list[Files], str]:
    """Type a command, and return what lies there at each of its calls of the disk, and what it said."""
    seen: list[Files] = []

    def look(point: Point) -> None:
        del point
        files = disk.files()
        if not seen or seen[-1] != files:
            seen.append(files)

    with disk.watching(look):
        ran = line(*words)
    assert ran.code == 0, ran.err
    return seen, ran.err


@pytest.mark.parametrize("back", [False, True])
def test_stopped_at_any_moment_it_is_made_in_all_or_in_none(line: CommandLine, back: bool) -> None:
    """Whoever comes after a program that was stopped finds all plans and the book's absences new, or all old.

    Of an absence and of what takes it back; where it was made, its id takes all of it back.
    """
    disk = Disk(line.folder)
    before, old = disk.files(), state(line)
    said = line("away", "--who", "okafor", SPAN, *LATER).err
    change, new = said.split("kapplan undo ")[1].split()[0], state(line)
    assert sum(old[0][patient] != new[0][patient] for patient in old[0]) > 1
    if back:
        before, old, new = disk.files(), new, old
    else:
        disk.put(before)
    words = ("undo", change) if back else ("away", "--who", "okafor", SPAN)
    left, said = stopped_at(disk, line, *words, *LATER)
    found = []
    for files in left:
        disk.put(files)
        found.append(state(line))
        assert found[-1] in (old, new)
        assert not (line.folder / "out" / ".kapplan-begun.json").exists()
    made = [one == new for one in found]
    assert made == sorted(made)
    assert {True, False} == set(made)
    if not back:
        half = [number for number, files in enumerate(left) if made[number] and "out/.kapplan-begun.json" in files]
        disk.put(left[random.Random(0).choice(half)])
        change = said.split("kapplan undo ")[1].split()[0]
        assert line("undo", change, *LATER).code == 0
        assert state(line) == old


def test_one_plan_alone_goes_on_with_it_too(line: CommandLine) -> None:
    """Who asks for one plan by its file after a program was stopped sees it as the whole change made it."""
    disk = Disk(line.folder)
    left, _ = stopped_at(disk, line, "away", "--who", "okafor", SPAN, *LATER)
    new = state(line)
    disk.put(next(files for files in left if "out/.kapplan-begun.json" in files))
    patient = next(name for name in new[0])
    shown = line("show", f"out/{patient}.plan.toml", "--format", "csv", *TODAY)
    assert all(f"{start.isoformat()}" in shown.text for _, start in new[0][patient])
    assert state(line) == new


def test_what_cannot_be_read_of_a_begun_change_is_named(line: CommandLine) -> None:
    """A begun change that is damaged stops whoever would write, and is named; who reads goes on."""
    (line.folder / "out" / ".kapplan-begun.json").write_text("{}", encoding="utf-8")
    assert line("today", *LATER).code == 0
    ran = line("away", "--who", "okafor", SPAN, *LATER)
    assert ran.code == 3
    assert ".kapplan-begun.json" in ran.err


@pytest.mark.parametrize("table", ["plans", "files"])
def test_what_was_begun_writes_nothing_but_the_book(line: CommandLine, table: str) -> None:
    """A begun change that somebody made up to write over another file is refused, and the file stays."""
    other = line.folder / "notes.txt"
    other.write_text("mine", encoding="utf-8")
    name = "../notes.txt" if table == "plans" else str(other)
    row = {"file": name, "before": sha256(b"mine").hexdigest(), "text": "theirs"}
    made_up = {"schema": "kapplan.begun/1", "plans": [row], "files": {}}
    if table == "files":
        made_up |= {"plans": [], "files": {name: "theirs"}}
    (line.folder / "out" / ".kapplan-begun.json").write_text(json.dumps(made_up), encoding="utf-8")
    assert line("today", *LATER).code == 0
    assert line("away", "--who", "okafor", SPAN, *LATER).code == 3
    assert other.read_text(encoding="utf-8") == "mine"
