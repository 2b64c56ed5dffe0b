"""Authorizations are counted by doses, devices and days together."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.plans import FIRST_DOSE, LAST_DOSE, sample_plan

from kapplan.model.decisions import Authorization
from kapplan.model.plan import Plan
from kapplan.model.terms import Status
from kapplan.planning.schedule.coverage import Coverage, coverage

DOSES = [visit for visit in sample_plan().visits if visit.kind == "dosing"]
"""21 and 28 January, 8, 16 and 23 February, 2 March 2027."""


def plan_with(*approved: Authorization, devices: int = 3, **statuses: Status) -> Plan:
    """Return the sample plan with authorizations; doses have three devices, and statuses by number (`d1`)."""
    visits = tuple(
        replace(
            visit,
            devices=devices,
            status=statuses.get(f"d{visit.number}", visit.status),
            actual=visit.start if statuses.get(f"d{visit.number}") == "completed" else None,
        )
        if visit.kind == "dosing"
        else visit
        for visit in sample_plan().visits
    )
    return replace(sample_plan(), visits=visits, authorizations=approved)


def ids(covered: Coverage) -> list[str]:
    """Return the doses that nothing covers."""
    return [visit.id for visit in covered.uncovered]


def test_without_an_authorization_nothing_is_counted() -> None:
    """A profile that names none has no coverage, and nothing that is uncovered."""
    assert coverage(plan_with()) == Coverage()


@pytest.mark.parametrize(
    ("approved", "last", "lacking"),
    [
        (Authorization(visits=4), "dosing-4", "visits"),
        (Authorization(devices=13), "dosing-4", "devices"),
        (Authorization(until=date(2027, 2, 15)), "dosing-3", "days"),
        (Authorization(until=date(2027, 2, 16)), "dosing-4", "days"),
        (Authorization(visits=5, devices=6, until=date(2027, 12, 31)), "dosing-2", "devices"),
        (Authorization(visits=2, devices=30), "dosing-2", "visits"),
    ],
)
def test_it_ends_with_whatever_ends_first(approved: Authorization, last: str, lacking: str) -> None:
    """Visits, devices and days each end an authorization; the first dose that it lacks says which did."""
    (use,) = coverage(plan_with(approved), ask_days=14).uses
    assert use.last_covered is not None
    assert use.last_covered.id == last
    assert use.runs_out == lacking
    assert use.first_uncovered is not None
    assert use.ask_by == use.first_uncovered.start.date() - timedelta(days=14)


def test_enough_for_all_is_never_asked_for_again() -> None:
    """Where every dose is covered there is no day to ask by."""
    covered = coverage(plan_with(Authorization(visits=6, devices=18)), ask_days=14)
    (use,) = covered.uses
    assert (use.first_uncovered, use.ask_by, use.runs_out) == (None, None, None)
    assert (use.visits_used + use.visits_planned, use.devices_used + use.devices_planned) == (
        use.authorization.visits,
        use.authorization.devices,
    )
    assert covered.uncovered == ()


def test_given_doses_are_used_and_the_rest_planned() -> None:
    """What was given counts as used; a missed, cancelled or omitted dose uses nothing."""
    plan = plan_with(Authorization(visits=4), d1="completed", d2="missed", d3="cancelled", d4="omitted")
    covered = coverage(plan)
    (use,) = covered.uses
    assert (use.visits_used, use.visits_planned, use.authorization.visits) == (1, 2, 4)
    assert (use.devices_used, use.devices_planned) == (3, 6)
    assert use.authorization.devices is None
    assert covered.uncovered == ()


def test_a_second_authorization_goes_on_where_the_first_ends() -> None:
    """Doses go to the first that covers them, the rest to the next."""
    plan = plan_with(Authorization(visits=2), Authorization(from_=date(2027, 2, 1), visits=3))
    covered = coverage(plan)
    assert [use.visits_planned for use in covered.uses] == [2, 3]
    assert ids(covered) == ["dosing-6"]


def test_doses_before_the_first_day_are_not_covered() -> None:
    """An authorization that begins later leaves the first doses uncovered."""
    assert ids(coverage(plan_with(Authorization(from_=date(2027, 2, 1))))) == ["dosing-1", "dosing-2"]


def test_the_patient_s_own_devices_count() -> None:
    """What the profile says of devices at a visit stands before the protocol's number."""
    (use,) = coverage(plan_with(Authorization(devices=12)), devices_per_visit=2).uses
    assert use.devices_planned == 12
    assert use.first_uncovered is None


@given(
    visits=st.none() | st.integers(0, 8),
    devices=st.none() | st.integers(0, 24),
    until=st.none() | st.dates(FIRST_DOSE, LAST_DOSE),
)
def test_never_more_than_was_approved(visits: int | None, devices: int | None, until: date | None) -> None:
    """Used and planned stay within what was approved, and every dose is covered once or not at all."""
    covered = coverage(plan_with(Authorization(visits=visits, devices=devices, until=until), d1="completed"))
    (use,) = covered.uses
    assert visits is None or use.visits_used + use.visits_planned <= visits
    assert devices is None or use.devices_used + use.devices_planned <= devices
    lost = 0 if use.visits_used else 1
    assert use.visits_used + use.visits_planned + len(covered.uncovered) + lost == len(DOSES)
