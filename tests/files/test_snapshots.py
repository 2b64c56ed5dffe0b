"""A plan holds what it was made from: every profile, clinic and protocol comes back from its snapshot as it was."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from support.command_line import EXAMPLES

import kapplan
from kapplan.files.documents.readers import read_profile, resolve_clinic
from kapplan.files.plans.snapshots import CaseInputs, inputs_of, snapshot_of
from kapplan.files.toml.sources import open_source


@pytest.mark.parametrize("name", ["river", "sage", "ember"])
def test_examples_come_back(name: str) -> None:
    """The profile and the clinic of each example are read back from a snapshot field by field."""
    profile = read_profile(open_source(EXAMPLES / f"{name}.toml"))
    inputs = CaseInputs(
        profile=profile,
        clinic=resolve_clinic(profile, Path(EXAMPLES)),
        protocol=kapplan.read_protocol(profile.treatment.protocol),
    )
    assert inputs_of(cast("Any", SimpleNamespace(snapshot=snapshot_of(inputs)))) == inputs


@pytest.mark.parametrize("protocol_id", kapplan.protocol_ids())
def test_protocols_come_back(protocol_id: str) -> None:
    """Every built-in protocol is read back from a snapshot field by field."""
    profile = read_profile(open_source(EXAMPLES / "river.toml"))
    inputs = CaseInputs(
        profile=profile, clinic=resolve_clinic(profile, EXAMPLES), protocol=kapplan.read_protocol(protocol_id)
    )
    assert inputs_of(cast("Any", SimpleNamespace(snapshot=snapshot_of(inputs)))) == inputs
