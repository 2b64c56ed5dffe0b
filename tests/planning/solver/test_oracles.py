"""The oracles themselves: what they answer is checked by hand, against plain enumeration and against each other."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
from support import brute_force, cpsat
from support.random_courses import course_problem
from support.random_problems import small_problem

from kapplan.output.documents.problem_json import problem_document


def documents(count: int) -> list[dict[str, Any]]:
    """Return the first small problems."""
    return [problem_document(small_problem(seed)) for seed in range(count)]


def few(problems: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the problems with so few combinations of days that each can be looked at."""
    return [d for d in problems if math.prod(len(brute_force.candidates(v)) for v in d["visits"]) < 1500]


def others_of_equal_terms(document: dict[str, Any], best: brute_force.Answer) -> list[dict[str, int]]:
    """Return every other answer that has the terms of the best one."""
    choices = itertools.product(*(brute_force.candidates(visit) for visit in document["visits"]))
    answers = [dict(zip(best.days, choice, strict=True)) for choice in choices]
    return [
        days
        for days in answers
        if days != best.days
        and brute_force.is_legal(document, days)
        and brute_force.value(document, days) == best.objective
    ]


def test_search_finds_what_plain_enumeration_finds() -> None:
    """Stopping early never changes brute force's answer: every combination in turn gives the same."""
    problems = few(documents(400))
    assert len(problems) > 150
    for document in problems:
        assert brute_force.optimum(document) == brute_force.optimum_by_product(document)


def test_cpsat_finds_what_brute_force_finds() -> None:
    """Two models written apart from the same page agree, down to the days."""
    for document in documents(150):
        best, solved = brute_force.optimum(document), cpsat.solve(document, ties=True)
        assert (solved is None) == (best is None)
        if best is not None and solved is not None:
            assert (solved.objective, solved.days) == (best.objective, best.days)


def test_an_earlier_tie_is_found_where_there_is_one() -> None:
    """Asked about an answer that another of equal terms comes before, CP-SAT shows that other one."""
    shown = 0
    for document in few(documents(300)):
        best = brute_force.optimum(document)
        if best is None:
            continue
        assert cpsat.earlier_tie(document, best.objective, best.days) is None
        for days in others_of_equal_terms(document, best):
            earlier = cpsat.earlier_tie(document, best.objective, days)
            assert earlier is not None
            assert brute_force.is_legal(document, earlier)
            assert brute_force.value(document, earlier) == best.objective
            assert tuple(earlier.values()) < tuple(days.values())
            shown += 1
    assert shown >= 15


def test_a_better_answer_is_found_where_there_is_one() -> None:
    """Asked about the best objective CP-SAT shows no better answer; about one that is worse in any term, it does."""
    shown = 0
    for document in few(documents(120)):
        best = brute_force.optimum(document)
        if best is None:
            continue
        assert cpsat.better(document, best.objective) is None
        for term in best.objective:
            worse = {**best.objective, term: best.objective[term] + 1}
            found = cpsat.better(document, worse)
            assert found is not None
            assert brute_force.is_legal(document, found)
            value = brute_force.value(document, found)
            assert value is not None
            assert tuple(value.values()) < tuple(worse.values())
            shown += 1
    assert shown >= 100


@pytest.mark.parametrize("seed", range(0, 60, 10))
def test_cpsat_answers_twice_alike(seed: int) -> None:
    """The same document gives the same run: terms and days."""
    document = problem_document(course_problem(seed))
    one, other = cpsat.solve(document), cpsat.solve(document)
    assert (one and one[:2]) == (other and other[:2])
