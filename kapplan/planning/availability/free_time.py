"""Tracks: the free minutes of one owner (the clinic, a room, a person) on each day, and what closes the rest.

A *cause* is anything that closes time and that a person can name: a holiday, an absence, a weekday. Dropping one
asks what the calendar would be without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from datetime import date, datetime
from typing import Literal, NamedTuple

from kapplan.dataclass import dataclass
from kapplan.errors import FileProblem
from kapplan.model.bookings import PlanBookings
from kapplan.model.decisions import Absence
from kapplan.planning.availability.minute_masks import WHOLE_DAY
from kapplan.planning.availability.weekly_hours import NOTHING_DROPPED, WeeklyHoursView

Side = Literal["clinic", "patient"]
CauseKind = Literal[
    "past", "clinic-weekday", "holiday", "closure", "away", "staff-away", "weekday", "staff-weekday", "escort",
    "booked", "staff", "room", "clock", "length", "horizon",
]  # fmt: skip
Interval = tuple[datetime, datetime]
"""From one instant until another, both in UTC."""


@dataclass(frozen=True, slots=True)
class BusyTimes:
    """When the owners are taken: ``clinic``, ``room:<id>``, ``staff:<id>`` or ``patient``, each with its intervals.

    ``away`` are absences of the staff, and closures, of which the clinic's file does not know. ``problems`` are
    warnings of what could not be read. ``plans`` are those of the book of which some of this comes: who has what.
    """

    by_owner: Mapping[str, tuple[Interval, ...]] = field(default_factory=dict)
    problems: tuple[FileProblem, ...] = ()
    away: tuple[Absence, ...] = ()
    plans: tuple[PlanBookings, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Something that closes time: its id, its kind, and the words for people.

    A ``fixed`` one cannot be dropped: the clinic's regular hours, or a room that does not exist. Where it is ``named``
    the words are the name of a holiday or somebody's reason for a closure, else a clause.
    """

    id: str
    kind: CauseKind
    words: str
    side: Side = "clinic"
    fixed: bool = False
    named: bool = False


@dataclass(frozen=True, slots=True)
class Relax:
    """What is left out of the calendar: causes by id, and days opened by the clinic or by the patient.

    An opened clinic day has the longest opening of the week, whatever holiday, closure or weekday says, and the staff
    come whatever their weekday; absences and bookings stay. On an opened patient day the patient is free all day
    but for what is booked, and so is whoever fetches them.
    """

    dropped: frozenset[str] = frozenset()
    clinic_days: frozenset[date] = frozenset()
    patient_days: frozenset[date] = frozenset()


NONE = Relax()


class DayRelax(NamedTuple):
    """What a ``Relax`` means for one day."""

    dropped: frozenset[str] = NOTHING_DROPPED
    clinic: bool = False
    patient: bool = False


STRICT = DayRelax()


class Closed(NamedTuple):
    """The minutes that a cause closes on a day, and whether opening that day lifts it."""

    cause: str
    mask: int
    lifted: bool


class Track:
    """The free minutes of one owner; days are ordinals of the clinic's zone."""

    def __init__(self, side: Side, weekly: WeeklyHoursView | None = None) -> None:
        self.side: Side = side
        self.weekly = weekly
        self.closed: dict[int, list[Closed]] = {}
        self.opened: dict[int, int] = {}

    def close(self, cause: str, masks: Mapping[int, int], *, lifted: bool) -> None:
        """Close the minutes of each day, because of a cause."""
        for day, mask in masks.items():
            if mask:
                self.closed.setdefault(day, []).append(Closed(cause, mask, lifted))

    def open(self, masks: Mapping[int, int]) -> None:
        """Open minutes of some days beside those of the week; what closes time closes them too."""
        for day, mask in masks.items():
            self.opened[day] = self.opened.get(day, 0) | mask

    def hours_of(self, day: int) -> int:
        """Return the minutes of a day's own hours, whatever closes them; none where there are no hours of the week."""
        return 0 if self.weekly is None else self.weekly.mask(day) | self.opened.get(day, 0)

    def free(self, day: int, relax: DayRelax = STRICT) -> int:
        """Return the free minutes of a day."""
        opened = relax.clinic if self.side == "clinic" else relax.patient
        bits = WHOLE_DAY if self.weekly is None else self.weekly.mask(day, relax.dropped, opened=opened)
        bits |= self.opened.get(day, 0)
        for cause, mask, lifted in self.closed.get(day, ()):
            if cause not in relax.dropped and not (opened and lifted):
                bits &= ~mask
        return bits

    def causes(self, day: int) -> Iterator[str]:
        """Yield the ids of what closes time on a day."""
        if self.weekly is not None:
            yield from (self.weekly.cause(weekday) for weekday in self.weekly.causes(day))
        yield from (closed.cause for closed in self.closed.get(day, ()))


def causes_on(day: int, tracks: Iterable[Track]) -> frozenset[str]:
    """Return the ids of what closes time on a day for any of the tracks."""
    return frozenset(cause for track in tracks for cause in track.causes(day))
