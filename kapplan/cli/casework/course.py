"""From a case to its course: screen, tailor, place, draft."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kapplan.cli.casework.case import Case
from kapplan.cli.casework.screening import screened
from kapplan.cli.session.book import busy_around
from kapplan.cli.session.environment import Edge

if TYPE_CHECKING:
    from kapplan.files.book.book import Book
    from kapplan.model.plan import Finding, Plan
    from kapplan.planning.schedule.course import Answer


def make_plan(
    edge: Edge, case: Case, *, book: Book, by: str | None = None, why: str | None = None, effort: int = 1
) -> tuple[Plan, Answer]:
    """Take a case through the stages: screen, tailor, place around what is booked, draft.

    Raises ``RefusedError`` where screening refuses and ``Unplaceable`` where no dates keep every rule.
    """
    from kapplan.api import course_of

    now = edge.now(case.zone)
    findings = screened(case, now.date())
    patient = case.profile.patient.id
    busy = busy_around(edge, case.clinic, case.base, case.zone, now.date(), book=book, patient=patient)
    return course_of(
        case.profile, case.protocol, case.clinic, now=now, by=edge.author(by), findings=findings, busy=busy,
        rules=case.rules, inputs=case.inputs, base=case.base, why=why, secret=edge.secret(), effort=effort,
    )  # fmt: skip


def findings_json(findings: Sequence[Finding]) -> str:
    """Return why screening refuses as JSON, safety notices first."""
    from kapplan.output.documents.plan_json import finding_data
    from kapplan.output.records.json_records import json_text

    safety = [finding_data(finding) for finding in findings if finding.safety]
    listed = [finding_data(finding) for finding in findings]
    return json_text({"schema": "kapplan.refusal/1", "safety": safety, "findings": listed})
