"""Snapshots: what a plan was made from, kept in the plan as TOML texts and read back when it changes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from kapplan.dataclass import dataclass
from kapplan.files.documents.readers import read_clinic, read_profile, read_protocol
from kapplan.files.plans.format import KEPT, data_of
from kapplan.files.toml.sources import SourceFile
from kapplan.model.clinic import Clinic
from kapplan.model.plan import Plan, Snapshot
from kapplan.model.profile import Profile
from kapplan.model.protocol import Protocol
from kapplan.planning.bookings.plan_bookings import capacities


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseInputs:
    """The records that a plan was made from."""

    profile: Profile
    clinic: Clinic
    protocol: Protocol


def snapshot_of(inputs: CaseInputs) -> Snapshot:
    """Return the texts of a profile, of its clinic as merged, and of its protocol as tailored."""
    import tomli_w

    return Snapshot(
        profile=tomli_w.dumps(data_of(inputs.profile)),
        clinic=tomli_w.dumps({"clinic": data_of(inputs.clinic)}),
        protocol=tomli_w.dumps(data_of(inputs.protocol)),
    )


def inputs_of(plan: Plan) -> CaseInputs:
    """Return what a plan was made from; raises ``InvalidFileError`` where its snapshot was damaged."""
    return _inputs(plan.snapshot)


@lru_cache(maxsize=KEPT)
def _inputs(snapshot: Snapshot) -> CaseInputs:
    return CaseInputs(
        profile=read_profile(SourceFile.of_text(snapshot.profile, "the plan's profile")),
        clinic=_clinic(snapshot),
        protocol=read_protocol(SourceFile.of_text(snapshot.protocol, "the plan's protocol")),
    )


def clinic_of(plan: Plan) -> Clinic:
    """Return the clinic that a plan was made for; raises ``InvalidFileError`` where the snapshot was damaged."""
    return _clinic(plan.snapshot)


def _clinic(snapshot: Snapshot) -> Clinic:
    return read_clinic(SourceFile.of_text(snapshot.clinic, "the plan's clinic"))


def capacities_of(plan: Plan) -> Mapping[str, int]:
    """Return how many visits each room and person of a plan's clinic can have at a time."""
    return capacities(clinic_of(plan)) if plan.snapshot.clinic else {}
