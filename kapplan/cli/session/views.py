"""How commands show a plan: a view on a terminal, plain text in a pipe, or the format asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from kapplan.cli.session.environment import Edge
from kapplan.errors import UsageError

if TYPE_CHECKING:
    from kapplan.model.plan import Finding, Plan
    from kapplan.output.records.records import Records

View = Literal["table", "month", "timeline", "agenda"]
ShowFormat = Literal["table", "plain", "json", "csv", "md"]
TELLING = frozenset({"table", "json", "md"})
"""The formats that tell safety notices and findings themselves; beside all others they are told on standard error."""


def show_plan(
    edge: Edge, plan: Plan, *, form: str | None, view: View = "table", today: date | None = None, names: bool = False
) -> None:
    """Print a plan in a format; the view counts where the format is a table."""
    chosen = edge.format(form)
    if form is None and view != "table":
        chosen = "table"
    if chosen == "table":
        edge.show(_view(plan, view, today, names=names))
    else:
        if chosen not in TELLING:
            note_findings(edge, plan)
        edge.write(plan_text(plan, chosen))


def note_findings(edge: Edge, plan: Plan) -> None:
    """Tell beside an answer of bare visits what stands above them on a terminal: safety first, then every finding."""
    note_safety(edge, plan.findings)
    if plan.protocol.off_label:
        edge.note(f"OFF-LABEL: No product label covers this use of {plan.protocol.drug}.")
    _note(edge, [finding for finding in plan.findings if not finding.safety])


def note_safety(edge: Edge, findings: Iterable[Finding]) -> None:
    """Tell the safety notices among findings on standard error."""
    _note(edge, [finding for finding in findings if finding.safety])


def _note(edge: Edge, findings: Sequence[Finding]) -> None:
    if not findings:
        return
    from kapplan.planning.phrases.findings import finding_line

    for finding in findings:
        edge.note(finding_line(finding))


def _view(plan: Plan, view: View, today: date | None, *, names: bool) -> Any:
    if view == "month":
        from kapplan.output.course.month import month_pages

        return month_pages(plan, today=today)
    if view == "timeline":
        from kapplan.output.course.timeline import timeline

        return timeline(plan, today=today)
    if view == "agenda":
        from kapplan.output.course.agenda import agenda

        return agenda(plan, today=today, names=names)
    from kapplan.output.course.table import course_table

    return course_table(plan, today=today, names=names)


def plan_text(plan: Plan, form: str) -> str:
    """Return a plan as text for programs: ``plain``, ``json``, ``csv`` or ``md``."""
    if form == "plain":
        from kapplan.output.records.plain import plain_plan

        return plain_plan(plan)
    if form == "json":
        from kapplan.output.documents.plan_json import plan_json

        return plan_json(plan)
    if form == "csv":
        from kapplan.output.records.csv_rows import csv_plan

        return csv_plan(plan)
    if form == "md":
        from kapplan.output.records.markdown import markdown_plan

        return markdown_plan(plan)
    raise UsageError(f"there is no format {form} for a plan on the screen; `kapplan export` writes others")


def show_records(edge: Edge, records: Records, form: str | None) -> None:
    """Print a list of records in the format asked for."""
    from kapplan.output.records.records import render

    chosen = edge.format(form)
    if chosen not in TELLING:
        for notice in records.safety:
            edge.note(f"SAFETY: {notice}")
    rendered = render(records, chosen)  # type: ignore[arg-type]
    if isinstance(rendered, str):
        edge.write(rendered)
    else:
        edge.show(rendered)
