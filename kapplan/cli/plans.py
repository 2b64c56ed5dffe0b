"""How commands find and read plans."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kapplan.cli.edge import Edge

if TYPE_CHECKING:
    from kapplan.model.plan import Plan


def plan_folders(edge: Edge) -> tuple[Path, ...]:
    """Return where plans are looked for by the start of their names: here, and in ``$KAPPLAN_PLANS``."""
    named = edge.env.get("KAPPLAN_PLANS")
    return (Path(), Path(named)) if named else (Path(),)


def read_plan(edge: Edge, name: str) -> Plan:
    """Read the plan of a path, of ``-``, or of the start of a plan's file name."""
    from kapplan.files.plans import find_plan, load_plan

    return load_plan(find_plan(name, plan_folders(edge))).plan


def complete_plan(incomplete: str) -> list[str]:
    """Return the plans in the current folder whose names begin so, for the shell."""
    return sorted(path.name for path in Path().glob("*.plan.toml") if path.name.startswith(incomplete))


PlanArgument = Annotated[
    str,
    typer.Argument(metavar="PLAN", help="A plan's file, - , or the start of its name.", autocompletion=complete_plan),
]
