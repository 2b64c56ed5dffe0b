"""Planned against actual: drift, windows, figures that payers count, and scores."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from support.plans import plan_in_course, sample_plan
from support.reviews import Course, course

from kapplan.planning.amend import record as recording
from kapplan.planning.reports.adherence import Figure, Report, report


def of(made: Course) -> Report:
    """Return the report of a course today."""
    return report(made.plan, made.today, made.basis)


def figure(made: Course, name: str) -> Figure:
    """Return one figure of a course today."""
    (found,) = [one for one in of(made).figures if one.id == name]
    return found


def held_late(made: Course, visit_id: str, days: int) -> Course:
    """Return a course in which a visit was held some days after its date."""
    visit = made.plan.visit(visit_id)
    plan = recording.complete(made.plan, visit_id, actual=visit.start + timedelta(days=days))
    return replace(made, plan=plan, today=visit.start.date() + timedelta(days=days))


def test_a_fresh_plan_has_no_drift() -> None:
    """Nothing is held, missed or late yet."""
    made = report(sample_plan(), sample_plan().created.date())
    assert (made.held, made.missed, made.drift_days, made.greatest_drift_days) == (0, 0, 0, 0)
    assert made.ahead == len(sample_plan().visits)
    assert made.series == ()


def test_every_status_is_counted() -> None:
    """Held, missed, cancelled and left out are told apart, each with why it is."""
    made = report(plan_in_course(), plan_in_course().created.date())
    assert (made.held, made.missed, made.cancelled, made.omitted) == (5, 1, 1, 1)
    (cancelled,) = [kept for kept in made.visits if kept.status == "cancelled"]
    assert cancelled.why[0] == "cancelled by the patient"
    assert any("clinic is closed" in why for why in cancelled.why)


@pytest.mark.parametrize(("days", "kept"), [(0, True), (5, True), (6, False), (-2, True), (-3, False)])
def test_a_window_is_kept_on_the_days_that_the_rules_allow(days: int, *, kept: bool) -> None:
    """The visit's own window, 2 days before it through 5 after it, decides."""
    plan = sample_plan()
    visit = plan.visit("preparation-1")
    plan = recording.complete(plan, visit.id, actual=visit.start + timedelta(days=days))
    made = report(plan, visit.start.date())
    assert (made.in_window, made.out_of_window) == ((1, 0) if kept else (0, 1))
    assert made.drift_days == days


def test_a_window_counts_from_the_day_on_which_its_anchor_was_held() -> None:
    """Where the dose before it was held on another day than planned, the window is where the verdict has it."""
    made = course("kap-standard")
    plan, visit = made.plan, made.plan.visit("integration-1")
    dose = plan.visit("dosing-1")
    late = visit.start + timedelta(days=9)
    plan = recording.complete(plan, "dosing-1", actual=dose.start + timedelta(days=9))
    plan = recording.complete(plan, visit.id, actual=late)
    (kept,) = [one for one in report(plan, late.date()).visits if one.visit == visit.id]
    assert (kept.in_window, kept.verdicts) == (True, ())
    unrecorded = recording.complete(made.plan, visit.id, actual=late)
    (kept,) = [one for one in report(unrecorded, late.date()).visits if one.visit == visit.id]
    assert kept.in_window is False
    assert any("too late" in one for one in kept.verdicts)


def test_drift_counts_from_where_a_visit_first_stood() -> None:
    """A visit that moved before it was held has come all the way from its first date."""
    plan = sample_plan()
    visit = plan.visit("dosing-1")
    moved = replace(visit, original=visit.start - timedelta(days=4))
    plan = replace(plan, visits=tuple(moved if one.id == visit.id else one for one in plan.visits))
    made = report(recording.complete(plan, visit.id, actual=visit.start + timedelta(days=1)), visit.start.date())
    assert made.drift_days == made.greatest_drift_days == 5


@pytest.mark.parametrize(("gap", "holds"), [(29, True), (30, False)])
def test_thirty_days_without_a_dose_are_an_interruption(gap: int, *, holds: bool) -> None:
    """Two doses 30 days apart are an interruption, 29 are not."""
    made = course("murrough-2013").held("dosing-1")
    second = made.plan.visit("dosing-2").start.date()
    made = held_late(made, "dosing-2", gap - (second - made.today).days)
    assert figure(made, "interruption").holds is holds


def test_the_time_that_runs_counts_while_doses_are_ahead() -> None:
    """A course that waits for its next dose is interrupted when 30 days have gone by; one that is over is not."""
    waiting = course("murrough-2013").held("dosing-2").later(30)
    assert figure(waiting, "interruption").holds is False
    over = course("murrough-2013").held("dosing-6").later(60)
    assert figure(over, "interruption").holds is True


def test_an_induction_is_complete_with_eight_doses_in_time() -> None:
    """Eight doses in 45 days are complete; before that it is open, after that too late; only esketamine counts it."""
    made = course("esketamine-trd")
    assert figure(made.held("dosing-8"), "induction-complete").holds is True
    assert figure(made.held("dosing-7"), "induction-complete").holds is None
    assert figure(made.held("dosing-7").later(60), "induction-complete").holds is False
    assert [one.id for one in of(course("murrough-2013").held("dosing-1")).figures] == ["interruption"]


def test_scores_stand_in_the_order_of_their_days_with_the_baseline() -> None:
    """The baseline is the last score at or before the first dose; there is none while nothing was scored since."""
    made = course("esketamine-trd").held("dosing-1").scored(madrs=30)
    (before,) = [one for one in of(made).series if one.measure == "madrs"]
    assert before.baseline is None
    made = made.held("dosing-4").scored(madrs=18)
    (series,) = [one for one in of(made).series if one.measure == "madrs"]
    assert [value for _, value in series.points] == [32, 30, 18]
    assert (series.baseline, series.title, series.now_severity) == (30, "MADRS", "mild")


def test_scores_after_the_day_of_the_report_are_not_in_it() -> None:
    """A report looks back."""
    made = course("esketamine-trd").held("dosing-4").scored(madrs=18)
    (series,) = [one for one in of(made.later(-1)).series if one.measure == "madrs"]
    assert len(series.points) == 1


def test_readings_that_are_no_numbers_are_no_series() -> None:
    """Blood pressure is a pair; a part of a score stands with its whole."""
    made = course("esketamine-trd").held("dosing-1").scored(bp="138/88", phq9_item9=0)
    assert {"bp", "phq9_item9"}.isdisjoint(one.measure for one in of(made).series)
    bare = report(made.plan, made.today)
    assert "bp" not in {one.measure for one in bare.series}
