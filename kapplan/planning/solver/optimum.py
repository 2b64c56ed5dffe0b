"""Placing a whole course at once: the closest days to the protocol that the calendars allow.

The answer is exact: no other placement is better in any term without being worse in an earlier one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from kapplan.planning.feasibility.feasibility import feasible
from kapplan.planning.problem.objective import evaluate
from kapplan.planning.problem.problem import Problem, Term
from kapplan.planning.solver.compile import Compiler
from kapplan.planning.solver.lazy_constraints import Search
from kapplan.planning.solver.proof import Proof

__all__ = ["Placement", "evaluate", "place"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A day for every visit, fixed ones included, and what it costs in every term but the ties."""

    days: Mapping[str, int]
    objective: Mapping[Term, int]


def place(problem: Problem) -> Placement | None:
    """Return the best placement of a problem; ``None`` where none keeps every hard limit.

    Terms are compared in the order of ``problem.objective``; of equal placements the one that wins has the earlier day
    at the first visit, in the order of ``problem.visits``, where they differ.
    """
    compiler = Compiler(problem)
    if not compiler.fits:
        return None
    proof = Proof(problem, compiler)
    budgets = proof.first_budgets()
    search: Search | None = None
    hopeless = cache(lambda: feasible(problem) is None)
    while True:
        network = compiler.network(budgets)
        search = search if network is None else Search(network, search, hopeless)
        found = None if network is None or search is None else search.best()
        if found is None:
            if not budgets or hopeless():
                return None
            budgets = proof.wider(budgets)
            continue
        placed = placement(problem, found)
        lacking = proof.lacking(placed.objective, budgets)
        if lacking is None:
            return placed
        budgets = lacking


def placement(problem: Problem, found: tuple[int, ...]) -> Placement:
    """Return the placement with the days found for the visits that are not fixed."""
    free = iter(found)
    days = {visit.id: next(free) if visit.fixed is None else visit.fixed for visit in problem.visits}
    objective = evaluate(problem, days)
    if objective is None:
        raise AssertionError("the search broke a hard limit")
    return Placement(days=days, objective=objective)
