"""What a profile, its protocol and its clinic contradict each other in is found; what goes together is let be."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from kapplan.files.documents.case_checks import case_faults
from kapplan.files.documents.protocols import load_protocol
from kapplan.files.documents.readers import default_clinic, read_profile
from kapplan.files.toml.faults import locate
from kapplan.files.toml.sources import SourceFile
from kapplan.model.clinic import Clinic, Room, Staff
from kapplan.model.decisions import Override
from kapplan.model.profile import Patient, Profile, Tailoring, Treatment

CLINIC = replace(default_clinic(), timezone="America/Denver")
STAFFED = replace(
    CLINIC,
    staff=(Staff(id="okafor", roles=("therapist",)), Staff(id="lee", roles=("prescriber", "monitor"))),
)


def _faults(clinic: Clinic = CLINIC, protocol: str = "kap-standard", **treatment: Any) -> list[str]:
    """Return path and message of what a case is refused for."""
    profile = Profile(patient=Patient(id="x"), treatment=Treatment(protocol=protocol, **treatment))
    faults = case_faults(profile, load_protocol(protocol), clinic)
    return [f"{'.'.join(map(str, fault.path))}: {fault.message} {fault.expected} {fault.nearest}" for fault in faults]


@pytest.mark.parametrize(
    ("clinic", "treatment"),
    [
        (CLINIC, {}),
        (CLINIC, {"route": "im", "doses": 6}),
        (STAFFED, {"therapist": "okafor"}),
        (CLINIC, {"protocol": "esketamine-trd", "route": "nasal"}),
        (replace(CLINIC, rooms=()), {}),
    ],
)
def test_a_case_that_goes_together_has_no_faults(clinic: Clinic, treatment: dict[str, Any]) -> None:
    """Nothing is found where nothing is wrong; no staff means no limits."""
    assert _faults(clinic, **treatment) == []


@pytest.mark.parametrize(
    ("clinic", "treatment", "words"),
    [
        (replace(CLINIC, timezone=None), {}, ["patient:", "`clinic.timezone`", "`patient.timezone`"]),
        (CLINIC, {"route": "nasal"}, ["treatment.route:", '"nasal"', "one of im, iv"]),
        (CLINIC, {"protocol": "esketamine-trd", "route": "im"}, ["treatment.route:", "nasal"]),
        (CLINIC, {"doses": 99}, ["treatment.doses:", "99", "from "]),
        (CLINIC, {"protocol": "feder-2025", "doses": 99}, ["treatment.doses:", "fixes the number"]),
        (CLINIC, {"therapist": "okafor"}, ["treatment.therapist:", "names nobody"]),
        (STAFFED, {"therapist": "okafro"}, ["treatment.therapist:", "okafor"]),
        (STAFFED, {"therapist": "lee"}, ["treatment.therapist:", "role", "okafor"]),
        (replace(STAFFED, staff=STAFFED.staff[:1]), {}, ["clinic.staff:", "prescriber", "screening"]),
        (replace(CLINIC, rooms=(Room(id="a", kinds=("review",)),)), {}, ["clinic.rooms:", "dosing"]),
    ],
)
def test_a_contradiction_between_files_is_told_at_the_profiles_key(
    clinic: Clinic, treatment: dict[str, Any], words: list[str]
) -> None:
    """One fault each, at the key that asks for what is not there."""
    (fault,) = _faults(clinic, **treatment)
    assert [word for word in words if word not in fault] == [], fault


def test_rules_that_nobody_knows_are_told_with_the_nearest() -> None:
    """An override or ``without`` of a rule that does not exist would silently do nothing."""
    override = Override(rule="psychosys", by="x", on=CLINIC_DAY, why="y")
    profile = Profile(
        patient=Patient(id="x"),
        treatment=Treatment(),
        override=(override,),
        tailoring=Tailoring(without=("fewer",)),
    )
    faults = list(
        case_faults(
            profile,
            load_protocol("kap-standard"),
            CLINIC,
            screening_rules=("psychosis", "mania"),
            tailoring_rules=("fewer-doses",),
        )
    )
    assert [(fault.path, fault.nearest) for fault in faults] == [
        (("override", 0, "rule"), "psychosis"),
        (("tailoring", "without", 0), "fewer-doses"),
    ]


CLINIC_DAY = date(2027, 1, 1)


def test_problems_of_a_case_have_their_places_in_the_profile() -> None:
    """What is wrong between files is shown where the profile says it."""
    text = '[patient]\nid = "x"\n[treatment]\nroute = "nasal"\n'
    source = SourceFile.of_text(text, "x.toml")
    problems = locate(source, case_faults(read_profile(source), load_protocol("kap-standard"), CLINIC))
    assert [(problem.file, problem.line, problem.column) for problem in problems] == [("x.toml", 4, 9)]
