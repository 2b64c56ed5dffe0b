"""Reasons are true: what is said of a day is what a move to that day finds, for open and for held courses."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.lives import Life, newborn

import kapplan
from kapplan.planning.amend.record import complete, hold, miss
from kapplan.planning.replan.alternatives import possible_days, verdict_on
from kapplan.planning.replan.replan import revise
from kapplan.planning.replan.request import Asked

AROUND = 3


def begun(name: str) -> Life:
    """Return a course of which the first visit was held and the second missed."""
    life = newborn(name)
    first, *others = sorted(life.plan.visits, key=lambda one: one.start)
    life = life.on(complete(life.plan, first.id)).at(first.id)
    if others:
        life = life.on(miss(life.plan, others[0].id)).at(others[0].id)
    return life.on(revise(life.plan, life.sources, life.now).plan)


@pytest.mark.parametrize("name", kapplan.protocol_ids())
def test_a_day_that_is_offered_is_never_called_impossible(name: str) -> None:
    """For visits of every protocol: the days that a move lists are those of which it is said that they could be."""
    life = begun(name)
    ahead = [one for one in life.plan.visits if one.open and one.start > life.now]
    for visit in (*ahead[:1], *ahead[3:4]):
        offered = {
            one.start.date(): one for one in possible_days(life.plan, life.sources, visit.id, life.now, most=3).days
        }
        for day, possible in offered.items():
            verdict = verdict_on(life.plan, life.sources, Asked(visit=visit.id, day=day), life.now)
            assert verdict.refused is None, (visit.id, day)
            assert {one.visit for one in verdict.pulled} == {one.visit for one in possible.pulled}, (visit.id, day)


@pytest.mark.parametrize("name", ["general", "twice-weekly", "therapy"])
def test_every_day_around_a_visit_is_told_alike(name: str) -> None:
    """Each day around a visit is offered exactly where it is said that the visit could be there."""
    life = begun(name)
    for visit in [one for one in life.plan.visits if one.open and one.start > life.now][::2]:
        offered = {one.start.date() for one in possible_days(life.plan, life.sources, visit.id, life.now, most=12).days}
        for days in range(-AROUND, AROUND + 1):
            day = visit.start.date() + timedelta(days=days)
            if day > life.now.date():
                verdict = verdict_on(life.plan, life.sources, Asked(visit=visit.id, day=day), life.now)
                assert (verdict.refused is None) == (day in offered), (visit.id, day, verdict.refused)


def test_of_a_held_course_it_is_said_as_if_it_went_on() -> None:
    """A course on hold has the same answers as it would have if it were resumed at once."""
    life = begun("general")
    ahead = [one for one in life.plan.visits if one.open and one.start > life.now]
    held = hold(life.plan, life.now)
    for visit in ahead[:3]:
        for days in (-1, 0, 1, 40):
            asked = Asked(visit=visit.id, day=visit.start.date() + timedelta(days=days))
            open_, on_hold = (verdict_on(plan, life.sources, asked, life.now) for plan in (life.plan, held))
            assert (open_.refused is None) == (on_hold.refused is None), asked
