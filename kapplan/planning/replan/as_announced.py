"""A second look where a search ended without proof: what it costs to move stays, the rest is placed.

Little is left to place then, and little work is spent on it. Its answer counts only where it is better than what the
search found: since moving what was told is dear it often is the best there is.
"""

from __future__ import annotations

from collections.abc import Sequence

from kapplan.dataclass import replace
from kapplan.planning.problem.problem import ProblemVisit
from kapplan.planning.schedule.course import Answer, Setting, any_answer
from kapplan.planning.solver.optimum import DEFAULT, Effort

OF_A_CHANGE: Effort = DEFAULT.part(4)
"""How much work the dates of a change are usually worth, for which somebody waits."""
OF_A_LOOK: Effort = DEFAULT.part(20)
"""How much work dates are worth that are only shown beside others."""
_OF_A_SECOND_LOOK: Effort = DEFAULT.part(500)


def better_as_announced(settings: Sequence[Setting], found: Answer | None) -> Answer | None:
    """Return an answer, or where it is not proven a better one in which what it costs to move stays.

    A visit whose own day is closed is placed anew there, too. The better answer is held to what is known of the first:
    it is proven where it meets the bound. Without an answer (``None``) there is nothing to better, and the second look
    is not taken.
    """
    if found is None or found.placement.proven:
        return found
    staying = []
    for one in settings:
        problem = replace(one.problem, visits=tuple(map(_as_announced, one.problem.visits)))
        staying.append(replace(one, problem=problem, demand=replace(one.demand, usual=_OF_A_SECOND_LOOK)))
    other = any_answer(staying)
    if other is None or other.placement.terms >= found.placement.terms:
        return found
    setting = next(one for one in settings if one.therapist == other.setting.therapist)
    bound, ended = found.placement.bound, found.placement.ended
    if tuple(bound.values()) == other.placement.terms:
        return Answer(setting=setting, placement=replace(other.placement, proven=True, bound={}, ended=None))
    return Answer(setting=setting, placement=replace(other.placement, proven=False, bound=bound, ended=ended))


def _as_announced(visit: ProblemVisit) -> ProblemVisit:
    charged = any(choice.move for choice in visit.days)
    there = tuple(choice for choice in visit.days if choice.day == visit.announced and charged)
    return replace(visit, days=there) if there else visit
