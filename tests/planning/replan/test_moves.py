"""Possible days: each one offered can be had, and pulls along exactly what it says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.lives import newborn

from kapplan.planning.amend.record import complete, hold
from kapplan.planning.journal.diff import difference
from kapplan.planning.replan.alternatives import possible_days
from kapplan.planning.replan.replan import Asked, revise


@pytest.mark.parametrize("name", ["dosing-2", "integration-1", "review-1", "check-in-1"])
def test_each_day_offered_pulls_along_what_it_says(name: str) -> None:
    """Moving to any of the days works, at the time told, with the moves and the objective told."""
    life = newborn()
    for day in possible_days(life.plan, life.sources, name, life.now, most=9):
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
    days = possible_days(life.plan, life.sources, "dosing-2", life.now)
    assert [day.start for day in days] == sorted(day.start for day in days)
    (own,) = [day for day in days if day.current]
    assert own.start == life.visit("dosing-2").start
    assert own.pulled == ()


def test_what_lies_behind_has_no_other_days() -> None:
    """A visit that was held, and any visit of a course on hold, cannot move."""
    life = newborn().at("preparation-1")
    done = complete(life.plan, "preparation-1")
    assert possible_days(done, life.sources, "preparation-1", life.now) == ()
    assert possible_days(hold(life.plan), life.sources, "dosing-1", life.now - timedelta(days=1)) == ()


def test_an_unknown_visit_is_an_error() -> None:
    """There are no days for a visit that is none of the plan's."""
    life = newborn()
    with pytest.raises(KeyError):
        possible_days(life.plan, life.sources, "dosing-9", life.now)
