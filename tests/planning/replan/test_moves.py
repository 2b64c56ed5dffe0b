"""Possible days: each one offered can be had, and pulls along exactly what it says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from support.lives import newborn

from kapplan.errors import UndecidedError
from kapplan.planning.amend.record import complete, hold
from kapplan.planning.journal.diff import difference
from kapplan.planning.replan import alternatives
from kapplan.planning.replan.alternatives import possible_days
from kapplan.planning.replan.replan import Asked, revise
from kapplan.planning.schedule.course import Answer, Setting, best_answer


@pytest.mark.parametrize("name", ["dosing-2", "integration-1", "review-1", "check-in-1"])
def test_each_day_offered_pulls_along_what_it_says(name: str) -> None:
    """Moving to any of the days works, at the time told, with the moves and the objective told."""
    life = newborn()
    for day in possible_days(life.plan, life.sources, name, life.now, most=9).days:
        revision = revise(life.plan, life.sources, life.now, asked=Asked(visit=name, day=day.start.date()))
        assert revision.refused is None
        assert revision.plan.visit(name).start == day.start
        assert revision.plan.objective == day.objective
        moved = {move.visit: move.days for move in difference(life.plan, revision.plan).moved if move.days}
        moved.pop(name, None)
        assert {move.visit: move.days for move in day.pulled} == moved


def test_days_come_in_order_and_hold_the_visits_own() -> None:
    """The days are those nearest to the visit's own day, which is among them and pulls nothing along."""
    life = newborn()
    days = possible_days(life.plan, life.sources, "dosing-2", life.now).days
    assert [day.start for day in days] == sorted(day.start for day in days)
    (own,) = [day for day in days if day.current]
    assert own.start == life.visit("dosing-2").start
    assert own.pulled == ()


def test_days_that_the_search_does_not_decide_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the work allowed does not tell of a day whether it works, the day is left out, and named as untold."""
    life = newborn()
    known = {day.start.date(): day for day in possible_days(life.plan, life.sources, "dosing-2", life.now).days}
    hard = set(list(known)[::2])

    def undecided(settings: Sequence[Setting]) -> Answer | None:
        answer = best_answer(settings)
        if answer is not None:
            situation, days = answer.setting.demand.situation, answer.placement.days
            if situation.date_of(days["dosing-2"]) in hard:
                raise UndecidedError
        return answer

    monkeypatch.setattr(alternatives, "best_answer", undecided)
    easy = len(known) - len(hard)
    told, untold = possible_days(life.plan, life.sources, "dosing-2", life.now, most=easy)
    assert all(known.get(one.start.date(), one) == one and one.start.date() not in hard for one in told)
    assert untold
    assert set(untold) <= hard
    assert len(told) == easy
    assert possible_days(life.plan, life.sources, "dosing-2", life.now, most=easy) == (told, untold), "each time"


def test_what_lies_behind_has_no_other_days() -> None:
    """A visit that was held, and any visit of a course on hold, cannot move."""
    life = newborn().at("preparation-1")
    done = complete(life.plan, "preparation-1")
    assert possible_days(done, life.sources, "preparation-1", life.now) == ((), ())
    assert possible_days(hold(life.plan), life.sources, "dosing-1", life.now - timedelta(days=1)) == ((), ())


def test_an_unknown_visit_is_an_error() -> None:
    """There are no days for a visit that is none of the plan's."""
    life = newborn()
    with pytest.raises(KeyError):
        possible_days(life.plan, life.sources, "dosing-9", life.now)
