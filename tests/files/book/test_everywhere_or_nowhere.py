"""A change of a whole folder's book whose program is stopped at any moment: made in every plan, or in none."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
from collections.abc import Callable
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from support.clocks import Clock
from support.command_line import CommandLine
from support.disk import Disk, Files, Point

from kapplan.files.book.begun import settled
from kapplan.files.book.folder_absences import NAME as ABSENCES
from kapplan.files.book.folder_index import plan_files
from kapplan.files.book.opening import open_book
from kapplan.files.plans import locks
from kapplan.files.plans.locks import FileLock
from kapplan.files.plans.store import ENDING, StoredPlan

TODAY = ("--today", "2026-12-28")
LATER = ("--today", "2026-12-29", "--book", "out")
SPAN = "2027-02-01..2027-02-05"
BEGUN = "out/.kapplan-begun.json"
State = tuple[dict[str, list[tuple[str, datetime]]], list[tuple[str, date, date]]]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return the clock by which locks run out: nobody waits for dead ones."""
    clock = Clock()
    monkeypatch.setattr(locks, "time", clock)
    return clock


@pytest.fixture
def line(three_patients: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> CommandLine:
    """Return the command line in a copy of a folder with the plans of three patients in ``out``."""
    assert clock
    shutil.copytree(three_patients, tmp_path, dirs_exist_ok=True)
    shutil.copy(tmp_path / "in" / "clinic.toml", tmp_path)
    return CommandLine(tmp_path, monkeypatch)


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
        assert not (line.folder / BEGUN).exists()
    made = [one == new for one in found]
    assert made == sorted(made)
    assert {True, False} == set(made)
    if not back:
        half = [number for number, files in enumerate(left) if made[number] and BEGUN in files]
        disk.put(left[random.Random(0).choice(half)])
        change = said.split("kapplan undo ")[1].split()[0]
        assert line("undo", change, *LATER).code == 0
        assert state(line) == old


def test_one_plan_alone_goes_on_with_it_too(line: CommandLine) -> None:
    """Who asks for one plan by its file after a program was stopped sees it as the whole change made it."""
    disk = Disk(line.folder)
    left, _ = stopped_at(disk, line, "away", "--who", "okafor", SPAN, *LATER)
    new = state(line)
    disk.put(next(files for files in left if BEGUN in files))
    patient = next(name for name in new[0])
    shown = line("show", f"out/{patient}.plan.toml", "--format", "csv", *TODAY)
    assert all(f"{start.isoformat()}" in shown.text for _, start in new[0][patient])
    assert state(line) == new


def in_place(nth: int, happens: Callable[[], None]) -> Callable[[Point], None]:
    """Return what lets something happen when the nth plan is about to be put in its place."""
    seen: list[str] = []

    def reached(point: Point) -> None:
        if point.call == "replace" and point.name.endswith(ENDING):
            seen.append(point.name)
            if len(seen) == nth:
                happens()

    return reached


def half_made(line: CommandLine) -> tuple[Disk, dict[str, Any]]:
    """Leave the plans as a program does that was killed when it had put one of them in its place; say what it began."""
    disk = Disk(line.folder)
    before = disk.files()
    left, _ = stopped_at(disk, line, "away", "--who", "okafor", SPAN, *LATER)
    plans = [name for name in before if name.endswith(ENDING)]
    half = next(files for files in left if BEGUN in files and sum(files[name] != before[name] for name in plans) == 1)
    disk.put(half)
    begun: dict[str, Any] = json.loads(half[BEGUN])
    return disk, begun


def test_a_change_goes_on_as_long_as_it_takes(line: CommandLine, clock: Clock) -> None:
    """However long each plan takes to be written, nobody who waits takes the change out of its maker's hands."""
    disk = Disk(line.folder)

    def reached(point: Point) -> None:
        if point.call == "replace" and point.name.endswith(ENDING):
            clock.sleep(4)

    with disk.watching(reached):
        ran = line("away", "--who", "okafor", SPAN, *LATER)
    assert ran.code == 0, ran.err
    assert BEGUN not in disk.files()
    assert line("undo", ran.err.split("kapplan undo ")[1].split()[0], *LATER).code == 0


def test_who_stood_still_too_long_finds_it_finished(line: CommandLine) -> None:
    """Of a program that was stopped for longer than its lease another finishes the change; the first one says so."""
    disk, others = Disk(line.folder), []
    with disk.watching(in_place(2, lambda: others.append(line("today", *LATER)))):
        ran = line("away", "--who", "okafor", SPAN, *LATER)
    assert [other.code for other in others] == [0]
    assert ran.code == 1
    assert "could not be finished, nor taken back: writing took too long\n" in ran.err
    assert BEGUN not in disk.files()
    _, away = state(line)
    assert [who for who, *_ in away] == ["okafor"]
    assert line("away", "--who", "okafor", SPAN, *LATER).err.startswith("No plan of the book has a visit then")


@pytest.mark.parametrize("waits", [0, 60])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_what_says_that_nothing_was_written_leaves_nothing_begun(
    line: CommandLine, clock: Clock, nth: int, waits: int
) -> None:
    """After a disk that failed at any plan all is as before, however long that took, and is so for who comes next."""
    disk = Disk(line.folder)
    before, old = disk.files(), state(line)

    def fails() -> None:
        clock.now += waits
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with disk.watching(in_place(nth, fails)):
        ran = line("away", "--who", "okafor", SPAN, *LATER)
    assert ran.code == 1
    assert "nothing was changed" in ran.err
    assert {name: data for name, data in disk.files().items() if not name.endswith(".tmp")} == before
    assert line("today", *LATER).code == 0
    assert state(line) == old


def test_an_absence_that_touches_no_plan_is_taken_back_too(line: CommandLine) -> None:
    """Where only the book learns something and the disk fails, nothing is begun that the next reader would finish."""
    disk = Disk(line.folder)
    before, words = disk.files(), ("away", "--who", "clinic", "2029-05-02", *LATER)

    def fails(point: Point) -> None:
        if point.call == "replace" and point.name.endswith(ABSENCES):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with disk.watching(fails):
        ran = line(*words)
    assert ran.code == 1
    assert {name: data for name, data in disk.files().items() if not name.endswith(".tmp")} == before
    assert line("today", *LATER).code == 0
    assert not state(line)[1]


def test_an_interrupt_after_all_is_made_says_nothing_else(line: CommandLine) -> None:
    """Ctrl-C once the last plan lies in its place ends with 130, and what was begun is forgotten: it is made."""
    disk = Disk(line.folder)

    def interrupts(point: Point) -> None:
        if point.call == "unlink" and point.name.endswith(BEGUN.rpartition("/")[2]) and not interrupted:
            interrupted.append(point)
            raise KeyboardInterrupt

    interrupted: list[Point] = []
    with disk.watching(interrupts):
        ran = line("away", "--who", "okafor", SPAN, *LATER)
    assert interrupted
    assert ran.code == 130
    assert "finish" not in ran.err
    assert line("today", *LATER).code == 0
    assert [who for who, *_ in state(line)[1]] == ["okafor"]


def test_what_cannot_be_taken_back_is_said_and_finished(line: CommandLine) -> None:
    """A disk that breaks half-way and lets nothing be put back ends in words; once it works the change is made."""
    disk, broken = Disk(line.folder), []

    def breaks() -> None:
        broken.append(True)

    half = in_place(2, breaks)

    def reached(point: Point) -> None:
        half(point)
        if broken:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    old = state(line)
    with disk.watching(reached):
        ran = line("away", "--who", "okafor", SPAN, *LATER)
    assert ran.code == 1
    assert "whoever uses the book next finishes it" in ran.err
    assert "nothing was" not in ran.err
    kept = {name.removesuffix(".prev"): data for name, data in disk.files().items() if name.endswith((".prev", ".tmp"))}
    assert kept
    assert line("today", *LATER).code == 0
    new = state(line)
    assert all(new[0][patient] != old[0][patient] for patient in old[0])
    assert [who for who, *_ in new[1]] == ["okafor"]


@pytest.mark.parametrize("gone", [0, 2])
def test_a_plan_that_went_away_meanwhile_hinders_nobody(line: CommandLine, gone: int) -> None:
    """A plan that was renamed after the program was stopped is named and left out; the others are finished."""
    _, begun = half_made(line)
    names = [row["file"] for row in begun["plans"]]
    (line.folder / "out" / names[gone]).rename(line.folder / "out" / "elsewhere.txt")
    ran = line("today", *LATER)
    assert ran.code == 0
    assert f"is finished now, but for what is not there any more: out/{names[gone]}" in ran.err
    for row in begun["plans"]:
        file = line.folder / "out" / row["file"]
        assert not file.exists() if row["file"] == names[gone] else file.read_text("utf-8") == row["text"]
    assert line("cancel", f"out/{names[1]}", "dosing-2", "--party", "patient", *LATER).code in {0, 5}
    assert BEGUN not in Disk(line.folder).files()


@pytest.mark.parametrize("begun", ["{}", None])
def test_what_cannot_be_read_of_a_begun_change_is_named(line: CommandLine, begun: str | None) -> None:
    """A begun change that is damaged, or not to be read, stops changes and is named; who reads or records goes on."""
    path = line.folder / BEGUN
    path.mkdir() if begun is None else path.write_text(begun, encoding="utf-8")
    for words in (("today",), ("board",), ("fill",)):
        ran = line(*words, *LATER)
        assert ran.code == 0, words
        assert ran.err.count(BEGUN) == 1
    plan = f"out/{next(iter(state(line)[0]))}.plan.toml"
    ran = line("cancel", plan, "dosing-2", "--party", "patient", *LATER)
    assert ran.code in {0, 5}
    assert "Saved without the book" in ran.err
    assert line("log", plan, *LATER).text.count("\tcancel\t") == 1
    for command in (f"away --who okafor {SPAN}", f"erase {plan} --by Okafor"):
        ran = line(*command.split(), *LATER)
        assert ran.code == (3 if begun else 1), command
        assert BEGUN in ran.err
    assert (line.folder / plan).exists()


def test_who_may_not_write_reads_at_once(line: CommandLine, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a folder may only be read a begun change is left as it is, said once, and nobody waits for its lock."""
    disk, _ = half_made(line)
    before, began = disk.files(), clock.now
    monkeypatch.setattr(os, "access", lambda _, mode: mode != os.W_OK)
    for words in (("today",), ("board",), ("fill",)):
        ran = line(*words, *LATER)
        assert ran.code == 0
        assert ran.err.count("A change of many plans is not finished") == 1
        assert "you may not write to out" in ran.err
    assert clock.now == began
    assert disk.files() == before


def test_who_cannot_finish_it_does_not_wait_twice(line: CommandLine, clock: Clock) -> None:
    """A reader that waited in vain for who finishes a change does not wait again at its next look."""
    half_made(line)
    (line.folder / "out" / ".book.lock.break").touch()
    began = clock.now
    ran = line("fill", *LATER)
    assert ran.code == 0
    assert ran.err.count("somebody else is writing book") == 1
    assert clock.now - began < 4 * locks.LEASE


def test_who_writes_a_plan_meanwhile_keeps_it(line: CommandLine, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who finishes a change waits for whoever holds a plan's lock, and leaves what they have made of it."""
    _, begun = half_made(line)
    file = line.folder / "out" / begun["plans"][2]["file"]
    holder = FileLock(file)
    holder.free_of(begun["plans"][2]["holder"])
    holder.__enter__()
    pauses: list[bool] = []

    def pausing(seconds: float) -> None:
        clock.now += seconds
        pauses.append(True)
        if len(pauses) == 50 + 6 * 50:
            file.unlink()
            holder.__exit__(None, None, None)

    monkeypatch.setattr(clock, "sleep", pausing)
    assert line("today", *LATER).code == 0
    assert len(pauses) >= 350
    assert not file.exists()
    assert BEGUN not in Disk(line.folder).files()


def test_the_folder_is_looked_at_once_to_finish_it(line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it takes to finish a change grows with its plans, and not with their number times that of the folder's."""
    half_made(line)
    looks: list[Path] = []

    def looking(folder: Path) -> dict[str, Path]:
        looks.append(folder)
        return plan_files(folder)

    monkeypatch.setattr("kapplan.files.book.begun.plan_files", looking)
    with settled(line.folder / "out"):
        assert len(looks) == 1


def test_nothing_of_an_erased_patient_stays_in_a_begun_change(line: CommandLine) -> None:
    """Who is erased while a change of many plans is half made is in no file any more, hidden ones too."""
    _, begun = half_made(line)
    one = begun["plans"][1]["file"]
    patient = one.removesuffix(ENDING)
    (line.folder / "out" / "..kapplan-begun.json.0.tmp").write_text(patient, encoding="utf-8")
    assert line("erase", f"out/{one}", "--by", "N. Okafor", *LATER).code == 0
    left = {name: data for name, data in Disk(line.folder / "out").files().items() if patient.encode() in data}
    assert left == {}
    assert not [path for path in (line.folder / "out").iterdir() if patient in path.name]


@pytest.mark.skipif(os.name != "posix", reason="modes are those of POSIX")
def test_who_may_read_the_plans_may_finish_their_change(line: CommandLine) -> None:
    """What is begun of plans can be read by whoever may read all of them, and by nobody else."""
    plans = sorted((line.folder / "out").glob(f"*{ENDING}"))
    disk = Disk(line.folder)
    modes: set[int] = set()

    def look(point: Point) -> None:
        del point
        if (line.folder / BEGUN).exists():
            modes.add((line.folder / BEGUN).stat().st_mode & 0o777)

    for mode, last in ((0o660, 0o660), (0o664, 0o640)):
        for plan in plans:
            plan.chmod(mode)
        plans[-1].chmod(last)
        modes.clear()
        with disk.watching(look):
            said = line("away", "--who", "okafor", SPAN, *LATER).err
        assert modes == {last}
        assert line("undo", said.split("kapplan undo ")[1].split()[0], *LATER).code == 0


@pytest.mark.parametrize("table", ["plans", "files"])
def test_what_was_begun_writes_nothing_but_the_book(line: CommandLine, table: str) -> None:
    """A begun change that somebody made up to write over another file is refused, and the file stays."""
    other = line.folder / "notes.txt"
    other.write_text("mine", encoding="utf-8")
    name = "../notes.txt" if table == "plans" else str(other)
    row = {"file": name, "before": sha256(b"mine").hexdigest(), "text": "theirs", "holder": ""}
    made_up = {"schema": "kapplan.begun/1", "plans": [], "files": []} | {table: [row]}
    (line.folder / BEGUN).write_text(json.dumps(made_up), encoding="utf-8")
    assert line("today", *LATER).code == 0
    assert line("away", "--who", "okafor", SPAN, *LATER).code == 3
    assert other.read_text(encoding="utf-8") == "mine"
