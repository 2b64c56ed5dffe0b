"""Courses on few days: how long the proof takes, against CP-SAT on one thread, and how much work and memory it is."""

from __future__ import annotations

import json
from itertools import combinations

from support import cpsat
from support.builtin_problems import builtin_problem
from support.crowded_courses import crowded_away, crowded_weeks

import kapplan
from benchmarks.measure import Table, best_ms, peak_mb
from kapplan.dates import Weekday
from kapplan.output.documents.problem_json import problem_document
from kapplan.planning.problem.problem import Problem
from kapplan.planning.solver.optimum import place

BUILT_IN_MS = 20
"""What all but one in a hundred of the built-in protocols on two to five weekdays may take."""
WEEK: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
MONTHS = (6, 24, 36)
"""How far maintenance goes in the longest built-in protocol."""
WEEKDAYS = {"Mon/Wed/Fri": (0, 2, 4), "Mon/Tue/Thu": (0, 1, 3)}
WEEKS = (2, 3, 4, 6, 8)
AWAY_WEEKS = (12, 15, 16)
AWAY_FROM = (30, 45, 70)
"""On which day the week begins in which the patient is away."""
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


def away() -> Table:
    """Measure courses of 55 to 72 visits with one week away: proven within a second and 200 MB."""
    table = Table(
        f"One week away (proven within {MOST_MS} ms and {MOST_MB} MB)",
        ("weekdays", "visits", "away from day", "ms", "MB", "off target"),
    )
    for weekdays in (range(5), range(7)):
        for weeks in AWAY_WEEKS:
            for first in AWAY_FROM:
                problem = crowded_away(tuple(weekdays), weeks, first)
                found = place(problem)
                if found is None:
                    raise AssertionError(f"{weeks} weeks, away from day {first}: no placement")
                ms, mb = best_ms(lambda p=problem: place(p), 3), peak_mb(lambda p=problem: place(p))  # type: ignore[misc]
                off = found.objective["deviation"]
                shown = str(off) if found.proven else f"{off}, at least {found.bound['deviation']}"
                met = found.proven and ms < MOST_MS and mb < MOST_MB
                table.add(len(weekdays), len(problem.visits), first, f"{ms:.0f}", f"{mb:.0f}", shown, met=met)
    return table


def weekday_sets() -> Table:
    """Measure every built-in protocol on every set of two to five weekdays where it fits: how the times are spread."""
    table = Table(
        f"Built-in protocols on two to five weekdays (99 of 100 under {BUILT_IN_MS} ms)",
        ("weekdays", "problems", "median ms", "99 of 100 ms", "most ms", "of"),
    )
    taken: dict[int, list[tuple[float, str]]] = {
        count: [
            (best_ms(lambda p=problem: place(p), 3), name)  # type: ignore[misc]
            for weekdays in combinations(WEEK, count)
            for name in kapplan.protocol_ids()
            for problem in [builtin_problem(name, weekdays=weekdays)]
            if place(problem) is not None
        ]
        for count in range(2, len(WEEK) + 1)
    }
    whole = [each for own in taken.values() for each in own]
    for shown, unsorted in (*taken.items(), ("all", whole)):
        times = sorted(unsorted)
        middle, late, (most, name) = times[len(times) // 2][0], times[len(times) * 99 // 100][0], times[-1]
        table.add(shown, len(times), f"{middle:.1f}", f"{late:.1f}", f"{most:.1f}", name, met=late < BUILT_IN_MS)
    return table


def maintained() -> Table:
    """Measure esketamine with maintenance for years, patients free on all weekdays and on three."""
    table = Table(
        f"Maintenance for years (proven within {MOST_MS} ms and {MOST_MB} MB)",
        ("weekdays", "months", "visits", "ms", "MB", "off target"),
    )
    for weekdays in (WEEK, WEEK[::2]):
        for months in MONTHS:
            problem = builtin_problem("esketamine-trd", weekdays=weekdays, months=months)
            found = place(problem)
            if found is None:
                raise AssertionError(f"esketamine-trd, {months} months: no placement")
            ms, mb = best_ms(lambda p=problem: place(p), 5), peak_mb(lambda p=problem: place(p))  # type: ignore[misc]
            off = f"{found.objective['deviation']}, later {found.objective['follow_up_deviation']}"
            met = found.proven and ms < MOST_MS and mb < MOST_MB
            table.add(" ".join(weekdays), months, len(problem.visits), f"{ms:.0f}", f"{mb:.0f}", off, met=met)
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
