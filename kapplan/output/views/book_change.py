"""What one change did to many plans of a book, a patient after the other."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote
from typing import TYPE_CHECKING, Any

from kapplan.dataclass import dataclass
from kapplan.model.terms import NO_NAMES, MeasureNames
from kapplan.output.records.records import Cell, Column, Records
from kapplan.output.records.words import count
from kapplan.output.views.change import PlanChange, change_document, change_records, difference_lines
from kapplan.output.views.clash import unresolved_text, ways_text

if TYPE_CHECKING:
    from rich.console import RenderableType

SCHEMA = "kapplan.book-change/1"
CLASH_LINES = 6
"""So many lines of what stands in one patient's way are shown; a list of many patients is to be read to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookChange:
    """One change of many plans: its id, what it is in words, and what it does to each.

    Of the ``unexplained`` patients it was not found out why they have no dates.
    """

    id: str
    text: str
    plans: tuple[PlanChange, ...]
    dry_run: bool
    unexplained: frozenset[str] = frozenset()

    @property
    def touched(self) -> tuple[PlanChange, ...]:
        """The plans in which anything of a visit, a task or a finding is different."""
        return tuple(plan for plan in self.plans if not plan.difference.nothing or not plan.revision.placed)

    @property
    def safety(self) -> tuple[str, ...]:
        """The safety notices of all plans, each with its patient."""
        return tuple(f"{plan.after.patient}: {finding.text}" for plan in self.plans for finding in plan.safety)


def book_change_records(change: BookChange) -> Records:
    """Return a record for each thing that is different in each plan; a plan without dates says why."""
    rows: list[tuple[Cell, ...]] = []
    for plan in change.plans:
        patient = plan.after.patient
        if not plan.revision.placed:
            why = " ".join(
                (_how_to_ask(plan),)
                if patient in change.unexplained
                else unresolved_text(plan.clashes, plan.remedies).split("\n")
            )
            rows.append((patient, "no dates", None, None, None, None, why))
        own = change_records(plan.difference, patient, plan.verdicts, plan.revision.released)
        rows += [(patient, *row) for row in own.rows]
        columns = (Column(key="patient", title="Patient", style="bold"), *own.columns)
    return Records(
        columns=columns if change.plans else (),
        rows=tuple(rows),
        schema=SCHEMA,
        name="changes",
        safety=change.safety,
    )


def book_change_document(change: BookChange) -> dict[str, Any]:
    """Return a change of many plans as JSON data; ``safety`` comes first after ``schema``."""
    return {
        "schema": SCHEMA,
        "safety": list(change.safety),
        "change": change.id,
        "text": change.text,
        "dry_run": change.dry_run,
        "unexplained": sorted(change.unexplained),
        "plans": [change_document(plan) for plan in change.plans],
    }


def book_change_view(
    change: BookChange, *, measures: MeasureNames = NO_NAMES, one_by_one: bool = False
) -> RenderableType:
    """Return a change of many plans as people read it: a patient after the other, and what it comes to in all."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    from kapplan.output.terminal.trimmed import Trimmed

    title = f"{'Would be: ' if change.dry_run else ''}{change.text[:1].upper()}{change.text[1:]}"
    lines: list[RenderableType] = [Text(f"SAFETY  {notice}", style="bold red") for notice in change.safety]
    lines.append(Text(title, style="bold"))
    for plan in change.touched:
        lines.append(Text(plan.after.patient, style="bold"))
        lines += [Padding(line, (0, 0, 0, 2)) for line in difference_lines(plan, measures, one_by_one=one_by_one)]
        if not plan.revision.placed:
            lines.append(Padding(Text("\n".join(_why_not(change, plan, one_by_one=one_by_one))), (0, 0, 0, 2)))
    lines += [Text(line) for line in _summary(change)]
    return Trimmed(Group(*lines))


def _how_to_ask(plan: PlanChange) -> str:
    """Return how to find out why a plan has no dates: as it is once it was saved, else by the same command."""
    how = "the same with --all" if plan.dry_run else f"kapplan refresh {quote(plan.name)} --dry-run"
    return f"No dates keep every rule; why, and what would help: {how}"


def _why_not(change: BookChange, plan: PlanChange, *, one_by_one: bool) -> Iterator[str]:
    """Yield what stands in the way and what would help; of a long clash its first lines."""
    if plan.after.patient in change.unexplained:
        yield _how_to_ask(plan)
        return
    reasons = unresolved_text(plan.clashes, ()).rstrip().split("\n")
    cut = len(reasons) > CLASH_LINES and not one_by_one
    yield from reasons[: CLASH_LINES if cut else None]
    if cut:
        yield f"- and {len(reasons) - CLASH_LINES} more: the same with --list"
    if plan.remedies:
        yield ways_text(plan.remedies)


def _summary(change: BookChange) -> Iterator[str]:
    touched = change.touched
    moved = sum(len(plan.difference.moved) for plan in touched)
    yield f"{count(len(touched), 'patient')} touched, {count(moved, 'visit')} moved; nobody else's visits move."
    if quiet := len(change.plans) - len(touched):
        yield f"{count(quiet, 'other plan')} {'takes' if quiet == 1 else 'take'} it in without a change of dates."
