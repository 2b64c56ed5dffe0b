"""From a case to its course: screen, tailor, place, draft."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kapplan.cli.casework.case import Case
from kapplan.cli.casework.screening import screened
from kapplan.cli.session.audit import log_access
from kapplan.cli.session.book import book_for, busy_around, named_book
from kapplan.cli.session.environment import Edge
from kapplan.dataclass import replace
from kapplan.errors import UsageError
from kapplan.model.decisions import Override

if TYPE_CHECKING:
    from kapplan.files.book.book import Book
    from kapplan.model.bookings import PlanBookings
    from kapplan.model.plan import Finding, Plan
    from kapplan.planning.availability.free_time import BusyTimes
    from kapplan.planning.problem.deadline import Deadline
    from kapplan.planning.schedule.course import Answer, Demand


def make_plan(
    edge: Edge,
    case: Case,
    *,
    book: Book,
    by: str | None = None,
    why: str | None = None,
    effort: int = 1,
    within: float | None = None,
    override: Sequence[str] = (),
    beside: Sequence[PlanBookings] = (),
) -> tuple[Plan, Answer]:
    """Take a case through the stages: screen, tailor, place around what is booked, draft.

    The search ends ``within`` so many seconds, if any are given. Rules of ``override`` are overridden by name, for the
    reason ``why``. ``beside`` is what others take who are placed with it. Raises ``RefusedError`` where screening
    refuses, ``Unplaceable`` where no dates keep every rule, ``UsageError`` where an override has no reason or no rule.
    """
    from kapplan.api import course_of

    log_access(edge, case.profile.patient.id)
    now = edge.now(case.zone)
    author, own = edge.author(by), case.profile.override
    if override and not why:
        raise UsageError("--override needs a reason", hint="add --why and say why the rule may be broken")
    decided = tuple(Override(rule=rule, by=author, on=now.date(), why=why or "") for rule in override)
    findings = screened(replace(case, profile=replace(case.profile, override=(*own, *decided))), now.date())
    patient, deadline = case.profile.patient.id, edge.deadline(within)
    busy = busy_around(edge, case.clinic, case.base, case.zone, now.date(), book=book, patient=patient,
                       beside=beside, deadline=deadline)  # fmt: skip
    return course_of(
        case.profile, case.protocol, case.clinic, now=now, by=author, findings=findings, busy=busy,
        rules=case.rules, inputs=case.inputs, base=case.base, why=why, secret=edge.secret(), effort=effort,
        deadline=deadline, overrides=decided,
    )  # fmt: skip


def asked_of(edge: Edge, case: Case, book: Book) -> Demand:
    """Return what a case that screening lets pass is placed from, around what is booked; raises as ``make_plan``."""
    from kapplan.api import demand_for

    now, patient = edge.now(case.zone), case.profile.patient.id
    screened(case, now.date())
    busy = busy_around(edge, case.clinic, case.base, case.zone, now.date(), book=book, patient=patient)
    return demand_for(case.profile, case.protocol, case.clinic, now=now, busy=busy, rules=case.rules)


def busy_in_book(edge: Edge, case: Case, deadline: Deadline | None = None) -> BusyTimes:
    """Return what is booked for a case that is only asked about: what ``plan`` would place around.

    Servers answer before the ``deadline``.

    Where a book is named and the clinic shares nothing, it is said that nobody looked at it.
    """
    patient, today = case.profile.patient.id, edge.now(case.zone).date()
    book = book_for(edge, case.clinic, case.base, Path())
    named = named_book(edge, case.clinic, case.base)
    if named is not None and not (case.clinic.id or case.clinic.name):
        edge.note(f"The book {book.address} was not looked at: the clinic has neither id nor name.")
    busy: BusyTimes = busy_around(
        edge, case.clinic, case.base, case.zone, today, book=book, patient=patient, deadline=deadline
    )
    return busy


def findings_json(findings: Sequence[Finding]) -> str:
    """Return why screening refuses as JSON, safety notices first."""
    from kapplan.output.documents.plan_json import finding_data
    from kapplan.output.records.json_records import json_text

    safety = [finding_data(finding) for finding in findings if finding.safety]
    listed = [finding_data(finding) for finding in findings]
    return json_text({"schema": "kapplan.refusal/1", "safety": safety, "findings": listed})
