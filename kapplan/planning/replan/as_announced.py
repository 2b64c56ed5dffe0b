"""A second look where a search ended without proof: what was announced stays where it can, and only the rest is placed.

That is a small problem, solved in a moment; its answer is often the best there is, since moving what was told is dear.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kapplan.planning.problem.problem import Problem, ProblemVisit
from kapplan.planning.schedule.course import Answer, Setting, any_answer
from kapplan.planning.solver.optimum import DEFAULT, Effort

OF_A_CHANGE: Effort = replace(DEFAULT, steps=DEFAULT.steps // 4)
"""How much work the dates of a change are usually worth, for which somebody waits."""
OF_A_LOOK: Effort = replace(DEFAULT, steps=DEFAULT.steps // 20)
"""How much work dates are worth that are only shown beside others."""
_OF_A_SECOND_LOOK: Effort = replace(DEFAULT, steps=DEFAULT.steps // 500)


def better_as_announced(settings: Sequence[Setting], found: Answer | None) -> Answer | None:
    """Return an answer, or where it is not proven a better one in which what was announced stays where it can."""
    if found is None or found.placement.proven:
        return found
    staying = [
        replace(one, problem=_staying(one.problem), demand=replace(one.demand, usual=_OF_A_SECOND_LOOK))
        for one in settings
    ]
    other = any_answer(staying)
    if other is None or _terms(other) >= _terms(found):
        return found
    setting = next(one for one in settings if one.therapist == other.setting.therapist)
    bound, ended = found.placement.bound, found.placement.ended
    if tuple(bound.values()) == _terms(other):
        return Answer(setting=setting, placement=replace(other.placement, proven=True, bound={}, ended=None))
    return Answer(setting=setting, placement=replace(other.placement, proven=False, bound=bound, ended=ended))


def _terms(answer: Answer) -> tuple[int, ...]:
    return tuple(answer.placement.objective.values())


def _staying(problem: Problem) -> Problem:
    return replace(problem, visits=tuple(map(_as_announced, problem.visits)))


def _as_announced(visit: ProblemVisit) -> ProblemVisit:
    there = tuple(choice for choice in visit.days if choice.day == visit.announced)
    return replace(visit, days=there) if there else visit
