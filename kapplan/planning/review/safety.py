"""What safety proposes: to hold the course where screening refuses further doses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from kapplan.model.plan import Plan
from kapplan.model.review import Basis
from kapplan.planning.review.proposals import Draft
from kapplan.planning.review.standing import standing_findings


def hold_drafts(plan: Plan, basis: Basis, today: date) -> Iterator[Draft]:
    """Yield the proposal to hold the course where a finding refuses it; another answer is another proposal."""
    if plan.held:
        return
    afresh = plan.screened is not None and plan.screened.on == today
    for finding in plan.findings if afresh else standing_findings(plan, basis, today):
        if finding.refuses and finding.evidence:
            days = [one.on for one in finding.evidence if one.on is not None]
            yield Draft(
                rule=finding.rule,
                text=f"{finding.text} Hold the course.",
                effect="hold",
                source=finding.source,
                verified=finding.verified,
                on=max(days, default=None),
            )
