"""Courses on sparse calendars: few open days, far apart, so that the best answer lies far off its targets.

Small enough for brute force, and drawn so that the deviation of the best answer is spread over 30 to 500.
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from random import Random

from kapplan.planning.problem.problem import (
    NEW_PLAN,
    OpenDay,
    Problem,
    ProblemLimit,
    ProblemTiming,
    ProblemVisit,
)

MONDAY = date(2027, 1, 4)


def sparse_problem(seed: int) -> Problem:
    """Return the sparse problem of a seed: four to six doses, some with a follow-up, a weekly cap, weeks to aim at."""
    random = Random(seed)
    doses = random.choice((4, 5, 5, 6))
    names = [f"dosing-{number}" for number in range(1, doses + 1)]
    step = random.choice((5, 7, 9, 12, 16))
    visits = [_visit(random, name, number, step) for number, name in enumerate(names)]
    timing = [
        ProblemTiming(rule="start", role="start", visit=names[0], after=0, min=0, target=(0, 0), max=40, weight=8)
    ]
    for before, name in pairwise(names):
        target = random.choice((1, 2, 3, 7))
        timing.append(
            ProblemTiming(
                rule="gap", visit=name, after=before, min=random.choice((0, 1)),
                target=(target, target + random.choice((0, 0, 1))), max=random.choice((30, 60, None)),
                weight=random.choice((2, 4, 8)),
            )
        )  # fmt: skip
    for number, name in enumerate(names[1:], start=1):
        if random.random() < 0.4:
            week = 7 * (number // 2)
            timing.append(
                ProblemTiming(
                    rule="week", visit=name, after=names[0], target=(week, week + 6), weight=random.choice((1, 4))
                )
            )
    if random.random() < 0.5:
        visits.append(_visit(random, "check-in-1", doses, step, follow_up=True))
        timing.append(
            ProblemTiming(rule="at", visit="check-in-1", after=random.choice(names), min=0, target=(14, 16), weight=1)
        )
    limits = [ProblemLimit(rule="apart", type="distinct_days", visits=tuple(visit.id for visit in visits))]
    if random.random() < 0.5:
        limits.append(
            ProblemLimit(
                rule="cap", type="cap", visits=tuple(names), anchor=names[0], every=7, max=random.choice((1, 2))
            )
        )
    return Problem(
        origin=MONDAY, horizon=400, visits=tuple(visits), timing=tuple(timing), limits=tuple(limits), objective=NEW_PLAN
    )


def _visit(random: Random, name: str, number: int, step: int, *, follow_up: bool = False) -> ProblemVisit:
    """Return a visit with a handful of days, each some way past the one before."""
    day = random.randint(0, 4) + number * random.choice((0, 1, step // 2))
    days = []
    for _ in range(random.choice((4, 5, 6, 7))):
        days.append(OpenDay(day, random.choice((0, 0, 1, 3))))
        day += random.randint(1, 2 * step)
    return ProblemVisit(id=name, tier="follow-up" if follow_up else "course", days=tuple(days))
