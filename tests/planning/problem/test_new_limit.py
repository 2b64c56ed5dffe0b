"""A new type of limit is its name, one row that says how it is counted, and one that says its sentences."""

from __future__ import annotations

import ast
import json
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from support import brute_force
from support.courses import MONDAY, after, problem, visit
from support.openings import TableOpenings, listed_days
from support.random_problems import small_problem

from kapplan.model.regimen import Regimen
from kapplan.output.documents.problem_json import problem_document
from kapplan.planning.feasibility.feasibility import feasible
from kapplan.planning.infeasibility.minimal_conflict import find
from kapplan.planning.problem.limit_words import SENTENCES, LimitWords, brief_limit_words
from kapplan.planning.problem.limits import WAYS, Blocks, is_broken
from kapplan.planning.problem.objective import evaluate
from kapplan.planning.problem.problem import ProblemLimit, ProblemLimitType
from kapplan.planning.solver.optimum import place

PACKAGE = Path(__file__).parents[3] / "kapplan"
TYPES = set(WAYS)
NEW = cast("ProblemLimitType", "one_a_week")


@pytest.fixture(autouse=True)
def _one_a_week(monkeypatch: pytest.MonkeyPatch) -> None:
    """Add the type: no two of its visits in one week counted from day 0."""
    monkeypatch.setitem(WAYS, NEW, lambda _: Blocks(1, 7))
    words = LimitWords(lambda limit, _: f"{' and '.join(limit.visits)} share no week", lambda _: "one visit a week")
    monkeypatch.setitem(SENTENCES, NEW, words)


def test_the_search_and_the_question_whether_anything_fits_heed_it() -> None:
    """On random problems the answer is the best of all that brute force finds under the same limit as a cap."""
    answers = {True: 0, False: 0}
    for seed in range(60):
        given = small_problem(seed)
        limit = ProblemLimit(rule="new", type=NEW, visits=tuple(one.id for one in given.visits[:4]))
        asked = replace(given, limits=(*given.limits, limit))
        as_cap = replace(limit, type="cap", anchor=0, every=7, max=1)
        oracle = json.loads(json.dumps(problem_document(replace(given, limits=(*given.limits, as_cap)))))
        best, found = brute_force.optimum(oracle), place(asked)
        days = feasible(asked)
        assert (found is None) == (days is None) == (best is None)
        if found is not None and days is not None and best is not None:
            assert brute_force.value(oracle, found.days) == best.objective
            assert brute_force.is_legal(oracle, days)
            assert evaluate(asked, found.days) is not None
        answers[best is not None] += 1
    assert min(answers.values()) > 5, answers


def test_reasons_refusals_and_clashes_say_it() -> None:
    """What one visit may not do, and what stands in the way of a whole course, is told in the words of its row."""
    limit = ProblemLimit(rule="new", type=NEW, visits=("dosing-1", "dosing-2"))
    assert is_broken(limit, {"dosing-1": 1, "dosing-2": 5}, ())
    assert not is_broken(limit, {"dosing-1": 1, "dosing-2": 8}, ())
    assert brief_limit_words(limit) == "one visit a week"
    both = [visit(name, range(5)) for name in limit.visits]
    asked = replace(problem(*both, timing=[after("dosing-2", "dosing-1", 1, None, 5)], limits=[limit]), horizon=4)
    openings = TableOpenings(origin=MONDAY, horizon=4, beyond=0, table=())
    clash = find(listed_days(asked, openings), Regimen(protocol="case", visits=(), timing=(), limits=()), openings)
    assert clash is not None
    assert "dosing-1 and dosing-2 share no week" in [member.words for member in clash.members]


def test_it_stands_among_the_limits_of_the_problem_that_is_written() -> None:
    """``--format problem`` writes it by its type and its visits, and whatever else of a limit it has."""
    limit = ProblemLimit(rule="new", type=NEW, visits=("a", "b"), days=(3,))
    (written,) = problem_document(problem(visit("a", [1]), visit("b", [2]), limits=[limit]))["limits"]
    assert written == {"rule": "new", "type": "one_a_week", "visits": ["a", "b"], "days": [3]}


def test_nobody_asks_a_limit_for_its_type() -> None:
    """Outside of the model, where a limit tells what it is, no part of the program compares a limit's type."""
    found = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in sorted((PACKAGE / "planning").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Compare)
        for one in ast.walk(node)
        if isinstance(one, ast.Constant) and one.value in TYPES
    ]
    assert found == []
