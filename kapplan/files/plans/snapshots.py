"""Snapshots: what a plan was made from, kept in the plan as TOML texts and read back when it changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

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
        clinic=_text_of(inputs.clinic, lambda clinic: {"clinic": data_of(clinic)}),
        protocol=_text_of(inputs.protocol, data_of),
    )


_texts: list[tuple[object, str]] = []
"""Records and their texts, the last one asked for first."""


def _text_of(record: Any, data: Callable[[Any], Data]) -> str:
    """Return a record as TOML; patients who are planned one after the other share their clinic, and often their course.

    Their records share most of their parts, which makes two quick to compare.
    """
    import tomli_w

    place = next((place for place, (other, _) in enumerate(_texts) if is_same(record, other)), None)
    entry = (record, tomli_w.dumps(data(record))) if place is None else _texts.pop(place)
    _texts.insert(0, entry)
    del _texts[TOLD:]
    return entry[1]


def is_same(one: Any, other: Any) -> bool:
    """Tell whether two records, or parts of them, have one text: their values are equal, and so are the orders of keys.

    ``1`` and ``1.0`` are not the same here, nor are ``1`` and ``true``.
    """
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(is_same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(map(is_same, one.values(), other.values()))
    fields = getattr(one, "__dataclass_fields__", None)
    if fields is not None:
        return all(is_same(getattr(one, name), getattr(other, name)) for name in fields)
    return bool(one == other)


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
