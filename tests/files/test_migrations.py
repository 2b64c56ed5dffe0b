"""Plans of an older format, brought up to today's: what names told there is said by fields."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from support.plans import sample_plan

from kapplan.files.plans.migrations import migrated
from kapplan.files.toml.sources import SourceFile
from kapplan.model.decisions import Proposal
from kapplan.model.plan import Entry, Plan, Reason
from kapplan.planning.journal.patch import data_of, patch, patched

NEW_FIELDS = {"opens", "instead_of"}
OPENED = Reason(rule="closed", text="On a closed day: overridden by Dr. N.", opens=True)
OTHER = Reason(rule="dosing.gap", text="Doses keep apart.")
ANOTHER_WAY = Proposal(number=1, rule="dosing.review.gate.other", text="Go on.", instead_of="dosing.review.gate")
BEFORE_AND_AFTER = {
    "a reason that is new": ((OTHER,), (OTHER, OPENED)),
    "a reason in another's place": ((OTHER,), (OPENED,)),
    "another in a reason's place": ((OPENED,), (OTHER,)),
    "a reason that is the only one": ((), (OPENED,)),
    "a reason that is gone": ((OPENED, OTHER), (OTHER,)),
}


def without_fields(data: Any) -> Any:
    """Return plain data as it was before there were the fields; a patch that says no more of a record says nothing."""
    if isinstance(data, list):
        return [without_fields(item) for item in data]
    if not isinstance(data, dict):
        return data
    return {key: without_fields(item) for key, item in data.items() if key not in NEW_FIELDS}


def with_reasons(plan: Plan, because: tuple[Reason, ...]) -> Plan:
    """Return a plan in which the first visit is there for some reasons."""
    first, *others = plan.visits
    return replace(plan, visits=(replace(first, because=because), *others))


@pytest.mark.parametrize(("before", "after"), BEFORE_AND_AFTER.values(), ids=BEFORE_AND_AFTER.keys())
def test_an_old_plan_and_what_undoes_its_changes_say_by_fields_what_names_told(
    before: tuple[Reason, ...], after: tuple[Reason, ...]
) -> None:
    """The plan of format 1, and the one that its history leads back to, are those that would be written today."""
    old = with_reasons(sample_plan(), before)
    new = replace(with_reasons(sample_plan(), after), proposals=(ANOTHER_WAY,))
    entry = Entry(
        revision=2, at=new.revised + timedelta(days=1), by="A", command="move", text="",
        undo=json.dumps(without_fields(patch(new, old))),
    )  # fmt: skip
    written = {**without_fields(data_of(replace(new, history=(entry,)))), "format": 1}
    found = migrated(written, SourceFile("a.plan.toml", b""))
    undo = json.loads(found.pop("history")[0]["undo"])
    assert found == {**data_of(new), "format": 2}
    assert patched(data_of(new), undo) == data_of(old)
