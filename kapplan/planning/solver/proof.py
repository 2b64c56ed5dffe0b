"""Telling when the best placement within budgets of deviation is the best of all, and what to try where it is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kapplan.planning.problem.objective import evaluate
from kapplan.planning.problem.problem import Problem, Term
from kapplan.planning.problem.scale import deviation
from kapplan.planning.solver.compile import Compiler
from kapplan.planning.solver.deviation_budget import Budgets
from kapplan.planning.solver.label_setting import Meter
from kapplan.planning.solver.search import Search

COURSE: Term = "deviation"
FOLLOW_UP: Term = "follow_up_deviation"
HELD_IN: Mapping[Term, Term] = {"disturbance": COURSE, "follow_up_disturbance": FOLLOW_UP}
"""The terms that hold a deviation, and which: a deviation is never more than such a term."""
TRIED: tuple[Budgets, ...] = ({COURSE: 32, FOLLOW_UP: 10}, {COURSE: 160, FOLLOW_UP: 40})
"""Deviations that are tried first: most courses need less, and the fewer days to look at the better."""
USUAL_WEIGHT = 8
"""The largest weight of a timing rule for which those deviations are meant."""
NO_BUDGETS: Budgets = {}
COURSE_STEPS = 20_000
"""How much work the active course alone is worth."""


class Proof:
    """Judges what was found within budgets for one problem; ``compiler`` is the problem's."""

    def __init__(self, problem: Problem, compiler: Compiler) -> None:
        self.problem = problem
        self.compiler = compiler
        self.course = _Course(problem)
        self.bounded: dict[tuple[int, int], bool] = {}
        heaviest = max((rule.weight for rule in problem.timing), default=0)
        unit = max(1, heaviest // USUAL_WEIGHT)
        self.tried = [{term: unit * amount for term, amount in tried.items()} for tried in TRIED]

    def first_budgets(self) -> Budgets:
        """Return what to try first: budgets of the terms that a good course may well keep."""
        held = [HELD_IN.get(term, term) for term in self.problem.objective]
        if COURSE not in held:
            return NO_BUDGETS
        after = held[held.index(COURSE) + 1 :]
        both = after[:1] == [FOLLOW_UP] and not self.compiler.prices
        return self.tried[0] if both else {COURSE: self.tried[0][COURSE]}

    def wider(self, budgets: Budgets) -> Budgets:
        """Return what to try where nothing is found within some budgets: wider ones, and in the end none at all."""
        for tried in self.tried:
            if tried[COURSE] > budgets[COURSE]:
                return {term: tried[term] for term in budgets}
        return NO_BUDGETS

    def lacking(self, objective: Mapping[Term, int], budgets: Budgets, first: int | None = None) -> Budgets | None:
        """Return the budgets to try next; ``None`` where what was found within these is the best of all.

        ``objective`` are the terms of what was found; with ``first`` the first visit had to stand on that day.
        """
        if not budgets:
            return None
        needed = up_to_deviation(objective)
        if needed is None:
            return NO_BUDGETS
        if needed > budgets[COURSE]:
            return {**budgets, COURSE: needed}
        if FOLLOW_UP not in budgets:
            return None
        spent = next(amount for term, amount in objective.items() if HELD_IN.get(term, term) == FOLLOW_UP)
        return self._lacking_follow_up(needed, spent, budgets, first)

    def _lacking_follow_up(self, needed: int, spent: int, budgets: Budgets, first: int | None) -> Budgets | None:
        """Return the budgets to try next where the follow-up's budget may have cost a better course."""
        if (not needed and spent <= budgets[FOLLOW_UP]) or not self._bounds_follow_up(budgets):
            return None
        if needed and self.course.least(budgets[COURSE], first) != needed:
            return {COURSE: budgets[COURSE]}
        return {**budgets, FOLLOW_UP: spent} if spent > budgets[FOLLOW_UP] else None

    def _bounds_follow_up(self, budgets: Budgets) -> bool:
        """Tell whether the budget of the follow-up rules out anything at all."""
        key = (budgets[COURSE], budgets[FOLLOW_UP])
        if key not in self.bounded:
            self.bounded[key] = self.compiler.within(budgets) != self.compiler.within({COURSE: budgets[COURSE]})
        return self.bounded[key]


class _Course:
    """The active course alone: what it deviates by at least, whatever the follow-up does."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.searches: dict[int, Search | None] = {}

    def least(self, budget: int, first: int | None) -> int | None:
        """Return the least deviation, the first visit on day ``first`` if given; ``None`` where none is in budget."""
        if first is not None and deviation(self.problem.visits[0]) != COURSE:
            return None
        course = _course_only(self.problem)
        if budget not in self.searches:
            network = Compiler(course).network({COURSE: budget})
            self.searches[budget] = None if network is None else Search(network, Meter(COURSE_STEPS, COURSE_STEPS))
        search = self.searches[budget]
        found = None if search is None else search.quick(first).days
        if found is None:
            return None
        free = iter(found)
        days = {visit.id: next(free) if visit.fixed is None else visit.fixed for visit in course.visits}
        objective = evaluate(course, days)
        return None if objective is None else up_to_deviation(objective)


def up_to_deviation(objective: Mapping[Term, int]) -> int | None:
    """Return the deviation that no better placement exceeds; ``None`` where a term before it might be bettered."""
    for term, amount in objective.items():
        if HELD_IN.get(term, term) == COURSE:
            return amount
        if amount:
            return None
    return None


def _course_only(problem: Problem) -> Problem:
    """Return the problem of the active course alone; its deviation is never more than that of the whole."""
    visits = tuple(visit for visit in problem.visits if visit.fixed is not None or deviation(visit) == COURSE)
    kept = {visit.id for visit in visits}
    return replace(
        problem,
        visits=visits,
        timing=tuple(
            rule
            for rule in problem.timing
            if rule.visit in kept and (isinstance(rule.after, int) or rule.after in kept)
        ),
        limits=tuple(
            replace(limit, visits=tuple(visit for visit in limit.visits if visit in kept))
            for limit in problem.limits
            if not isinstance(limit.anchor, str) or limit.anchor in kept
        ),
        objective=_up_to_course(problem.objective),
    )


def _up_to_course(objective: tuple[Term, ...]) -> tuple[Term, ...]:
    """Return the terms through that of the active course, and ``sooner``."""
    held = [HELD_IN.get(term, term) for term in objective]
    return (*objective[: held.index(COURSE) + 1], "sooner")
