"""Placement where the best answer lies far off its targets: few open days, far apart, against brute force."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from support import brute_force
from support.sparse_problems import sparse_problem

from kapplan.output.documents.problem_json import problem_document
from kapplan.planning.feasibility.feasibility import feasible
from kapplan.planning.solver.optimum import place

BATCH = 100
BATCHES = 10
THOROUGH = 200
LEAST, MOST = 30, 500


def deviation_checked(seed: int) -> int | None:
    """Return the deviation of the best placement, which brute force finds too; ``None`` where both find none."""
    problem = sparse_problem(seed)
    document = json.loads(json.dumps(problem_document(problem)))
    best, found, possible = brute_force.optimum(document), place(problem), feasible(problem)
    label = f"sparse_problem({seed})"
    assert (found is None) == (possible is None) == (best is None), label
    if found is None or best is None:
        return None
    assert dict(found.objective) == best.objective, label
    assert dict(found.days) == best.days, label
    return best.objective["deviation"]


@pytest.mark.parametrize("batch", range(BATCHES))
def test_sparse_courses_are_answered_as_by_brute_force(batch: int) -> None:
    """On 1,000 sparse courses, most of them 30 to 500 off target, placement has brute force's terms and days."""
    found = Counter(
        deviation is not None and LEAST <= deviation <= MOST
        for deviation in map(deviation_checked, range(batch * BATCH, (batch + 1) * BATCH))
    )
    assert found[True] > BATCH // 2


@pytest.mark.thorough
@pytest.mark.parametrize("batch", range(BATCHES, BATCHES + THOROUGH))
def test_many_more_sparse_courses_are_answered_as_by_brute_force(batch: int) -> None:
    """On twenty times as many sparse courses, placement still agrees with brute force."""
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        deviation_checked(seed)
