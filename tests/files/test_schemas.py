"""The JSON Schemas allow what the readers read and forbid what their annotations forbid."""

from __future__ import annotations

import json
import tomllib

import pytest
from hypothesis import given, settings
from support.broken_files import CLINIC, KEYS, PROFILE, PROTOCOL, TYPES, Broken
from support.json_schema import as_editor_sees, faults
from support.plans import sample_plan
from support.records import records
from support.toml_files import ROOT

from kapplan.files.checks.json_schema import schema
from kapplan.files.documents.kinds import FileKind
from kapplan.files.library.package_data import LIBRARY
from kapplan.files.plans.format import text_of
from kapplan.model.plan import Plan

KINDS: tuple[FileKind, ...] = ("profile", "clinic", "protocol", "plan")


def _sound() -> list[tuple[FileKind, str]]:
    """Return files that the readers accept."""
    examples = sorted((ROOT / "examples").glob("*.toml"))
    found: list[tuple[FileKind, str]] = [("profile", PROFILE), ("clinic", CLINIC), ("protocol", PROTOCOL)]
    found += [("clinic" if "clinic" in path.name else "profile", path.read_text("utf-8")) for path in examples]
    found += [("protocol", path.read_text("utf-8")) for path in sorted((LIBRARY / "protocols").glob("*.toml"))]
    found += [("clinic", (LIBRARY / "clinic.toml").read_text("utf-8")), ("plan", text_of(sample_plan()))]
    return found


def _faults(kind: FileKind, text: str) -> list[str]:
    whole = schema(kind)
    return list(faults(whole, as_editor_sees(tomllib.loads(text)), whole))


@pytest.mark.parametrize(("kind", "text"), _sound())
def test_files_that_are_read_fit_their_schema(kind: FileKind, text: str) -> None:
    """An editor that follows the schema marks nothing in a sound file."""
    assert _faults(kind, text) == []


NOT_IN_SCHEMAS = {
    "not-a-number", "infinite", "hours-backwards", "zone", "long-ago", "far-ahead", "too-many-days", "not-a-profile",
    "not-a-protocol", "not-a-clinic", "text-for-day", "time-of-day",
}  # fmt: skip
"""What only the reader knows: names of zones, order within a text, bounds of days, days from text."""


@pytest.mark.parametrize(
    "broken", [broken for broken in KEYS + TYPES if broken.name not in NOT_IN_SCHEMAS], ids=lambda broken: broken.name
)
def test_what_the_annotations_forbid_the_schema_forbids(broken: Broken) -> None:
    """Unknown keys, wrong types and words, and numbers out of bounds are marked by an editor too."""
    assert _faults(broken.kind, broken.data.decode()) != []


@given(records(Plan))
@settings(max_examples=25)
def test_any_plan_that_is_written_fits_the_schema(plan: Plan) -> None:
    """The schema knows how a plan's file leaves out what its rows have in common."""
    assert _faults("plan", text_of(_whole(plan))) == []


def _whole(plan: Plan) -> Plan:
    from dataclasses import replace

    from kapplan.model.plan import PLAN_FORMAT

    return replace(plan, timezone="America/Denver", format=PLAN_FORMAT)


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_plain_json_with_a_dialect_and_closed_tables(kind: FileKind) -> None:
    """Every table that the format knows forbids other keys."""
    whole = json.loads(json.dumps(schema(kind)))
    assert whole["$schema"].startswith("https://json-schema.org/")
    assert all(table["additionalProperties"] is False for table in whole["$defs"].values())
    assert whole["additionalProperties"] is False
    assert "from_" not in json.dumps(whole)
