"""Tasks after a change: due by the visit's date as it is now, and never before anybody could have done them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Literal

import pytest
from support.lives import newborn

from kapplan.model.plan import Finding, Plan, Task
from kapplan.model.terms import DOSES
from kapplan.model.visits import TaskRule
from kapplan.planning.amend.record import complete, finish_task, miss, reopen
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
    """Return when the task is due once the first dose is so many days later, and the others with it."""
    days = timedelta(days=later)
    visits = [
        replace(visit, start=visit.start + days, end=visit.end + days) if visit.kind in DOSES else visit
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


# The dose with which the course begins


EARLY = NOMINAL - timedelta(days=9)
"""A day on which all can still be done in time."""


def after(plan: Plan) -> Plan:
    """Return a plan with its tasks as a change leaves them."""
    return replace(plan, tasks=tuple(tasks_after(plan, plan.visits, plan.findings, EARLY)))


def asked(plan: Plan) -> dict[str, date]:
    """Return what is open, and by when."""
    return {task.id: task.due for task in plan.tasks if task.status == "open"}


def with_baseline(plan: Plan) -> Plan:
    """Return a plan in which a baseline from home is asked for before the first dose, too."""
    task = Task(
        id="measure-gad7-baseline",
        due=DAY - timedelta(days=1),
        text="GAD-7 from home",
        visit="dosing-1",
        measure="gad7",
    )
    return replace(plan, tasks=(*plan.tasks, task))


def in_its_place(plan: Plan, day: date) -> Plan:
    """Return a plan with one more dose, given on a day in place of the first."""
    days = day - DAY
    extra = replace(plan.visit("dosing-1"), id="dosing-99", number=99, status="planned")
    extra = replace(extra, start=DOSE.start + days, end=DOSE.end + days)
    row = replace(plan.regimen.visit("dosing-1"), id="dosing-99", number=99, replaces="dosing-1")
    regimen = replace(plan.regimen, visits=(*plan.regimen.visits, row))
    return replace(plan, regimen=regimen, visits=(*plan.visits, extra))


def test_what_comes_before_the_first_dose_follows_it_however_often_that_changes() -> None:
    """Where another dose becomes the first one, all is asked for before that one, and before no other any more."""
    at_first = with_baseline(plan_with(NOMINAL))
    second = after(miss(at_first, "dosing-1"))
    day = second.visit("dosing-2").day
    assert asked(second) == {
        "ride-dosing-2": day + timedelta(days=BEFORE),
        "measure-gad7-baseline": day - timedelta(days=1),
    }
    sooner = DAY + timedelta(days=3)
    third = after(in_its_place(second, sooner))
    assert asked(third) == {
        "ride-dosing-99": sooner + timedelta(days=BEFORE),
        "measure-gad7-baseline": sooner - timedelta(days=1),
    }
    (baseline,) = (task for task in third.tasks if task.measure == "gad7")
    assert baseline.visit == "dosing-99"
    again = after(miss(third, "dosing-99"))
    assert asked(again) == asked(second)


@pytest.mark.parametrize("how", ["done", "reopened"])
def test_a_miss_that_is_taken_back_leaves_the_tasks_as_if_it_had_not_been(how: str) -> None:
    """Where the first dose turns out to have been held, or is open again, nothing is asked for before another one."""
    at_first = with_baseline(plan_with(NOMINAL))
    missed = after(miss(at_first, "dosing-1"))
    back = complete(missed, "dosing-1") if how == "done" else reopen(missed, "dosing-1")
    assert asked(after(back)) == asked(at_first)


def test_what_was_done_is_asked_for_before_no_other_dose() -> None:
    """A task that was done before a dose that is lost since stays done, and its like is asked for nowhere."""
    second = finish_task(after(miss(plan_with(NOMINAL), "dosing-1")), "ride-dosing-2", DAY)
    third = after(in_its_place(second, DAY + timedelta(days=3)))
    assert asked(third) == {}
    assert [task.id for task in third.tasks if task.status == "done"] == ["ride-dosing-2"]


def test_what_screening_asks_for_follows_the_first_dose() -> None:
    """What a finding asks to be done before the first dose is asked for again before the one that is the first now."""
    finding = Finding(rule="liver", level="warn", text="", holds=(), source="", task="Liver values", task_days=-3)
    task = Task(id="screening-liver", due=DAY - timedelta(days=3), text="Liver values", visit="dosing-1")
    plan = replace(LIFE.plan, regimen=replace(LIFE.plan.regimen, tasks=()), tasks=(task,), findings=(finding,))
    lost = after(miss(plan, "dosing-1"))
    assert asked(lost) == {"screening-liver": lost.visit("dosing-2").day - timedelta(days=3)}
    assert asked(after(complete(lost, "dosing-1"))) == {"screening-liver": DAY - timedelta(days=3)}


def test_a_measure_whose_visit_is_gone_stays_as_it_is() -> None:
    """Only a baseline is handed on: another measure that was dropped with its visit is not asked for again."""
    measure = Task(
        id="measure-phq9-3", due=DAY, text="PHQ-9", visit="dosing-77", measure="phq9", status="dropped"
    )  # fmt: skip
    plan = replace(plan_with(NOMINAL), tasks=(measure,))
    assert "measure-phq9-3" not in asked(after(plan))


def test_a_baseline_goes_with_its_dose_and_is_due_when_it_can_be_answered() -> None:
    """It is due as long before the dose as it was, and before one that is near no sooner than tomorrow."""
    plan = with_baseline(replace(plan_with(NOMINAL), tasks=()))
    later = [
        replace(visit, start=visit.start + timedelta(days=4), end=visit.end + timedelta(days=4))
        if visit.kind in DOSES
        else visit
        for visit in plan.visits
    ]
    (moved,) = [task for task in tasks_after(plan, later, (), EARLY) if task.measure == "gad7"]
    assert moved.due == DAY + timedelta(days=3)
    lost = miss(plan, "dosing-1")
    today = lost.visit("dosing-2").day - timedelta(days=1)
    (near,) = [task for task in tasks_after(lost, lost.visits, (), today) if task.measure == "gad7"]
    assert (near.visit, near.due) == ("dosing-2", today + timedelta(days=1))


@pytest.mark.parametrize("status", ["done", "dropped"])
def test_a_baseline_that_was_answered_is_not_asked_for_again(status: Literal["done", "dropped"]) -> None:
    """Once it is done it stays so; once a course has begun with another dose, none that was dropped comes back."""
    plan = with_baseline(replace(plan_with(NOMINAL), tasks=()))
    plan = miss(replace(plan, tasks=tuple(replace(task, status=status) for task in plan.tasks)), "dosing-1")
    plan = plan if status == "done" else complete(plan, "dosing-2")
    (baseline,) = [task for task in after(plan).tasks if task.measure == "gad7"]
    assert (baseline.status, baseline.visit) == (status, "dosing-1")


def test_a_course_whose_doses_are_all_lost_asks_for_nothing_before_them() -> None:
    """Without a dose that stands nothing is open that came before the first; one that is added asks for it again."""
    plan = with_baseline(plan_with(NOMINAL))
    for visit in plan.visits:
        if visit.kind in DOSES:
            plan = miss(plan, visit.id)
    none = after(plan)
    assert asked(none) == {}
    again = after(in_its_place(none, DAY + timedelta(days=400)))
    assert set(asked(again)) == {"ride-dosing-99", "measure-gad7-baseline"}


def test_a_task_of_a_visit_that_was_held_stays_to_be_done() -> None:
    """What was open of a visit that was held is still to be done; of one that was called off it is not."""
    extra = Task(id="call", due=DAY, text="Call the patient", visit="preparation-1")
    plan = replace(plan_with(NOMINAL), tasks=(extra,))
    assert "call" in asked(after(complete(plan, "preparation-1")))
    called_off = replace(miss(plan, "preparation-1"), tasks=(extra,))
    assert "call" not in asked(after(called_off))


def test_a_baseline_that_was_dropped_with_all_doses_comes_back_with_its_own() -> None:
    """Where the first dose turns out to have been given after all doses were lost, what was open before it is again."""
    plan = with_baseline(plan_with(NOMINAL))
    lost = plan
    for visit in plan.visits:
        if visit.kind in DOSES:
            lost = miss(lost, visit.id)
    assert asked(after(complete(after(lost), "dosing-1"))) == asked(plan)


def test_what_was_put_off_stays_put_off_once_the_dose_was_held() -> None:
    """The day by which a task was due of a dose that is held since is not counted anew."""
    put_off = NOMINAL + timedelta(days=3)
    assert asked(after(complete(plan_with(put_off), "dosing-1"))) == {"ride-dosing-1": put_off}


def test_a_visit_s_own_task_comes_and_goes_with_it() -> None:
    """It is due by the visit's day while that is open, dropped with it, and open again when the visit is."""
    rule = TaskRule(id="book-room", due_days=-2, text="Book the room")
    visits = tuple(
        replace(visit, tasks=(rule,)) if visit.id == "preparation-1" else visit for visit in LIFE.plan.regimen.visits
    )
    plan = replace(LIFE.plan, regimen=replace(LIFE.plan.regimen, visits=visits, tasks=()), tasks=(), findings=())
    day = plan.visit("preparation-1").day
    today = day - timedelta(days=9)

    def open_tasks(changed: Plan) -> tuple[Plan, dict[str, date]]:
        changed = replace(changed, tasks=tuple(tasks_after(changed, changed.visits, (), today)))
        return changed, asked(changed)

    plan, first = open_tasks(plan)
    assert first == {"book-room-preparation-1": day - timedelta(days=2)}
    lost, none = open_tasks(miss(plan, "preparation-1"))
    assert none == {}
    assert open_tasks(reopen(lost, "preparation-1"))[1] == first
