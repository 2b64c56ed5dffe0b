"""How commands write plans for others: calendars of several, and every other format of one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from kapplan.cli.contents import Choices, content
from kapplan.cli.edge import Edge
from kapplan.cli.writing import write_out
from kapplan.errors import UsageError

if TYPE_CHECKING:
    from kapplan.model.plan import Plan

Audience = Literal["patient", "clinic"]
Detail = Literal["neutral", "full"]
Visibility = Literal["private", "confidential", "public"]

_CALENDAR_NOTE = (
    "A calendar file that is imported again updates entries in some programs and doubles them in others: "
    "import into a calendar of its own, and replace that as a whole."
)


def write_export(
    edge: Edge,
    plans: Sequence[Plan],
    form: str,
    output: Path | None,
    choices: Choices,
    *,
    visibility: Visibility = "private",
    publish: bool = False,
    organizer: str | None = None,
    tasks: bool = False,
) -> None:
    """Write plans in a format to a file, or to standard output where none (or ``-``) is named.

    ``choices`` are who reads it and what they are told; what follows them is for calendars. Raises ``UsageError`` for
    a TOML file, and for several plans in a format that holds one.
    """
    if form != "ics":
        if len(plans) != 1:
            raise UsageError(f"--format {form} takes one plan at a time; only ics holds several")
        write_out(edge, content(edge, plans[0], form, choices), output)
        return
    import kapplan

    export = kapplan.calendar_bytes(
        plans,
        audience=choices.audience,
        detail=choices.detail,
        visibility=visibility,
        method="publish" if publish else None,
        organizer=organizer,
        tasks=tasks,
    )
    for warning in export.warnings:
        edge.note(f"Note: {warning}")
    if write_out(edge, export.content, output):
        edge.note(_CALENDAR_NOTE)
