"""What a finding says to people, without the rules that it came from: a saved plan has its findings alone."""

from __future__ import annotations

from kapplan.model.plan import Finding


def refuses(finding: Finding) -> bool:
    """Tell whether a finding stands against every plan for this patient."""
    return finding.level != "warn" and not finding.overridden and not finding.not_screened


def finding_line(finding: Finding) -> str:
    """Return a finding as one sentence with what would change it."""
    change = f" What would change it: {finding.change}." if finding.change and refuses(finding) else ""
    override = " A clinician can override it." if finding.level == "refuse-unless-overridden" else ""
    safety = "SAFETY: " if finding.safety else ""
    return f"{safety}{finding.rule}: {finding.text}{change}{override if refuses(finding) else ''} [{finding.source}]"
