"""A process that dies while it writes leaves the old plan or the new one, whole; of two at once, one wins."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.command_line import CommandLine, environment

from kapplan.files.plans.store import load_plan

RUN = [sys.executable, "-c", "from kapplan.cli import main; main()"]
TODAY = ["--today", "2027-01-25"]


def _typed(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*RUN, *words], cwd=folder, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _killed_at_random(kapplan_in: CommandLine, times: int, seed: int) -> None:
    kapplan_in("plan", "river.toml", "-o", "river.plan.toml", "--today", "2026-12-28")
    path = kapplan_in.folder / "river.plan.toml"
    began = time.perf_counter()
    assert _typed(kapplan_in.folder, "score", "river", "phq9=10", "phq9_item9=0", *TODAY).wait() == 0
    whole = time.perf_counter() - began
    dice = random.Random(seed)
    for number in range(times):
        before = load_plan(path).plan
        process = _typed(kapplan_in.folder, "score", "river", f"phq9={number % 28}", "phq9_item9=0", *TODAY)
        # most of the writing happens late: two thirds of the kills fall into the last third
        time.sleep(whole * (dice.uniform(0.6, 1.1) if dice.random() < 0.67 else dice.uniform(0, 0.6)))
        process.kill()
        process.wait()
        after = load_plan(path).plan
        assert after == before or after.revision == before.revision + 1
    assert not [file for file in kapplan_in.folder.iterdir() if file.suffix == ".bak"]
    assert _typed(kapplan_in.folder, "score", "river", "phq9=10", "phq9_item9=0", *TODAY).wait() == 0


def test_killed_at_any_moment(kapplan_in: CommandLine) -> None:
    """Whenever the process is killed, the plan is the old one or the new one, and the next command works."""
    _killed_at_random(kapplan_in, 20, 1)


@pytest.mark.thorough
def test_killed_often(kapplan_in: CommandLine) -> None:
    """The same, two hundred times."""
    _killed_at_random(kapplan_in, 200, 2)


def test_two_at_once(kapplan_in: CommandLine) -> None:
    """Of commands that read the same plan, those that come too late stop with exit 6; none is half there."""
    kapplan_in("plan", "river.toml", "-o", "river.plan.toml", "--today", "2026-12-28")
    running = [
        _typed(kapplan_in.folder, "score", "river", f"phq9={number}", "phq9_item9=0", *TODAY) for number in range(4)
    ]
    codes = [process.wait() for process in running]
    plan = load_plan(kapplan_in.folder / "river.plan.toml").plan
    assert set(codes) <= {0, 6}
    assert plan.revision == 1 + codes.count(0)
