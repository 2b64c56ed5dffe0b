"""How commands write a plan for others: to a file, whole or not at all, or to standard output."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from kapplan.cli.edge import Edge
from kapplan.cli.showing import plan_text
from kapplan.errors import UsageError

if TYPE_CHECKING:
    from kapplan.model.plan import Plan

Audience = Literal["patient", "clinic"]
Detail = Literal["neutral", "full"]
Visibility = Literal["private", "confidential", "public"]


def write_export(
    edge: Edge,
    plans: Sequence[Plan],
    form: str,
    output: Path | None,
    *,
    audience: Audience = "patient",
    detail: Detail = "neutral",
    visibility: Visibility = "private",
    publish: bool = False,
    organizer: str | None = None,
    tasks: bool = False,
) -> None:
    """Write plans in a format to a file, or to standard output where none (or ``-``) is named."""
    if form == "ics":
        import kapplan

        export = kapplan.calendar_bytes(
            plans,
            audience=audience,
            detail=detail,
            visibility=visibility,
            method="publish" if publish else None,
            organizer=organizer,
            tasks=tasks,
        )
        for warning in export.warnings:
            edge.note(f"Note: {warning}")
        data = export.content
    else:
        data = _one(plans, form, detail)
    if output is None or str(output) == "-":
        edge.write_bytes(data)
        return
    from kapplan.files.atomic import write_whole

    write_whole(output, data)
    edge.note(f"Wrote {output}.")
    if form == "ics":
        edge.note(
            "A calendar file that is imported again updates entries in some programs and doubles them in others: "
            "import into a calendar of its own, and replace that as a whole."
        )


def _one(plans: Sequence[Plan], form: str, detail: Detail) -> bytes:
    if len(plans) != 1:
        raise UsageError(f"--format {form} takes one plan at a time; only ics holds several")
    del detail
    return plan_text(plans[0], form).encode("utf-8")
