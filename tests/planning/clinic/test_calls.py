"""The call list: whoever was not told where a visit is now is on it, and nobody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from support.books import MONDAY, moved, small_plan

from kapplan.model.plan import Plan
from kapplan.planning.clinic.calls import Call, calls_of, told

HOUR = timedelta(hours=1)
BEFORE = MONDAY - 24 * HOUR


def plan() -> Plan:
    """Return a plan of two visits, a day apart."""
    return small_plan("ana", [MONDAY, MONDAY + 24 * HOUR])


def test_a_new_course_is_told_whole() -> None:
    """Of a course that nobody was told of every visit ahead is to be told."""
    assert calls_of(plan(), BEFORE) == (
        Call(patient="ana", visit="integration-1", was=None, now=MONDAY),
        Call(patient="ana", visit="integration-2", was=None, now=MONDAY + 24 * HOUR),
    )


def test_who_was_told_is_not_called_again() -> None:
    """After a call nothing is left to be told, until something moves: then the old date and the new."""
    known = told(plan(), BEFORE)
    assert calls_of(known, BEFORE) == ()
    shifted = moved(known, [MONDAY, MONDAY + 25 * HOUR])
    assert calls_of(shifted, BEFORE) == (
        Call(patient="ana", visit="integration-2", was=MONDAY + 24 * HOUR, now=MONDAY + 25 * HOUR),
    )


@pytest.mark.parametrize("status", ["cancelled", "omitted", "missed"])
def test_what_is_called_off_is_told(status: str) -> None:
    """A visit of which a patient was told and that is called off is to be told, once."""
    known = told(plan(), BEFORE)
    first, second = known.visits
    off = replace(known, visits=(replace(first, status=status), second))  # type: ignore[arg-type]
    assert calls_of(off, BEFORE) == (Call(patient="ana", visit="integration-1", was=MONDAY, now=None),)
    assert calls_of(told(off, BEFORE), BEFORE) == ()


def test_what_is_past_needs_no_call() -> None:
    """What lies behind is not told any more, moved or not."""
    known = told(plan(), BEFORE)
    assert calls_of(moved(known, [MONDAY - HOUR, MONDAY]), MONDAY + HOUR) == ()


def test_provisional_visits_wait() -> None:
    """A provisional visit is not told of, but one of which the patient was told before is when it moves."""
    first, second = plan().visits
    waiting = replace(plan(), visits=(first, replace(second, provisional=True)))
    assert [call.visit for call in calls_of(waiting, BEFORE)] == ["integration-1"]
    known = replace(waiting, told={"integration-1": MONDAY, "integration-2": MONDAY})
    assert [call.visit for call in calls_of(known, BEFORE)] == ["integration-2"]


def test_one_visit_can_be_told_alone() -> None:
    """Who was told of one visit is still to be told of the other."""
    known = told(plan(), BEFORE, ["integration-2"])
    assert [call.visit for call in calls_of(known, BEFORE)] == ["integration-1"]


def test_a_held_course_is_not_called_about() -> None:
    """While a course is on hold nobody is told dates that will not be kept."""
    assert calls_of(replace(plan(), held=True), BEFORE) == ()
