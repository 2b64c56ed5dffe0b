"""``kapplan today``: the day's list over many plans."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from kapplan.cli.casework.standing import basis_of, seen
from kapplan.cli.session.book import reason_of
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.options import command
from kapplan.cli.session.plans import find, plan_folders
from kapplan.cli.session.views import ShowFormat, show_records
from kapplan.cli.typed.plans import complete_plan
from kapplan.errors import KapplanError, PartlyFailedError, UsageError

if TYPE_CHECKING:
    from kapplan.files.plans.store import StoredPlan
    from kapplan.model.review import Basis


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

    found, broken = _read(edge, plans)
    day = edge.today_of(found[0].plan.timezone)
    bases: dict[str, Basis] = {}
    for stored in found:
        with suppress(KapplanError):  # ``seen`` tells of it
            bases[stored.plan.id] = basis_of(stored, stored.plan)
    listed = due([seen(edge, stored) for stored in found], day, week=week, bases=bases)
    if edge.format(form) == "table":
        from kapplan.files.library.package_data import measure_names

        edge.show(today_view(listed, measures=measure_names()))
    else:
        show_records(edge, today_records(listed), form)
    for name, error in broken.items():
        edge.note(
            f"{name} is not in this list: {reason_of(error).rstrip('.')}. `kapplan check {quote(name)}` tells more."
        )
    if broken and plans:
        raise PartlyFailedError(f"{len(broken)} of {len(plans)} plans could not be read")


def _read(edge: Edge, named: list[str] | None) -> tuple[list[StoredPlan], dict[str, KapplanError]]:
    """Return the plans that are meant, and why others could not be read; raise the first reason where all are broken.

    What merely lies in a folder is waited for by nobody.
    """
    from kapplan.files.plans.store import load_plan

    found: list[StoredPlan] = []
    broken: dict[str, KapplanError] = {}
    for name in named or _all_plans(edge):
        try:
            found.append(find(edge, name) if named else load_plan(name, pipes=False))
        except KapplanError as error:
            broken[name] = error
    if not found:
        raise next(iter(broken.values()))
    return found, broken


def _all_plans(edge: Edge) -> list[str]:
    """Return every plan here and in ``$KAPPLAN_PLANS``; raise ``UsageError`` where there is none."""
    files = [str(file) for folder in plan_folders(edge) for file in sorted(Path(folder).glob("*.plan.toml"))]
    if not files:
        raise UsageError("there are no plans here", hint="name some, or set KAPPLAN_PLANS to their folder")
    return files
