"""Many profiles at once, as whole processes: how many a second, and how much memory each worker takes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory

from support.generated_profiles import write_profiles

from benchmarks.measure import MEGABYTE, Table, best_ms

RATE = 60
"""Profiles that two cores plan in a second, at least."""
CORES = 2
NOW = datetime(2026, 12, 28, 9, tzinfo=UTC)
RATED = 600
"""Profiles whose planning is timed, with and without saving the plans."""
SAMPLE = 40
"""Profiles of which the least time is measured, one by one."""
MANY = int(os.environ.get("KAPPLAN_BATCH", "10000"))
"""Profiles over which the memory of a worker is watched."""
GROWTH = 1.05
"""How much larger a worker may be after the last profile than after the first tenth of them."""


def batch() -> Table:
    """Measure ``kapplan plan FOLDER``: at least 60 profiles a second on two cores, in flat memory."""
    table = Table(
        f"Many kap-standard profiles (at least {RATE} a second on {CORES} cores, in flat memory)",
        ("what", "profiles", "a second", "least ms each", "a second, cores free", "MB early", "MB late"),
    )
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_profiles(folder / "some", range(RATED))
        for what, plans in {"planned": None, "planned and saved": folder / "plans"}.items():
            _rate(table, what, folder / "some", plans)
    _memory(table)
    table.notes = [
        "Cores free: the rate that the least time of each profile allows on two cores that do nothing else; the",
        "verdict is on it, or on the rate if that is higher. Early, late: the most memory of a worker in the second",
        "twentieth of the profiles, and in the last.",
    ]
    return table


def _rate(table: Table, what: str, profiles: Path, plans: Path | None) -> None:
    command = (sys.executable, "-c", "from kapplan.cli import main; main()", "plan", str(profiles))
    options = ("--jobs", str(CORES), "--today", "2026-12-28", *(() if plans is None else ("-o", str(plans))))
    begun = time.perf_counter()
    subprocess.run([*command, *options], check=True, capture_output=True)
    rate = RATED / (time.perf_counter() - begun)
    least = mean(_least_ms(path, plans) for path in sorted(profiles.glob("p-*.toml"))[:SAMPLE])
    free = 1000 * CORES / least
    table.add(what, RATED, f"{rate:.0f}", f"{least:.1f}", f"{free:.0f}", "", "", met=max(rate, free) >= RATE)


def _least_ms(path: Path, plans: Path | None) -> float:
    """Return the least time in which a profile is looked at, planned and saved in this process."""
    from kapplan.cli.batch.many import Named
    from kapplan.cli.batch.plan_many import PlanningRun, entries_of, plan_one

    wish = PlanningRun(by="bench", clock=NOW, today="2026-12-28", folder=plans)

    def once() -> None:
        if plans is not None:
            (plans / f"{path.stem}.plan.toml").unlink()
        for entry in entries_of([Named(str(path), found=True)], wish):
            outcome = plan_one(wish, entry)
            if outcome.code:
                raise AssertionError(outcome.said)

    return best_ms(once)


def _memory(table: Table) -> None:
    """Plan ever new profiles in one worker, and watch how large it is."""
    from kapplan.cli.batch.engine import Hands, in_order

    with TemporaryDirectory() as name:
        folder = Path(name)
        sizes = [
            size
            for _, size in in_order(partial(_size_after, folder), range(MANY), Hands(jobs=CORES))
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
    from kapplan.cli.batch.plan_many import PlanningRun, ProfileToPlan, plan_one

    own = folder / str(os.getpid())
    [path] = write_profiles(own, [number])
    wish = PlanningRun(by="bench", clock=NOW)
    outcome = plan_one(wish, ProfileToPlan(str(path)))
    path.unlink()
    if outcome.code:
        raise AssertionError(outcome.said)
    pages = Path("/proc/self/statm")
    return int(pages.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if pages.exists() else 0
