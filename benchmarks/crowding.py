"""Courses on few days: how long the proof takes, against CP-SAT on one thread, and how much work and memory it is."""

from __future__ import annotations

import json

from support import cpsat
from support.crowded_courses import crowded_weeks

from benchmarks.measure import Table, best_ms, peak_mb
from kapplan.output.documents.problem_json import problem_document
from kapplan.planning.problem.problem import Problem
from kapplan.planning.solver.optimum import place

WEEKDAYS = {"Mon/Wed/Fri": (0, 2, 4), "Mon/Tue/Thu": (0, 1, 3)}
WEEKS = (2, 3, 4, 6, 8)
MOST_MS, MOST_MB = 1_000, 200


def crowded() -> Table:
    """Measure two doses a week with weekly psychotherapy on three weekdays: proven within a second and 200 MB."""
    table = Table(
        f"Crowded courses (proven within {MOST_MS} ms and {MOST_MB} MB)",
        ("course", "visits", "ms", "MB", "CP-SAT ms", "ratio", "off target", "best"),
    )
    for name, weekdays in WEEKDAYS.items():
        for weeks in WEEKS:
            _measure(table, f"{name}, {weeks} weeks", crowded_weeks(weekdays, weeks))
    return table


def _measure(table: Table, name: str, problem: Problem) -> None:
    """Add a row; where the search was cut short it says what is proven."""
    found, best = place(problem), cpsat.solve(json.loads(json.dumps(problem_document(problem))))
    if found is None or best is None or (found.proven and dict(found.objective) != best.objective):
        raise AssertionError(f"{name}: kapplan {found}, CP-SAT {best}")
    ms, mb, theirs = best_ms(lambda: place(problem)), peak_mb(lambda: place(problem)), best.seconds * 1000
    off = found.objective["deviation"]
    shown = str(off) if found.proven else f"{off}, at least {found.bound['deviation']}"
    met = found.proven and ms < MOST_MS and mb < MOST_MB
    table.add(
        name,
        len(problem.visits),
        f"{ms:.0f}",
        f"{mb:.0f}",
        f"{theirs:.0f}",
        f"{theirs / ms:.1f}x",
        shown,
        best.objective["deviation"],
        met=met,
    )
