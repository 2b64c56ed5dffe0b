"""A course starts where it is asked to, keeps one therapist, and takes a patient who arrives in the middle."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from support.cases import DAY, MONDAY, NOW, ZONE, clinic_of, free_on, plan_of
from support.library_data import protocol
from support.protocols import HEAD, profile_of, protocol_of

from kapplan.model.clinic import Away, Staff
from kapplan.model.plan import Plan
from kapplan.model.profile import Given, Symptoms
from kapplan.planning.availability.calendar import BusyTimes
from kapplan.planning.availability.timezones import zone
from kapplan.planning.regimen.layout import lay_out
from kapplan.planning.schedule.course import Unplaceable, demand_of, solve

COURSE = """
[[phases]]
id = "preparation"
[[phases.series]]
visit = "preparation"
[[phases]]
id = "doses"
[[phases.series]]
visit = "dosing"
count = 3
after = { last = "preparation" }
lead = { min = 1, target = [2, 7], max = 10 }
gap = { min = 3, target = 7, max = 14 }
[[phases.series]]
visit = "integration"
each = { visit = "dosing" }
gap = { min = 1, target = [1, 2], max = 6 }
before_next = { min = 1 }
"""


def days(plan: Plan) -> dict[str, date]:
    """Return the day of each visit."""
    return {visit.id: visit.start.date() for visit in plan.visits}


def test_the_first_visit_is_on_the_asked_start_where_that_is_open() -> None:
    """Nothing keeps the course from beginning when it was asked to."""
    assert days(plan_of(COURSE))["preparation-1"] == MONDAY


@pytest.mark.parametrize("start", [None, date(2026, 12, 1), NOW.date()])
def test_a_start_left_out_or_past_is_tomorrow(start: date | None) -> None:
    """A new plan places nothing before tomorrow, and says so."""
    plan = plan_of(COURSE, start=start)
    assert days(plan)["preparation-1"] == NOW.date() + timedelta(days=1)
    assert any("Thu 31 Dec 2026" in notice for notice in plan.notices)


@pytest.mark.parametrize(("on", "told"), [(None, ["symptoms.madrs"]), (date(2026, 12, 28), [])])
def test_a_baseline_without_its_day_is_named(on: date | None, told: list[str]) -> None:
    """A score that a review compares with and that stands in the profile without a day is told, and no other."""
    made, stated = protocol("esketamine-trd"), Symptoms(on=on, madrs=33, gad7=11)
    profile = replace(profile_of(), symptoms=stated)
    regimen = lay_out(made, profile)
    demand = demand_of(profile, clinic_of(), regimen, BusyTimes(), NOW)
    assert [notice.partition(" has no day")[0] for notice in demand.notices if "symptoms" in notice] == told


def test_a_fixed_first_dose_stays_and_the_rest_is_placed_around_it() -> None:
    """``first_dose`` fixes the first dosing day; the preparation need not be on the asked start then."""
    placed = days(plan_of(COURSE, first_dose=date(2027, 1, 21)))
    assert placed["dosing-1"] == date(2027, 1, 21)
    assert 2 <= (placed["dosing-1"] - placed["preparation-1"]).days <= 7


def test_no_plan_begins_later_than_the_start_bound() -> None:
    """The first visit comes within ``start_within`` days of the asked start, or there is no plan."""
    away = (Away(from_=MONDAY, until=date(2027, 1, 12)),)
    assert days(plan_of(COURSE, availability=free_on("mon tue wed thu fri", away=away), start_within=9))
    with pytest.raises(Unplaceable):
        plan_of(COURSE, availability=free_on("mon tue wed thu fri", away=away), start_within=8)


def test_visits_given_before_are_part_of_the_course() -> None:
    """A patient in mid-course keeps the doses given; what came before them is taken as held, and the plan says so."""
    plan = plan_of(COURSE, given=(Given(kind="dosing", on=date(2026, 12, 29)),))
    dose = plan.visit("dosing-1")
    assert (dose.status, dose.timed, dose.start.date()) == ("completed", False, date(2026, 12, 29))
    assert "preparation-1" not in days(plan)
    assert any("preparation 1" in notice for notice in plan.notices)
    assert days(plan)["integration-1"] == MONDAY
    assert days(plan)["dosing-2"] == MONDAY + timedelta(days=1)


SCREENED = (
    """
[[phases]]
id = "screening"
[[phases.series]]
visit = "screening"
gate = { holds = ["dosing"] }
"""
    + COURSE
)


def test_a_gate_passed_before_the_plan_holds_nothing() -> None:
    """A screening that was held before leaves no dose provisional; one that is ahead does."""
    held = plan_of(SCREENED, given=(Given(kind="screening", on=date(2026, 12, 29)),))
    assert not any(visit.provisional for visit in held.visits)
    assert plan_of(SCREENED).visit("dosing-1").provisional


def test_history_never_makes_a_course_impossible() -> None:
    """An integration that is too late for a dose given long ago is placed as soon as can be, and the plan says so."""
    plan = plan_of(COURSE, given=(Given(kind="dosing", on=date(2026, 12, 1)),))
    assert plan.visit("integration-1").start.date() == MONDAY
    assert any("integration 1" in notice for notice in plan.notices)


def test_more_visits_given_than_the_course_has_are_told() -> None:
    """A visit given that has no place in the course is not dropped in silence."""
    given = tuple(Given(kind="dosing", on=date(2026, 12, day)) for day in (1, 8, 15, 22))
    assert any("4 dosing visits were given" in notice for notice in plan_of(COURSE, given=given).notices)


THERAPY = HEAD.replace("[visits.dosing]\n", '[visits.dosing]\nneeds = ["therapist"]\n').replace(
    "[visits.integration]\n", '[visits.integration]\nneeds = ["therapist"]\n'
)


def _with_therapists(**chosen: str) -> tuple[set[tuple[str, ...]], str | None]:
    staff = (
        Staff(id="ann", roles=("therapist",), hours={"mon": DAY, "tue": DAY}),
        Staff(id="ben", roles=("therapist",), hours={"mon": DAY, "tue": DAY, "wed": DAY, "thu": DAY}),
    )
    clinic, profile = clinic_of(staff=staff), profile_of(start=MONDAY, **chosen)
    regimen = lay_out(protocol_of(COURSE, THERAPY), profile, clinic)
    answer = solve(demand_of(profile, clinic, regimen, BusyTimes(), NOW))
    from support.cases import drafted

    plan = drafted(answer, protocol_of(COURSE, THERAPY), profile, clinic)
    return {visit.staff for visit in plan.visits if visit.kind in {"dosing", "integration"}}, plan.therapist


def test_one_therapist_stays_through_the_course() -> None:
    """Every visit that needs a therapist has the same one."""
    staff, therapist = _with_therapists()
    assert staff == {(therapist,)}


def test_the_profile_may_name_the_therapist() -> None:
    """The therapist that the profile names is the one who stays."""
    assert _with_therapists(therapist="ann")[1] == "ann"
    assert _with_therapists(therapist="ben")[1] == "ben"


def test_the_plan_of_a_case_is_the_same_every_time() -> None:
    """The same input gives the same plan, its id included."""
    assert plan_of(COURSE) == plan_of(COURSE)


def test_plans_of_different_moments_have_different_ids() -> None:
    """A plan's id is of patient, protocol and the instant of creation."""
    later = NOW + timedelta(seconds=1)
    assert plan_of(COURSE).id != plan_of(COURSE, now=later).id


def test_times_are_in_the_clinics_zone_across_the_change_of_clocks() -> None:
    """Visits keep the clinic's wall clock on both sides of a change of clocks."""
    plan = plan_of(COURSE, start=date(2027, 3, 8), now=datetime(2027, 3, 1, 9, tzinfo=zone(ZONE)))
    assert {visit.start.strftime("%H:%M") for visit in plan.visits} == {"09:00"}
    assert len({visit.start.utcoffset() for visit in plan.visits}) == 2
