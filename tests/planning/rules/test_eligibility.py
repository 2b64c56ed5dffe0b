"""Eligibility follows from the patient and the label: what is off-label, for whom a course is, and where doses are."""

from __future__ import annotations

from datetime import date

import pytest
from support.cases import NOW, clinic_of
from support.rule_cases import Change, profile, taking

from kapplan.files.documents.protocols import load_protocol
from kapplan.files.library.rules import built_in
from kapplan.model.clinic import Clinic
from kapplan.planning.availability.calendar import BusyTimes
from kapplan.planning.rules.screening import screen
from kapplan.planning.rules.tailoring import tailor
from kapplan.planning.schedule.suggest import suggest

TODAY = date(2027, 1, 4)
BOOK = built_in()
RESISTANT = {"history.diagnoses": ["trd"], "history.failed_antidepressants": 2}
ACUTE = {"history.diagnoses": ["mdsi"], **taking("sertraline", 100)}

LABEL: list[tuple[str, Change, bool, str]] = [
    ("esketamine-trd", RESISTANT, False, "eligible"),
    ("esketamine-trd", {**RESISTANT, **taking("sertraline", 100)}, False, "eligible"),
    ("esketamine-trd", {**RESISTANT, "history.failed_antidepressants": 1}, True, "criteria not met"),
    ("esketamine-trd", {"history.diagnoses": ["gad"]}, True, "other indication"),
    ("esketamine-trd", {"history.diagnoses": ["bipolar-depression"]}, True, "other indication"),
    (
        "esketamine-trd",
        {**RESISTANT, "history.diagnoses": ["trd", "bipolar-depression"], **taking("lithium")},
        True,
        "criteria not met",
    ),
    ("esketamine-trd", {**RESISTANT, "history.diagnoses": ["trd", "gad"]}, False, "eligible"),
    ("esketamine-trd", {"history.diagnoses": []}, True, "other indication"),
    ("esketamine-mdsi", ACUTE, False, "eligible"),
    ("esketamine-mdsi", {**ACUTE, "history.medications": []}, True, "criteria not met"),
    ("esketamine-mdsi", RESISTANT, True, "other indication"),
    ("esketamine-reinduction", {**RESISTANT, "history.prior_ketamine": "relapsed"}, False, "eligible"),
    ("esketamine-reinduction", {**RESISTANT, "history.prior_ketamine": "none"}, True, "refused unless overridden"),
    ("glue-2018", {"history.diagnoses": ["gad"]}, True, "eligible"),
    (
        "glue-2018",
        {"history.diagnoses": ["gad"], "history.prior_ketamine": "none"},
        True,
        "refused unless overridden",
    ),
    ("kap-standard", {"history.diagnoses": ["ptsd"]}, True, "eligible"),
    ("kap-standard", {"history.diagnoses": ["ocd"]}, True, "other indication"),
    ("hull-2022", {"travel.escort": "none"}, True, "refused unless overridden"),
    ("r107-2024", {**RESISTANT, "travel.escort": "none"}, True, "refused unless overridden"),
]
"""A course, what is changed of a well patient, whether that use is off-label, and where `suggest` puts the course."""


@pytest.mark.parametrize(("course", "changes", "off_label", "eligibility"), LABEL)
def test_the_label_is_read_for_the_patient(course: str, changes: Change, off_label: bool, eligibility: str) -> None:
    """A plan is headed off-label, and a suggestion placed, by what patient and label say of each other."""
    patient, protocol = profile(changes), load_protocol(course)
    assert tailor(patient, protocol, Clinic(), BOOK, TODAY).off_label is off_label
    (found,) = suggest(patient, [protocol], clinic_of(), rules=BOOK, busy=BusyTimes(), now=NOW).ranked
    assert found.eligibility == eligibility
    assert found.on_label is not off_label


def test_a_minor_s_use_is_off_label_even_where_it_is_overridden() -> None:
    """What a clinician overrides stays off-label."""
    by = {"rule": "age", "by": "Dr. Okafor", "on": TODAY, "why": "a compassionate case"}
    young = profile({**RESISTANT, "patient.birth_date": date(2010, 1, 1)}, override=[by])
    assert not any(finding.refuses for finding in screen(young, load_protocol("esketamine-trd"), TODAY, BOOK))
    assert tailor(young, load_protocol("esketamine-trd"), Clinic(), BOOK, TODAY).off_label


@pytest.mark.parametrize("course", ["esketamine-trd", "esketamine-mdsi"])
def test_what_the_label_asks_and_nobody_stated_is_asked(course: str) -> None:
    """Where no diagnosis is stated for a labelled course, that is a loud finding and not a verdict."""
    found = screen(profile({"history.diagnoses": None}), load_protocol(course), TODAY, BOOK)
    asked = [finding for finding in found if finding.key == "history.diagnoses"]
    assert [finding.not_screened for finding in asked] == [True]


@pytest.mark.parametrize(
    ("prior", "rule"),
    [("no-response", "earlier-non-response"), ("adverse", "earlier-adverse-reaction"), ("relapsed", "earlier-relapse")],
)
def test_how_an_earlier_course_went_is_told_of_every_course(prior: str, rule: str) -> None:
    """Non-response, an adverse reaction and a relapse speak in the plan and in what is suggested."""
    patient = profile({**RESISTANT, "history.prior_ketamine": prior})
    protocols = [load_protocol(name) for name in ("kap-standard", "esketamine-trd", "elekt-d-2023", "hull-2022")]
    for protocol in protocols:
        assert rule in {finding.rule for finding in screen(patient, protocol, TODAY, BOOK)}
    for one in suggest(patient, protocols, clinic_of(), rules=BOOK, busy=BusyTimes(), now=NOW).ranked:
        assert rule in {point.about for point in one.points}
