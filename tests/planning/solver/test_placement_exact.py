"""Placement against two solvers that share no code with it: the same answer every time, or none in all.

Both are given the JSON of ``--format problem`` and nothing else, so that these tests also show that it is complete.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from support import brute_force, cpsat
from support.random_courses import course_problem
from support.random_problems import crossing_problem, medium_problem, small_problem

from kapplan.output.documents.problem_json import problem_document
from kapplan.planning.feasibility.feasibility import feasible
from kapplan.planning.problem.problem import Problem
from kapplan.planning.solver.optimum import place

BATCH = 100
"""Small problems to a test: one test for each would cost more than the problems do."""
SMALL = 24
CROSSING = 6
MEDIUM = 6
COURSES = 66
THOROUGH = 10


def document_of(problem: Problem) -> dict[str, Any]:
    """Return what a reader of the JSON has: text, read again."""
    document: dict[str, Any] = json.loads(json.dumps(problem_document(problem)))
    return document


def check_small(problem: Problem, label: str) -> None:
    """Compare placement and feasibility with brute force: terms, days and ties."""
    document = document_of(problem)
    best = brute_force.optimum(document)
    found, possible = place(problem), feasible(problem)
    assert (found is None) == (best is None), label
    assert (possible is None) == (best is None), label
    if found is not None and best is not None and possible is not None:
        assert dict(found.objective) == best.objective, label
        assert list(found.objective) == list(best.objective), label
        assert dict(found.days) == best.days, label
        assert brute_force.is_legal(document, possible), label


def check_large(problem: Problem, label: str) -> None:
    """Compare placement and feasibility with CP-SAT, whose days may be another of equals, and its ties."""
    document = document_of(problem)
    found, possible = place(problem), feasible(problem)
    assert (found is None) == (possible is None), label
    if found is None or possible is None:
        assert cpsat.solve(document) is None, label
        return
    objective = {str(term): amount for term, amount in found.objective.items()}
    assert brute_force.is_legal(document, found.days), label
    assert brute_force.value(document, found.days) == objective, label
    assert cpsat.better(document, objective) is None, label
    assert cpsat.earlier_tie(document, objective, dict(found.days)) is None, label
    assert brute_force.is_legal(document, possible), label


@pytest.mark.parametrize("batch", range(SMALL))
def test_small_problems_are_answered_as_by_brute_force(batch: int) -> None:
    """On 2,400 random small problems, placement has brute force's terms and days, or none where there is none."""
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        check_small(small_problem(seed), f"small_problem({seed})")


@pytest.mark.thorough
@pytest.mark.parametrize("batch", range(SMALL, SMALL * (THOROUGH + 1)))
def test_many_more_small_problems_are_answered_as_by_brute_force(batch: int) -> None:
    """On ten times as many small problems, placement still agrees with brute force."""
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        check_small(small_problem(seed), f"small_problem({seed})")


@pytest.mark.parametrize("batch", range(CROSSING))
def test_branches_by_calendar_months_are_answered_as_by_brute_force(batch: int) -> None:
    """Where a course is branched on, what rules by calendar months say is said of the days of each branch."""
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        check_small(crossing_problem(seed), f"crossing_problem({seed})")


@pytest.mark.parametrize("batch", range(MEDIUM))
def test_medium_problems_are_answered_as_by_cpsat(batch: int) -> None:
    """On 60 problems of 8 to 12 visits with every construct, placement has CP-SAT's terms and is first in the ties."""
    for seed in range(batch * 10, (batch + 1) * 10):
        check_large(medium_problem(seed), f"medium_problem({seed})")


@pytest.mark.thorough
@pytest.mark.parametrize("batch", range(MEDIUM, MEDIUM * (THOROUGH + 1)))
def test_many_more_medium_problems_are_answered_as_by_cpsat(batch: int) -> None:
    """On ten times as many medium problems, placement still agrees with CP-SAT."""
    for seed in range(batch * 10, (batch + 1) * 10):
        check_large(medium_problem(seed), f"medium_problem({seed})")


@pytest.mark.parametrize("seed", range(COURSES))
def test_courses_are_answered_as_by_cpsat(seed: int) -> None:
    """On 66 random courses, placement has CP-SAT's terms, and of all with these terms the first in the ties."""
    check_large(course_problem(seed), f"course_problem({seed})")


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(COURSES, COURSES * (THOROUGH + 1)))
def test_many_more_courses_are_answered_as_by_cpsat(seed: int) -> None:
    """On ten times as many courses, placement still agrees with CP-SAT."""
    check_large(course_problem(seed), f"course_problem({seed})")


def test_small_problems_use_every_construct() -> None:
    """The small problems of the default run hold every construct of the format many times over."""
    seen: Counter[str] = Counter()
    for seed in range(SMALL * BATCH):
        seen.update(set(constructs(document_of(small_problem(seed)))))
    for construct in CONSTRUCTS:
        assert seen[construct] >= 40, construct


def test_a_quarter_of_the_small_problems_has_no_answer() -> None:
    """Between a sixth and a third of the small problems cannot be answered, so that both outcomes are well tried."""
    problems = [small_problem(seed) for seed in range(SMALL * BATCH)]
    impossible = sum(feasible(problem) is None for problem in problems)
    assert 1 / 6 < impossible / len(problems) < 1 / 3


def test_courses_are_of_the_size_of_real_ones() -> None:
    """The random courses have 12 to 46 visits; new plans, re-plans and impossible ones are all among them."""
    problems = [course_problem(seed) for seed in range(COURSES)]
    sizes = [len(problem.visits) for problem in problems]
    assert min(sizes) >= 12
    assert 40 <= max(sizes) <= 46
    assert sum(problem.objective[0] == "confirmed_moves" for problem in problems) >= 15
    assert sum(feasible(problem) is None for problem in problems) >= 3


CONSTRUCTS = (
    "fixed", "fixed before the origin", "announced", "confirmed", "announced day closed", "provisional", "follow-up",
    "preference", "announced day is a move", "min", "target", "max", "months", "months back", "negative max",
    "after a day", "weight 0", "visit listed before its anchor", "history against a rule", "cap of blocks",
    "cap anchored on a day", "cap anchored on another visit", "cap anchored on a visit held", "cap of bounded blocks",
    "cap of one block", "cap without from", "cap without until", "cap over fixed visits", "distinct_days",
    "not_together", "re-plan", "new plan",
)  # fmt: skip


def constructs(document: dict[str, Any]) -> Iterator[str]:
    """Name what a problem uses."""
    yield "re-plan" if "days_moved" in document["objective"] else "new plan"
    visits = {visit["id"]: visit for visit in document["visits"]}
    for visit in visits.values():
        yield from _of_visit(visit)
    order = list(visits)
    days = {name: visit["fixed"] for name, visit in visits.items() if visit["fixed"] is not None}
    for rule in document["timing"]:
        yield from _of_rule(rule, order)
        if rule["visit"] in days and rule["after"] in list(days):
            after = days[rule["visit"]] - days[rule["after"]]
            if after < (rule["min"] or after) or after > (rule["max"] or after):
                yield "history against a rule"
    for limit in document["limits"]:
        yield limit["type"]
        if limit["type"] == "cap":
            yield from _of_cap(limit, days)


def _of_visit(visit: dict[str, Any]) -> Iterator[str]:
    if visit["fixed"] is not None:
        yield "fixed"
        if visit["fixed"] < 0:
            yield "fixed before the origin"
        return
    for key in ("provisional", "confirmed"):
        if visit[key]:
            yield key
    if visit["tier"] == "follow-up":
        yield "follow-up"
    if any(preference for _, preference, _, _ in visit["days"]):
        yield "preference"
    if any(disturbance for _, _, disturbance, _ in visit["days"]):
        yield "disturbance"
    if visit["announced"] is not None:
        yield "announced"
        moves = {day: move for day, _, _, move in visit["days"]}
        if moves.get(visit["announced"], 1):
            yield "announced day is a move" if visit["announced"] in moves else "announced day closed"


def _of_rule(rule: dict[str, Any], order: list[str]) -> Iterator[str]:
    for key in ("min", "target", "max"):
        if rule[key] is not None:
            yield key
    if rule.get("months") is not None:
        yield "months" if rule["months"] > 0 else "months back"
    if rule["max"] is not None and rule["max"] < 0:
        yield "negative max"
    if rule["target"] is not None and rule["weight"] == 0:
        yield "weight 0"
    if isinstance(rule["after"], dict):
        yield "after a day"
    elif order.index(rule["visit"]) < order.index(rule["after"]):
        yield "visit listed before its anchor"


def _of_cap(limit: dict[str, Any], days: dict[str, int]) -> Iterator[str]:
    bounds = ("from" in limit) + ("until" in limit)
    if any(visit in days for visit in limit["visits"]):
        yield "cap over fixed visits"
    for key in ("from", "until"):
        if key not in limit:
            yield f"cap without {key}"
    if "every" not in limit:
        yield "cap of one block"
        return
    yield "cap of bounded blocks" if bounds else "cap of blocks"
    if isinstance(limit["anchor"], dict):
        yield "cap anchored on a day"
    elif limit["anchor"] in days:
        yield "cap anchored on a visit held"
    elif limit["anchor"] not in limit["visits"]:
        yield "cap anchored on another visit"
