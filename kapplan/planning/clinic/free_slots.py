"""Free slots: when a visit of some kind could be held for somebody who is not in the book yet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from kapplan.dataclass import dataclass
from kapplan.dates import days_between
from kapplan.model.clinic import Clinic
from kapplan.model.protocol import Protocol
from kapplan.model.terms import Kind
from kapplan.model.visits import Minutes
from kapplan.planning.availability.calendar import Calendar, Shape, Slot
from kapplan.planning.availability.free_time import BusyTimes
from kapplan.planning.availability.minute_masks import STEP
from kapplan.planning.clinic.board import anybody
from kapplan.planning.regimen.layout import lengths_of


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeSlots:
    """The slots of one day: the first start of each stretch in which visits can begin, and the last."""

    day: date
    first: Slot
    last: Slot
    starts: int


def shape_for(protocol: Protocol, kind: Kind, clinic: Clinic) -> Shape | None:
    """Return what a visit of a kind asks by a protocol, with the clinic's own lengths; ``None`` where it has none."""
    for name, visit in protocol.visits.items():
        if (visit.kind or name) == kind:
            lengths = lengths_of(visit, name, kind, clinic)
            return Shape(
                kind=kind,
                place=visit.place,
                minutes=lengths.total or STEP,
                needs=visit.needed,
                parts=tuple(sorted(visit.parts.items())),
                lengths=lengths if visit.parts else Minutes(),
            )
    return None


def free_slots(
    shape: Shape,
    clinic: Clinic,
    busy: BusyTimes,
    days: tuple[date, date],
    now: datetime,
    *,
    timezone: str,
    staff: str | None = None,
) -> Iterator[FreeSlots]:
    """Yield when a visit of a shape can begin from now on, day by day; ``staff`` is the therapist asked for.

    Any patient is thought of: only the clinic, its rooms, its people and what is booked count.
    """
    first, last = days
    calendar = Calendar(clinic, anybody(timezone), busy, first, last, not_before=now, therapist=staff)
    for day in days_between(first, last):
        for run in _runs(calendar.slots(shape, day)):
            yield FreeSlots(day=run[0].start.date(), first=run[0], last=run[-1], starts=len(run))


def _runs(slots: tuple[Slot, ...]) -> Iterator[list[Slot]]:
    """Yield the slots whose starts follow each other on the grid with the same people and room."""
    run: list[Slot] = []
    for slot in slots:
        if run and (slot.start - run[-1].start != timedelta(minutes=STEP) or _with(slot) != _with(run[-1])):
            yield run
            run = []
        run.append(slot)
    if run:
        yield run


def _with(slot: Slot) -> tuple[tuple[str, ...], str | None]:
    return slot.staff, slot.room
