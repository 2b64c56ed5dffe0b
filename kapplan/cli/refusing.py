"""How a command screens: what refuses is told with its line in the profile, safety notices before anything else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

import kapplan
from kapplan.errors import RefusedError

if TYPE_CHECKING:
    from kapplan.cli.case import Case
    from kapplan.errors import Problem
    from kapplan.model.plan import Finding


def screened(case: Case, today: date) -> tuple[Finding, ...]:
    """Return every finding about a case; raise ``RefusedError`` with all of them where one refuses."""
    findings = kapplan.screen(case.profile, case.protocol, today, clinic=case.clinic, rules=case.rules)
    try:
        kapplan.refuse(findings)
    except RefusedError:
        raise RefusedError("\n".join(refusal(case, findings))) from None
    return findings


def refusal(case: Case, findings: Sequence[Finding]) -> Iterator[str]:
    """Return why nothing is scheduled: safety notices, what refuses with its place, and what else was found."""
    from kapplan.output.diagnostics import render_problems
    from kapplan.planning.screening import finding_line, refuses

    refusing = [finding for finding in findings if refuses(finding)]
    safety = [finding for finding in findings if finding.safety]
    others = [finding for finding in findings if finding not in refusing and finding not in safety]
    yield "screening refuses this course"
    yield from (finding_line(finding) for finding in safety)
    yield ""
    yield render_problems(_placed(case, refusing))
    if others:
        yield "\nAlso found:"
        yield from (f"- {finding_line(finding)}" for finding in others)


def _placed(case: Case, findings: Sequence[Finding]) -> Iterator[Problem]:
    """Yield findings as problems at their lines of the profile."""
    from kapplan.files.faults import Fault, locate

    for finding in findings:
        change = f"{finding.change}." if finding.change else ""
        override = " Else an [[override]] by a named clinician." if finding.level == "refuse-unless-overridden" else ""
        path = tuple((finding.key or "patient").split("."))
        fault = Fault(path, f"{finding.rule}: {finding.text} [{finding.source}]", f"{change}{override}".strip() or None)
        yield from locate(case.source, [fault])
