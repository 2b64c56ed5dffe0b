"""What given days of all visits cost, rule by rule: the plain reading of the problem, to check answers by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

from kapplan.dates import add_months
from kapplan.planning.problem.problem import Problem, ProblemLimit, ProblemTiming, Term
from kapplan.planning.problem.scale import deviation, moving, outside


def evaluate(problem: Problem, days: Mapping[str, int]) -> Mapping[Term, int] | None:
    """Return every term of the objective but the ties; ``None`` where a hard limit is broken.

    ``days`` gives a day for each visit. What only fixed visits share is neither enforced nor counted.
    """
    sums = _of_days(problem, days)
    if sums is None or any(_broken(problem, limit, days) for limit in problem.limits):
        return None
    visits = {visit.id: visit for visit in problem.visits}
    for rule in problem.timing:
        if isinstance(rule.after, int):
            settled = visits[rule.visit].fixed is not None
        else:
            settled = visits[rule.visit].fixed is not None and visits[rule.after].fixed is not None
        if settled:
            continue
        off = days[rule.visit] - anchor_day(problem, rule, days)
        if (rule.min is not None and off < rule.min) or (rule.max is not None and off > rule.max):
            return None
        sums[deviation(visits[rule.visit])] += rule.weight * outside(rule.target, off)
    return {term: sums[term] for term in problem.objective if term != "ties"}


def anchor_day(problem: Problem, rule: ProblemTiming, days: Mapping[str, int]) -> int:
    """Return the day from which a timing rule counts."""
    day = rule.after if isinstance(rule.after, int) else days[rule.after]
    if rule.months is None:
        return day
    return (add_months(problem.origin + timedelta(days=day), rule.months) - problem.origin).days


def _of_days(problem: Problem, days: Mapping[str, int]) -> Counter[Term] | None:
    """Return the terms that each visit costs by itself; ``None`` where a visit is on no day of its own."""
    sums: Counter[Term] = Counter()
    for visit in problem.visits:
        day = days[visit.id]
        if visit.fixed is not None:
            if day != visit.fixed:
                return None
            continue
        choice = next((choice for choice in visit.days if choice.day == day), None)
        if choice is None:
            return None
        sums["preference"] += choice.preference
        sums["sooner"] += day
        if visit.announced is not None:
            sums["days_moved"] += abs(day - visit.announced)
        term = moving(visit)
        if term is not None:
            sums[term] += choice.move
    return sums


def _broken(problem: Problem, limit: ProblemLimit, days: Mapping[str, int]) -> bool:
    fixed = {visit.id for visit in problem.visits if visit.fixed is not None}
    members = dict.fromkeys(limit.visits)
    held = Counter(days[visit] for visit in members if visit in fixed)
    placed = Counter(days[visit] for visit in members if visit not in fixed)
    if limit.type == "cap":
        return _overfull(limit, held, placed, days)
    shared = [day for day, count in placed.items() if count + held[day] > 1]
    return any(limit.type == "distinct_days" or day in limit.days for day in shared)


def _overfull(limit: ProblemLimit, held: Counter[int], placed: Counter[int], days: Mapping[str, int]) -> bool:
    """Tell whether a block holds more than its limit, and more than what is fixed in it."""
    if limit.max is None:
        return False
    anchor = days[limit.anchor] if isinstance(limit.anchor, str) else limit.anchor or 0
    fixed: Counter[int] = Counter()
    total: Counter[int] = Counter()
    for counter, counted in ((fixed, held), (total, held + placed)):
        for day, count in counted.items():
            if (limit.from_ is None or day >= limit.from_) and (limit.until is None or day <= limit.until):
                counter[(day - anchor) // limit.every if limit.every else 0] += count
    return any(count > max(limit.max, fixed[block]) for block, count in total.items())
