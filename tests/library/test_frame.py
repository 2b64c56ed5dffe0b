"""The frame around every course: who comes first, what ends it, what is asked at each dose, and that all of it goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache

import pytest
from support.cases import clinic_of, free_on
from support.library_data import IDS, protocol
from support.rule_cases import profile

from kapplan.files.library.rules import built_in, tailor
from kapplan.model.clinic import Away
from kapplan.model.profile import Availability, Profile
from kapplan.model.protocol import Protocol
from kapplan.model.terms import DOSES
from kapplan.planning.availability.calendar import Calendar, shapes_of
from kapplan.planning.regimen.layout import lay_out
from kapplan.planning.rules.tailoring import Tailored
from kapplan.planning.schedule.formulate import Situation, formulate, horizon, reach
from kapplan.planning.solver.optimum import place

FIRST = date(2027, 1, 4)
FRAME = [rule.id for rule in built_in().tailoring if rule.frame]
LASTING = [
    name
    for name in IDS
    if any(
        phase.follow_up and series.each is not None and protocol(name).kind_of(series.visit) == "review"
        for phase in protocol(name).phases
        for series in phase.series
    )
]
"""Courses whose later doses go on for as long as is asked, with a review every four weeks."""

INPATIENT = [name for name in IDS if protocol(name).setting == "inpatient"]

every_protocol = pytest.mark.parametrize("name", IDS)


def patient(name: str, **wanted: object) -> Profile:
    """Return the well patient on a course, with wishes for the tailoring."""
    made: Protocol = protocol(name)
    route = None if made.route else made.routes[0]
    changes = {
        "treatment.protocol": name, "treatment.route": route, "treatment.start": FIRST, "goals.primary": "trauma",
    }  # fmt: skip
    return profile(changes, **({"tailoring": wanted} if wanted else {}))


def tailored(name: str, **wanted: object) -> Tailored:
    """Return a course as the package's rules make it for the well patient."""
    return tailor(patient(name, **wanted), protocol(name), clinic_of(), today=FIRST)


@cache
def framed(name: str) -> Tailored:
    """Return a course with its frame."""
    return tailored(name)


def placed(name: str, start: date, availability: Availability | None = None) -> dict[str, date]:
    """Return the days of a framed course from a start on, for a patient who has time always or as is said."""
    course, who = framed(name), patient(name)
    if availability is not None:
        who = replace(who, availability=availability)
    situation = Situation(origin=start, earliest=start, start_within=14)
    reached = reach(course.regimen, situation)
    calendar = Calendar(course.clinic, who, None, start, start + timedelta(days=horizon(reached)))
    shapes = shapes_of(course.regimen.visits)
    found = place(formulate(course.regimen, calendar, shapes, situation, reached))
    assert found is not None
    return {visit: start + timedelta(days=day) for visit, day in found.days.items()}


def check(name: str, step: int) -> None:
    """Place a framed course from starts through a year and hold its beginning and end to the frame."""
    kinds = {visit.id: visit.kind for visit in framed(name).regimen.visits}
    tiers = {visit.id: visit.tier for visit in framed(name).regimen.visits}
    for start in (FIRST + timedelta(days=days) for days in range(0, 365, step)):
        days = placed(name, start)
        doses = [
            day
            for visit, day in days.items()
            if kinds[visit] == "dosing" and (tiers[visit] == "course" or name not in LASTING)
        ]
        reviews = [day for visit, day in days.items() if kinds[visit] == "review"]
        intakes = [day for visit, day in days.items() if kinds[visit] == "screening"]
        assert max(reviews) > max(doses), (start, "no review after the last dose")
        if name not in INPATIENT:
            before = [day for visit, day in days.items() if kinds[visit] != "screening"]
            assert min(intakes) < min(before), (start, "something comes before the intake")


@every_protocol
def test_intake_first_and_a_review_at_the_end(name: str) -> None:
    """Whatever the start, an outpatient's course begins with an intake, and a review comes after its last dose."""
    check(name, 73)


@pytest.mark.thorough
@every_protocol
def test_intake_first_and_a_review_at_the_end_from_many_starts(name: str) -> None:
    """The same from each of fifty starts in a year."""
    check(name, 7)


@pytest.mark.parametrize("away", [date(2027, 1, day) for day in (14, 18, 21, 25)])
def test_an_intake_puts_no_urgent_dose_off(away: date) -> None:
    """Acute suicidal ideation: the first dose comes the next time after the intake, whatever later days would spare."""
    days = placed("esketamine-mdsi", FIRST, free_on("mon thu", away=(Away(from_=away, until=away),)))
    assert (days["screening-1"], days["dosing-1"]) == (FIRST, FIRST + timedelta(days=3))


@every_protocol
def test_mood_and_suicidality_are_asked_at_every_dose(name: str) -> None:
    """Every dose of every course asks for both; esketamine's measure the oxygen saturation too."""
    wanted = {"phq9", "cssrs"} | ({"spo2"} if protocol(name).drug == "esketamine" else set())
    for visit in framed(name).regimen.visits:
        assert visit.kind not in DOSES or wanted <= set(visit.measures), visit.id


@every_protocol
def test_consent_before_the_first_dose(name: str) -> None:
    """Consent, and the authorisation where an insurer pays, is a task before the first dose."""
    (task,) = [task for task in framed(name).protocol.tasks if task.id == "consent"]
    assert task.due_days < 0
    assert "authorisation" in task.text


@every_protocol
def test_without_the_frame_a_schedule_is_the_publication_s(name: str) -> None:
    """`frame = "none"` leaves the visits and timing rules of the protocol as they are."""
    bare, own = tailored(name, frame="none").regimen, lay_out(protocol(name), patient(name), clinic_of())
    assert [visit.id for visit in bare.visits] == [visit.id for visit in own.visits]
    days = [(rule.visit, rule.after, rule.min, rule.target, rule.max) for rule in bare.timing]
    assert days == [(rule.visit, rule.after, rule.min, rule.target, rule.max) for rule in own.timing]


@every_protocol
def test_each_rule_of_the_frame_can_be_turned_off(name: str) -> None:
    """`without` takes one rule of the frame away and leaves the others."""
    applied = {rule.rule for rule in framed(name).rules if rule.state == "applied"} & set(FRAME)
    for rule in sorted(applied):
        states = {one.rule: one.state for one in tailored(name, without=[rule]).rules}
        assert states[rule] == "declined"
        assert {other for other in applied if states[other] == "applied"} == applied - {rule}
