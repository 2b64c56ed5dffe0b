"""A patient who arrives in mid-course: gates passed, what was given, what history makes impossible."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from support.cases import MONDAY, NOW, clinic_of, free_on, plan_of
from support.protocols import course_of, profile_of

from kapplan.model.profile import Given
from kapplan.model.regimen import Regimen, TimingRule
from kapplan.planning.problem.months import months_after
from kapplan.planning.residual.arrivals import arrived, gates_passed, given_days, without_past
from kapplan.planning.residual.happened import Happened
from kapplan.planning.residual.overdue_rules import Ahead, earliest_days, keepable

COURSE = """
[[phases]]
id = "start"
[[phases.series]]
visit = "screening"
gate = {}
[[phases]]
id = "doses"
[[phases.series]]
visit = "dosing"
count = 3
after = { last = "screening" }
lead = { min = 1, target = 3, max = 10 }
gap = { min = 3, target = 7, max = 14 }
[[phases]]
id = "review"
[[phases.series]]
visit = "review"
after = { last = "dosing" }
lead = { min = 3, target = 5, max = 14 }
gate = { measure = "phq9", response = 0.5 }
[[phases]]
id = "after"
follow_up = true
[[phases.series]]
visit = "check-in"
after = { last = "dosing" }
at = { months = [1, 2] }
gap = { min = -3, target = [-3, 3], max = 3 }
"""


def awaited(regimen: Regimen) -> dict[str, tuple[str, ...]]:
    """Return what each visit of a course waits for."""
    return {visit.id: visit.awaits for visit in regimen.visits}


def test_a_gate_that_measures_nothing_is_passed_when_it_was_held() -> None:
    """After the screening was held, no dose waits for it; without it they all do."""
    course = course_of(COURSE)
    assert all("screening-1" in awaited(course)[f"dosing-{number}"] for number in (1, 2, 3))
    passed = awaited(gates_passed(course, {"screening-1"}))
    assert not any("screening-1" in awaits for awaits in passed.values())
    assert awaited(gates_passed(course, {"dosing-1"})) == awaited(course)


def test_a_gate_that_measures_is_passed_only_where_the_course_went_on() -> None:
    """A review that was held decides nothing here; a check-in held after it says that it was passed."""
    course = course_of(COURSE)
    assert awaited(course)["check-in-2"] == ("screening-1", "review-1")
    assert awaited(gates_passed(course, {"review-1"}))["check-in-2"] == ("screening-1", "review-1")
    assert awaited(gates_passed(course, {"review-1", "check-in-1"}))["check-in-2"] == ("screening-1",)


def test_the_first_visits_of_a_kind_are_those_given() -> None:
    """Days given are taken in their order, however they are written; more than the course has is told."""
    given = tuple(Given(kind="dosing", on=date(2026, 12, day)) for day in (22, 1, 8, 15))
    profile = replace(profile_of(), given=given)
    course = course_of(COURSE)
    assert given_days(profile, course) == {
        "dosing-1": date(2026, 12, 1), "dosing-2": date(2026, 12, 8), "dosing-3": date(2026, 12, 15),
    }  # fmt: skip
    notices = arrived(course, profile).notices
    assert any("4 dosing visits were given before, the course has 3: the last 1" in notice for notice in notices)


def test_what_would_have_come_before_is_taken_as_held() -> None:
    """With a dose given the screening is no part of the course any more, and no rule or limit names it."""
    profile = replace(profile_of(), given=(Given(kind="dosing", on=date(2026, 12, 22)),))
    kept, told = without_past(course_of(COURSE), profile)
    assert "screening-1" not in {visit.id for visit in kept.visits}
    assert "screening-1" not in {name for rule in kept.timing for name in (rule.visit, rule.after)}
    assert told == ("Taken as held before this plan, since later visits were: screening 1.",)
    assert without_past(course_of(COURSE), profile_of()) == (course_of(COURSE), ())


def test_a_plan_of_a_patient_in_mid_course_waits_for_no_gate_that_was_passed() -> None:
    """Doses after a screening that was held stand firm, check-ins wait for the review to come."""
    given = (Given(kind="screening", on=date(2026, 12, 20)), Given(kind="dosing", on=date(2026, 12, 28)))
    plan = plan_of(COURSE, given=given)
    assert not plan.visit("dosing-2").provisional
    assert plan.visit("check-in-1").awaits == ("review-1",)


# What history makes impossible


def ahead_of(earliest: date, regimen: Regimen, weekdays: frozenset[int] = frozenset(range(7))) -> Ahead:
    """Return from when on the visits of a course can be."""
    at_clinic = frozenset(visit.id for visit in regimen.visits)
    return Ahead(
        earliest=earliest, sooner={}, origin=MONDAY, start_within=14, weekdays=weekdays, at_clinic=at_clinic
    )  # fmt: skip


@pytest.mark.parametrize("late", range(0, 60, 7))
@pytest.mark.parametrize("months", [1, 2, 6])
@pytest.mark.parametrize("last", [date(2027, 1, 31), date(2027, 2, 28), date(2027, 8, 30)])
def test_a_rule_of_months_is_widened_to_the_first_day_that_is_left(last: date, months: int, late: int) -> None:
    """A maximum counted in calendar months from what was held reaches just the earliest day, and says so."""
    rule = TimingRule(rule="after.check-in.at", visit="check-in-1", after="dosing-3", months=months, min=-3, max=3)
    course = course_of(COURSE)
    course = replace(course, timing=(rule,))
    held = Happened(given={"dosing-3": last}, lost={})
    latest = date.fromordinal(months_after(0, last.toordinal(), months)) + timedelta(days=3)
    earliest = latest + timedelta(days=late - 14)
    kept = keepable(course, held, ahead_of(earliest, course))
    over = max(late - 14, 0)
    assert kept.regimen.timing[0].max == 3 + over
    widened = [one for one in kept.loosened if one.visit == "check-in-1"]
    assert [one.days for one in widened] == ([over] if over else [])
    if over:
        assert "as near to dose 3 as its rule asks" in widened[0].reason.text
        assert f"{over} more day{'s are' if over > 1 else ' is'} allowed" in widened[0].reason.text


def test_the_earliest_days_keep_to_the_weekdays_of_the_clinic() -> None:
    """Where the clinic opens on Mondays and Thursdays only, a maximum is widened to the next of these."""
    course = replace(
        course_of(COURSE),
        timing=(TimingRule(rule="gap", visit="dosing-2", after="dosing-1", min=3, max=5),),
    )
    held = Happened(given={"dosing-1": date(2027, 1, 4)}, lost={})
    low = earliest_days(course, held, ahead_of(date(2027, 1, 8), course, frozenset({0, 3})))
    assert low["dosing-2"] == date(2027, 1, 11)
    kept = keepable(course, held, ahead_of(date(2027, 1, 8), course, frozenset({0, 3})))
    assert kept.regimen.timing[0].max == 7


def test_a_start_that_cannot_be_kept_is_widened_too() -> None:
    """Where even the first day ahead lies beyond the bound of the start, the bound reaches it."""
    course = course_of(COURSE)
    kept = keepable(course, Happened(given={}, lost={}), ahead_of(date(2027, 1, 20), course))
    assert kept.start_within == 16
    assert [one.reason.rule for one in kept.loosened] == ["start"]


def test_a_lapse_before_the_plan_is_told_and_the_course_goes_on() -> None:
    """A dose given long ago does not stand in the way: its maximum is widened, and the plan says so."""
    given = (Given(kind="screening", on=date(2026, 10, 1)), Given(kind="dosing", on=date(2026, 10, 5)))
    now = datetime(2026, 12, 30, 9, tzinfo=NOW.tzinfo)
    plan = plan_of(COURSE, given=given, clinic=clinic_of(), availability=free_on("mon thu"), now=now)
    assert plan.visit("dosing-2").start.date() >= MONDAY
    assert any("can no longer be 14 days after dose 1 at most" in notice for notice in plan.notices)
