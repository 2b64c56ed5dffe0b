"""How many more courses could begin: held to a CP-SAT model of all of them at once that shares no code."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from support.cases import MONDAY, NOW, ZONE
from support.joint_cpsat import best_together
from support.protocols import protocol_of
from support.random_clinics import COURSES, HEAD, PatientSpec, demands_of, spec_of

from kapplan.output.documents.problem_json import problem_document
from kapplan.planning.availability.free_time import BusyTimes
from kapplan.planning.availability.timezones import zone
from kapplan.planning.clinic.board import anybody
from kapplan.planning.clinic.capacity import CapacityQuestion, capacity
from kapplan.planning.joint.candidates import candidate_of
from kapplan.planning.regimen.layout import lay_out
from kapplan.planning.schedule.course import demand_of

WEEK = 6
ANY_TIME = dict.fromkeys(range(7), (0, 24 * 60))


def question(seed: int) -> CapacityQuestion:
    """Return how many more courses like the first patient's could begin at the clinic of a seed."""
    spec = spec_of(seed)
    demand, _ = demands_of(spec)[spec.patients[0].name]
    profile = replace(anybody(ZONE), treatment=replace(demand.profile.treatment, protocol="any"))
    regimen = lay_out(protocol_of(COURSES[spec.patients[0].course], HEAD), profile, demand.clinic)
    return CapacityQuestion(
        clinic=demand.clinic, busy=BusyTimes(), booked=(), plans=(), profile=profile, regimen=regimen, now=NOW,
        zone=zone(ZONE),
    )  # fmt: skip


def begins(seed: int, number: int) -> bool:
    """Return whether so many courses fit that begin in the same week, by the independent model."""
    spec, asked = spec_of(seed), question(seed).starting(MONDAY, MONDAY + timedelta(days=WEEK))
    people = [PatientSpec(f"p{place}", spec.patients[0].course, 0, WEEK, ANY_TIME, 1) for place in range(number)]
    demand = demand_of(asked.profile, asked.clinic, asked.regimen, BusyTimes(), NOW)
    documents = {
        one.name: {
            each.therapist: problem_document(each.problem) for each in candidate_of(one.name, demand, 1).settings
        }
        for one in people
    }
    return best_together(replace(spec, patients=tuple(people)), documents).unplaced == 0


def check(seed: int) -> None:
    """Hold what is counted for the first whole week of a seed's clinic to the independent model."""
    [week] = [one for one in capacity(question(seed), 2) if one.first == MONDAY]
    assert begins(seed, week.courses) if week.courses else not begins(seed, 1)


@pytest.mark.parametrize("seed", range(6))
def test_as_many_as_are_counted_can_begin(seed: int) -> None:
    """So many courses at once fit as are counted, and where none is counted none does."""
    check(seed)


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(6, 40))
def test_as_many_can_begin_at_more_clinics(seed: int) -> None:
    """The same at more clinics."""
    check(seed)
