"""Placement against CP-SAT on one thread, for the same optimum in the same run; how it grows with the visits."""

from __future__ import annotations

import json
from math import log
from statistics import median

from support import cpsat
from support.builtin_problems import builtin_problem
from support.random_courses import long_course, loose_course

import kapplan
from benchmarks.measure import Table, best_ms, peak_mb
from kapplan.output.documents.problem_json import problem_document
from kapplan.planning.problem.problem import Problem
from kapplan.planning.solver.optimum import place

LOOSE = {f"loose-{seed:02}": seed for seed in range(14)}
"""Loosely constrained courses of 30 to 46 visits: general courses with wide bounds, each from its seed."""
FASTER_BUILTIN = 5
FASTER_LOOSE = 50
LONGEST_MS = 20
SIZES = (20, 40, 80, 160, 320, 640)
MOST_GROWTH = 1.2
"""The power of the number of visits that times from 40 visits to the most may grow with."""
COLUMNS = ("course", "visits", "kapplan ms", "CP-SAT ms", "ratio", "as it comes ms", "ratio")


class DifferentOptimumError(AssertionError):
    """The two solvers do not agree: nothing that is measured here means anything."""


def builtins() -> Table:
    """Measure every built-in protocol: at least 5 times faster, under 20 ms each."""
    wanted = f"at least {FASTER_BUILTIN} times faster, under {LONGEST_MS} ms each"
    table = Table(f"Built-in protocols ({wanted})", COLUMNS)
    for name in kapplan.protocol_ids():
        _compare(table, name, builtin_problem(name), FASTER_BUILTIN)
    table.notes = NOTES
    return table


def loose() -> Table:
    """Measure loosely constrained courses: at least 50 times faster in the median, under 20 ms each."""
    wanted = f"at least {FASTER_LOOSE} times faster in the median, under {LONGEST_MS} ms each"
    table = Table(f"Loosely constrained courses ({wanted})", COLUMNS)
    ratios = [_compare(table, name, loose_course(seed), None) for name, seed in LOOSE.items()]
    strict, plain = (median(ratio[n] for ratio in ratios) for n in (0, 1))
    table.add("median", "", "", "", f"{strict:.0f}x", "", f"{plain:.0f}x", met=strict >= FASTER_LOOSE)
    table.notes = NOTES
    return table


NOTES = [
    "CP-SAT: its time in the solver alone, with the setting that suits it best here (no probing); as it comes: with",
    "its own settings. Both one thread, term after term, the same optimum as kapplan (checked in this run).",
]


def _compare(table: Table, name: str, problem: Problem, faster: int | None) -> tuple[float, float]:
    """Add a row and return both ratios; the verdict is on the stricter one, and on kapplan's own time."""
    document = json.loads(json.dumps(problem_document(problem)))
    found = place(problem)
    ours = best_ms(lambda: place(problem))
    times = []
    for probing in (False, True):
        solved = cpsat.solve(document, probing=probing)
        if solved is None or found is None or solved.objective != dict(found.objective):
            raise DifferentOptimumError(f"{name}: kapplan {found}, CP-SAT {solved}")
        times.append(solved.seconds * 1000)
    ratios = (times[0] / ours, times[1] / ours)
    met = ours < LONGEST_MS and (faster is None or ratios[0] >= faster)
    table.add(
        name,
        len(problem.visits),
        f"{ours:.1f}",
        f"{times[0]:.0f}",
        f"{ratios[0]:.0f}x",
        f"{times[1]:.0f}",
        f"{ratios[1]:.0f}x",
        met=met,
    )
    return ratios


def scaling() -> Table:
    """Measure how time and memory grow with the number of visits: hardly faster than the visits."""
    table = Table(
        f"Growth with the number of visits (time to the power of {MOST_GROWTH} at most)",
        ("visits", "ms", "ms a visit", "MB", "kB a visit"),
    )
    taken: dict[int, float] = {}
    for size in SIZES:
        problem = long_course(size)
        count = len(problem.visits)
        ms, mb = best_ms(lambda p=problem: place(p)), peak_mb(lambda p=problem: place(p))  # type: ignore[misc]
        taken[count] = ms
        table.add(count, f"{ms:.1f}", f"{ms / count:.2f}", f"{mb:.2f}", f"{1000 * mb / count:.0f}")
    (small, least), *_, (large, most) = list(taken.items())[1:]
    power = log(most / least) / log(large / small)
    table.add("power", f"{power:.2f}", "", "", "", met=power <= MOST_GROWTH)
    return table
