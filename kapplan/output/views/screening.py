"""What screening says of a plan, in full: each finding with its rule, its source and what would settle it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kapplan.model.plan import Finding, Plan
from kapplan.output.records.records import Column, Records

if TYPE_CHECKING:
    from rich.console import RenderableType


def screening_records(plan: Plan) -> Records:
    """Return one record a finding: its rule, what became of it, what it says, what would settle it, its source."""
    columns = (
        Column(key="rule", title="Rule", style="bold"),
        Column(key="state", title="State"),
        Column(key="text", title="Text"),
        Column(key="change", title="To settle it"),
        Column(key="source", title="Source"),
        Column(key="verified", title="Verified", brief=False),
    )
    return Records(
        columns=columns,
        rows=tuple((one.rule, _state(one), one.text, one.change, one.source, one.verified) for one in plan.findings),
        schema="kapplan.screening/1",
        name="findings",
        patient=plan.patient,
        safety=tuple(finding.text for finding in plan.findings if finding.safety),
    )


def screening_view(plan: Plan) -> RenderableType:
    """Return what screening says as people read it: safety notices first, a line that counts, then each finding."""
    from rich.console import Group
    from rich.text import Text

    from kapplan.output.course.heading import finding_body, finding_style, findings_summary, item, safety_lines
    from kapplan.output.terminal import styles
    from kapplan.output.terminal.trimmed import Trimmed

    told = [finding for finding in plan.findings if not finding.safety]
    title = Text.assemble((f"{plan.patient}  Screening  ", styles.HEADING), findings_summary(plan))
    lines = [item("!", finding_body(finding), style=finding_style(finding)) for finding in told]
    return Trimmed(Group(*safety_lines(plan), title, *lines))


def _state(finding: Finding) -> str:
    if finding.left_out:
        return "not stated"
    if finding.not_screened:
        return "not screened"
    return "overridden" if finding.overridden else "safety" if finding.safety else finding.level
