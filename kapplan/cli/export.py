"""``kapplan export``: plans for other programs and other people; a plan is never written to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from kapplan.cli.commands import command
from kapplan.cli.edge import Edge
from kapplan.cli.exporting import Audience, Detail, Visibility, write_export
from kapplan.cli.plans import complete_plan, read_plan
from kapplan.cli.showing import TELLING, note_safety

ExportFormat = Literal["ics", "csv", "json", "md", "plain"]


@command("export")
def export(
    edge: Edge,
    plans: Annotated[
        list[str], typer.Argument(metavar="PLAN...", help="Plans to export.", autocompletion=complete_plan)
    ],
    *,
    form: Annotated[ExportFormat, typer.Option("--format", help="What to write.")] = "ics",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Where to; standard output without it.")] = None,
    audience: Annotated[Audience, typer.Option("--for", help="Who will read it.")] = "patient",
    detail: Annotated[
        Detail, typer.Option(help="Neutral words, or everything: kind of visit, reasons, measures.")
    ] = "neutral",
    visibility: Annotated[
        Visibility, typer.Option("--class", help="The entries' CLASS, a hint to calendars.")
    ] = "private",
    method: Annotated[Literal["publish"] | None, typer.Option(help="Write a METHOD, for mail.")] = None,
    organizer: Annotated[
        str | None, typer.Option(help="E-mail address of the organizer, with --method publish.")
    ] = None,
    tasks: Annotated[bool, typer.Option("--tasks", help="Open tasks too, in a calendar for the clinic.")] = False,
) -> None:
    """Write plans for other programs: a calendar file, CSV, JSON or Markdown.

    Example: kapplan export river --format ics -o river.ics
    """
    read = [read_plan(edge, plan) for plan in plans]
    if form not in TELLING or output is not None:
        for plan in read:
            note_safety(edge, plan.findings)
    write_export(
        edge,
        read,
        form,
        output,
        audience=audience,
        detail=detail,
        visibility=visibility,
        publish=method == "publish",
        organizer=organizer,
        tasks=tasks,
    )
