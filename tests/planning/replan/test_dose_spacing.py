"""Doses are never too close, whatever row, phase or kind they are of, counted from what was given."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest
from support.lives import Life, newborn

from kapplan.model.plan import Plan
from kapplan.model.terms import DOSES
from kapplan.planning.amend.add_visit import add_visit
from kapplan.planning.amend.record import complete
from kapplan.planning.replan.replan import revise
from kapplan.planning.replan.request import Asked


def through(life: Life, last: str) -> Life:
    """Return a life with everything through a visit held as planned, on the evening of that day."""
    for visit in sorted(life.plan.visits, key=lambda one: one.start):
        plan = complete(life.plan, visit.id)
        life = Life(plan, life.sources, datetime.combine(visit.start.date(), time(20), tzinfo=life.now.tzinfo))
        if visit.id == last:
            return life
    raise KeyError(last)


def dosed(plan: Plan) -> list[date]:
    """Return the days of all doses that were or will be given, in their order."""
    return sorted(visit.day for visit in plan.visits if visit.kind in DOSES and not visit.is_lost)


@pytest.mark.parametrize(
    ("protocol", "held", "out_of_turn", "least"),
    [
        ("phillips-2019", "dosing-3", "dosing-7", 2),
        ("esketamine-trd", "dosing-3", "dosing-9", 2),
        ("general", "dosing-1", "dosing-3", 3),
    ],
)
def test_a_dose_given_out_of_turn_keeps_the_next_one_away(
    protocol: str, held: str, out_of_turn: str, least: int
) -> None:
    """A dose of a later phase, given the day before dose 4, moves dose 4 off its day."""
    life = through(newborn(protocol), held)
    ahead = min(visit.start.date() for visit in life.plan.visits if visit.open and visit.kind == "dosing")
    given = ahead - timedelta(days=1)
    at = datetime.combine(given, time(10), tzinfo=life.now.tzinfo)
    plan = complete(life.plan, out_of_turn, actual=at)
    revision = revise(plan, life.sources, at + timedelta(hours=8))
    following = [visit.start.date() for visit in revision.plan.visits if visit.open and visit.kind == "dosing"]
    assert revision.placed
    assert min((day - given).days for day in following) >= least


def test_boosters_keep_the_gap_of_the_doses() -> None:
    """Three boosters on three days in a row cannot be: each one that is too near to another dose is refused."""
    life = newborn("general")
    placed = 0
    for days in (40, 41, 42):
        day = life.plan.created.date() + timedelta(days=days + 60)
        while day.weekday() > 4:
            day += timedelta(days=1)
        added = add_visit(life.plan, life.sources.protocol, "booster", day=day)
        revision = revise(added.plan, life.sources, life.now, asked=Asked(visit=added.visit, day=day))
        if revision.refused is None:
            placed += 1
            life = life.on(revision.plan)
    assert placed >= 1
    assert all((later - earlier).days >= 3 for earlier, later in pairwise(dosed(life.plan)))


def test_a_cap_counts_boosters_and_given_doses() -> None:
    """Two doses a week at most, a booster among them."""
    life = through(newborn("general"), "dosing-2")
    days = [visit.start.date() for visit in life.plan.visits if visit.kind == "dosing" and visit.open]
    added = add_visit(life.plan, life.sources.protocol, "booster", day=days[0] + timedelta(days=3))
    asked = Asked(visit=added.visit, day=days[0] + timedelta(days=3))
    revision = revise(added.plan, life.sources, life.now, asked=asked)
    first = dosed(revision.plan)[0]
    weeks = [(day - first).days // 7 for day in dosed(revision.plan)]
    assert all(weeks.count(week) <= 2 for week in weeks)
