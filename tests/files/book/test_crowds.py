"""Many programs at one book: nobody is booked twice and nothing that was saved is lost, however they end."""

from __future__ import annotations

import os
import random
import time
from collections import defaultdict
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from support import book_crowd
from support.books import double_bookings

from kapplan.files.book.opening import make_book, open_book
from kapplan.files.plans.store import StoredPlan

TESTS = Path(__file__).parents[2]
PROCESSES = 8
STARTING = get_context("forkserver") if "forkserver" in get_all_start_methods() else get_context("spawn")
STARTING.set_forkserver_preload(book_crowd.MODULES)


@pytest.fixture(autouse=True)
def _found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let other programs find the helpers of the tests."""
    paths = [str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))


def crowd(where: str, folder: Path, saves: int, *, kills: int = 0) -> dict[str, int]:
    """Let many programs save at once, some of them killed; return the last revision each patient was told of."""

    def begin(seed: int) -> BaseProcess:
        process = STARTING.Process(
            target=book_crowd.save, args=(where, seed, saves // PROCESSES, folder / f"{seed}.log"), daemon=True
        )
        process.start()
        return process

    running = [begin(seed) for seed in range(PROCESSES)]
    chance = random.Random(saves)
    for killed in range(kills):
        time.sleep(chance.uniform(0.3, 0.6))
        place = chance.randrange(PROCESSES)
        running[place].kill()
        running[place].join()
        running[place] = begin(100 + killed)
    for process in running:
        process.join()
    assert [process.exitcode for process in running] == [0] * PROCESSES
    told: dict[str, int] = defaultdict(int)
    for log in folder.glob("*.log"):
        for line in log.read_text("utf-8").splitlines():
            patient, revision, _ = line.split()
            told[patient] = max(told[patient], int(revision))
    return told


def check(where: str, told: dict[str, int]) -> None:
    """Hold a book to what its savers were told, by its own readers and by one that shares nothing with it."""
    assert double_bookings(where) == []
    plans = list(open_book(where).plans())
    there = {plan.plan.patient: plan.plan.revision for plan in plans if isinstance(plan, StoredPlan)}
    assert len(there) == len(plans)
    assert {patient: there[patient] for patient in told if there[patient] < told[patient]} == {}
    assert len(told) > 1


def test_eight_at_once(where: str, tmp_path: Path) -> None:
    """Eight programs make 2,000 saves, some of them killed at any moment: no double booking, nothing lost."""
    make_book(where)
    check(where, crowd(where, tmp_path, 2_000, kills=4))


@pytest.mark.thorough
def test_ten_thousand(where: str, tmp_path: Path) -> None:
    """10,000 saves by eight programs, some of them killed."""
    make_book(where)
    check(where, crowd(where, tmp_path, 10_000, kills=40))
