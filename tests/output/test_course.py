"""What the views read off a plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st
from support.plans import FIRST_DOSE, sample_plan

from kapplan.output.records.numbers import gate_words, in_order, off_target_words, parts, phase_words, weeks_spanned


def test_weeks_begin_with_the_first_dose_that_is_given() -> None:
    """A dose that was missed opens no week; one held on another day opens it there."""
    plan = sample_plan()
    first, second = plan.visit("dosing-1"), plan.visit("dosing-2")
    others = tuple(visit for visit in plan.visits if visit.kind != "dosing")
    missed = replace(plan, visits=(*others, replace(first, status="missed"), second))
    later = replace(plan, visits=(*others, replace(first, actual=first.start + timedelta(days=1))))
    assert plan.first_dose == FIRST_DOSE
    assert missed.first_dose == second.start.date()
    assert later.first_dose == FIRST_DOSE + timedelta(days=1)
    assert replace(plan, visits=others).first_dose is None


def test_where_no_dose_was_given_the_planned_one_counts() -> None:
    """A course whose doses all fell out still has its weeks."""
    plan = sample_plan()
    visits = tuple(replace(visit, status="cancelled") for visit in plan.visits)
    assert replace(plan, visits=visits).first_dose == FIRST_DOSE


@given(st.lists(st.sampled_from(["one", "two", "three"]), max_size=23))
def test_parts_hold_every_visit_once_and_in_order(phases: list[str]) -> None:
    """However phases overlap, their parts laid end to end are the course by its dates."""
    plan = sample_plan()
    visits = tuple(replace(v, phase=p) for v, p in zip(plan.visits, phases, strict=False))
    divided = parts(replace(plan, visits=visits))
    assert [visit for part in divided for visit in part.visits] == list(in_order(visits))
    named = [phase for part in divided for phase in part.phases]
    assert sorted(named) == sorted(set(phases))


def test_a_visit_off_target_without_a_reason_says_how_far_and_which_way() -> None:
    """The direction is reckoned from its timing rules."""
    plan = sample_plan()
    late = replace(plan.visit("dosing-3"), because=())
    early = replace(late, timing=(replace(late.timing[0], target_days=(14, 15)),), deviation_days=3)
    unknown = replace(late, timing=())
    assert off_target_words(plan, late) == "4 days later than ideal"
    assert off_target_words(plan, early) == "3 days earlier than ideal"
    assert off_target_words(plan, unknown) == "4 days off target"
    assert off_target_words(plan, plan.visit("dosing-1")) is None


def test_headings_and_gates_are_words() -> None:
    """A phase's id becomes a heading, a gate a visit or what is to be settled."""
    assert phase_words("follow-up") == "Follow up"
    assert gate_words(sample_plan(), "review-1") == "review 1"
    assert gate_words(sample_plan(), "pregnancy") == "pregnancy to be settled"


def test_begun_weeks_count() -> None:
    """One day is a week, eight days are two."""
    plan = sample_plan()
    first = plan.visits[0]
    assert weeks_spanned([]) == 0
    assert weeks_spanned([first]) == 1
    assert weeks_spanned([first, replace(first, start=first.start + timedelta(days=7))]) == 2
    assert date(2027, 1, 4) == first.start.date()
