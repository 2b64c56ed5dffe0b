"""What people decided by name against a rule, as JSON data of a plan."""

from __future__ import annotations

from typing import TypedDict

from kapplan.model.plan import Plan
from kapplan.output.records.plain_data import shaped


class OverrideData(TypedDict):
    """A rule that somebody overrode by name."""

    rule: str
    by: str
    on: str
    why: str


class WideningData(TypedDict):
    """A rule that somebody widened by name, for one visit or all that it binds, to bounds in days or in visits."""

    rule: str
    visit: str | None
    min: int | None
    max: int | None
    by: str
    on: str | None
    why: str


def overrides_data(plan: Plan) -> list[OverrideData]:
    """Return the rules that somebody overrode, with who, when and why."""
    return [shaped(OverrideData, one) for one in plan.overrides]


def widenings_data(plan: Plan) -> list[WideningData]:
    """Return the rules that somebody widened, with how far, who and why."""
    return [shaped(WideningData, one, min=one.to.min, max=one.to.max) for one in plan.widenings]
