"""What lies in a book costs what it must: files opened and calls made, counted among few plans and among many."""

from __future__ import annotations

import os
import shutil
import time
from datetime import timedelta
from pathlib import Path

import pytest
from support.books import MONDAY, small_plan
from support.command_line import CommandLine, Ran, with_examples
from support.opened import opened_in
from support.steps import calls_of

from kapplan.files.plans.store import new_plan_file

FEW, MANY = 20, 50
TODAY = ("--today", "2027-01-05T12:00")
PLAN = "river.plan.toml"
_SLOTS = 40


def crowded(folder: Path, number: int, *, at_once: bool = False) -> Path:
    """Let so many plans of the clinic lie in a folder: one after the other in one room, or all of them ``at_once``.

    They are later than a patient's course, so that it has dates among any number of them.
    """
    for one in range(number):
        week, slot = divmod(0 if at_once else one, _SLOTS)
        first = MONDAY + timedelta(weeks=40 + 5 * week, days=slot // 8, hours=slot % 8)
        times = [first + timedelta(weeks=later) for later in range(5)]
        new_plan_file(folder / f"p{one:03}.plan.toml", small_plan(f"p{one:03}", times))
    return folder


@pytest.fixture(scope="module")
def crowds(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Return a folder with a patient's plan among few others, and one among many, each with its index."""
    made = {}
    for number in (FEW, MANY):
        made[number] = folder = crowded(with_examples(tmp_path_factory.mktemp("crowd")), number)
        with pytest.MonkeyPatch.context() as patch:
            line = CommandLine(folder, patch)
            assert line("plan", "river.toml", "-o", PLAN, "--today", "2026-12-28").code == 0
            _long_ago(folder)
            assert line("board", *TODAY).code == 0
    return made


def _long_ago(folder: Path) -> None:
    """Let the plans be older than the index by more than the clocks of disks are coarse: else they are read again."""
    before = time.time() - 60
    for path in folder.glob("*.plan.toml"):
        os.utime(path, (before, before))


def counted(line: CommandLine, *words: str) -> tuple[Ran, int]:
    """Return what a command did, and how many calls of functions it took."""
    ended: list[Ran] = []
    calls = calls_of(lambda: ended.append(line(*words, *TODAY)), warm=False)
    return ended[0], calls


TYPED = {
    "today": (("today",), 0, 0),
    "board": (("board", "--week"), 0, 0),
    "free": (("free", "dosing", "--within", "2w"), 0, 0),
    "plan": (("plan", "sage.toml", "--format", "json"), 0, 0),
    "show": (("show", PLAN), 1, 0),
    "move": (("move", PLAN, "dosing-1", "1", "feb", "-n"), 1, 0),
    "done": (("done", PLAN, "next"), 1, 0),
    "score": (("score", PLAN, "phq9=9"), 1, 0),
    "today in full": (("today", "--full"), 1, 1),
    "calls": (("calls",), 1, 1),
    "check": (("check", "."), 1, 1),
}
"""What is typed, whether its own plan is opened for it, and how many times every other one is at least."""
CALLS = {"today": 250, "calls": 3_000, "today in full": 5_000, "check": 15_000}
"""How many calls of functions another plan may add, where it is more than a few hundred."""
MOST_CALLS = 500
OPENED_AGAIN = 4
"""So often one file is opened at most by one command: read, checked, looked at for copies, written."""


@pytest.mark.parametrize("name", TYPED)
def test_another_plan_adds_what_it_must(
    name: str, crowds: dict[int, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lists, planning and changes ask the index and open no other plan; what reads all opens each as often."""
    words, own, others = TYPED[name]
    calls, most = {}, {}
    for number, crowd in crowds.items():
        folder = tmp_path / str(number)
        shutil.copytree(crowd, folder)
        line = CommandLine(folder, monkeypatch)
        _long_ago(folder)
        assert line("board", *TODAY).code == 0
        with opened_in(folder) as opened:
            ran, calls[number] = counted(line, *words)
        assert ran.code == 0, ran.err
        plans = {one: times for one, times in opened.items() if one.endswith(".plan.toml")}
        assert len(plans) == own + others * number, plans
        most[number] = max(plans.values(), default=0)
        assert most[number] <= OPENED_AGAIN + own
    assert most[FEW] == most[MANY]
    assert calls[MANY] - calls[FEW] <= CALLS.get(name, MOST_CALLS) * (MANY - FEW)


def test_plans_that_are_all_in_each_others_way_are_checked_in_a_line_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of plans that all want one room at one time a few clashes are told and the others counted, at a steady cost."""
    calls, told = {}, {}
    for number in (FEW, MANY):
        folder = tmp_path / str(number)
        folder.mkdir()
        line = CommandLine(crowded(folder, number, at_once=True), monkeypatch)
        ran, calls[number] = counted(line, "check", ".")
        told[number] = ran.err
        assert ran.code in {0, 3}, ran.err
    assert "double bookings" in told[MANY]
    clashes = {number: text.count(" needs ") for number, text in told.items()}
    assert clashes[FEW] == clashes[MANY] > 0
    assert calls[MANY] <= calls[FEW] * MANY / FEW
