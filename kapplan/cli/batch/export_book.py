"""``kapplan export`` over a whole book: one calendar for the clinic, or for one of its rooms or people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from kapplan.cli.session.clinic import ClinicBook, clinic_book
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.exports import Choices, write_export
from kapplan.cli.session.plans import find
from kapplan.errors import UsageError
from kapplan.model.bookings import room_key, staff_key
from kapplan.model.exports import Audience
from kapplan.output.formats import FORMATS

if TYPE_CHECKING:
    from kapplan.model.plan import Plan

_READERS = "patient, clinic, staff:ID or room:ID"


def reader_of(text: str) -> tuple[Audience, str]:
    """Return for whom an export is, and the room or the person (``room:<id>``, ``staff:<id>``) whose it is, if any.

    Raises ``UsageError`` for anything else.
    """
    kind, parted, name = text.partition(":")
    if kind in {"room", "staff"} and parted and name:
        return "clinic", text
    found: Audience | None = next((one for one in get_args(Audience) if one == text), None)
    if found is None:
        raise UsageError(f"--for takes {_READERS}, not {text}")
    return found, ""


def export_book(edge: Edge, names: Sequence[str], form: str, output: Path | None, choices: Choices) -> None:
    """Write one file of all plans of the clinic's book, or of those that are named.

    Of a room or a person it holds the visits that take it, each while it is taken. Raises ``UsageError`` for a patient,
    for a format that does not hold several plans, and for a room or a person that nobody knows.
    """
    from kapplan.planning.bookings.plan_bookings import of_resource

    owner = choices.request.owner
    if choices.request.audience == "patient":
        raise UsageError("an export for a patient needs a plan", hint="--for clinic takes the whole book")
    if not FORMATS[form].several or FORMATS[form].mails:
        raise UsageError(f"--format {form} takes one plan at a time", hint="--format ics or freebusy")
    plans: Iterator[Plan]
    if names:
        plans = (find(edge, name).plan for name in names)
    else:
        plans = _of_book(clinic_book(edge, None, named_by="name its plans, or run it beside its clinic.toml"), owner)
    taken = (of_resource(plan, owner) for plan in plans) if owner else plans
    write_export(edge, taken, form, output, choices)


def _of_book(house: ClinicBook, owner: str) -> Iterator[Plan]:
    """Return, one by one, a clinic's plans that have anything of the owner; ``UsageError`` where nobody knows that."""
    taking = {plan.name: {one for visit in plan.visits for one, _, _ in visit.resources()} for plan in house.plans}
    known = {room_key(room.id) for room in house.clinic.rooms} | {staff_key(one.id) for one in house.clinic.staff}
    known |= {resource for resources in taking.values() for resource in resources}
    if owner and owner not in known:
        raise UsageError(f"the clinic has no {owner}", hint=f"one of {', '.join(sorted(known))}")
    names = [name for name, resources in taking.items() if not owner or owner in resources]
    if not names:
        names = list(taking)[:1]
    if not names:
        raise UsageError(f"there are no plans in {house.book.address}")
    return (house.book.load(name).plan for name in names)
