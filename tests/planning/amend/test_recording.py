"""Recording: what happened is written down as it was said, whatever it means for the schedule."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, timedelta

import pytest
from support.lives import newborn

from kapplan.model.plan import Plan, Score, Task
from kapplan.planning.amend.record import (
    cancel,
    complete,
    confirm,
    finish_task,
    hold,
    miss,
    omit,
    resume,
    score,
)


@pytest.fixture
def plan() -> Plan:
    """Return a new plan with one task of its first dose."""
    plan = newborn().plan
    day = plan.visit("dosing-1").start.date()
    task = Task(id="form-dosing-1", due=day + timedelta(days=7), text="Submit the form", visit="dosing-1")
    return replace(plan, tasks=(task,))


def test_planned_and_actual_stand_side_by_side(plan: Plan) -> None:
    """A visit held at another time keeps its planned start beside the actual one, in the plan's zone."""
    visit = plan.visit("dosing-1")
    actual = (visit.start + timedelta(days=1, minutes=20)).astimezone(UTC)
    held = complete(plan, "dosing-1", actual=actual, note="calm").visit("dosing-1")
    assert (held.status, held.start, held.actual, held.note) == ("completed", visit.start, actual, "calm")
    assert held.actual is not None
    assert str(held.actual.tzinfo) == plan.timezone


def test_a_visit_held_without_a_time_was_held_as_planned(plan: Plan) -> None:
    """Without a moment the planned one counts."""
    assert complete(plan, "dosing-1").visit("dosing-1").actual == plan.visit("dosing-1").start


def test_what_is_due_counts_from_the_day_on_which_it_was_held(plan: Plan) -> None:
    """A form due a week after the dose is due a day later where the dose was given a day later."""
    actual = plan.visit("dosing-1").start + timedelta(days=1)
    (task,) = complete(plan, "dosing-1", actual=actual).tasks
    assert task.due == plan.tasks[0].due + timedelta(days=1)


def test_scores_of_a_visit_are_kept_with_it(plan: Plan) -> None:
    """Scores given with a visit have its day and its id."""
    day = plan.visit("dosing-1").start.date()
    after = complete(plan, "dosing-1", scores={"phq9": 14, "bp": "138/88"})
    assert after.scores == (
        Score(on=day, measure="phq9", value=14, visit="dosing-1"),
        Score(on=day, measure="bp", value="138/88", visit="dosing-1"),
    )


def test_a_measure_scored_again_on_a_day_has_the_new_value(plan: Plan) -> None:
    """A correction replaces what was recorded that day; other days stay, all in order of their days."""
    first = score(score(plan, date(2027, 1, 9), {"phq9": 14}), date(2027, 1, 2), {"phq9": 18})
    assert [(one.on.day, one.value) for one in score(first, date(2027, 1, 9), {"phq9": 12}).scores] == [
        (2, 18),
        (9, 12),
    ]


@pytest.mark.parametrize(("record", "status"), [(miss, "missed"), (cancel, "cancelled"), (omit, "omitted")])
def test_a_visit_that_was_not_held_says_how(plan: Plan, record: object, status: str) -> None:
    """Missed, cancelled and omitted differ; the open tasks of the visit are dropped, and no actual time remains."""
    after = record(complete(plan, "dosing-1"), "dosing-1", note="ill")  # type: ignore[operator]
    visit = after.visit("dosing-1")
    assert (visit.status, visit.note, visit.actual) == (status, "ill", None)
    assert [task.status for task in after.tasks] == ["dropped"]


def test_a_cancelled_visit_says_by_whom(plan: Plan) -> None:
    """The party is kept, and forgotten once the visit was held after all."""
    after = cancel(plan, "dosing-1", party="clinic")
    assert after.visit("dosing-1").cancelled_by == "clinic"
    assert complete(after, "dosing-1").visit("dosing-1").cancelled_by is None


def test_only_planned_visits_are_confirmed(plan: Plan) -> None:
    """A visit that was missed is not confirmed by mistake; one that does not exist is an error."""
    after = confirm(miss(plan, "dosing-1"), ["dosing-1", "dosing-2"])
    assert (after.visit("dosing-1").status, after.visit("dosing-2").status) == ("missed", "confirmed")
    with pytest.raises(KeyError):
        confirm(plan, ["dosing-9"])


def test_a_task_is_done_on_a_day(plan: Plan) -> None:
    """A finished task keeps its day; one that does not exist is an error."""
    (task,) = finish_task(plan, "form-dosing-1", date(2027, 1, 20)).tasks
    assert (task.status, task.done) == ("done", date(2027, 1, 20))
    with pytest.raises(KeyError):
        finish_task(plan, "form", date(2027, 1, 20))


def test_a_course_on_hold_remembers_what_was_confirmed(plan: Plan) -> None:
    """On hold every open visit is unresolved, and knows what it was before, however often it is held."""
    held = hold(hold(confirm(plan, ["dosing-1"])))
    assert held.held
    assert {visit.status for visit in held.visits} == {"unresolved"}
    assert (held.visit("dosing-1").before, held.visit("dosing-2").before) == ("confirmed", "planned")
    assert not resume(held, held.created).held


def test_next_is_the_oldest_visit_that_is_not_recorded(plan: Plan) -> None:
    """``next`` waits for each visit to be recorded, however long it lies behind; where all are there is none."""
    course = plan
    for visit in sorted(plan.visits, key=lambda one: one.start):
        assert course.next_visit == course.visit(visit.id)
        course = (complete, miss, omit, cancel)[visit.number % 4](course, visit.id)
    assert course.next_visit is None


def test_next_keeps_to_the_times_whatever_the_order_of_the_list(plan: Plan) -> None:
    """The oldest is the one that stands first in time, unresolved or not."""
    course = hold(replace(plan, visits=plan.visits[::-1]))
    assert course.next_visit is not None
    assert course.next_visit.id == plan.visits[0].id
