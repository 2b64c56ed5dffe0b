"""``kapplan show`` and ``kapplan why``: a saved plan on the screen, and its reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kapplan.cli.session.environment import Edge
from kapplan.cli.session.options import command
from kapplan.cli.session.plans import PlanArgument, read_plan
from kapplan.cli.session.views import ShowFormat, View, show_plan, show_records
from kapplan.errors import UsageError

if TYPE_CHECKING:
    from kapplan.model.plan import Plan, PlannedVisit


@command("show")
def show(
    edge: Edge,
    plan: PlanArgument,
    *,
    form: Annotated[ShowFormat | None, typer.Option("--format", help="How to print it.")] = None,
    view: Annotated[View, typer.Option(help="Which picture of the course.")] = "table",
    names: Annotated[bool, typer.Option("--names", help="Show the patient's name.")] = False,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="REV|DATE", help="As it stood at a revision or on a day.")
    ] = None,
) -> None:
    """Show a saved plan.

    Example: kapplan show river --view month
    """
    stored = read_plan(edge, plan)
    if as_of is not None:
        stored = as_it_stood(stored, as_of)
    show_plan(edge, stored, form=form, view=view, today=edge.today_of(stored.timezone), names=names)


@command("why")
def why(
    edge: Edge,
    plan: PlanArgument,
    visit: Annotated[str | None, typer.Argument(help="A visit's id, or next; without it, every visit.")] = None,
    *,
    rules: Annotated[bool, typer.Option("--rules", help="The tailoring rules instead, those not applied too.")] = False,
    form: Annotated[ShowFormat | None, typer.Option("--format", help="How to print it.")] = None,
) -> None:
    """Say why a visit falls where it does: its window, its slack, what kept it off its target, and the sources.

    Example: kapplan why river dosing-3
    """
    stored = read_plan(edge, plan)
    if rules:
        from kapplan.output.views.tailoring import tailoring_records

        show_records(edge, tailoring_records(stored), form)
        return
    chosen = stored.visits if visit is None else (visit_of(edge, stored, visit),)
    if edge.format(form) == "table":
        from kapplan.output.course.why import why_visits

        edge.show(why_visits(stored, chosen))
    else:
        from kapplan.output.course.why import why_records

        show_records(edge, why_records(stored, chosen), form)


def as_it_stood(plan: Plan, when: str) -> Plan:
    """Return a plan as it stood at a revision, or at the end of a day."""
    from datetime import date

    from kapplan.planning.journal.undo import as_of

    if when.isdecimal():
        return as_of(plan, int(when))
    try:
        return as_of(plan, date.fromisoformat(when))
    except ValueError:
        raise UsageError(f'a revision is a number and a day is written as 2027-01-04, not "{when}"') from None


def visit_of(edge: Edge, plan: Plan, name: str) -> PlannedVisit:
    """Return the visit of an id, or for ``next`` the first open one that is still ahead."""
    if name == "next":
        today = edge.today_of(plan.timezone)
        ahead = [visit for visit in plan.visits if visit.open and visit.start.date() >= today]
        if not ahead:
            raise UsageError("no visit of this plan is still ahead")
        return ahead[0]
    try:
        return plan.visit(name)
    except KeyError:
        from difflib import get_close_matches

        ids = [visit.id for visit in plan.visits]
        near = get_close_matches(name, ids, n=1)
        hint = f"did you mean {near[0]}?" if near else f"its visits are {', '.join(ids)}"
        raise UsageError(f"the plan has no visit {name}", hint=hint) from None
