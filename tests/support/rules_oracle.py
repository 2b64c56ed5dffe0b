"""Brute force over small placement problems: every placement is tried, every rule read as it is documented."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import combinations

from kapplan import dates
from kapplan.planning.problem.problem import OpenDay, Problem, ProblemLimit, ProblemTiming, ProblemVisit

ORIGIN = date(2027, 1, 4)


def solutions(problem: Problem) -> Iterator[dict[str, int]]:
    """Yield every placement that keeps all rules, by trying day after day for visit after visit."""
    fixed = {visit.id: visit.fixed for visit in problem.visits if visit.fixed is not None}
    free = [visit for visit in problem.visits if visit.fixed is None]
    yield from _extend(problem, free, fixed, frozenset(fixed))


def solvable(problem: Problem) -> bool:
    """Return whether any placement keeps all rules."""
    return next(solutions(problem), None) is not None


def keeps_rules(problem: Problem, days: dict[str, int]) -> bool:
    """Return whether a complete placement keeps the open days, the fixed days and every rule."""
    for visit in problem.visits:
        allowed = {day.day for day in visit.days} if visit.fixed is None else {visit.fixed}
        if days[visit.id] not in allowed:
            return False
    fixed = frozenset(visit.id for visit in problem.visits if visit.fixed is not None)
    return _legal(problem, days, fixed) and days.keys() == {visit.id for visit in problem.visits}


def _extend(
    problem: Problem, free: list[ProblemVisit], days: dict[str, int], fixed: frozenset[str]
) -> Iterator[dict[str, int]]:
    if not _legal(problem, days, fixed):
        return
    if not free:
        yield days
        return
    for day in free[0].days:
        yield from _extend(problem, free[1:], {**days, free[0].id: day.day}, fixed)


def _legal(problem: Problem, days: dict[str, int], fixed: frozenset[str]) -> bool:
    return all(_timing_kept(problem.origin, rule, days, fixed) for rule in problem.timing) and all(
        _limit_kept(limit, days, fixed) for limit in problem.limits
    )


def _timing_kept(origin: date, rule: ProblemTiming, days: dict[str, int], fixed: frozenset[str]) -> bool:
    if rule.visit not in days or (isinstance(rule.after, str) and rule.after not in days):
        return True
    if rule.visit in fixed and (isinstance(rule.after, int) or rule.after in fixed):
        return True
    anchor = rule.after if isinstance(rule.after, int) else days[rule.after]
    if rule.months is not None:
        start = date.fromordinal(origin.toordinal() + anchor)
        anchor = dates.add_months(start, rule.months).toordinal() - origin.toordinal()
    off = days[rule.visit] - anchor
    return (rule.min is None or off >= rule.min) and (rule.max is None or off <= rule.max)


def _limit_kept(limit: ProblemLimit, days: dict[str, int], fixed: frozenset[str]) -> bool:
    placed = [visit for visit in limit.visits if visit in days]
    if limit.type == "cap":
        return _cap_kept(limit, placed, days, fixed)
    for first, second in combinations(placed, 2):
        both_fixed = first in fixed and second in fixed
        together = days[first] == days[second] and (limit.type == "distinct_days" or days[first] in (limit.days or ()))
        if together and not both_fixed:
            return False
    return True


def _cap_kept(limit: ProblemLimit, placed: list[str], days: dict[str, int], fixed: frozenset[str]) -> bool:
    if isinstance(limit.anchor, str) and limit.anchor not in days:
        return True
    anchor = limit.anchor if isinstance(limit.anchor, int) else days[limit.anchor] if limit.anchor else 0
    blocks: dict[int, list[str]] = {}
    for visit in placed:
        day = days[visit]
        if (limit.from_ is None or limit.from_ <= day) and (limit.until is None or day <= limit.until):
            blocks.setdefault(0 if limit.every is None else (day - anchor) // limit.every, []).append(visit)
    return limit.max is None or all(
        len(block) <= max(limit.max, sum(visit in fixed for visit in block)) for block in blocks.values()
    )


def random_problem(rng: random.Random, *, visits: int = 4, days: int = 14) -> Problem:
    """Return a small problem with rules of every kind, about half of them without a placement."""
    ids = [f"dosing-{number + 1}" for number in range(rng.randint(2, visits))]
    made = tuple(_random_visit(rng, name, days) for name in ids)
    timing = tuple(_random_timing(rng, ids, days) for _ in range(rng.randint(1, len(ids) + 1)))
    limits = tuple(_random_limit(rng, ids, days) for _ in range(rng.randint(0, 3)))
    return Problem(origin=date(2027, 1, rng.randint(4, 31)), horizon=days, visits=made, timing=timing, limits=limits)


def _random_visit(rng: random.Random, name: str, days: int) -> ProblemVisit:
    if rng.random() < 0.15:
        return ProblemVisit(id=name, tier="course", fixed=rng.randrange(-3, days))
    open_days = sorted(rng.sample(range(days), rng.randint(1, max(1, days // 2))))
    return ProblemVisit(id=name, tier="course", days=tuple(OpenDay(day) for day in open_days))


def _random_timing(rng: random.Random, ids: list[str], days: int) -> ProblemTiming:
    visit, other = rng.sample(ids, 2)
    after: str | int = other if rng.random() < 0.85 else rng.randrange(-2, days)
    low = rng.randint(-4, 5)
    high = low + rng.randint(0, 4)
    rule = ProblemTiming(
        rule="gap",
        visit=visit,
        after=after,
        min=low if rng.random() < 0.8 else None,
        max=high if rng.random() < 0.7 else None,
    )
    if rng.random() < 0.1:
        months = rng.choice((1, -1))
        shift = -30 * months
        return replace(
            rule,
            months=months,
            min=None if rule.min is None else rule.min + shift,
            max=None if rule.max is None else rule.max + shift,
        )
    return rule


def _random_limit(rng: random.Random, ids: list[str], days: int) -> ProblemLimit:
    chosen = tuple(rng.sample(ids, rng.randint(2, len(ids))))
    kind = rng.choice(("cap", "cap", "distinct_days", "not_together"))
    if kind == "distinct_days":
        return ProblemLimit(rule="distinct", type="distinct_days", visits=chosen)
    if kind == "not_together":
        together = tuple(sorted(rng.sample(range(days), rng.randint(1, days))))
        return ProblemLimit(rule="apart", type="not_together", visits=chosen, days=together)
    every = rng.choice((None, 3, 4, 7))
    first = rng.randrange(days) if every is None or rng.random() < 0.3 else None
    anchor: str | int | None = None if every is None else rng.choice((rng.choice(ids), rng.randrange(days)))
    until = None if first is None or rng.random() < 0.3 else first + rng.randint(0, days)
    return ProblemLimit(
        rule="cap",
        type="cap",
        visits=chosen,
        anchor=anchor,
        every=every,
        max=rng.randint(0, 2),
        from_=first,
        until=until,
    )
