"""Bookings: which room and which person a plan's visits take, in quarters of an hour.

Time is counted in whole quarters since 1970 in UTC, as a book's constraint counts it: a visit that begins or ends
within a quarter takes all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Literal, NamedTuple, TypeVar

from kapplan.dataclass import dataclass, replace
from kapplan.model.decisions import Absence
from kapplan.model.terms import OPEN, Kind, Place, Status

Away = TypeVar("Away", bound=Absence)
QUARTER = 15 * 60
"""The seconds of a quarter of an hour."""


class SharedResource(NamedTuple):
    """A room or somebody of the staff; the only room of a clinic may have no name."""

    kind: Literal["room", "staff"]
    name: str

    @property
    def title(self) -> str:
        """Its name alone, as a heading has it."""
        return self.name or "the room"

    @property
    def words(self) -> str:
        """Its name as a sentence has it: ``the room blue``, ``okafor``."""
        return f"the room {self.name}".strip() if self.kind == "room" else self.name


def room_key(name: str) -> str:
    """Return by what a room is known beside people: ``room:<id>``."""
    return f"room:{name}"


def staff_key(name: str) -> str:
    """Return by what somebody of the staff is known beside rooms: ``staff:<id>``."""
    return f"staff:{name}"


def resource_of(key: str) -> SharedResource:
    """Return what a key names."""
    kind, _, name = key.partition(":")
    return SharedResource("room" if kind == "room" else "staff", name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """A visit takes a resource (``room:<id>``, ``staff:<id>``) from the quarter ``first`` up to ``until``.

    A ``held`` visit has taken place: it is booked whatever else was.
    """

    resource: str
    first: int
    until: int
    visit: str
    held: bool = False

    def quarters(self) -> range:
        """Return the numbers of the quarters that it takes."""
        return range(self.first, self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanBookings:
    """All that one plan takes; ``clinic`` is the clinic's id, ``None`` where the clinic shares nothing."""

    plan: str
    patient: str
    clinic: str | None
    bookings: tuple[Booking, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedVisit:
    """A visit as a book lists it: what it is, when (in seconds since 1970 in UTC) and with whom.

    One that was held has the time at which it was. ``room`` is empty for the only room of a clinic, ``None`` where none
    is needed. Whoever of the staff is not there throughout has the times in ``parts``: who, from when until when.
    """

    id: str
    kind: Kind
    status: Status
    provisional: bool
    begins: int
    ends: int
    room: str | None = None
    staff: tuple[str, ...] = ()
    place: Place = "clinic"
    parts: tuple[tuple[str, int, int], ...] = ()

    def resources(self) -> Iterator[tuple[str, int, int]]:
        """Yield the people and the room that it takes (``staff:<id>``, ``room:<id>``), from when until when."""
        partly = {person for person, _, _ in self.parts}
        for person in self.staff:
            if person not in partly:
                yield staff_key(person), self.begins, self.ends
        for person, begins, ends in self.parts:
            yield staff_key(person), begins, ends
        if self.room is not None:
            yield room_key(self.room), self.begins, self.ends

    @property
    def open(self) -> bool:
        """Whether nothing has been recorded of it that ends it."""
        return self.status in OPEN

    @property
    def takes(self) -> bool:
        """Whether it takes its room and its people: it lies ahead, or was held."""
        return self.open or self.status == "completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedPlan:
    """A plan as a book lists it; ``clinic`` is the clinic's id, ``None`` where the clinic shares nothing.

    ``safety`` says that a safety notice stands in it, ``proposals`` how many wait for an answer, ``due`` the days (ISO
    dates) on which its open tasks are due, in order.
    """

    name: str
    plan: str
    patient: str
    clinic: str | None
    timezone: str
    revision: int
    held: bool = False
    safety: bool = False
    proposals: int = 0
    due: tuple[str, ...] = ()
    visits: tuple[BookedVisit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicAbsence(Absence):
    """Somebody of a clinic's staff is away (``who`` their id), or it is shut (``clinic``), both days included.

    ``clinic`` is the clinic's id, ``change`` the id of the change by which the book came to know of it, ``ended`` that
    of the change by which they are there after all.
    """

    clinic: str
    change: str
    ended: str = ""


def outside(absences: Iterable[Away], first: date, last: date) -> tuple[Away, ...]:
    """Return what is left of absences without some days."""
    day = timedelta(days=1)
    parts = (
        part
        for one in absences
        for part in (
            replace(one, until=min(one.until, first - day)), replace(one, from_=max(one.from_, last + day)),
        )
    )  # fmt: skip
    return tuple(part for part in parts if part.from_ <= part.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who has a resource at a quarter."""

    plan: str
    patient: str
    visit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """A booking, and the visits of other plans that leave no place for it."""

    booking: Booking
    holders: tuple[Holder, ...]
