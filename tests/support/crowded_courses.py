"""Crowded courses, each from a seed: more visits than open days would like, of three kinds, with caps and absences.

Psychotherapy runs weekly from before the first dose, doses come twice a week for some weeks with an integration after
most of them; the patient can come on two to four weekdays, and is away now and then. A re-plan has all of it announced
at days that were good before an absence came up, so that one move drags a long chain along.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from random import Random

from kapplan.planning.problem.problem import (
    NEW_PLAN,
    RE_PLAN,
    OpenDay,
    Problem,
    ProblemLimit,
    ProblemTiming,
    ProblemVisit,
)

ORIGIN = date(2027, 1, 4)
"""A Monday."""
REACH = 150
START_WITHIN = 14


def crowded_course(seed: int) -> Problem:
    """Return the new course of a seed."""
    return _Draft(Random(seed)).problem({})


def crowded_replan(seed: int, told: Mapping[str, int]) -> Problem:
    """Return the course of a seed once days were told that an absence now closes."""
    draft = _Draft(Random(seed))
    draft.close(told)
    return draft.problem(told)


def crowded_weeks(weekdays: tuple[int, ...], weeks: int) -> Problem:
    """Return a new course of so many weeks with two doses each, on some weekdays without absences, for measuring."""
    draft = _Draft(Random(weeks), weeks)
    draft.costs = {day: 0 for day in range(REACH + 14 * weeks) if day % 7 in weekdays}
    return draft.problem({})


def crowded_away(weekdays: tuple[int, ...], weeks: int, first: int) -> Problem:
    """Return a course of so many weeks with two doses each, the seven days from ``first`` on closed, for measuring."""
    draft = _Draft(Random(weeks), weeks)
    days = (day for day in range(REACH + 14 * weeks) if day % 7 in weekdays)
    draft.costs = {day: 0 for day in days if not first <= day < first + 7}
    return draft.problem({})


class _Draft:
    """The visits, rules and open days of one course."""

    def __init__(self, random: Random, weeks: int = 0) -> None:
        self.random = random
        self.names: list[str] = []
        self.tiers: dict[str, bool] = {}
        self.timing: list[ProblemTiming] = []
        self.limits: list[ProblemLimit] = []
        weekdays = random.choice(((0, 2, 4), (0, 1, 3), (1, 3), (0, 1, 2, 3), (2, 3, 4), (0, 2, 3)))
        away = {first + n for first in random.sample(range(14, 70), random.randint(0, 2)) for n in range(7)}
        self.costs = {
            day: random.choice((0, 0, 0, 1, 2)) for day in range(REACH) if day % 7 in weekdays and day not in away
        }
        self._visits(weeks=weeks or random.randint(1, 3))

    def _visits(self, weeks: int) -> None:
        r = self.random
        for number in range(1, 4 + weeks):
            self.add(f"psychotherapy-{number}", f"psychotherapy-{number - 1}" if number > 1 else None, 4, (7, 7), 14)
        for number in range(1, 2 * weeks + 1):
            before = f"dosing-{number - 1}" if number > 1 else "psychotherapy-2"
            bounds = (2, (3, 4), 10) if number > 1 else (1, (1, 7), 14)
            self.add(f"dosing-{number}", before, *bounds, weight=8 if number > 1 else 4)
            if number > 2:
                week = (number - 1) // 2
                self.bind(f"dosing-{number}", "dosing-1", None, (7 * week, 7 * week + 6), None, weight=8)
            if number > 1 and f"integration-{number - 1}" in self.names:
                self.bind(f"dosing-{number}", f"integration-{number - 1}", 1, None, None)
            if number == 1 or r.random() < 0.6:
                self.add(f"integration-{number}", f"dosing-{number}", 1, (1, 2), 6)
        last = f"dosing-{2 * weeks}"
        for month in range(1, r.randint(1, 3)):
            self.add(f"check-in-{month}", last, -7, (-3, 3), 7, weight=1, months=month)
        doses = tuple(name for name in self.names if name.startswith("dosing"))
        self.limits.append(ProblemLimit(rule="day", type="distinct_days", visits=tuple(self.names)))
        self.limits.append(ProblemLimit(rule="week", type="cap", visits=doses, anchor=doses[0], every=7, max=2))
        if r.random() < 0.4:
            every = r.choice((7, 14))
            visits = tuple(name for name in self.names if not name.startswith("check-in"))
            self.limits.append(
                ProblemLimit(rule="all", type="cap", visits=visits, anchor=0, every=every, max=every // 3)
            )

    def add(
        self,
        visit: str,
        after: str | None,
        low: int | None,
        target: tuple[int, int] | None,
        high: int | None,
        *,
        weight: int = 4,
        months: int | None = None,
    ) -> None:
        self.names.append(visit)
        self.tiers[visit] = weight > 1
        if after is None:
            self.timing.append(
                ProblemTiming(rule="start", visit=visit, after=0, min=0, target=(0, 0), max=START_WITHIN, weight=8)
            )
        else:
            self.bind(visit, after, low, target, high, weight=weight, months=months)

    def bind(
        self,
        visit: str,
        after: str,
        low: int | None,
        target: tuple[int, int] | None,
        high: int | None,
        *,
        weight: int = 4,
        months: int | None = None,
    ) -> None:
        self.timing.append(
            ProblemTiming(
                rule=f"{visit} {after}",
                visit=visit,
                after=after,
                months=months,
                min=low,
                target=target,
                max=high,
                weight=weight,
            )
        )

    def close(self, told: Mapping[str, int]) -> None:
        """Close a few days on which visits stand."""
        days = sorted(told.values())
        first = self.random.choice(days[: max(1, len(days) // 2)])
        for day in range(first, first + self.random.choice((1, 3, 7))):
            self.costs.pop(day, None)

    def problem(self, told: Mapping[str, int]) -> Problem:
        confirmed = {name for name in told if self.random.random() < 0.15}
        return Problem(
            origin=ORIGIN,
            horizon=REACH,
            visits=tuple(
                ProblemVisit(
                    id=name,
                    tier="course" if self.tiers[name] else "follow-up",
                    announced=told.get(name),
                    confirmed=name in confirmed,
                    days=tuple(self._days(name, told.get(name))),
                )
                for name in self.names
            ),
            timing=tuple(self.timing),
            limits=tuple(self.limits),
            objective=RE_PLAN if told else NEW_PLAN,
        )

    def _days(self, name: str, told: int | None) -> Iterable[OpenDay]:
        moved, more = (8, 16) if self.tiers[name] else (1, 2)
        for day, cost in self.costs.items():
            moves = told is not None and day != told
            price = 0 if told is None or not moves else moved + more * (told <= 7) + more * (day < told)
            yield OpenDay(day, cost, price, int(moves))
