"""Days to begin on: the best whole course for each day of the first visit, found in one search."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kapplan.dataclass import dataclass, replace
from kapplan.errors import UndecidedError
from kapplan.planning.problem.problem import Problem, Term
from kapplan.planning.solver.deviation_budget import Budgets
from kapplan.planning.solver.optimum import DEFAULT, Effort, Placement, Solver
from kapplan.planning.solver.search import Search, SearchAnswer

COMPARED: tuple[Term, ...] = ("deviation", "follow_up_deviation", "preference")


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """The best course whose first visit is on ``day``: a day for each visit, and what it costs but for the delay.

    ``sooner`` counts from ``day`` on.
    """

    day: int
    days: Mapping[str, int]
    objective: Mapping[Term, int]
    proven: bool = True


def rank(problem: Problem, within: int, effort: Effort = DEFAULT) -> tuple[Start, ...]:
    """Return the open days of the first listed visit from day 0 through ``within``, the best course first.

    The timing rule named ``start`` is left out: how long one waits does not count. Courses are compared by their
    deviation, that of the follow-up, and preference; of equals the earlier start comes first. Days on which no course
    can begin are left out, and those of which so much effort does not tell: ``UndecidedError`` where it is all of them.
    """
    if not problem.visits or problem.visits[0].fixed is not None:
        return ()
    free = _from_any_day(problem, within)
    solver = Solver(free, {}, effort)
    left = sorted({choice.day for choice in free.visits[0].days})
    starts: list[Start] = []
    undecided: UndecidedError | None = None
    budgets = solver.proof.first_budgets()
    while left and solver.compiler.fits:
        placed, crowded = _place_each(solver, budgets, left)
        best = {day: one for day, one in placed.items() if solver.proof.lacking(one.objective, budgets, day) is None}
        starts += [_start(free, day, one) for day, one in best.items()]
        for day, search in crowded.items():
            search.meter = solver.meter()
            try:
                one = solver.crowded(search, day)
            except UndecidedError as error:
                undecided = error
                continue
            if one is not None:
                starts.append(_start(free, day, one))
        left = [day for day in left if day not in best and day not in crowded]
        if not budgets:
            break
        budgets = solver.proof.wider(budgets)
    if not starts and undecided is not None:
        raise undecided
    return tuple(sorted(starts, key=_rank))


def _from_any_day(problem: Problem, within: int) -> Problem:
    first, *others = problem.visits
    first = replace(first, days=tuple(choice for choice in first.days if 0 <= choice.day <= within))
    timing = tuple(rule for rule in problem.timing if rule.role != "start")
    return replace(problem, visits=(first, *others), timing=timing)


def _place_each(
    solver: Solver, budgets: Budgets, days: Iterable[int]
) -> tuple[dict[int, Placement], dict[int, Search]]:
    """Search within budgets with the first visit on each day: the best placements, and what searched crowded days."""
    network = solver.compiler.network(budgets)
    if network is None:
        return {}, {}
    search = Search(network, solver.meter())
    found: dict[int, SearchAnswer] = {}
    for day in days:
        search.meter = solver.meter()
        found[day] = search.quick(day)
    placed = {day: solver.placement(answer.days) for day, answer in found.items() if answer.days is not None}
    return placed, {day: search for day, answer in found.items() if answer.days is None and not answer.proven}


def _start(problem: Problem, day: int, placed: Placement) -> Start:
    free = sum(visit.fixed is None for visit in problem.visits)
    objective = {term: sum_ - day * free if term == "sooner" else sum_ for term, sum_ in placed.objective.items()}
    return Start(day=day, days=placed.days, objective=objective, proven=placed.proven)


def _rank(start: Start) -> tuple[int, ...]:
    return (*(start.objective.get(term, 0) for term in COMPARED), start.day)
