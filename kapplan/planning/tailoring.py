"""Tailoring: a protocol becomes the regimen of one patient."""

from __future__ import annotations

from dataclasses import dataclass

from kapplan.model.clinic import Clinic
from kapplan.model.plan import AppliedRule
from kapplan.model.profile import Profile
from kapplan.model.protocol import Protocol
from kapplan.model.regimen import Regimen
from kapplan.planning.layout import lay_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Tailored:
    """A protocol as it is for one patient, its course without dates, and every rule that was considered."""

    protocol: Protocol
    regimen: Regimen
    rules: tuple[AppliedRule, ...] = ()


def tailor(profile: Profile, protocol: Protocol, clinic: Clinic) -> Tailored:
    """Return the course of a patient."""
    return Tailored(protocol=protocol, regimen=lay_out(protocol, profile, clinic))
