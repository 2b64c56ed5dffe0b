"""Where history, caps and days taken leave no room at all: maxima from history are widened by as little as will do."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from support.cases import MONDAY, NOW, answer_of, clinic_of, drafted
from support.protocols import profile_of, protocol_of

from kapplan.files.library.rules import built_in_review
from kapplan.model.clinic import Away
from kapplan.model.plan import Plan
from kapplan.model.profile import Availability
from kapplan.planning.amend.record import complete, miss
from kapplan.planning.availability.calendar import BusyTimes, Calendar, shapes_of
from kapplan.planning.problem.problem import Problem
from kapplan.planning.regimen.layout import lay_out
from kapplan.planning.replan import residual_problem
from kapplan.planning.replan.replan import Revision, revise
from kapplan.planning.replan.request import Sources
from kapplan.planning.schedule.formulate import (
    LONGEST_HORIZON,
    ROOM_BEYOND,
    UNBOUNDED_ROOM,
    Situation,
    formulate,
    horizon,
    reach,
)

CROWD = """
[[phases]]
id = "doses"
[[phases.series]]
visit = "dosing"
[[phases]]
id = "talks"
[[phases.series]]
visit = "integration"
count = {count}
after = {{ first = "dosing" }}
lead = {{ min = 1, max = 4 }}
gap = {{ min = 0, max = 30 }}
rules = [{{ which = "each", after = {{ first = "dosing" }}, min = 1, max = 6 }}]
[missed.talks]
then = "replace"
"""
"""Integrations that all belong into the week after the dose, each on a day of its own."""


def lapsed(count: int, *, away: int = 0, later: int = 30) -> tuple[Plan, Revision]:
    """Return a course of which the dose was held and all integrations were missed, and what it becomes much later.

    It is so many days ``later``, and for ``away`` days from then on the patient is on a journey.
    """
    protocol, clinic = protocol_of(CROWD.format(count=count)), clinic_of("mon tue wed thu fri sat sun")
    profile = profile_of(start=MONDAY, start_within=0)
    plan = drafted(answer_of(protocol, profile, clinic), protocol, profile, clinic)
    plan = complete(plan, "dosing-1")
    for number in range(1, count + 1):
        plan = miss(plan, f"integration-{number}")
    now = NOW + timedelta(days=later)
    if away:
        gone = Away(from_=now.date(), until=now.date() + timedelta(days=away), why="travel")
        profile = replace(profile, availability=Availability(away=(gone,)))
    sources = Sources(profile=profile, protocol=protocol, clinic=clinic, moving=built_in_review().moving)
    return plan, revise(plan, sources, now)


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_what_crowds_on_one_day_is_widened_until_each_has_its_own(count: int) -> None:
    """Replacements that history has all made overdue take the first days there are, one a day, and each says so."""
    plan, revision = lapsed(count)
    assert revision.placed
    tomorrow = (NOW + timedelta(days=31)).date()
    new = sorted(visit.start.date() for visit in revision.plan.visits if visit.open)
    assert new == [tomorrow + timedelta(days=number) for number in range(count)]
    assert {one.visit for one in revision.loosened} == {visit.id for visit in revision.plan.visits if visit.open}
    assert all(one.days > 0 for one in revision.loosened)
    assert not [visit for visit in plan.visits if visit.open]


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("away", [1, 20])
def test_what_has_passed_is_widened_to_the_next_days_that_the_patient_has(count: int, away: int) -> None:
    """Whom history has made overdue gets the first days after a journey, one a day, and the plan says by how much."""
    _, revision = lapsed(count, away=away)
    assert revision.placed
    back = (NOW + timedelta(days=30 + away + 1)).date()
    assert sorted(visit.start.date() for visit in revision.plan.visits if visit.open) == [
        back + timedelta(days=number) for number in range(count)
    ]
    assert {one.visit: one.days for one in revision.loosened} == {
        visit.id: (visit.start.date() - MONDAY).days - 6 for visit in revision.plan.visits if visit.open
    }


def test_an_absence_is_not_history() -> None:
    """Where the patient is away for longer than a rule allows whose time has not passed, that is a clash."""
    _, revision = lapsed(2, away=20, later=2)
    assert not revision.placed
    assert revision.clash is not None
    assert "away:0" in revision.clash.groups


def test_nothing_is_widened_where_the_steps_do_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule from history is widened where it is known that nothing fits, never because nobody could find out."""
    asked: list[int] = []

    def undecided(_: Problem, patience: int) -> None:
        asked.append(patience)

    monkeypatch.setattr(residual_problem, "is_feasible", undecided)
    _, revision = lapsed(2)
    assert asked
    assert not revision.placed


def test_nobody_waits_for_ever() -> None:
    """Where the next day is more than three months off, what has passed is no longer widened: it is a clash."""
    _, revision = lapsed(1, away=120)
    assert not revision.placed


# How far the days are looked at

OPEN_END = """
[[phases]]
id = "doses"
[[phases.series]]
visit = "dosing"
count = 2
gap = { min = 3, target = 7 }
"""


@pytest.mark.parametrize("within", [0, 14, 60])
def test_a_visit_that_nothing_bounds_is_looked_for_half_a_year(within: int) -> None:
    """Without a maximum a visit's days end so long after its nominal day and the latest start; the calendar goes on."""
    course = lay_out(protocol_of(OPEN_END), profile_of())
    situation = Situation(origin=MONDAY, earliest=MONDAY, start_within=within)
    reached = reach(course, situation)
    assert reached["dosing-1"] == (0, within)
    assert reached["dosing-2"] == (3, within + UNBOUNDED_ROOM + course.visit("dosing-2").nominal)
    assert horizon(reached) == reached["dosing-2"][1] + ROOM_BEYOND


def test_a_bounded_visit_is_looked_for_as_far_as_its_rules_reach() -> None:
    """With a maximum the days end where the rules do, and never later than the longest horizon."""
    bounded = lay_out(protocol_of(OPEN_END.replace("target = 7", "target = 7, max = 21")), profile_of())
    situation = Situation(origin=MONDAY, earliest=MONDAY, start_within=14)
    assert reach(bounded, situation)["dosing-2"] == (3, 35)
    endless = lay_out(protocol_of(OPEN_END.replace("target = 7", "target = 7, max = 3000")), profile_of())
    assert reach(endless, situation)["dosing-2"] == (3, min(LONGEST_HORIZON, 14 + 3000))


def test_a_fixed_first_dose_stands_for_the_start() -> None:
    """The first dose is on its day whatever the start allows, and what comes before it counts back from there."""
    course = lay_out(protocol_of(OPEN_END), profile_of())
    day = date(2027, 3, 1)
    situation = Situation(origin=MONDAY, earliest=MONDAY, start_within=0, first_dose=day)
    reached = reach(course, situation)
    assert reached["dosing-1"] == (56, 56)
    assert reached["dosing-2"][0] == 59


def test_the_problem_lists_no_day_beyond_its_reach() -> None:
    """Every open day of a problem lies where the rules alone could put the visit, from the earliest day on."""
    course, clinic = lay_out(protocol_of(OPEN_END), profile_of()), clinic_of()
    situation = Situation(origin=MONDAY, earliest=MONDAY + timedelta(days=2), start_within=10)
    reached = reach(course, situation)
    last = situation.date_of(horizon(reached))
    calendar = Calendar(clinic, profile_of(), BusyTimes(), situation.first_open, last)
    problem = formulate(course, calendar, shapes_of(course.visits), situation, reached)
    assert problem.horizon == horizon(reached)
    for visit in problem.visits:
        low, high = reached[visit.id]
        days = [choice.day for choice in visit.days]
        assert low >= 2
        assert days[0] >= low
        assert high - 3 < days[-1] <= high
