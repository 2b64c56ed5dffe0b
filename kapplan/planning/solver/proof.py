"""Telling when the best placement within budgets of deviation is the best of all, and what to try where it is not."""

from __future__ import annotations

from collections.abc import Mapping

from kapplan.dataclass import replace
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
COURSE_STEPS = 160_000
"""How much work the active course alone is worth, of which its quick sweeps take a part."""


class Proof:
    """Judges what was found within budgets for one problem; ``compiler`` is the problem's."""

    def __init__(self, problem: Problem, compiler: Compiler) -> None:
        self.problem = problem
        self.compiler = compiler
        self.course = _Course(problem)
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
            enough = {**budgets, COURSE: needed}
            if self.compiler.within(enough) != self.compiler.within(budgets):
                return enough
            budgets = enough
        if FOLLOW_UP not in budgets:
            return None
        spent = next(amount for term, amount in objective.items() if HELD_IN.get(term, term) == FOLLOW_UP)
        return self._lacking_follow_up(needed, spent, budgets, first)

    def _lacking_follow_up(self, needed: int, spent: int, budgets: Budgets, first: int | None) -> Budgets | None:
        """Return the budgets to try next where the follow-up's budget may have cost a better course."""
        if needed and self._may_deviate_less(needed, budgets, first):
            return {COURSE: budgets[COURSE]}
        within = self.compiler.within
        if spent <= budgets[FOLLOW_UP] or within(budgets) == within({COURSE: budgets[COURSE]}):
            return None
        return {**budgets, FOLLOW_UP: spent}

    def _may_deviate_less(self, needed: int, budgets: Budgets, first: int | None) -> bool:
        """Tell whether a course may deviate by less than what was found within some budgets."""
        less, searched = self.compiler.within({COURSE: needed - 1}), self.compiler.within(budgets)
        if less is None or searched is None:
            return less is not None
        covered = all(
            one.first >= other.first and one.last <= other.last for one, other in zip(less, searched, strict=True)
        )
        return not covered and self.course.may_keep(needed - 1, first)


class _Course:
    """The active course alone: what it can keep, whatever the follow-up does."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.compiler: Compiler | None = None
        self.searches: dict[int, Search | None] = {}

    def may_keep(self, budget: int, first: int | None) -> bool:
        """Tell whether the course may keep a budget of deviation, the first visit on day ``first`` if given."""
        if first is not None and deviation(self.problem.visits[0]) != COURSE:
            return True
        if self.compiler is None:
            self.compiler = Compiler(_course_only(self.problem))
        if budget not in self.searches:
            network = self.compiler.network({COURSE: budget})
            self.searches[budget] = None if network is None else Search(network, Meter(COURSE_STEPS, COURSE_STEPS))
        search = self.searches[budget]
        if search is None:
            return False
        answer = search.quick(first)
        if answer.days is None:
            return not answer.proven
        free = iter(answer.days)
        course = self.compiler.problem
        days = {visit.id: next(free) if visit.fixed is None else visit.fixed for visit in course.visits}
        objective = evaluate(course, days)
        needed = None if objective is None else up_to_deviation(objective)
        return needed is None or needed <= budget


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
