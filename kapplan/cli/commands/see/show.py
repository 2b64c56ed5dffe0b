"""``kapplan show`` and ``kapplan why``: a saved plan on the screen, and its reasons."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from kapplan.cli.casework.standing import see
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.options import command
from kapplan.cli.session.plans import find, typed_again
from kapplan.cli.session.views import ShowFormat, View, hint_details, show_listed, show_plan, show_records
from kapplan.cli.typed.days import as_it_stood, typed_when
from kapplan.cli.typed.plans import PlanArgument
from kapplan.cli.typed.visits import visit_of
from kapplan.dataclass import replace
from kapplan.errors import UsageError

if TYPE_CHECKING:
    from kapplan.model.plan import Plan


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
    stored = see(edge, plan)
    if as_of is not None:
        stored = _with_notices(as_it_stood(edge, stored, as_of), stored)
    show_plan(edge, stored, form=form, view=view, today=edge.today_of(stored.timezone), names=names)
    if as_of is None and plan != "-" and edge.out.isatty() and edge.format(form) == "table":
        from kapplan.cli.casework.unrecorded import tell_next

        named = quote(typed_again(edge, plan))
        hint_details(edge, named, stored)
        tell_next(edge, named, stored)


@command("why")
def why(
    edge: Edge,
    plan: PlanArgument,
    visit: Annotated[
        list[str] | None, typer.Argument(metavar="[VISIT]", help="dosing-3, dose 3, d3, next; without it, every visit.")
    ] = None,
    *,
    rules: Annotated[bool, typer.Option("--rules", help="The tailoring rules instead, those not applied too.")] = False,
    screening: Annotated[
        bool, typer.Option("--screening", help="What screening says instead, what nobody stated too.")
    ] = False,
    on: Annotated[
        str | None, typer.Option("--on", metavar="DATE", help="Whether the visit could be on that day, and why not.")
    ] = None,
    form: Annotated[ShowFormat | None, typer.Option("--format", help="How to print it.")] = None,
) -> None:
    """Say why a visit falls where it does: its window, its slack, what kept it off its target, and the sources.

    Example: kapplan why river dosing-3
    """
    if on is not None:
        _show_verdict(edge, plan, visit or [], on, form)
        return
    stored = see(edge, plan)
    if rules:
        from kapplan.output.views.tailoring import tailoring_records

        show_records(edge, tailoring_records(stored), form)
        return
    if screening:
        from kapplan.output.views.screening import screening_records, screening_view

        show_listed(edge, form, lambda: screening_view(stored), lambda: screening_records(stored))
        return
    chosen = stored.visits if not visit else (visit_of(stored, visit),)
    from kapplan.files.library.package_data import measure_titles
    from kapplan.output.course.why import why_records, why_visits

    told = stored, chosen, measure_titles()
    show_listed(edge, form, lambda: why_visits(*told), lambda: why_records(*told))


def _with_notices(plan: Plan, now: Plan) -> Plan:
    """Return an earlier state of a plan under the notices that stand now."""
    standing = (finding for finding in now.findings if finding.safety)
    return replace(plan, findings=(*standing, *(finding for finding in plan.findings if not finding.safety)))


def _show_verdict(edge: Edge, name: str, visit: list[str], on: str, form: ShowFormat | None) -> None:
    """Say whether a visit could be on a day, from the limits that placing and moving use."""
    from kapplan.cli.casework.change import sources_of
    from kapplan.output.views.moves import verdict_records, verdict_view
    from kapplan.planning.replan.alternatives import verdict_on
    from kapplan.planning.replan.request import Asked

    if not visit:
        raise UsageError("--on asks about one visit", hint="kapplan why PLAN VISIT --on DATE")
    stored = find(edge, name)
    now, found = edge.now_in(stored.plan.timezone), visit_of(stored.plan, visit)
    when = typed_when(edge, on.split(), today=now.date(), visit=found.start)
    asked = Asked(visit=found.id, day=when.day, time=when.time)
    found_out = verdict_on(stored.plan, sources_of(edge, stored, stored.plan), asked, now), stored.plan.patient
    show_listed(edge, form, lambda: verdict_view(*found_out), lambda: verdict_records(*found_out))
