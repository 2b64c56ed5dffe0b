"""Fifty patients of all ages, drugs and diagnoses: what a careful clinician expects, and no false alarm."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from support.cases import NOW, clinic_of
from support.rule_cases import Change, profile

from kapplan.files.documents.protocols import load_protocol
from kapplan.files.library.rules import built_in
from kapplan.model.profile import Profile
from kapplan.planning.availability.calendar import BusyTimes
from kapplan.planning.rules.screening import screen
from kapplan.planning.rules.tailoring import tailor
from kapplan.planning.schedule.suggest import suggest

TODAY = date(2027, 1, 4)
BOOK = built_in()
PATIENTS: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parents[2] / "data" / "fifty_profiles.toml").read_text(encoding="utf-8")
)["patient"]
NAMES = [patient["who"] for patient in PATIENTS]
KEYS = {
    "diagnoses": "history.diagnoses", "failed": "history.failed_antidepressants", "conditions": "history.conditions",
    "prior": "history.prior_ketamine", "pregnancy": "history.pregnancy", "veteran": "history.veteran",
    "bp": "symptoms.bp", "phq9": "symptoms.phq9", "cssrs": "symptoms.cssrs", "behaviour": "symptoms.cssrs_behaviour",
    "goal": "goals.primary", "miles": "travel.distance_miles", "escort": "travel.escort",
    "born": "patient.birth_date", "start": "treatment.start", "route": "treatment.route", "gad7": "symptoms.gad7",
    "item9": "symptoms.phq9_item9", "pcl5": "symptoms.pcl5", "ymrs": "symptoms.ymrs", "madrs": "symptoms.madrs",
    "breastfeeding": "history.breastfeeding", "enrolled": "history.rems_enrolled",
}  # fmt: skip
EXPECTED = {"who", "calm", "course", "findings", "off_label", "eligibility", "held", "tailored"}

every_patient = pytest.mark.parametrize("patient", PATIENTS, ids=NAMES)


def profile_of(patient: dict[str, Any]) -> Profile:
    """Return the profile of a row: the well patient with what the row says of this one."""
    changes: Change = {
        "history.prior_ketamine": "none", "goals.primary": None, "symptoms.phq9": 18, "symptoms.bp": "120/80",
        "symptoms.madrs": None, "history.medications": [
            {"name": name, "since": patient.get("since", date(2020, 1, 1)),
             **({"daily_mg": patient["mg"]} if "mg" in patient else {})}
            for name in patient.get("drugs", [])
        ],
        **{KEYS[key]: value for key, value in patient.items() if key in KEYS},
        **dict.fromkeys(patient.get("unasked", [])),
    }  # fmt: skip
    if "age" in patient:
        changes = {**changes, "patient.birth_date": date(2026 - patient["age"], 6, 1)}
    return profile(changes)


def test_the_table_is_long_enough_and_says_nothing_unknown() -> None:
    """Fifty patients or more, twenty of them or more without any alarm; every key of a row is read."""
    assert len(PATIENTS) >= 50
    assert sum(patient.get("calm", False) for patient in PATIENTS) >= 20
    assert len(set(NAMES)) == len(NAMES)
    for patient in PATIENTS:
        assert patient.keys() <= KEYS.keys() | EXPECTED | {"drugs", "mg", "since", "age", "unasked"}
        assert patient.get("calm", False) != bool(patient.get("findings"))


@every_patient
def test_findings_are_those_that_a_clinician_expects(patient: dict[str, Any]) -> None:
    """Exactly the findings of the row, none left out and none too many; doses are held where the row says so."""
    found = screen(profile_of(patient), load_protocol(patient.get("course", "kap-standard")), TODAY, BOOK)
    assert {finding.rule for finding in found} == set(patient.get("findings", []))
    assert any("dosing" in finding.holds for finding in found) == patient.get("held", False)


@every_patient
def test_course_and_label_are_read_for_the_patient(patient: dict[str, Any]) -> None:
    """Off-label, eligibility and tailoring are those of the row: eligible and off-label where it says nothing."""
    someone, course = profile_of(patient), load_protocol(patient.get("course", "kap-standard"))
    tailored = tailor(someone, course, clinic_of(), BOOK, TODAY)
    assert tailored.off_label is patient.get("off_label", True)
    applied = {rule.rule for rule in tailored.rules if rule.state == "applied"}
    assert set(patient.get("tailored", [])) <= applied
    (one,) = suggest(someone, [course], clinic_of(), rules=BOOK, busy=BusyTimes(), now=NOW).ranked
    assert one.eligibility == patient.get("eligibility", "eligible")
    assert one.on_label is not tailored.off_label
    assert one.refused or one.dates is not None
