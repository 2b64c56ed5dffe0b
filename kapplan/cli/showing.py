"""How commands show a plan: a view on a terminal, plain text in a pipe, or the format asked for."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from kapplan.cli.edge import Edge
from kapplan.errors import UsageError

if TYPE_CHECKING:
    from kapplan.model.plan import Plan
    from kapplan.output.records import Records

View = Literal["table", "month", "timeline", "agenda"]
ShowFormat = Literal["table", "plain", "json", "csv", "md"]


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
        edge.write(plan_text(plan, chosen))


def _view(plan: Plan, view: View, today: date | None, *, names: bool) -> Any:
    if view == "month":
        from kapplan.output.month import month_pages

        return month_pages(plan, today=today)
    if view == "timeline":
        from kapplan.output.timeline import timeline

        return timeline(plan, today=today)
    if view == "agenda":
        from kapplan.output.agenda import agenda

        return agenda(plan, today=today, names=names)
    from kapplan.output.table import course_table

    return course_table(plan, today=today, names=names)


def plan_text(plan: Plan, form: str) -> str:
    """Return a plan as text for programs: ``plain``, ``json``, ``csv`` or ``md``."""
    if form == "plain":
        from kapplan.output.plain import plain_plan

        return plain_plan(plan)
    if form == "json":
        from kapplan.output.plan_json import plan_json

        return plan_json(plan)
    if form == "csv":
        from kapplan.output.csv_rows import csv_plan

        return csv_plan(plan)
    if form == "md":
        from kapplan.output.markdown import markdown_plan

        return markdown_plan(plan)
    raise UsageError(f"there is no format {form} for a plan on the screen; `kapplan export` writes others")


def show_records(edge: Edge, records: Records, form: str | None) -> None:
    """Print a list of records in the format asked for."""
    from kapplan.output.records import render

    chosen = edge.format(form)
    rendered = render(records, chosen)  # type: ignore[arg-type]
    if isinstance(rendered, str):
        edge.write(rendered)
    else:
        edge.show(rendered)
