"""Courses on few days against an independent solver; what is not proven is bounded, on both sides, always."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support import brute_force, courses, cpsat
from support.crowded_courses import crowded_course, crowded_replan, crowded_weeks

from kapplan.output.documents.problem_json import problem_document
from kapplan.planning.feasibility.feasibility import feasible
from kapplan.planning.problem.problem import Problem
from kapplan.planning.solver import search
from kapplan.planning.solver.label_setting import Found
from kapplan.planning.solver.optimum import DEFAULT, Effort, Placement, place
from kapplan.planning.solver.prices import LagrangianBound
from kapplan.planning.solver.search import Branch, Search, SearchAnswer

COURSES = 300
REPLANS = 100
BATCH = 10
LITTLE = Effort(steps=300, labels=200)
"""So little work that hardly any crowded course is proven by it."""


def document_of(problem: Problem) -> dict[str, Any]:
    """Return what a reader of the JSON has: text, read again."""
    document: dict[str, Any] = json.loads(json.dumps(problem_document(problem)))
    return document


def terms_of(placement: Placement) -> dict[str, int]:
    """Return the terms of a placement by name."""
    return {str(term): amount for term, amount in placement.objective.items()}


def terms(placement: Placement) -> tuple[int, ...]:
    """Return what placements are compared by."""
    return tuple(placement.objective.values())


def check(problem: Problem, label: str) -> Placement | None:
    """Compare a placement with CP-SAT's, its days with the plain reading, and a hurried one with both."""
    document = document_of(problem)
    found, hurried = place(problem), place(problem, effort=LITTLE)
    assert (found is None) == (hurried is None) == (feasible(problem) is None), label
    if found is None or hurried is None:
        assert cpsat.solve(document) is None, label
        return None
    assert found.proven, label
    assert brute_force.is_legal(document, found.days), label
    assert brute_force.value(document, found.days) == terms_of(found), label
    assert cpsat.better(document, terms_of(found)) is None, label
    check_bounds(document, hurried, terms_of(found), label)
    return found


def check_bounds(document: dict[str, Any], hurried: Placement, best: dict[str, int], label: str) -> None:
    """Hold a placement that may be cut short to what is promised of it."""
    optimum = tuple(best.values())
    assert brute_force.is_legal(document, hurried.days), label
    assert brute_force.value(document, hurried.days) == dict(hurried.objective), label
    assert terms(hurried) >= optimum, label
    if hurried.proven:
        assert terms(hurried) == optimum, label
    else:
        assert list(hurried.bound) == list(best), label
        assert tuple(hurried.bound.values()) <= optimum, label


@pytest.mark.parametrize("batch", range(COURSES // BATCH))
def test_crowded_courses_are_placed_as_by_cpsat(batch: int) -> None:
    """On 300 courses with more visits than open days would like, placement is proven and has CP-SAT's terms."""
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        check(crowded_course(seed), f"crowded_course({seed})")


@pytest.mark.parametrize("batch", range(REPLANS // BATCH))
def test_crowded_re_plans_are_placed_as_by_cpsat(batch: int) -> None:
    """On 100 crowded courses of which announced days close, the re-plan is proven and has CP-SAT's terms."""
    checked = 0
    seed = 10_000 + batch * 10_000
    while checked < BATCH:
        seed += 1
        placed = place(crowded_course(seed))
        if placed is not None:
            problem = crowded_replan(seed, placed.days)
            check(problem, f"crowded_replan({seed})")
            checked += 1


def test_branches_find_what_sweeps_over_all_days_find(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looked at one day of a visit after the other, crowded courses and re-plans have the very same best placement."""
    branched: list[int] = []
    look = Search._branched

    def noted(
        self: Search, bound: LagrangianBound, branches: list[Branch], known: Found, first: int | None
    ) -> SearchAnswer:
        branched.append(len(branches))
        return look(self, bound, branches, known, first)

    monkeypatch.setattr(Search, "_branched", noted)
    monkeypatch.setattr(search, "QUICK_STEPS", 1_000)
    monkeypatch.setattr(search, "EASY_STEPS", 1_000)
    problems: list[Problem] = []
    for seed in range(500, 520):
        problems.append(crowded_course(seed))
        placed = place(problems[-1])
        if placed is not None:
            problems.append(crowded_replan(seed, placed.days))
    branched.clear()
    found = [place(problem) for problem in problems]
    assert len(branched) >= 6
    monkeypatch.setattr(search, "MOST_BEGUN", 0)
    branched.clear()
    assert [place(problem) for problem in problems] == found
    assert not branched


def test_a_long_crowded_course_is_proven_by_branches() -> None:
    """Six weeks on three weekdays are placed as by CP-SAT, and proven."""
    check(crowded_weeks((0, 1, 3), 6), "crowded_weeks((0, 1, 3), 6)")


def test_the_example_of_the_page_on_the_search() -> None:
    """The worked example of docs/search.md costs 4: dose 1 on Monday 7, and the last integration a day late."""
    days = [0, 2, 4, 7, 9, 11, 14, 16]
    names = ("dosing-1", "integration-1", "dosing-2", "integration-2")
    example = courses.problem(
        courses.visit("preparation-1", [0]),
        *(courses.visit(name, days) for name in names),
        timing=[
            courses.after("dosing-1", "preparation-1", 1, None, 14),
            courses.after("dosing-2", "dosing-1", 2, (3, 4), 10, weight=8),
            courses.after("integration-1", "dosing-1", 1, (1, 2), 6, weight=4),
            courses.after("integration-2", "dosing-2", 1, (1, 2), 6, weight=4),
        ],
        limits=[courses.distinct("preparation-1", *names)],
    )
    found = place(example)
    assert found is not None
    assert found.objective["deviation"] == 4
    assert list(found.days.values()) == [0, 7, 9, 11, 14]


def test_ties_of_crowded_courses_go_to_the_earlier_day() -> None:
    """Of equal placements of a crowded course the first one by the ties is chosen: CP-SAT finds none before it."""
    for seed in range(0, COURSES, 15):
        problem = crowded_course(seed)
        found = place(problem)
        if found is not None:
            document = document_of(problem)
            assert cpsat.earlier_tie(document, terms_of(found), dict(found.days)) is None, seed


def test_hurried_placements_are_mostly_not_proven() -> None:
    """The little effort of these tests does cut the search short, and more effort proves more."""
    problems = [crowded_course(seed) for seed in range(40)]
    hurried = [place(problem, effort=LITTLE) for problem in problems]
    unhurried = [place(problem, effort=DEFAULT) for problem in problems]
    assert sum(placed is not None and not placed.proven for placed in hurried) >= 10
    assert all(placed.proven for placed in unhurried if placed is not None)


def test_the_same_effort_gives_the_same_answer() -> None:
    """What a search cut short answers depends on nothing but the problem and the effort."""
    for seed in range(20):
        problem = crowded_course(seed)
        assert place(problem, effort=LITTLE) == place(problem, effort=LITTLE), seed


def priced(problem: Problem, prices: dict[str, dict[int, int]]) -> dict[str, Any]:
    """Return the document of a problem with prices beside its first term, said as disturbances of days."""
    document = document_of(problem)
    for visit in document["visits"]:
        for row in visit["days"]:
            row[2] = prices.get(visit["id"], {}).get(row[0], 0)
    document["objective"] = ["disturbance", *document["objective"][1:]]
    return document


def test_prices_count_beside_the_first_term() -> None:
    """With prices of days the sum of deviation and prices is the least there is, as CP-SAT has it."""
    for seed in range(30):
        problem = crowded_course(seed)
        course = [visit for visit in problem.visits if visit.tier == "course"]
        prices = {
            visit.id: {choice.day: (choice.day * 7 + number * 5 + seed) % 23 for choice in visit.days}
            for number, visit in enumerate(course)
        }
        document, found = priced(problem, prices), place(problem, prices=prices)
        if found is None:
            assert cpsat.solve(document) is None, seed
            continue
        assert found.proven
        assert found.price == sum(prices[visit.id][found.days[visit.id]] for visit in course), seed
        best = {**terms_of(found), "disturbance": found.objective["deviation"] + found.price}
        best = {term: best[term] for term in document["objective"] if term != "ties"}
        assert brute_force.value(document, found.days) == best, seed
        assert cpsat.better(document, best) is None, seed


def test_dear_days_are_left_for_days_far_off_target() -> None:
    """Where all days near the target are dear, the best placement under prices lies as far off as pays."""
    problem = courses.problem(
        courses.visit("preparation-1", [0]),
        courses.visit("dosing-1", list(range(1, 80))),
        timing=[courses.after("dosing-1", "preparation-1", 1, (1, 3), 79, weight=8)],
    )
    found = place(problem, prices={"dosing-1": dict.fromkeys(range(1, 40), 1000)})
    assert found is not None
    assert found.days["dosing-1"] == 40
    assert (found.objective["deviation"], found.price) == (8 * 37, 0)


def test_a_priced_placement_cut_short_has_a_lower_bound() -> None:
    """The bound of a priced placement that was cut short is below the best sum of deviation and prices."""
    cut = 0
    for seed in range(40):
        problem = crowded_course(seed)
        prices = {visit.id: {choice.day: choice.day % 5 for choice in visit.days} for visit in problem.visits}
        found, hurried = place(problem, prices=prices), place(problem, prices=prices, effort=LITTLE)
        if found is None or hurried is None or hurried.proven:
            continue
        cut += 1
        best = (found.objective["deviation"] + found.price, *tuple(found.objective.values())[1:])
        assert tuple(hurried.bound.values()) <= best, seed
        assert best <= (hurried.objective["deviation"] + hurried.price, *tuple(hurried.objective.values())[1:]), seed
    assert cut >= 5
