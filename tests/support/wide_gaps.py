"""Courses of phases of one visit each, up to 400 days apart: nothing narrows them, and their rules pull apart."""

from __future__ import annotations

from datetime import date
from functools import cache

from kapplan.planning.problem.problem import NEW_PLAN, OpenDay, Problem, ProblemLimit, ProblemTiming, ProblemVisit

APART = 400
"""How many days may lie between one visit and the next."""
WORKDAYS = range(5)


def wide_course(visits: int, *, crossed: bool = True) -> Problem:
    """Return a course of so many visits on workdays; ``crossed`` rules aim at days that cannot all be had together."""
    names = [f"dosing-{number}" for number in range(1, visits + 1)]
    timing = [
        ProblemTiming(rule="start", role="start", visit=names[0], after=0, min=0, target=(0, 0), max=60, weight=8)
    ]
    for number, name in enumerate(names[1:], start=1):
        near, far = 7 * (number % 5) + 7, (37 * number) % 300 + 7
        timing.append(_within(name, names[number - 1], (near, near + 13)))
        if crossed and number > 2:
            timing.append(_within(name, names[number - 2], (far, far + 6)))
            timing.append(_within(name, names[number // 2], (3 * far % 350 + 1, 3 * far % 350 + 9)))
    return Problem(
        origin=date(2027, 1, 4),
        horizon=visits * APART,
        visits=tuple(
            ProblemVisit(id=name, tier="course", days=_days(60 + APART * number)) for number, name in enumerate(names)
        ),
        timing=tuple(timing),
        limits=(ProblemLimit(rule="cap", type="cap", visits=tuple(names), anchor=names[0], every=30, max=1),),
        objective=NEW_PLAN,
    )


def _within(visit: str, after: str, target: tuple[int, int]) -> ProblemTiming:
    return ProblemTiming(rule=f"{visit} {after}", visit=visit, after=after, min=1, target=target, max=APART, weight=8)


@cache
def _days(until: int) -> tuple[OpenDay, ...]:
    return tuple(OpenDay(day, 0) for day in range(until) if day % 7 in WORKDAYS)
