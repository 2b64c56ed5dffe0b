"""``kapplan board`` and ``kapplan free``: who is where, and when somebody could come."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kapplan.cli.session.book import busy_around
from kapplan.cli.session.clinic import ClinicBook, ClinicOption, away_from, clinic_book
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.exports import write_out
from kapplan.cli.session.options import command, days_of
from kapplan.cli.session.views import ShowFormat, show_records
from kapplan.cli.typed.days import typed_when
from kapplan.dates import DAYS_IN_WEEK
from kapplan.errors import UsageError
from kapplan.model.terms import KINDS
from kapplan.output.formats import record_formats

_PAGE = "html"

if TYPE_CHECKING:
    BoardFormat = str
else:
    BoardFormat = Literal[(*record_formats(), _PAGE)]


@command("board")
def board(
    edge: Edge,
    when: Annotated[
        list[str] | None, typer.Argument(metavar="[DAY]", help="The day: 2027-01-07, thu, next tue; else today.")
    ] = None,
    *,
    week: Annotated[bool, typer.Option("--week", help="The seven days from it.")] = False,
    room: Annotated[str | None, typer.Option(metavar="ID", help="Only this room.")] = None,
    staff: Annotated[str | None, typer.Option(metavar="ID", help="Only this person.")] = None,
    clinic: ClinicOption = None,
    form: Annotated[
        BoardFormat | None, typer.Option("--format", help="How to print it; html is a page for the wall.")
    ] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="The file of the page, with html.")] = None,
) -> None:
    """Show rooms and people across the day: visits, what is free, clashes, and what is not recorded yet.

    Example: kapplan board thu --week --format html -o wall.html
    """
    from kapplan.output.clinic.board import BoardView, board_records
    from kapplan.output.clinic.board_page import board_page
    from kapplan.planning.clinic.board import board_of

    found = clinic_book(edge, clinic)
    now = edge.now(found.zone)
    day = typed_when(edge, when, now.date()).day if when else now.date()
    days = (day, day + timedelta(days=DAYS_IN_WEEK - 1) if week else day)
    away = away_from(found)
    made = board_of(found.plans, found.clinic, found.zone, days, now, only=_resource(found, room, staff), away=away)
    chosen = form or (_PAGE if output is not None else None)
    if output is not None and chosen != _PAGE:
        raise UsageError("-o is for the page", hint="--format html")
    if chosen == _PAGE:
        write_out(edge, board_page(made, found.clinic.name or "").encode(), output)
    elif edge.format(chosen) == "table":
        edge.show(BoardView(made))
    else:
        show_records(edge, board_records(made), chosen)


def _resource(found: ClinicBook, room: str | None, staff: str | None) -> str | None:
    """Return the one room or person that is asked for; ``UsageError`` where the clinic has none of that id."""
    if room is not None and staff is not None:
        raise UsageError("a room or a person, not both")
    for kind, name, known in (
        ("room", room, [one.id for one in found.clinic.rooms]),
        ("staff", staff, [one.id for one in found.clinic.staff]),
    ):
        if name is not None:
            if known and name not in known:
                raise UsageError(f"the clinic has no {kind} {name}", hint=f"one of {', '.join(known)}")
            return f"{kind}:{name}"
    return None


@command("free")
def free(
    edge: Edge,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="dosing, integration, review and so on.")],
    *,
    within: Annotated[str, typer.Option(metavar="SPAN", help="How far to look: 30d, 8w.")] = "30d",
    staff: Annotated[str | None, typer.Option(metavar="ID", help="With this therapist.")] = None,
    protocol: Annotated[str, typer.Option(help="By whose lengths and needs.")] = "kap-standard",
    clinic: ClinicOption = None,
    form: Annotated[ShowFormat | None, typer.Option("--format", help="How to print it.")] = None,
) -> None:
    """List when a visit of a kind could begin, around all that is booked.

    Example: kapplan free dosing --within 2w
    """
    import kapplan
    from kapplan.output.clinic.free import free_records
    from kapplan.planning.clinic.free_slots import free_slots, shape_for

    kind = next((one.name for one in KINDS.values() if kind.casefold() in {one.name, one.spoken}), kind)
    found = clinic_book(edge, clinic)
    _resource(found, None, staff)
    shape = shape_for(kapplan.read_protocol(protocol), kind, found.clinic) if kind in KINDS else None
    if shape is None:
        raise UsageError(f"{protocol} has no visit of the kind {kind}", hint=f"one of {', '.join(KINDS)}")
    now = edge.now(found.zone)
    days = (now.date(), now.date() + timedelta(days=days_of(within, "--within")))
    busy = busy_around(edge, found.clinic, found.base, found.zone, days[0], book=found.book, patient="")
    slots = list(free_slots(shape, found.clinic, busy, days, now, timezone=found.zone.key, staff=staff))
    show_records(edge, free_records(slots, kind, shape.minutes), form)
