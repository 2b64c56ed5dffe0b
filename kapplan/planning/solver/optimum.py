"""Placing a whole course at once: the closest days to the protocol that the calendars allow.

The answer is exact: no other placement is better in any term without being worse in an earlier one. Where a course is
so crowded that this would take more work than is allowed, it is the best placement found, with a bound on any better.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import field
from functools import cache

from kapplan.dataclass import dataclass, replace
from kapplan.errors import UndecidedError
from kapplan.planning.feasibility.feasibility import ENOUGH, feasible, is_feasible
from kapplan.planning.problem.deadline import Deadline, Ended
from kapplan.planning.problem.objective import evaluate
from kapplan.planning.problem.problem import Problem, Term
from kapplan.planning.solver.compile import Compiler
from kapplan.planning.solver.deviation_budget import Budgets
from kapplan.planning.solver.label_setting import Found, Meter
from kapplan.planning.solver.proof import COURSE, NO_BUDGETS, Proof, up_to_deviation
from kapplan.planning.solver.search import BEAM, Search, SearchAnswer

__all__ = ["DayPrices", "Effort", "Placement", "evaluate", "place"]

DayPrices = Mapping[str, Mapping[int, int]]
"""What days cost a visit beside the objective's first term, in its unit; never less than nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much work a placement may take: days looked at, labels kept at a time, ``looks`` at whether there is any.

    The same effort gives the same answer on every machine, unless a ``deadline`` ends it sooner; the default is about
    two seconds and 200 MB on a common one.
    """

    steps: int = 1_000_000
    labels: int = 200_000
    looks: int = ENOUGH
    deadline: Deadline | None = None

    def times(self, factor: int) -> Effort:
        """Return so many times the effort."""
        return replace(self, steps=self.steps * factor, labels=self.labels * factor, looks=self.looks * factor)

    def part(self, parts: int) -> Effort:
        """Return one of so many parts of the effort."""
        return replace(self, steps=self.steps // parts, labels=self.labels // parts, looks=self.looks // parts)


DEFAULT = Effort()
FEW_LOOKS = 5_000
"""How many looks at whether there is any placement are worth it where a beam would find one as well."""
FEW_STEPS = 1_200
NARROW = 2
"""How many steps a beam takes at most to find a better one than that, and from how many labels of a day it goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A day for every visit, fixed ones included, and what it costs in every term but the ties.

    Where it is not ``proven`` no placement is better than ``bound``, compared term by term in their order, and what
    ``ended`` the search is told. ``price`` is what its days cost beside the first term.
    """

    days: Mapping[str, int]
    objective: Mapping[Term, int]
    price: int = 0
    proven: bool = True
    bound: Mapping[Term, int] = field(default_factory=dict)
    ended: Ended | None = None

    @property
    def terms(self) -> tuple[int, ...]:
        """What it costs, in the order in which placements are compared."""
        return tuple(self.objective.values())


def place(problem: Problem, *, prices: DayPrices | None = None, effort: Effort = DEFAULT) -> Placement | None:
    """Return the best placement of a problem; ``None`` where none keeps every hard limit.

    ``UndecidedError`` where none is found and so much effort does not tell whether there is one.

    Terms are compared in the order of ``problem.objective``; of equal placements the one that wins has the earlier day
    at the first visit, in the order of ``problem.visits``, where they differ. With ``prices`` the first term and what
    the days cost are one sum, which is compared first; the ``bound`` of its first term then holds that sum.
    """
    return Solver(problem, prices or {}, effort).best()


class Solver:
    """Places the visits of one problem; with ``first`` in any question the first listed visit stands on that day."""

    def __init__(self, problem: Problem, prices: DayPrices, effort: Effort) -> None:
        self.problem = problem
        self.prices = prices
        self.effort = effort
        self.compiler = Compiler(problem, prices)
        self.proof = Proof(problem, self.compiler)
        self.is_feasible = cache(lambda: is_feasible(problem, effort.looks, effort.deadline))
        self.searches: dict[int | None, Search | None] = {}

    def best(self) -> Placement | None:
        """Return the best placement."""
        if not self.compiler.fits:
            return None
        budgets = self.proof.first_budgets()
        meter = self.meter()
        search: Search | None = None
        known: Placement | None = None
        while True:
            network = self.compiler.network(budgets)
            if network is None:
                answer = SearchAnswer(None, 0, proven=True)
            else:
                search = Search(network, meter, search)
                answer = search.quick(most=None if known is None else network.cost(self._free(known)))
            if answer.days is not None:
                known = self.placement(answer.days)
                lacking = self.proof.lacking(self._first(known), budgets)
                if lacking is None:
                    return known
                budgets = lacking
            elif search is not None and not answer.proven:
                return self.crowded(search, known=known)
            elif not budgets or self.is_feasible() is False:
                return None
            else:
                budgets = self.proof.wider(budgets)

    def crowded(self, search: Search, first: int | None = None, known: Placement | None = None) -> Placement | None:
        """Return the best placement of a crowded course, or the best that the effort left finds.

        ``search`` is one that took too much work; ``known`` any placement, where there is one.
        """
        known = known or self._known(search, first)
        if known is None:
            return None
        needed = up_to_deviation(self._first(known))
        wider = self._search(NO_BUDGETS if needed is None else {COURSE: needed}, search)
        if wider is None:
            raise AssertionError("the budgets exclude a placement that is known")
        days = self._free(known)
        answer = wider.settle(Found(wider.network.cost(days), days), first)
        placed = self.placement(answer.days or days)
        if answer.proven:
            return placed
        bound = self.compiler.terms(answer.bound, wider.network)
        ended: Ended = "deadline" if self._out_of_time() else "work"
        return replace(placed, proven=False, bound=bound, ended=ended)

    def _search(self, budgets: Budgets, before: Search) -> Search | None:
        """Return a search within budgets, with what is left to the one before; ``None`` where nothing can keep them."""
        if self.compiler.within(budgets) == before.network.windows:
            return before
        key = budgets.get(COURSE)
        if key not in self.searches:
            network = self.compiler.network(budgets)
            self.searches[key] = None if network is None else Search(network, before.meter, before)
        search = self.searches[key]
        if search is not None:
            search.meter = before.meter
        return search

    def _known(self, search: Search, first: int | None) -> Placement | None:
        """Return any placement, ``None`` where there is none.

        A beam finds good ones: the narrower the windows, the sooner. Of few days the earliest that keep every rule are
        good ones too, and found at once.
        """
        if search.is_small():
            with suppress(UndecidedError):  # so few looks told nothing: then a beam is tried first
                return self._bettered(self._earliest(first, min(self.effort.looks, FEW_LOOKS)), search, first)
        found = search.beam(first, BEAM, self.effort.steps)
        if found is None and search.network.windows != self.compiler.widest:
            wide = self._search(NO_BUDGETS, search)
            found = None if wide is None else wide.beam(first, BEAM, self.effort.steps)
        return self._earliest(first, self.effort.looks) if found is None else self.placement(found.days)

    def _bettered(self, known: Placement | None, search: Search, first: int | None) -> Placement | None:
        """Return a better placement than one that is known, if a narrow beam finds one with little work."""
        found = None if known is None else search.beam(first, NARROW, FEW_STEPS)
        return known if known is None or found is None else min(known, self.placement(found.days), key=self._cost)

    def _earliest(self, first: int | None, looks: int) -> Placement | None:
        """Return the placement of the earliest days that keep every rule; ``None`` where there are none."""
        problem = self.problem if first is None else _beginning(self.problem, first)
        days = feasible(problem, looks, self.effort.deadline)
        return None if days is None else self.placement(tuple(days[visit.id] for visit in self.compiler.visits))

    def _cost(self, placed: Placement) -> tuple[int, ...]:
        return tuple(self._first(placed).values())

    def _out_of_time(self) -> bool:
        deadline = self.effort.deadline
        return deadline is not None and deadline.over

    def meter(self) -> Meter:
        """Return the limits of one search."""
        return Meter(self.effort.steps, self.effort.labels, deadline=self.effort.deadline)

    def _free(self, placed: Placement) -> tuple[int, ...]:
        return tuple(placed.days[visit.id] for visit in self.compiler.visits)

    def _first(self, placed: Placement) -> Mapping[Term, int]:
        """Return the terms of a placement with the price of its days in the first."""
        if not placed.price:
            return placed.objective
        return {
            term: amount + placed.price * (term == self.problem.objective[0])
            for term, amount in placed.objective.items()
        }

    def placement(self, found: tuple[int, ...]) -> Placement:
        """Return the placement with the days found for the visits that are not fixed."""
        free = iter(found)
        days = {visit.id: next(free) if visit.fixed is None else visit.fixed for visit in self.problem.visits}
        objective = evaluate(self.problem, days)
        if objective is None:
            raise AssertionError("the search broke a hard limit")
        price = sum(self.prices[visit].get(days[visit], 0) for visit in self.prices)
        return Placement(days=days, objective=objective, price=price)


def _beginning(problem: Problem, day: int) -> Problem:
    """Return a problem with its first listed visit on one day."""
    first, *others = problem.visits
    days = tuple(choice for choice in first.days if choice.day == day)
    return replace(problem, visits=(replace(first, days=days), *others))
