"""The ranking of starts against the oracles: each start's course is the best one that begins on that day."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support import brute_force, cpsat
from support.random_courses import course_problem
from support.random_problems import small_problem

from kapplan.output.documents.problem_json import problem_document
from kapplan.planning.problem.problem import NEW_PLAN, Problem, ProblemTiming
from kapplan.planning.solver.start_days import Start, rank

WITHIN = 12
BATCH = 100


def with_start(problem: Problem) -> Problem:
    """Return the problem as a new plan whose first visit is asked for on day 0."""
    start = ProblemTiming(
        rule="start", role="start", visit=problem.visits[0].id, after=0, min=0, target=(0, 0), max=WITHIN, weight=8
    )
    return replace(problem, timing=(start, *problem.timing), objective=NEW_PLAN)


def begun_on(problem: Problem, day: int) -> Problem:
    """Return the problem with the first visit on one day only and no price for the delay."""
    first, *others = problem.visits
    first = replace(first, days=tuple(choice for choice in first.days if choice.day == day))
    timing = tuple(rule for rule in problem.timing if rule.rule != "start")
    return replace(problem, visits=(first, *others), timing=timing)


def days_of_first(problem: Problem) -> list[int]:
    """Return the days on which the course could begin."""
    return [choice.day for choice in problem.visits[0].days if 0 <= choice.day <= WITHIN]


def from_day_on(problem: Problem, objective: dict[str, int], day: int) -> dict[str, int]:
    """Return the terms with ``sooner`` counted from the start."""
    free = sum(visit.fixed is None for visit in problem.visits)
    return objective | {"sooner": objective["sooner"] - day * free}


def in_order(starts: tuple[Start, ...]) -> bool:
    """Whether the better course comes first, and of equals the earlier one."""
    keys = [
        (s.objective["deviation"], s.objective["follow_up_deviation"], s.objective["preference"], s.day) for s in starts
    ]
    return keys == sorted(keys)


@pytest.mark.parametrize("batch", range(4))
def test_starts_of_small_problems_are_those_of_brute_force(batch: int) -> None:
    """An open day of the first visit is a start if and only if a course can begin there, and has the best one."""
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        problem = with_start(small_problem(seed))
        if problem.visits[0].fixed is not None:
            assert rank(problem, WITHIN) == ()
            continue
        best = {day: brute_force.optimum(problem_document(begun_on(problem, day))) for day in days_of_first(problem)}
        expected = {
            day: (answer.days, from_day_on(problem, answer.objective, day)) for day, answer in best.items() if answer
        }
        found = rank(problem, WITHIN)
        assert {s.day: (dict(s.days), dict(s.objective)) for s in found} == expected, f"small_problem({seed})"
        assert in_order(found)


@pytest.mark.parametrize("seed", range(6))
def test_starts_of_courses_are_those_of_cpsat(seed: int) -> None:
    """The starts of a course, every fourth looked at, have the terms that CP-SAT finds for each of them alone."""
    problem = next(p for n in range(seed, 600, 6) if (p := course_problem(n)).objective == NEW_PLAN)
    found = rank(problem, WITHIN)
    for day in days_of_first(problem)[::4]:
        answer = cpsat.solve(problem_document(begun_on(problem, day)))
        start = next((start for start in found if start.day == day), None)
        assert (start is None) == (answer is None)
        if start is not None and answer is not None:
            assert dict(start.objective) == from_day_on(problem, answer.objective, day)
    assert in_order(found)
