"""Bookings: which room and which person a plan's visits take, in quarters of an hour.

Time is counted in whole quarters since 1970 in UTC, as a book's constraint counts it: a visit that begins or ends
within a quarter takes all of it.
"""

from __future__ import annotations

from kapplan.dataclass import dataclass

QUARTER = 15 * 60
"""The seconds of a quarter of an hour."""


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
