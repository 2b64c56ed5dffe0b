"""Snapshots: what a plan was made from, kept in the plan as TOML texts and read back when it changes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from kapplan.dataclass import dataclass
from kapplan.files.documents.readers import read_clinic, read_profile, read_protocol
from kapplan.files.plans.format import KEPT, Data, data_of
from kapplan.files.toml.sources import SourceFile
from kapplan.model.clinic import Clinic
from kapplan.model.plan import Plan, Snapshot
from kapplan.model.profile import Profile
from kapplan.model.protocol import Protocol
from kapplan.planning.bookings.plan_bookings import capacities

TOLD = 32
"""How many texts of clinics and protocols are kept in memory for the next plans."""


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
        clinic=_text_of({"clinic": data_of(inputs.clinic)}),
        protocol=_text_of(data_of(inputs.protocol)),
    )


_texts: dict[str, str] = {}


def _text_of(data: Data) -> str:
    """Return data as TOML; patients who are planned one after the other share their clinic, and often their course."""
    import tomli_w

    shown = repr(data)  # the order of keys makes another text, too
    if shown not in _texts:
        if len(_texts) == TOLD:
            del _texts[next(iter(_texts))]
        _texts[shown] = tomli_w.dumps(data)
    return _texts[shown]


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
