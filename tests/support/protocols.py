"""Small protocols for tests, written as a person would write them, and their courses."""

from __future__ import annotations

from typing import Any

from kapplan.files.documents.readers import read_protocol
from kapplan.files.toml.sources import SourceFile
from kapplan.model.profile import Patient, Profile, Treatment
from kapplan.model.protocol import Protocol
from kapplan.model.regimen import Limit, Regimen, TimingRule
from kapplan.planning.regimen.layout import lay_out

HEAD = """
id = "made-up"
title = "Made up"
version = "1"
drug = "ketamine"
off_label = true
[visits.screening]
minutes = { administer = 50 }
[visits.preparation]
minutes = { administer = 50 }
[visits.dosing]
minutes = { prepare = 10, administer = 40, monitor = 60, clear = 10 }
[visits.integration]
minutes = { administer = 50 }
[visits.psychotherapy]
minutes = { administer = 50 }
[visits.review]
minutes = { administer = 50 }
[visits.check-in]
minutes = { administer = 50 }
[visits.booster]
minutes = { administer = 50 }
"""


def protocol_of(phases: str, head: str = HEAD) -> Protocol:
    """Return the protocol of some phases written as TOML."""
    return read_protocol(SourceFile.of_text(head + phases, "made-up.toml"))


def profile_of(**treatment: Any) -> Profile:
    """Return a profile that asks for nothing but what is given."""
    return Profile(patient=Patient(id="p"), treatment=Treatment(protocol="made-up", **treatment))


def course_of(phases: str, **treatment: Any) -> Regimen:
    """Return the course of some phases written as TOML."""
    return lay_out(protocol_of(phases), profile_of(**treatment))


def ids(regimen: Regimen) -> list[str]:
    """Return the visits' ids in their order."""
    return [visit.id for visit in regimen.visits]


def rule(regimen: Regimen, visit: str, after: str) -> TimingRule:
    """Return the only timing rule of a visit from an anchor."""
    (found,) = [rule for rule in regimen.timing if (rule.visit, rule.after) == (visit, after)]
    return found


def limits(regimen: Regimen, name: str) -> list[Limit]:
    """Return the limits of a rule."""
    return [limit for limit in regimen.limits if limit.rule == name]
