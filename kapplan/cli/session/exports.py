"""How commands write plans for others: calendars of several, and every other format of one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from kapplan.cli.session.contents import Choices, content
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.writer import write_out
from kapplan.dataclass import dataclass
from kapplan.errors import UsageError

if TYPE_CHECKING:
    from kapplan.model.plan import Plan

Audience = Literal["patient", "clinic"]
Detail = Literal["neutral", "full"]
Visibility = Literal["private", "confidential", "public"]

CALENDAR_NOTE = (
    "A calendar file that is imported again updates entries in some programs and doubles them in others: "
    "import into a calendar of its own, and replace that as a whole."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarChoices:
    """What only calendars can be asked: the entries' CLASS, a METHOD with its organizer, open tasks too."""

    visibility: Visibility = "private"
    publish: bool = False
    organizer: str | None = None
    tasks: bool = False


def write_export(
    edge: Edge,
    plans: Sequence[Plan],
    form: str,
    output: Path | None,
    choices: Choices,
    *,
    calendar: CalendarChoices | None = None,
) -> None:
    """Write plans in a format to a file, or to standard output where none (or ``-``) is named.

    ``choices`` are who reads it and what they are told. Raises ``UsageError`` for a TOML file, and for several plans
    in a format that holds one.
    """
    data = exported(edge, plans, form, choices, calendar)
    if write_out(edge, data, output) and form == "ics":
        edge.note(CALENDAR_NOTE)


def exported(
    edge: Edge, plans: Sequence[Plan], form: str, choices: Choices, calendar: CalendarChoices | None = None
) -> bytes:
    """Return plans in a format; raises ``UsageError`` for several plans in a format that holds one."""
    if form != "ics":
        if len(plans) != 1:
            raise UsageError(
                f"--format {form} takes one plan at a time; only ics holds several",
                hint="-o FOLDER writes a file for each",
            )
        return content(edge, plans[0], form, choices)
    import kapplan

    asked = calendar or CalendarChoices()
    export = kapplan.calendar_bytes(
        plans,
        audience=choices.audience,
        detail=choices.detail,
        visibility=asked.visibility,
        method="publish" if asked.publish else None,
        organizer=asked.organizer,
        tasks=asked.tasks,
    )
    for warning in export.warnings:
        edge.note(f"Note: {warning}")
    return export.content
