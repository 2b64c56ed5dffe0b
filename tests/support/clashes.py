"""Random small courses with calendars, and what their clashes and repairs mean, read straight from the design."""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import get_args

from support.openings import TableGroup, TableOpenings, group, weekends
from support.rules_oracle import ORIGIN, solvable

from kapplan.model.fields import Level
from kapplan.model.regimen import Limit, Regimen, TimingRule
from kapplan.planning.problem.problem import OpenDay, Problem, ProblemLimit, ProblemTiming, ProblemVisit

LEVELS: tuple[Level, ...] = get_args(Level)


@dataclass(frozen=True, slots=True)
class Course:
    """A small course: its problem, the regimen behind it and the calendar it is placed on."""

    problem: Problem
    regimen: Regimen
    openings: TableOpenings

    def without(self, dropped: Collection[str]) -> Problem:
        """Return the problem with the named groups left out."""
        timing = []
        for rule in self.problem.timing:
            name = f"{rule.rule}:{rule.visit}:{rule.after}"
            high = "start" if rule.rule == "start" else f"max:{name}"
            if rule.rule == "first-dose" and "first-dose" in dropped:
                continue
            timing.append(
                replace(
                    rule,
                    min=None if f"min:{name}" in dropped else rule.min,
                    max=None if high in dropped else rule.max,
                )
            )
        limits = tuple(limit for limit in self.problem.limits if f"limit:{limit.rule}" not in dropped)
        return self.on_calendar(replace(self.problem, timing=tuple(timing), limits=limits), frozenset(dropped))

    def on_calendar(
        self,
        problem: Problem,
        dropped: frozenset[str] = frozenset(),
        *,
        clinic_days: frozenset[int] = frozenset(),
        patient_days: frozenset[int] = frozenset(),
    ) -> Problem:
        """Return a problem with the days that the calendar lists for it."""
        visits = []
        for visit in problem.visits:
            days = self.openings.days(visit.id, dropped=dropped, clinic_days=clinic_days, patient_days=patient_days)
            visits.append(visit if visit.fixed is not None else replace(visit, days=tuple(map(OpenDay, days))))
        return replace(problem, visits=tuple(visits))

    def group_ids(self) -> set[str]:
        """Return the names of everything that may be dropped."""
        found = {one.id for one in self.openings.table} | {"horizon"}
        for rule in self.problem.timing:
            name = f"{rule.rule}:{rule.visit}:{rule.after}"
            if rule.rule == "first-dose":
                found.add("first-dose")
                continue
            found |= {f"min:{name}"} if rule.min is not None else set()
            high = "start" if rule.rule == "start" else f"max:{name}"
            found |= {high} if rule.max is not None else set()
        return found | {f"limit:{limit.rule}" for limit in self.problem.limits}


def infeasible_courses(count: int, seed: int = 0) -> list[Course]:
    """Return so many different random courses that no placement fits."""
    rng = random.Random(seed)
    found: list[Course] = []
    while len(found) < count:
        course = random_course(rng)
        if not solvable(course.problem):
            found.append(course)
    return found


def random_course(rng: random.Random) -> Course:
    """Return a course of two to four visits within ten days or so."""
    horizon = rng.randint(6, 10)
    openings = TableOpenings(
        origin=ORIGIN, horizon=horizon, beyond=rng.randint(0, 3), table=tuple(_random_table(rng, horizon))
    )
    ids = ["screening-1", "dosing-1", "dosing-2", "dosing-3"][: rng.randint(2, 4)]
    visits = [ProblemVisit(id=name, tier="course") for name in ids]
    if rng.random() < 0.15:
        visits[-1] = replace(visits[-1], fixed=rng.randint(0, horizon))
    timing = [_first_rule(rng, horizon), *_random_bounds(rng, ids)]
    limits = _random_limits(rng, ids)
    regimen = Regimen(
        protocol="random",
        visits=(),
        timing=tuple(
            TimingRule(
                rule=rule.rule,
                visit=rule.visit,
                after=str(rule.after),
                min=rule.min,
                max=rule.max,
                level=rng.choice(LEVELS),
            )
            for rule in timing[1:]
        ),
        limits=tuple(
            Limit(rule=limit.rule, type=limit.type, visits=limit.visits, max=limit.max, level=rng.choice(LEVELS))
            for limit in limits
            if limit.type != "not_together"
        ),
    )
    problem = Problem(origin=ORIGIN, horizon=horizon, visits=tuple(visits), timing=tuple(timing), limits=tuple(limits))
    bare = Course(problem, regimen, openings)
    return replace(bare, problem=bare.on_calendar(problem))


def _first_rule(rng: random.Random, horizon: int) -> ProblemTiming:
    if rng.random() < 0.3:
        day = rng.randint(1, horizon - 2)
        return ProblemTiming(rule="first-dose", role="first-dose", visit="dosing-1", after=day, min=0, max=0)
    return ProblemTiming(rule="start", role="start", visit="screening-1", after=0, min=0, max=rng.randint(0, 3))


def _random_bounds(rng: random.Random, ids: list[str]) -> list[ProblemTiming]:
    found = []
    for number in range(rng.randint(len(ids) - 1, len(ids) + 1)):
        visit, after = (ids[number + 1], ids[number]) if number + 1 < len(ids) else rng.sample(ids, 2)
        low = rng.randint(-2, 4)
        found.append(
            ProblemTiming(
                rule=f"gap-{number}",
                visit=visit,
                after=after,
                min=low if rng.random() < 0.8 else None,
                max=low + rng.randint(0, 2) if rng.random() < 0.8 else None,
            )
        )
    return found


def _random_limits(rng: random.Random, ids: list[str]) -> list[ProblemLimit]:
    every = rng.choice((None, 3, 7))
    kinds = [
        ProblemLimit(rule="one-a-day", type="distinct_days", visits=tuple(ids)),
        ProblemLimit(
            rule="weekly",
            type="cap",
            visits=tuple(ids[1:]),
            anchor=None if every is None else ids[1],
            every=every,
            max=rng.randint(0, 2),
            until=5 if every is None else None,
        ),
        ProblemLimit(rule="times", type="not_together", visits=tuple(ids[:2]), days=(0, 1, 2, 4, 5)),
    ]
    return rng.sample(kinds, rng.randint(0, 2))


def _random_table(rng: random.Random, horizon: int) -> list[TableGroup]:
    table = [group("weekday:tue", "weekday", "the patient cannot come on Tuesdays", range(1, horizon + 4, 7), ORIGIN)]
    holidays = rng.sample(range(horizon), rng.randint(0, 4))
    table += [group(f"holiday:{day}", "holiday", f"Holiday {day}", [day], ORIGIN) for day in holidays]
    first = rng.randint(0, horizon)
    kind = rng.choice(("away", "closure", "booked"))
    table.append(group(f"{kind}:0", kind, "somewhere else", range(first, first + rng.randint(1, 4)), ORIGIN))
    if rng.random() < 0.4:
        closed = rng.sample(range(horizon), 3)
        table.append(group("staff-away:o", "staff-away", "Dr. O is away", closed, ORIGIN, visits=["dosing-1"]))
    return table


def long_course(*, doses: int, check_ins: int, longest_gap: int, closed: range = range(0)) -> Course:
    """Return a course of the usual form: at most two doses in seven days, 2 to ``longest_gap`` days apart."""
    timing = [ProblemTiming(rule="start", role="start", visit="preparation-1", after=0, min=0, max=14)]
    previous = "preparation-1"
    for number in range(1, doses + 1):
        dose, integration = f"dosing-{number}", f"integration-{number}"
        longest = 10 if number == 1 else longest_gap
        timing.append(ProblemTiming(rule="gap", visit=dose, after=previous, min=min(2, number), max=longest))
        timing.append(ProblemTiming(rule="integration", visit=integration, after=dose, min=1, max=6))
        previous = dose
    timing.append(ProblemTiming(rule="review", visit="review-1", after=previous, min=3, max=14))
    timing += [
        ProblemTiming(rule="check", visit=f"check-in-{number}", after=previous, months=number, min=-7, max=7)
        for number in range(1, check_ins + 1)
    ]
    ids = list(dict.fromkeys(rule.visit for rule in timing))
    given = tuple(name for name in ids if name.startswith("dosing"))
    limits = (
        ProblemLimit(rule="weekly", type="cap", visits=given, anchor="dosing-1", every=7, max=2),
        ProblemLimit(rule="one-a-day", type="distinct_days", visits=tuple(ids)),
    )
    horizon = 40 + 4 * doses + 32 * check_ins
    table = (
        weekends(ORIGIN, horizon + 60),
        group("closure:0", "closure", "staff training", closed, ORIGIN),
        *(group(f"holiday:{day}", "holiday", f"Holiday {day}", [day], ORIGIN) for day in range(14, horizon, 45)),
    )
    regimen = Regimen(
        protocol="long",
        visits=(),
        timing=tuple(
            TimingRule(rule=rule.rule, visit=rule.visit, after=str(rule.after), min=rule.min, max=rule.max)
            for rule in timing[1:]
        ),
        limits=(
            Limit(rule="weekly", type="cap", visits=given, max=2),
            Limit(rule="one-a-day", type="distinct_days", visits=tuple(ids)),
        ),
    )
    problem = Problem(
        origin=ORIGIN,
        horizon=horizon,
        visits=tuple(ProblemVisit(id=name, tier="course") for name in ids),
        timing=tuple(timing),
        limits=limits,
    )
    bare = Course(problem, regimen, TableOpenings(origin=ORIGIN, horizon=horizon, beyond=60, table=table))
    return replace(bare, problem=bare.on_calendar(problem))
