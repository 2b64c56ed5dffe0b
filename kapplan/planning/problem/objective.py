"""What given days of all visits cost, rule by rule: the plain reading of the problem, to check answers by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from kapplan.dataclass import dataclass
from kapplan.planning.problem.limits import is_broken
from kapplan.planning.problem.months import months_after
from kapplan.planning.problem.problem import Problem, ProblemTiming, Term
from kapplan.planning.problem.scale import disturbance, moving, outside, terms


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysOff:
    """Days off target of the active course and of what follows it."""

    course: int
    follow_up: int

    @property
    def in_all(self) -> int:
        """Both together."""
        return self.course + self.follow_up


def evaluate(problem: Problem, days: Mapping[str, int]) -> Mapping[Term, int] | None:
    """Return every term of the objective but the ties; ``None`` where a hard limit is broken.

    ``days`` gives a day for each visit. What only fixed visits share is neither enforced nor counted.
    """
    sums = amounts(problem, days)
    return None if sums is None else {term: sums[term] for term in problem.objective if term != "ties"}


def amounts(problem: Problem, days: Mapping[str, int]) -> Counter[Term] | None:
    """Return every term that there is, whether or not the objective names it; else like ``evaluate``."""
    sums, fixed = _of_days(problem, days), problem.fixed
    if sums is None or any(is_broken(limit, days, fixed) for limit in problem.limits):
        return None
    visits = {visit.id: visit for visit in problem.visits}
    for rule in problem.timing:
        if rule.visit in fixed and (isinstance(rule.after, int) or rule.after in fixed):
            continue
        off = days[rule.visit] - anchor_day(problem, rule, days)
        if (rule.min is not None and off < rule.min) or (rule.max is not None and off > rule.max):
            return None
        price = rule.weight * outside(rule.target, off)
        for term in terms(rule, visits[rule.visit]):
            sums[term] += price
    return sums


def days_off(problem: Problem, days: Mapping[str, int]) -> DaysOff:
    """Return how many days the visits are outside their targets, whatever the rules weigh."""
    sums = {"course": 0, "follow-up": 0}
    tiers = {visit.id: visit.tier for visit in problem.visits if visit.fixed is None}
    for rule in problem.timing:
        if rule.visit in tiers and not rule.secondary:
            sums[tiers[rule.visit]] += outside(rule.target, days[rule.visit] - anchor_day(problem, rule, days))
    return DaysOff(course=sums["course"], follow_up=sums["follow-up"])


def anchor_day(problem: Problem, rule: ProblemTiming, days: Mapping[str, int]) -> int:
    """Return the day from which a timing rule counts."""
    day = rule.after if isinstance(rule.after, int) else days[rule.after]
    if rule.months is None:
        return day
    return months_after(problem.origin.toordinal(), day, rule.months)


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
        sums[disturbance(visit)] += choice.disturbance
        sums["sooner"] += day
        if visit.announced is not None:
            sums["days_moved"] += abs(day - visit.announced)
        term = moving(visit)
        if term is not None:
            sums[term] += choice.move
    return sums
