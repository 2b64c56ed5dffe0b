"""Tasks after a change: due by the visit's date as it is now, and never before anybody could have done them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Literal

import pytest
from support.lives import newborn

from kapplan.model.plan import Finding, Plan, Task
from kapplan.model.visits import TaskRule
from kapplan.planning.amend.record import complete, miss
from kapplan.planning.amend.tasks import tasks_after

LIFE = newborn()
DOSE = LIFE.plan.visit("dosing-1")
BEFORE = -7
"""The task is due a week before the first dose."""


def plan_with(due: date) -> Plan:
    """Return a plan whose course has a task, due on a day as the plan has it."""
    rule = TaskRule(id="ride", due_days=BEFORE, text="Arrange the ride")
    regimen = replace(LIFE.plan.regimen, tasks=(rule,))
    task = Task(id="ride-dosing-1", due=due, text=rule.text, visit="dosing-1")
    return replace(LIFE.plan, regimen=regimen, tasks=(task,))


def due_after(plan: Plan, today: date, *, later: int = 0, findings: Sequence[Finding] = ()) -> date:
    """Return when the task is due once the first dose is so many days later."""
    days = timedelta(days=later)
    visits = [
        replace(visit, start=visit.start + days, end=visit.end + days) if visit.id == "dosing-1" else visit
        for visit in plan.visits
    ]
    (due,) = [task.due for task in tasks_after(plan, visits, findings, today) if task.id == "ride-dosing-1"]
    return due


DAY = DOSE.start.date()
NOMINAL = DAY + timedelta(days=BEFORE)


@pytest.mark.parametrize("today", [NOMINAL - timedelta(days=30), NOMINAL, DAY - timedelta(days=1)])
def test_what_was_due_stays_due(today: date) -> None:
    """Where the dose stays, so does the task, also once it is late."""
    assert due_after(plan_with(NOMINAL), today) == NOMINAL


def test_what_was_put_off_stays_put_off() -> None:
    """A task that could not be done in time at first is due when the plan said so, however often it is dated anew."""
    put_off = NOMINAL + timedelta(days=3)
    assert due_after(plan_with(put_off), put_off) == put_off
    assert due_after(plan_with(put_off), put_off + timedelta(days=2)) == put_off


def test_a_dose_that_comes_later_takes_its_task_along() -> None:
    """The task is due as long before it as the rule says."""
    assert due_after(plan_with(NOMINAL), NOMINAL, later=5) == NOMINAL + timedelta(days=5)
    assert due_after(plan_with(NOMINAL + timedelta(days=3)), NOMINAL, later=14) == NOMINAL + timedelta(days=14)


def test_a_dose_that_comes_nearer_makes_nothing_late() -> None:
    """The task is due tomorrow, or on the day of the dose where that is sooner; never in the past."""
    today = DAY - timedelta(days=5)
    assert due_after(plan_with(NOMINAL), today, later=-3) == today + timedelta(days=1)
    assert due_after(plan_with(NOMINAL), today, later=-5) == today


def test_a_task_that_is_new_is_due_no_sooner_than_tomorrow() -> None:
    """What a refreshed course asks for cannot have been done already."""
    today = DAY - timedelta(days=4)
    assert due_after(replace(plan_with(NOMINAL), tasks=()), today) == today + timedelta(days=1)


@pytest.mark.parametrize(("status", "asked"), [("open", True), ("done", False)])
def test_a_first_dose_that_is_lost_hands_on_what_comes_before_it(status: Literal["open", "done"], asked: bool) -> None:
    """What was to be done before it is to be done before the one that is the first now, unless it was done already."""
    plan = plan_with(NOMINAL)
    plan = miss(replace(plan, tasks=tuple(replace(task, status=status) for task in plan.tasks)), "dosing-1")
    left = [task.id for task in tasks_after(plan, plan.visits, (), DAY) if task.status == "open"]
    assert left == (["ride-dosing-2"] if asked else [])


def test_a_course_that_has_begun_asks_for_nothing_before_its_first_dose() -> None:
    """Once a dose was given, a lost one hands nothing on."""
    plan = miss(complete(plan_with(NOMINAL), "dosing-2"), "dosing-1")
    assert all(task.status != "open" for task in tasks_after(plan, plan.visits, (), DAY))
