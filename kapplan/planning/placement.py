"""Placing a whole course at once: the closest days to the protocol that the calendars allow.

The answer is exact: no other placement is better in any term without being worse in an earlier one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kapplan.planning.compile import Compiler
from kapplan.planning.evaluation import evaluate
from kapplan.planning.problem import Problem, Term
from kapplan.planning.search import Search

__all__ = ["Placement", "evaluate", "place"]

BUDGETS = (32, 160)
"""Deviations that are tried first: most courses need less, and the fewer days to look at the better."""


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
    budget = first_budget(problem)
    while True:
        network = compiler.network(budget)
        found = None if network is None else Search(network).best()
        if found is None:
            if budget is None:
                return None
            budget = wider_budget(budget)
            continue
        placed = placement(problem, found)
        needed = deviation_needed(placed)
        if budget is None or (needed is not None and needed <= budget):
            return placed
        budget = needed


def first_budget(problem: Problem) -> int | None:
    """Return the deviation to try first; ``None`` where the objective does not count it."""
    return BUDGETS[0] if "deviation" in problem.objective else None


def wider_budget(budget: int) -> int | None:
    """Return the deviation to try where nothing was found within a budget; ``None`` for any deviation at all."""
    return next((wider for wider in BUDGETS if wider > budget), None)


def deviation_needed(placed: Placement) -> int | None:
    """Return the deviation that no better placement exceeds; ``None`` where a term before it might be bettered."""
    for term, sum_ in placed.objective.items():
        if term == "deviation":
            return sum_
        if sum_:
            return None
    return None


def placement(problem: Problem, found: tuple[int, ...]) -> Placement:
    """Return the placement with the days found for the visits that are not fixed."""
    free = iter(found)
    days = {visit.id: next(free) if visit.fixed is None else visit.fixed for visit in problem.visits}
    objective = evaluate(problem, days)
    if objective is None:
        raise AssertionError("the search broke a hard limit")
    return Placement(days=days, objective=objective)
