"""Every command that writes, stopped, failed or overtaken at each call of the disk: old or new, and nothing is lost.

The points at which a command asks the disk for something are counted, so none is left to chance: at each the process
is killed, the disk is full or broken, or another program writes the same plan. What lies there afterwards is compared
with what lay there before and what an undisturbed command leaves, byte by byte, by nothing that kapplan itself reads or
writes with.
"""

from __future__ import annotations

import errno
import io
import os
import random
import shutil
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from support.clocks import Clock
from support.command_line import CommandLine, Ran
from support.disk import Disk, Files, Point
from support.every_command import PLAN, TODAY, Typed, all_typed, furnished, id_of, prepared

from kapplan.cli.boundary import run
from kapplan.cli.session.environment import Edge
from kapplan.files.plans import locks

WRITING = [typed for typed in all_typed() if typed.writes or "-o" in typed.words or typed.words[:2] == ("book", "copy")]
OTHER = ("score", PLAN, "gad7=3", "--by", "Dr. Other", *TODAY)
"""What another program does to the same plan meanwhile."""


class House(NamedTuple):
    """A copy of the furnished house in which something is about to be typed."""

    line: CommandLine
    disk: Disk

    def type(self, typed: Typed, reached: Any = None) -> Ran:
        """Type a command while its points are watched."""
        with self.disk.watching(reached):
            return self.line(*typed.words, *TODAY)


class Whole(NamedTuple):
    """What an undisturbed command did: what lay there before and after, its end, and the points it passed."""

    before: Files
    after: Files
    ran: Ran
    points: tuple[Point, ...]
    killed: tuple[Files, ...]
    """What a process leaves that is killed at a point, point by point."""


@pytest.fixture(scope="module")
def furnished_house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the furnished house."""
    folder = tmp_path_factory.mktemp("house")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Edge, "instant", lambda _: datetime(2027, 1, 8, 20, tzinfo=UTC))
        furnished(folder, patch)
    return folder


@pytest.fixture
def house(furnished_house: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """Return a copy of it, in which the clocks stand still: the same command writes the same bytes."""
    shutil.copytree(furnished_house, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(Edge, "instant", lambda _: datetime(2027, 1, 8, 20, tzinfo=UTC))
    monkeypatch.setattr(locks, "time", Clock())
    return House(CommandLine(tmp_path, monkeypatch), Disk(tmp_path))


def whole(house: House, typed: Typed) -> Whole:
    """Type what comes before a command and the command itself, undisturbed, and put everything back as it was.

    What takes a file's place must be on the disk by then: no loss of power leaves an empty plan. At no moment is what
    is kept beside a plan the same file as the plan: no fault spoils both.
    """
    prepared(house.line, typed)
    before, killed = house.disk.files(), []

    def reached(point: Point) -> None:
        killed.append(house.disk.files())
        assert house.disk.by_two_names() == set(), point

    ran = house.type(typed, reached)
    after, points = house.disk.files(), tuple(house.disk.points)
    assert ran.code in {0, 5}, ran.err
    assert points
    on_disk = 0
    for point in points:
        on_disk += point.call == "fsync" and point.name.endswith(".tmp")
        if point.call == "replace" and not point.name.endswith((".prev", ".damaged")):
            on_disk -= 1
            assert on_disk >= 0, point
    house.disk.put(before)
    return Whole(before, after, ran, points, tuple(killed))


def seen(files: Files) -> Files:
    """Return what people see of a folder: no name that begins with a dot."""
    return {name: data for name, data in files.items() if not Path(name).name.startswith(".")}


def plans(files: Files) -> Files:
    """Return the plans among files, without what is kept beside them."""
    return {name: data for name, data in files.items() if name.endswith(".plan.toml")}


def assert_old_or_new(files: Files, done: Whole) -> None:
    """Check that each file that people see is the old one or the new one, to the byte."""
    for name in {**seen(done.before), **seen(done.after), **seen(files)}:
        allowed = [done.before.get(name), done.after.get(name)]
        if name.endswith((".prev", ".damaged")):
            allowed.append(done.before.get(name.rpartition(".")[0]))
        assert files.get(name) in allowed, name


class Fault(NamedTuple):
    """A way in which disks fail: what the call says, at once or from then on, and what it spares."""

    number: int
    lasts: bool = False
    spared: tuple[str, ...] = ()

    def at(self, point: Point) -> Any:
        """Return what is to happen at each point, so that the disk fails at this one."""

        def reached(now: Point) -> None:
            hit = now.number >= point.number if self.lasts else now.number == point.number
            if hit and now.call not in self.spared:
                raise OSError(self.number, os.strerror(self.number), now.name)

        return reached


FAULTS = {
    "full": Fault(errno.ENOSPC, lasts=True, spared=("unlink", "replace", "rename", "chmod", "chown")),
    "full for a moment": Fault(errno.ENOSPC),
    "broken for a moment": Fault(errno.EIO),
    "broken": Fault(errno.EIO, lasts=True),
    "read-only from then on": Fault(errno.EROFS, lasts=True),
}


def some(points: tuple[Point, ...], dice: random.Random, number: int | None) -> list[Point]:
    """Return so many of a command's points, or all of them."""
    return list(points) if number is None or len(points) <= number else dice.sample(points, number)


def check_killed(house: House, typed: Typed, done: Whole, dice: random.Random, number: int | None) -> None:
    """Check what is left at every point, and at some of them that the same command goes on with it."""
    states = list(dict.fromkeys(tuple(sorted(files.items())) for files in done.killed))
    for state in states:
        assert_old_or_new(dict(state), done)
    for state in states if number is None else dice.sample(states, min(len(states), number)):
        house.disk.put(dict(state))
        if plans(dict(state)) == plans(done.after) or typed.words[0] == "erase":
            assert PLAN not in done.after or house.line("log", PLAN, *TODAY).code == 0
            continue
        again = house.type(typed)
        assert again.code == done.ran.code, again.err
        if plans(dict(state)) == plans(done.before) or typed.words[0] == "book":
            assert plans(house.disk.files()) == plans(done.after)


def check_failing(house: House, typed: Typed, done: Whole, dice: random.Random, number: int | None) -> None:
    """Check that a command that says that the disk failed has changed nothing, and any other everything.

    Also once somebody has looked at the plans, who would finish what is only half done: that is said where it is so.
    """
    for point in some(done.points, dice, number):
        for name in FAULTS if number is None else dice.sample(list(FAULTS), 1):
            house.disk.put(done.before)
            ran = house.type(typed, FAULTS[name].at(point))
            files, where = house.disk.files(), (name, point, ran.code, ran.err)
            assert_old_or_new(files, done)
            assert house.disk.by_two_names() == set(), where
            assert "mistake in kapplan" not in ran.err, where
            assert ran.code in {done.ran.code, 1, 7}, where
            assert ran.code == done.ran.code or ran.err, where
            later = plans(_looked_at(house))
            # a book is copied plan by plan, and a disk that is broken for good lets nothing be put back, which is said
            if "uses the book next finishes it" in ran.err:
                assert later == plans(done.after), where
            elif typed.words[:2] != ("book", "copy") and "not to be put back" not in ran.err:
                assert plans(files) == later == plans(done.after if ran.code == done.ran.code else done.before), where
            if not FAULTS[name].lasts and point.call != "unlink":
                assert files.keys() - done.after.keys() - done.before.keys() == set(), where


def _looked_at(house: House) -> Files:
    """Return what lies there after a look at the day's list."""
    assert house.line("today", *TODAY).code == 0
    return house.disk.files()


def _history(files: Files) -> list[dict[str, Any]]:
    """Return the entries of the plan's history, read as any program reads TOML."""
    return list(tomllib.loads(files[PLAN].decode())["history"]) if PLAN in files else []


def check_overtaken(house: House, typed: Typed, done: Whole, dice: random.Random, number: int | None) -> None:
    """Check that what somebody else records meanwhile stands in the plan, and who was too late says so.

    The other program comes between two calls of this one, which may hold its lock: it stands still until the lease is
    over and the lock is broken.
    """
    in_place = [point for point in done.points if point.call == "replace" and point.name == PLAN]
    for point in some(done.points, dice, number) if number is None or not in_place else in_place[:1]:
        house.disk.put(done.before)
        others: list[Ran] = []

        def reached(now: Point, point: Point = point, others: list[Ran] = others) -> None:
            if now.number == point.number:
                others.append(house.line(*OTHER))

        ran = house.type(typed, reached)
        files, where = house.disk.files(), (point, ran.code, ran.err, [other.err for other in others])
        assert ran.code in {done.ran.code, 1, 2, 6}, where
        recorded = sum(entry.get("by") == "Dr. Other" for entry in _history(files))
        if PLAN in files:
            assert recorded == sum(other.code == 0 for other in others), where
        if typed.words[0] == "erase" and ran.code == 0:
            assert [name for name in files if PLAN in name] == [], where
        if typed.words[0] not in {"erase", "restore"} and PLAN in typed.words:
            saved = len(_history(files)) - len(_history(done.before)) - recorded
            assert saved == (ran.code == done.ran.code and plans(done.after) != plans(done.before)), where


CHECKS = {"killed": check_killed, "on a failing disk": check_failing, "overtaken": check_overtaken}


@pytest.mark.parametrize("typed", WRITING, ids=id_of)
def test_whatever_happens_files_are_old_or_new(house: House, typed: Typed) -> None:
    """Every command that writes is killed at each point, and fails and is overtaken at one of them."""
    done, dice = whole(house, typed), random.Random(id_of(typed))
    for check in CHECKS.values():
        check(house, typed, done, dice, 1)


@pytest.mark.thorough
@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize("typed", WRITING, ids=id_of)
def test_at_every_point(house: House, typed: Typed, name: str) -> None:
    """The same at each point, on disks that fail in every way."""
    CHECKS[name](house, typed, whole(house, typed), random.Random(0), None)


class FullStream(io.TextIOWrapper):
    """A stream into a file on a full disk."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8")

    def write(self, text: str, /) -> int:
        """Fail."""
        del text
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_an_answer_that_cannot_be_written_is_no_failed_record(house: House, capfd: pytest.CaptureFixture[str]) -> None:
    """Where the answer goes to a full disk the record is saved, and nobody is let to believe that it is not."""
    with house.line.monkeypatch.context() as patch:
        patch.chdir(house.line.folder)
        patch.setattr(sys, "stdout", FullStream())
        code = run(["pin", PLAN, "dosing-1", *TODAY])
    assert code == 1
    assert len(_history(house.disk.files())) == 2
    assert "kapplan log" in capfd.readouterr().err


@pytest.mark.parametrize("piped", ["", " \n", "phq9=1 " * 1_000])
def test_a_pipe_of_no_scores_or_too_many_records_nothing(house: House, piped: str) -> None:
    """What is empty, or would have to be cut in the middle of a score, is refused."""
    before = house.disk.files()
    assert house.line("score", PLAN, "-", *TODAY, stdin=piped).code == 2
    assert house.disk.files() == before


def test_a_safety_notice_is_told_though_nothing_can_be_saved(house: House) -> None:
    """What somebody answers asks for action whether or not a full disk keeps it."""
    full = FAULTS["full"].at(Point(0, "open", PLAN))
    with house.disk.watching(full):
        ran = house.line("score", PLAN, "phq9=20", "phq9_item9=2", *TODAY)
    assert ran.code == 1
    assert ran.err.startswith("SAFETY: Item 9"), ran.err
    assert "No space left" in ran.err
