"""Placement problems written by hand: short ways to say a visit, a rule, a limit, and one course of the usual shape."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from kapplan.model.terms import Tier
from kapplan.planning.problem.problem import (
    NEW_PLAN,
    OpenDay,
    Problem,
    ProblemLimit,
    ProblemTiming,
    ProblemVisit,
    Role,
    Term,
)

MONDAY = date(2027, 1, 4)
"""A Monday, the origin of most problems here."""

Target = int | tuple[int, int] | None


def visit(
    name: str,
    days: Iterable[int | tuple[int, int] | tuple[int, int, int]] = (),
    *,
    fixed: int | None = None,
    announced: int | None = None,
    confirmed: bool = False,
    tier: Tier = "course",
    moved: int = 8,
) -> ProblemVisit:
    """Return a visit with its open days: a day, or a day with its preference and whether it is a move.

    Where a visit is announced, every other day is a move unless it says otherwise. A move disturbs as much as ``moved``
    says.
    """
    choices = []
    for day in days:
        number, *rest = (day,) if isinstance(day, int) else day
        move = rest[1] if len(rest) > 1 else int(announced is not None and number != announced)
        choices.append(OpenDay(number, rest[0] if rest else 0, move * moved, move))
    return ProblemVisit(
        id=name, tier=tier, fixed=fixed, announced=announced, confirmed=confirmed, days=tuple(choices)
    )  # fmt: skip


def after(
    name: str,
    anchor: str | int,
    low: int | None = None,
    target: Target = None,
    high: int | None = None,
    *,
    weight: int = 1,
    months: int | None = None,
    rule: str = "rule",
    role: Role = "rule",
) -> ProblemTiming:
    """Return a timing rule: ``name`` falls ``low`` to ``high`` days after ``anchor``, ideally ``target``."""
    return ProblemTiming(
        rule=rule,
        role=role,
        visit=name,
        after=anchor,
        months=months,
        min=low,
        target=(target, target) if isinstance(target, int) else target,
        max=high,
        weight=weight,
    )


def cap(
    names: Iterable[str],
    most: int,
    *,
    anchor: str | int | None = None,
    every: int | None = None,
    first: int | None = None,
    last: int | None = None,
) -> ProblemLimit:
    """Return a cap: at most ``most`` of the visits in each block."""
    return ProblemLimit(
        rule="cap", type="cap", visits=tuple(names), anchor=anchor, every=every, max=most, from_=first, until=last
    )


def distinct(*names: str) -> ProblemLimit:
    """Return the limit that no two of the visits share a day."""
    return ProblemLimit(rule="distinct", type="distinct_days", visits=names)


def not_together(names: Iterable[str], days: Iterable[int]) -> ProblemLimit:
    """Return the limit that no two of the visits share one of these days."""
    return ProblemLimit(rule="not-together", type="not_together", visits=tuple(names), days=tuple(days))


def problem(
    *visits: ProblemVisit,
    timing: Iterable[ProblemTiming] = (),
    limits: Iterable[ProblemLimit] = (),
    objective: tuple[Term, ...] = NEW_PLAN,
    origin: date = MONDAY,
) -> Problem:
    """Return the problem of these visits, rules and limits."""
    last = max((choice.day for one in visits for choice in one.days), default=0)
    return Problem(
        origin=origin, horizon=last, visits=visits, timing=tuple(timing), limits=tuple(limits), objective=objective
    )


def usual_course(*, doses: int = 6, months: int = 6, closed: Collection[int] = (), within: int = 14) -> Problem:
    """Return a course of the usual shape on Mondays to Fridays, less the ``closed`` days.

    A screening, two preparations, doses a week apart with an integration after each, a review, check-ins; at most two
    doses in a treatment week, one visit a day.
    """
    horizon = within + 40 + 21 * doses + 31 * months
    open_days = [day for day in range(horizon) if day % 7 < 5 and day not in closed]
    names = ["screening", "preparation-1", "preparation-2"]
    timing = [
        after("screening", 0, 0, 0, within, weight=8, rule="start", role="start"),
        after("preparation-1", "screening", 1, (1, 7), 14, weight=4),
        after("preparation-2", "preparation-1", 2, (5, 7), 14, weight=4),
        after("dosing-1", "preparation-2", 1, (2, 7), 10, weight=4),
    ]
    for number in range(1, doses + 1):
        dose, talk = f"dosing-{number}", f"integration-{number}"
        names += [dose, talk]
        timing.append(after(talk, dose, 1, (1, 3), 6, weight=4))
        if number < doses:
            timing.append(after(f"dosing-{number + 1}", dose, 3, 7, 21, weight=8))
            timing.append(after(f"dosing-{number + 1}", talk, 1))
    last = f"dosing-{doses}"
    timing.append(after("review", last, 3, (5, 10), 14, weight=4))
    check_ins = [f"check-in-{month}" for month in range(1, months + 1)]
    timing += [after(name, last, -7, (-3, 3), 7, months=month) for month, name in enumerate(check_ins, 1)]
    visits = [visit(name, open_days) for name in [*names, "review"]]
    visits += [visit(name, open_days, tier="follow-up") for name in check_ins]
    weekly = cap([name for name in names if name.startswith("dosing")], 2, anchor="dosing-1", every=7)
    return problem(*visits, timing=timing, limits=[weekly, distinct(*(one.id for one in visits))])
