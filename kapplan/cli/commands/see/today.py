"""``kapplan today``: the day's list over many plans."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kapplan.cli.casework.standing import basis_of, seen
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.options import command
from kapplan.cli.session.plans import complete_plan, find, plan_folders
from kapplan.cli.session.views import ShowFormat, show_records
from kapplan.errors import UsageError


@command("today")
def today(
    edge: Edge,
    plans: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PLAN...]", help="Plans; every one here without any.", autocompletion=complete_plan),
    ] = None,
    *,
    week: Annotated[bool, typer.Option("--week", help="The next seven days.")] = False,
    form: Annotated[ShowFormat | None, typer.Option("--format", help="How to print it.")] = None,
) -> None:
    """List who comes, what is due and what is overdue, over many plans.

    Example: kapplan today --week
    """
    from kapplan.output.views.today import today_records, today_view
    from kapplan.planning.reports.day_list import due

    found = [find(edge, name) for name in plans or _all_plans(edge)]
    day = edge.today_of(found[0].plan.timezone)
    bases = {stored.plan.id: basis_of(stored, stored.plan) for stored in found}
    listed = due([seen(edge, stored) for stored in found], day, week=week, bases=bases)
    if edge.format(form) == "table":
        edge.show(today_view(listed))
    else:
        show_records(edge, today_records(listed), form)


def _all_plans(edge: Edge) -> list[str]:
    """Return every plan here and in ``$KAPPLAN_PLANS``; raise ``UsageError`` where there is none."""
    files = [str(file) for folder in plan_folders(edge) for file in sorted(Path(folder).glob("*.plan.toml"))]
    if not files:
        raise UsageError("there are no plans here", hint="name some, or set KAPPLAN_PLANS to their folder")
    return files
