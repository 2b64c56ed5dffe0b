"""Snapshots are written by what records say, whoever was planned before."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
import tomli_w

from kapplan.dataclass import replace
from kapplan.dates import Weekday
from kapplan.files.documents.protocols import load_protocol
from kapplan.files.plans.format import data_of
from kapplan.files.plans.snapshots import TOLD, CaseInputs, is_same, snapshot_of
from kapplan.model.clinic import Clinic
from kapplan.model.fields import Span
from kapplan.model.profile import Patient, Profile, Treatment

SPAN = (Span(540, 1020),)
PROFILE = Profile(patient=Patient(id="river"), treatment=Treatment(protocol="kap-standard"))
PROTOCOL = load_protocol("kap-standard")


def text_of(clinic: Clinic) -> str:
    """Return the text of a clinic in a snapshot."""
    return snapshot_of(CaseInputs(profile=PROFILE, clinic=clinic, protocol=PROTOCOL)).clinic


def clinic_open(*days: Weekday) -> Clinic:
    """Return a clinic whose file names its days in this order."""
    return Clinic(timezone="America/Denver", hours=dict.fromkeys(days, SPAN))


def test_a_snapshot_has_the_order_of_its_own_file() -> None:
    """Two clinics that differ in nothing but the order of keys have two texts, each the same as alone."""
    first, second = clinic_open("mon", "tue"), clinic_open("tue", "mon")
    assert first == second
    assert not is_same(first, second)
    for clinic in (first, second, first):
        assert text_of(clinic) == tomli_w.dumps({"clinic": data_of(clinic)})
    assert list(tomllib.loads(text_of(second))["clinic"]["hours"]) == ["tue", "mon"]


def test_any_number_of_clinics_have_their_own_texts() -> None:
    """More clinics than are kept in memory, twice over and in turn, are each written as they are."""
    clinics = [Clinic(timezone="America/Denver", name=f"Clinic {number}") for number in range(TOLD + 3)]
    for clinic in (*clinics, *reversed(clinics), *clinics):
        assert text_of(clinic) == tomli_w.dumps({"clinic": data_of(clinic)})


def test_a_protocol_with_one_change_has_a_text_of_its_own() -> None:
    """A protocol that shares all but one part with the last one is not taken for it."""
    for protocol in (PROTOCOL, replace(PROTOCOL, phases=PROTOCOL.phases[:1]), replace(PROTOCOL, title="Another")):
        made = snapshot_of(CaseInputs(profile=PROFILE, clinic=Clinic(), protocol=protocol))
        assert made.protocol == tomli_w.dumps(data_of(protocol))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1, 1, True),
        (1, 1.0, False),
        (1, True, False),
        ((1, 2), (1, 2), True),
        ((1, 2), (1, 2, 3), False),
        ((1, 2), (1, 2.0), False),
        ({"a": 1}, {"a": 1}, True),
        ({"a": 1}, {"a": 1.0}, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, False),
        (None, (), False),
        (replace(PROTOCOL, title="A"), replace(PROTOCOL, title="A"), True),
        (replace(PROTOCOL, title="A"), replace(PROTOCOL, title="B"), False),
    ],
)
def test_what_has_one_text(one: Any, other: Any, same: bool) -> None:
    """Values have one text where they are equal, of one type, with keys in one order, all the way down."""
    assert is_same(one, other) is same
