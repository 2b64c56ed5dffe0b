"""FHIR bundles: valid as R4, whole, the same for the same plan, and with no name unless asked."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from support.calendar_plans import local, plan, sensitive_plan, visit
from support.handouts import made
from support.plans import plan_in_course, sample_plan

from kapplan.files.library.rules import built_in_measures
from kapplan.model.plan import Plan
from kapplan.output.documents.fhir import fhir_bundle, fhir_json

MEASURES = built_in_measures()
COURSES = {
    "new": sample_plan, "in course": plan_in_course, "sensitive": sensitive_plan,
    "river": lambda: made("river")[0], "sage": lambda: made("sage")[0],
}  # fmt: skip
courses = pytest.mark.parametrize("course", COURSES.values(), ids=COURSES)


def resources(course: Plan, kind: str, **options: Any) -> list[dict[str, Any]]:
    """Return the resources of a kind."""
    found = [entry["resource"] for entry in fhir_bundle(course, MEASURES, **options)["entry"]]
    return [resource for resource in found if resource["resourceType"] == kind]


def references(value: Any) -> set[str]:
    """Return every reference within a bundle."""
    if isinstance(value, dict):
        own = {value["reference"]} if isinstance(value.get("reference"), str) else set()
        return own.union(*map(references, value.values()))
    return set[str]().union(*map(references, value)) if isinstance(value, list) else set()


@courses
def test_bundles_are_valid(course: Any) -> None:
    """The models of FHIR R4B take the bundle, and give back what was given."""
    text = fhir_json(course(), MEASURES, named=True)
    bundle = Bundle.model_validate_json(text)
    assert bundle.type == "collection"
    assert len(bundle.entry or []) == len(json.loads(text)["entry"])


@courses
def test_references_lead_to_entries(course: Any) -> None:
    """Every reference within the bundle names one of its entries, each of which has an address of its own."""
    bundle = fhir_bundle(course(), MEASURES)
    addresses = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(addresses) == len(set(addresses))
    assert references(bundle) <= set(addresses)


@courses
def test_nothing_of_a_plan_is_left_out(course: Any) -> None:
    """Each visit has its request, each task and each score its resource."""
    made_course = course()
    kinds = Counter(entry["resource"]["resourceType"] for entry in fhir_bundle(made_course, MEASURES)["entry"])
    assert kinds["CarePlan"] == 1
    assert kinds["ServiceRequest"] == kinds["Appointment"] == len(made_course.visits)
    assert kinds["Task"] == len(made_course.tasks)
    assert kinds["QuestionnaireResponse"] + kinds["Observation"] == len(made_course.scores)


def test_the_same_plan_gives_the_same_bytes() -> None:
    """Ids are made of the plan's; a moved visit keeps its own."""
    course = plan_in_course()
    assert fhir_json(course, MEASURES) == fhir_json(course, MEASURES)
    moved = replace(course, visits=tuple(replace(one, start=one.end, end=one.end) for one in course.visits))
    assert {one["id"] for one in resources(moved, "Appointment")} == {
        one["id"] for one in resources(course, "Appointment")
    }


@pytest.mark.parametrize(("changes", "status"), [
    ({}, "booked"), ({"provisional": True}, "proposed"), ({"status": "confirmed"}, "booked"),
    ({"status": "completed"}, "fulfilled"), ({"status": "missed"}, "noshow"), ({"status": "cancelled"}, "cancelled"),
    ({"status": "omitted"}, "cancelled"), ({"status": "unresolved"}, "proposed"), ({"timed": False}, "proposed"),
])  # fmt: skip
def test_an_appointment_has_the_state_of_its_visit(changes: dict[str, Any], status: str) -> None:
    """States in FHIR's words; what is not settled is proposed."""
    (appointment,) = resources(plan(visit(local("2027-01-21 09:00"), **changes)), "Appointment")
    assert appointment["status"] == status
    assert ("start" in appointment) == changes.get("timed", True)


def test_a_held_visit_of_which_only_the_day_is_known_is_a_request() -> None:
    """FHIR has no held appointment without a time: the day stands on the request."""
    course = plan(visit(local("2027-01-21 09:00"), status="completed", timed=False))
    assert resources(course, "Appointment") == []
    (request,) = resources(course, "ServiceRequest")
    assert (request["status"], request["occurrenceDateTime"]) == ("completed", "2027-01-21")


def test_scores_are_responses_and_readings_are_observations() -> None:
    """A total is an integer answer, a blood pressure has two components with its unit."""
    (response,) = resources(plan_in_course(), "QuestionnaireResponse")
    assert response["item"] == [{"linkId": "phq9", "text": "PHQ-9", "answer": [{"valueInteger": 19}]}]
    assert response["authored"] == "2027-01-04"
    (reading,) = resources(plan_in_course(), "Observation")
    assert [part["valueQuantity"] for part in reading["component"]] == [
        {"value": 138, "unit": "mmHg"}, {"value": 88, "unit": "mmHg"},
    ]  # fmt: skip


def test_the_patient_is_a_pseudonym() -> None:
    """No resource for the patient, no name; the name is on references only where it is asked for."""
    course = plan_in_course()
    assert resources(course, "Patient") == []
    assert "River A." not in fhir_json(course, MEASURES)
    assert "River A." in fhir_json(course, MEASURES, named=True)


def test_a_course_on_hold_and_one_that_ended_say_so() -> None:
    """The care plan's state follows the course's."""
    course = plan(visit(local("2027-01-21 09:00")))
    ended = plan(visit(local("2027-01-21 09:00"), status="completed"))
    states = [resources(one, "CarePlan")[0]["status"] for one in (course, replace(course, held=True), ended)]
    assert states == ["active", "on-hold", "completed"]
