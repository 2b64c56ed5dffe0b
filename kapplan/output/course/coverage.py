"""Authorizations in sentences: what each counts, what its last dose is, before which the next one is needed."""

from __future__ import annotations

from collections.abc import Iterator

from kapplan.model.plan import Plan, PlannedVisit
from kapplan.planning.phrases.words import day_words, visit_words
from kapplan.planning.schedule.coverage import coverage


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
