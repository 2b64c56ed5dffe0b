"""From a case to its course: screen, tailor, place, draft."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import kapplan
from kapplan.cli.session.book import busy_around
from kapplan.cli.session.case import Case
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.screening import screened

if TYPE_CHECKING:
    from kapplan.files.book.book import Book
    from kapplan.model.clinic import Clinic
    from kapplan.model.plan import Finding, Plan
    from kapplan.model.protocol import Protocol
    from kapplan.planning.schedule.course import Answer


def make_plan(
    edge: Edge, case: Case, *, book: Book, by: str | None = None, why: str | None = None
) -> tuple[Plan, Answer]:
    """Take a case through the stages: screen, tailor, place around what is booked, draft.

    Raises ``RefusedError`` where screening refuses and ``Unplaceable`` where no dates keep every rule.
    """
    from kapplan.files.plans.snapshots import CaseInputs, snapshot_of
    from kapplan.planning.rules.screening import unspoken
    from kapplan.planning.schedule.draft import Header

    now = edge.now(case.zone)
    findings = screened(case, now.date())
    tailored = kapplan.tailor(case.profile, case.protocol, case.clinic, today=now.date(), rules=case.rules)
    patient = case.profile.patient.id
    busy = busy_around(edge, case.clinic, case.base, case.zone, now.date(), book=book, patient=patient)
    demand = kapplan.demand_of(case.profile, tailored.clinic, tailored.regimen, busy, now)
    answer = kapplan.place(demand)
    header = Header(
        profile=case.profile,
        protocol=tailored.protocol,
        clinic=tailored.clinic,
        timezone=case.timezone,
        now=now,
        by=edge.author(by),
        inputs=case.inputs,
        findings=findings,
        tailoring=tailored.rules,
        off_label=tailored.off_label,
        notices=unspoken(case.profile, case.protocol, case.rules),
        snapshot=snapshot_of(CaseInputs(profile=case.profile, clinic=tailored.clinic, protocol=tailored.protocol)),
        measures=kapplan.read_measures(),
        why=why,
        secret=edge.secret(),
    )
    return _as_screened(case, kapplan.draft(answer, header), tailored.protocol, tailored.clinic, now.date()), answer


def _as_screened(case: Case, plan: Plan, protocol: Protocol, clinic: Clinic, today: date) -> Plan:
    """Return a new plan screened as every later command screens it, with what it was screened by."""
    from kapplan.files.plans.review_basis import built_in_review
    from kapplan.files.plans.screening_digest import stamped
    from kapplan.model.review import Basis
    from kapplan.planning.review.standing import screened as screened_plan

    basis = Basis(
        profile=case.profile, protocol=protocol, clinic=clinic, measures=kapplan.read_measures(), rules=case.rules,
        book=built_in_review(),
    )  # fmt: skip
    return stamped(screened_plan(plan, basis, today), case.clinic.rules, case.base)


def findings_json(findings: Sequence[Finding]) -> str:
    """Return why screening refuses as JSON, safety notices first."""
    from kapplan.output.documents.plan_json import finding_data
    from kapplan.output.records.json_records import json_text

    safety = [finding_data(finding) for finding in findings if finding.safety]
    listed = [finding_data(finding) for finding in findings]
    return json_text({"schema": "kapplan.refusal/1", "safety": safety, "findings": listed})
