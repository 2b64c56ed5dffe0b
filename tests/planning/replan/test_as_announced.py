"""A second look where a search ended without proof: never worse, and what was told stays where that is best."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from support.lives import Life, newborn, random_changes, random_newborn

from kapplan.planning.replan.as_announced import better_as_announced
from kapplan.planning.replan.request import Options
from kapplan.planning.replan.residual_problem import ReplanCase, redating
from kapplan.planning.schedule.course import Answer, best_answer
from kapplan.planning.solver.optimum import Placement


def _case(life: Life) -> ReplanCase:
    return ReplanCase(plan=life.plan, sources=life.sources, now=life.now, options=Options())


def _worse(answer: Answer) -> Answer:
    """Return an answer as a search that ended too soon would give it: worse, with the best as its bound."""
    placement = answer.placement
    terms = {term: amount + (term == "days_moved") for term, amount in placement.objective.items()}
    bound = dict(placement.objective)
    return replace(
        answer, placement=Placement(days=placement.days, objective=terms, proven=False, bound=bound, ended="work")
    )


def test_what_was_told_stays_where_nothing_asks_for_a_move() -> None:
    """Of a plan whose dates are the best, the second look finds just these, and knows by the bound that they are."""
    life = newborn()
    settings = redating(_case(life)).on_its_day
    best = best_answer(settings)
    assert best is not None
    found = better_as_announced(settings, _worse(best))
    assert found is not None
    assert found.placement.days == best.placement.days
    assert found.placement.proven
    assert found.setting in settings


def test_a_second_look_is_never_worse() -> None:
    """Whatever has happened to a course: an answer without proof is kept, or a better one within its bound is given."""
    seen = 0
    for number in range(12):
        random = Random(number)
        changes = random_changes(random, random_newborn(random))
        change = next(changes)
        settings = redating(_case(change.life)).on_its_day
        best = best_answer(settings)
        if best is None:
            continue
        unsure = _worse(best)
        found = better_as_announced(settings, unsure)
        assert found is not None
        terms = tuple(found.placement.objective.values())
        assert tuple(best.placement.objective.values()) <= terms <= tuple(unsure.placement.objective.values())
        assert better_as_announced(settings, best) is best
        seen += 1
    assert seen > 6
