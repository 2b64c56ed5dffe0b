"""The tailoring rules of a plan: applied, declined, and those that do not apply."""

from __future__ import annotations

from kapplan.model.plan import Plan
from kapplan.output.records.records import Column, Records

_ORDER = ("applied", "declined", "not-applicable")


def tailoring_records(plan: Plan) -> Records:
    """Return one record a rule, applied ones first: its id, what became of it, what it does and why, its source."""
    columns = (
        Column(key="rule", title="Rule", style="bold"),
        Column(key="state", title="State"),
        Column(key="text", title="Text"),
        Column(key="effect", title="Effect"),
        Column(key="source", title="Source"),
        Column(key="verified", title="Verified", brief=False),
    )
    rules = sorted(plan.tailoring, key=lambda rule: _ORDER.index(rule.state))
    return Records(
        columns=columns,
        rows=tuple((rule.rule, rule.state, rule.text, rule.effect, rule.source, rule.verified) for rule in rules),
        schema="kapplan.tailoring/1",
        name="rules",
        patient=plan.patient,
        safety=tuple(finding.text for finding in plan.findings if finding.safety),
        after=('without = ["RULE"] in the profile\'s [tailoring] turns one off, visibly.',),
    )
