"""Many profiles at once, as whole processes: how many a second, and how much memory each worker takes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from support.generated_profiles import write_profiles

from benchmarks.measure import MEGABYTE, Table

RATE = 60
"""Profiles that two cores plan in a second, at least."""
CORES = 2
RATED = 600
"""Profiles whose planning is timed, with and without saving the plans."""
MANY = int(os.environ.get("KAPPLAN_BATCH", "10000"))
"""Profiles over which the memory of a worker is watched."""
GROWTH = 1.05
"""How much larger a worker may be after the last profile than after the first tenth of them."""


class Ran(NamedTuple):
    """Seconds by the clock, and of the processor in all processes."""

    clock: float
    processor: float


def batch() -> Table:
    """Measure ``kapplan plan FOLDER``: at least 60 profiles a second on two cores, in flat memory."""
    table = Table(
        f"Many kap-standard profiles (at least {RATE} a second on {CORES} cores, in flat memory)",
        ("what", "profiles", "a second", "processor ms each", "a second, cores free", "MB early", "MB late"),
    )
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_profiles(folder / "some", range(RATED))
        for what, more in {"planned": (), "planned and saved": ("-o", str(folder / "plans"))}.items():
            _rate(table, what, _run(folder / "some", *more))
    _memory(table)
    table.notes = [
        "Cores free: the rate that the processor's time allows when nothing else runs on the two cores; the verdict",
        "is on it. Early, late: the resident memory of a worker after a tenth of the profiles, and after the last.",
    ]
    return table


def _run(folder: Path, *more: str) -> Ran:
    """Plan a folder in a process of its own; raises where it fails."""
    command = (sys.executable, "-c", "from kapplan.cli import main; main()", "plan", str(folder))
    options = ("--jobs", str(CORES), "--today", "2026-12-28", *more)
    before, begun = os.times(), time.perf_counter()
    subprocess.run([*command, *options], check=True, capture_output=True)
    clock, after = time.perf_counter() - begun, os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return Ran(clock, used)


def _rate(table: Table, what: str, ran: Ran) -> None:
    free = RATED * CORES / ran.processor if ran.processor else RATED / ran.clock
    rate = RATED / ran.clock
    met = max(free, rate) >= RATE
    each = f"{1000 * ran.processor / RATED:.1f}"
    table.add(what, RATED, f"{rate:.0f}", each, f"{free:.0f}", "", "", met=met)


def _memory(table: Table) -> None:
    """Plan ever new profiles in one worker, and watch how large it is."""
    from kapplan.cli.workers import in_order

    with TemporaryDirectory() as name:
        folder = Path(name)
        sizes = [
            size
            for _, size in in_order(partial(_size_after, folder), range(MANY), CORES)
            if isinstance(size, int) and size
        ]
    if not sizes:
        table.notes.append("This system does not tell how much memory a process takes.")
        return
    early, late = max(sizes[MANY // 20 : MANY // 10]), max(sizes[-MANY // 20 :])
    cells = (f"{size / MEGABYTE:.1f}" for size in (early, late))
    table.add("memory of a worker", MANY, "", "", "", *cells, met=late <= early * GROWTH)


def _size_after(folder: Path, number: int) -> int:
    """Write, plan and forget one profile; return how large this process then is, 0 where that is not known."""
    from datetime import UTC, datetime

    from kapplan.cli.plan_many import Entry, Wish, plan_one

    own = folder / str(os.getpid())
    [path] = write_profiles(own, [number])
    wish = Wish(by="bench", clock=datetime(2026, 12, 28, 9, tzinfo=UTC))
    outcome = plan_one(wish, Entry(str(path)))
    path.unlink()
    if outcome.code:
        raise AssertionError(outcome.said)
    pages = Path("/proc/self/statm")
    return int(pages.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if pages.exists() else 0
