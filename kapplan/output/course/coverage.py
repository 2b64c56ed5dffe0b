"""Authorizations as records: what was used of each, what is planned on it, where it ends, when to ask again."""

from __future__ import annotations

from collections.abc import Iterator

from kapplan.model.plan import Plan, PlannedVisit
from kapplan.output.records.records import Cell, Column, Records
from kapplan.output.records.words import count
from kapplan.planning.phrases.words import day_words, visit_words
from kapplan.planning.reports.coverage import Coverage, Use, coverage

_COLUMNS = (
    Column(key="number", title="N", right=True, style="bold"),
    Column(key="from", title="From"),
    Column(key="until", title="Until"),
    Column(key="visits", title="Doses"),
    Column(key="visits_approved", brief=False),
    Column(key="visits_used", brief=False),
    Column(key="visits_planned", brief=False),
    Column(key="devices", title="Devices"),
    Column(key="devices_approved", brief=False),
    Column(key="devices_used", brief=False),
    Column(key="devices_planned", brief=False),
    Column(key="last_covered", title="Last covered"),
    Column(key="last_covered_on", brief=False),
    Column(key="first_uncovered", title="First not covered", style="yellow"),
    Column(key="first_uncovered_on", brief=False),
    Column(key="runs_out", title="For want of"),
    Column(key="ask_by", title="Ask again by", style="bold"),
)


def coverage_records(plan: Plan, covered: Coverage, *, why_ask: str | None = None) -> Records:
    """Return one record an authorization; ``why_ask`` says why it is asked for so early."""
    left = len(covered.uncovered)
    after = [f"{count(left, 'dose')} ahead that no authorization covers."] if left else []
    if covered.uses:
        after.append("Doses are counted, given and planned, in the order of their days: neither days alone nor visits.")
    else:
        after.append("The profile names no authorization.")
    if left and why_ask is not None:
        after.append(why_ask)
    return Records(
        columns=_COLUMNS,
        rows=tuple(_row(use) for use in covered.uses),
        schema="kapplan.coverage/1",
        name="authorizations",
        after=tuple(after),
        extra={
            "plan_id": plan.id,
            "patient": plan.patient,
            "uncovered": [visit.id for visit in covered.uncovered],
        },
    )


def _row(use: Use) -> tuple[Cell, ...]:
    approved, last, first = use.authorization, use.last_covered, use.first_uncovered
    return (
        use.number,
        approved.from_,
        approved.until,
        _counted(use.visits_used, use.visits_planned, approved.visits),
        approved.visits,
        use.visits_used,
        use.visits_planned,
        _counted(use.devices_used, use.devices_planned, approved.devices),
        approved.devices,
        use.devices_used,
        use.devices_planned,
        None if last is None else f"{visit_words(last.id)}, {day_words(last.day)}",
        None if last is None else last.day,
        None if first is None else f"{visit_words(first.id)}, {day_words(first.day)}",
        None if first is None else first.day,
        use.runs_out,
        use.ask_by,
    )


def _counted(used: int, planned: int, approved: int | None) -> str:
    of = "" if approved is None else f" of {approved}"
    return f"{used} used, {planned} planned{of}"


def coverage_lines(plan: Plan) -> Iterator[str]:
    """Yield how far each authorization reaches: what it counts, its last dose, and before which the next is needed."""
    covered = coverage(plan)
    for use in covered.uses:
        approved, last, first = use.authorization, use.last_covered, use.first_uncovered
        told = [f"{_counted(use.visits_used, use.visits_planned, approved.visits)} doses"]
        if approved.devices is not None:
            told.append(f"{_counted(use.devices_used, use.devices_planned, approved.devices)} devices")
        if approved.until is not None:
            told.append(f"through {day_words(approved.until)}")
        ends = "no dose is on it" if last is None else f"{_dated(last)} is its last"
        needed = "" if first is None else f"; the next is needed before {_dated(first)}"
        yield f"Authorization {use.number}: {', '.join(told)}; {ends}{needed}."


def _dated(visit: PlannedVisit) -> str:
    return f"{visit_words(visit.id)} on {day_words(visit.day)}"
