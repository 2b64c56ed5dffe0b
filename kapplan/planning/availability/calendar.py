"""The calendar: when a visit can be held, day by day and slot by slot.

A slot is open where the clinic, the patient, the room and the staff that a visit needs are free for the whole of it.
All times stand on the clinic's clock. Why a day is *not* open is told by ``blockers``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from datetime import date, datetime, timedelta
from typing import NamedTuple

from kapplan.model.clinic import Clinic
from kapplan.model.profile import Profile
from kapplan.planning.availability.free_time import (
    NONE,
    STRICT,
    BusyTimes,
    DayRelax,
    Interval,
    Relax,
    Track,
    causes_on,
)
from kapplan.planning.availability.minute_masks import DAY, GRID, WHOLE_DAY, earliest, minutes, span, starts_of
from kapplan.planning.availability.preferences import Preferences
from kapplan.planning.availability.resources import IMPLICIT_ROOM, build_resources
from kapplan.planning.availability.shapes import ROOM, THERAPIST, Shape, Slot, is_settled, parts_of, shapes_of
from kapplan.planning.availability.timezones import unclear_minutes
from kapplan.planning.availability.weekly_hours import weekday_of

__all__ = [
    "NONE", "BusyTimes", "Calendar", "Interval", "Relax", "Shape", "Slot", "shapes_of",
]  # fmt: skip

_Choice = tuple[tuple[str, Track], ...]
"""Who could fill a role, or which rooms would serve, by id and with their free time."""


class _Found(NamedTuple):
    """What a calendar knows of shapes: the starts on days, who could serve, and the open days."""

    starts: dict[Shape, dict[tuple[object, DayRelax], int]]
    choices: dict[Shape, tuple[_Choice, ...]]
    open: dict[tuple[Shape, Relax], tuple[tuple[date, int], ...]]

    def settled(self) -> _Found:
        """Return what stays true with another therapist."""
        return _Found(
            {shape: found for shape, found in self.starts.items() if is_settled(shape)},
            {shape: found for shape, found in self.choices.items() if is_settled(shape)},
            {key: found for key, found in self.open.items() if is_settled(key[0])},
        )


class _DaysAhead(NamedTuple):
    """Days with what each has in common with days that are ``alike``, and of these one each, as an ordinal."""

    days: list[tuple[date, object]]
    alike: dict[object, int]


class Calendar:
    """The open slots of one patient at one clinic, on the days ``first`` through ``last``.

    ``busy`` is what is booked already; nothing begins before ``not_before``, a moment with a zone. ``therapist`` stands
    in for shapes that need one and name none. Raises ``UsageError`` where no time zone is named and
    ``InvalidFileError`` where the clinic's holidays or recurrence rules are none.
    """

    def __init__(
        self,
        clinic: Clinic,
        profile: Profile,
        busy: BusyTimes | None,
        first: date,
        last: date,
        *,
        therapist: str | None = None,
        not_before: datetime | None = None,
    ) -> None:
        self.first, self.last, self.therapist = first, last, therapist
        self._given = (clinic, profile, busy)
        self.resources = build_resources(clinic, profile, busy or BusyTimes(), first, last)
        self.zone = self.resources.zone
        self.preferences = Preferences(profile.availability, self.resources.clocks)
        self._usable = {
            day: WHOLE_DAY & ~mask
            for day, mask in unclear_minutes(self.zone, first.toordinal(), last.toordinal()).items()
        }
        self._begin(not_before)
        self._special = self._usable.keys() | self.resources.special_days()
        self._found = _Found({}, {}, {})
        self._causes: dict[object, frozenset[str]] = {}
        self._kinds: dict[int, object] = {}
        self._costs: dict[tuple[object, int], int] = {}
        self._ahead: dict[bool, _DaysAhead] = {}
        self._last_relaxed: tuple[Relax, _DaysAhead, list[DayRelax]] | None = None

    def _begin(self, not_before: datetime | None) -> None:
        """Close all that lies before a moment."""
        self.not_before = None if not_before is None else not_before.astimezone(self.zone)
        self._past_until = self.first.toordinal()
        if self.not_before is None:
            return
        local = self.not_before
        self._past_until = local.toordinal()
        minute = local.hour * 60 + local.minute + (1 if local.second or local.microsecond else 0)
        self._usable[self._past_until] = self._usable.get(self._past_until, WHOLE_DAY) & span(minute, DAY)

    def through(self, last: date) -> Calendar:
        """Return the same calendar, for the days through another last one."""
        return Calendar(*self._given, self.first, last, therapist=self.therapist, not_before=self.not_before)

    def for_therapist(self, therapist: str | None) -> Calendar:
        """Return the same calendar with another therapist, knowing all that this one knows whoever it is."""
        other = copy(self)
        other.therapist, other._found = therapist, self._found.settled()  # noqa: SLF001  # a calendar too
        return other

    # -- days ----------------------------------------------------------------------------------------------------

    def open_days(self, shape: Shape, relax: Relax = NONE) -> tuple[tuple[date, int], ...]:
        """Return the days on which a visit of this shape has an open slot, each with the least cost of its slots."""
        found = self._found.open.get((shape, relax))
        if found is None:
            found = self._found.open[shape, relax] = self._find_days(shape, relax)
        return found

    def _find_days(self, shape: Shape, relax: Relax) -> tuple[tuple[date, int], ...]:
        opened = {day.toordinal() for day in relax.clinic_days | relax.patient_days if self.first <= day <= self.last}
        if not opened:
            return tuple(self._days_alike(shape, relax))
        others = self.open_days(shape, Relax(relax.dropped) if relax.dropped else NONE)
        kept = [entry for entry in others if entry[0].toordinal() not in opened]
        costs = {date.fromordinal(day): self._least(shape, day, self._today(day, relax)) for day in opened}
        return tuple(sorted([*kept, *((day, cost) for day, cost in costs.items() if cost is not None)]))

    def _days_alike(self, shape: Shape, relax: Relax) -> Iterable[tuple[date, int]]:
        """Return the open days with their costs, where none is opened for itself; days alike are looked at once."""
        keeps_house = not relax.dropped and (shape.place == "clinic" or bool(shape.roles))
        ahead = self._days_ahead(keeps_house=keeps_house)
        costs = {}
        for (kind, day), today in zip(ahead.alike.items(), self._as_today(relax, ahead), strict=True):
            costs[kind] = self._least(shape, day, today)
        return ((when, cost) for when, kind in ahead.days if (cost := costs[kind]) is not None)

    def _as_today(self, relax: Relax, ahead: _DaysAhead) -> list[DayRelax]:
        """Return what a relaxation means for one of each kind of day ahead: the same for every shape."""
        if self._last_relaxed is None or self._last_relaxed[0] != relax or self._last_relaxed[1] is not ahead:
            self._last_relaxed = (relax, ahead, [self._today(day, relax) for day in ahead.alike.values()])
        return self._last_relaxed[2]

    def _least(self, shape: Shape, day: int, today: DayRelax) -> int | None:
        """Return the least cost of the slots of an ordinal day; ``None`` where it has none."""
        starts = self._any_starts(shape, day, today) & GRID
        if not starts:
            return None
        key = (self.kind_of_day(day), starts)
        found = self._costs.get(key)
        if found is None:
            found = self._costs[key] = self.preferences.least(day, starts)
        return found

    def _days_ahead(self, *, keeps_house: bool) -> _DaysAhead:
        """Return the days that are not past: all, or those on which the clinic as a whole is not shut."""
        found = self._ahead.get(keeps_house)
        if found is None:
            house = self.resources.house
            days = [
                day
                for day in range(max(self.first.toordinal(), self._past_until), self.last.toordinal() + 1)
                if not keeps_house or day not in house.closed or house.free(day)
            ]
            kinds = [self.kind_of_day(day) for day in days]
            found = self._ahead[keeps_house] = _DaysAhead(
                list(zip(map(date.fromordinal, days), kinds, strict=True)), dict(zip(kinds, days, strict=True))
            )
        return found

    def causes(self, day: int) -> frozenset[str]:
        """Return the ids of all that closes time on an ordinal day, for whomever."""
        key = self.kind_of_day(day)
        found = self._causes.get(key)
        if found is None:
            escort = self.resources.escort
            limits = () if escort is None else (escort.cause(weekday) for weekday in escort.causes(day))
            found = self._causes[key] = causes_on(day, self.resources.tracks()) | frozenset(limits)
        return found

    def kind_of_day(self, day: int) -> object:
        """Return what days that are alike have in common: the weekday, unless something is special about the day."""
        found = self._kinds.get(day)
        if found is None:
            found = self._kinds[day] = self._find_kind(day)
        return found

    def _find_kind(self, day: int) -> object:
        if day in self._special:
            return day
        shift = self.resources.clocks.shift(day)
        return weekday_of(day) if shift == 0 else day if shift is None else (weekday_of(day), shift)

    # -- slots ---------------------------------------------------------------------------------------------------

    def starts(self, shape: Shape, day: int, relax: Relax = NONE) -> int:
        """Return, as bits, the minutes of an ordinal day at which a visit of this shape can begin, on the grid."""
        return self._any_starts(shape, day, self._today(day, relax)) & GRID

    def _any_starts(self, shape: Shape, day: int, today: DayRelax) -> int:
        memo = self._found.starts.get(shape)
        if memo is None:
            memo = self._found.starts[shape] = {}
        key = (self.kind_of_day(day), today)
        found = memo.get(key)
        if found is None:
            found = memo[key] = self._compute_starts(shape, day, today)
        return 0 if self.is_past(day) else found

    def _compute_starts(self, shape: Shape, day: int, today: DayRelax) -> int:
        base = self.usable(day) & self._bounds(shape, day, today) & self.resources.patient.free(day, today)
        starts = starts_of(base, shape.minutes)
        if not starts:
            return 0
        if shape.escort and self.resources.escort is not None:
            ends = self.resources.escort.mask(day, today.dropped, opened=today.patient)
            ends |= self.resources.escort_also.get(day, 0)
            starts &= ends >> shape.minutes
        for need, choices in self.served(shape):
            starts &= self._any_free(choices, shape.spans(need), day, today)
        return starts

    def is_past(self, day: int) -> bool:
        """Return whether an ordinal day lies wholly before the first moment on which anything is placed."""
        return day < self._past_until

    def usable(self, day: int) -> int:
        """Return the minutes of a day on which anything may stand at all: not past, and no shift of the clocks."""
        return self._usable.get(day, WHOLE_DAY)

    def _bounds(self, shape: Shape, day: int, today: DayRelax) -> int:
        """Return the minutes that the clinic allows: only visits there, and those of staff, are bound to its days."""
        resources = self.resources
        if shape.place == "clinic" or (shape.roles and not resources.staff):
            return resources.house.free(day, today) & resources.hours.free(day, today)
        if shape.roles:
            return resources.house.free(day, today)
        return resources.daytime | resources.patient.hours_of(day)

    def choices(self, shape: Shape) -> tuple[_Choice, ...]:
        """Return, for each role and for the room, who or what could serve, in order; none where nobody can."""
        found = self._found.choices.get(shape)
        if found is None:
            roles = [self._people(shape, role) for role in shape.roles] if self.resources.staff else []
            rooms = [self._rooms(shape)] if shape.needs_room else []
            found = self._found.choices[shape] = (*roles, *rooms)
        return found

    def served(self, shape: Shape) -> Iterable[tuple[str, _Choice]]:
        """Return each role of a shape, and the room at last, with who or what could serve."""
        needs = (*(shape.roles if self.resources.staff else ()), *((ROOM,) if shape.needs_room else ()))
        return zip(needs, self.choices(shape), strict=True)

    def therapist_of(self, shape: Shape) -> str | None:
        """Return the therapist that a shape is bound to; ``None`` where any will do."""
        return shape.therapist or self.therapist

    def _people(self, shape: Shape, role: str) -> _Choice:
        chosen = self.therapist_of(shape) if role == THERAPIST else None
        return tuple(
            (person.id, self.resources.staff[person.id])
            for person in self.resources.clinic.staff
            if (person.id == chosen if chosen else role in person.roles)
        )

    def _rooms(self, shape: Shape) -> _Choice:
        listed = self.resources.clinic.rooms
        if not listed:
            return ((IMPLICIT_ROOM, self.resources.rooms[IMPLICIT_ROOM]),)
        return tuple(
            (room.id, self.resources.rooms[room.id])
            for room in listed
            if room.kinds is None or shape.kind in room.kinds
        )

    @staticmethod
    def _any_free(choices: _Choice, spans: Sequence[tuple[int, int]], day: int, today: DayRelax) -> int:
        """Return the minutes at which a visit can begin for the spans of which any of the choices is free."""
        starts = 0
        for _, track in choices:
            free, own = track.free(day, today), WHOLE_DAY
            for begin, end in spans:
                own &= starts_of(free, end - begin) >> begin
            starts |= own
        return starts

    def slots(self, shape: Shape, day: date, relax: Relax = NONE) -> tuple[Slot, ...]:
        """Return the open slots of a day on the 15-minute grid, in order of time."""
        if not self.first <= day <= self.last:
            return ()
        number = day.toordinal()
        return tuple(self._slot(shape, number, minute, relax) for minute in minutes(self.starts(shape, number, relax)))

    def best_slot(self, shape: Shape, day: date) -> Slot | None:
        """Return the slot of a day that costs least, of these the nearest to the clock time preferred, the earliest.

        ``None`` where the day has no open slot.
        """
        number = day.toordinal()
        starts = self.starts(shape, number) if self.first <= day <= self.last else 0
        if not starts:
            return None
        cheapest = self.preferences.cheapest(number, starts)
        minute = earliest(cheapest)
        if self.preferences.names_time:
            minute = min(minutes(cheapest), key=lambda minute: self.preferences.distance(self._moment(number, minute)))
        return self._slot(shape, number, minute, NONE)

    def slot_at(self, shape: Shape, start: datetime, relax: Relax = NONE) -> Slot | None:
        """Return the slot that begins at a moment, on the grid or off it; ``None`` where it is not open."""
        local = start.astimezone(self.zone)
        if not self.first <= local.date() <= self.last or local.second or local.microsecond:
            return None
        day, minute = local.toordinal(), local.hour * 60 + local.minute
        if not self._any_starts(shape, day, self._today(day, relax)) >> minute & 1:
            return None
        return self._slot(shape, day, minute, relax)

    def _today(self, day: int, relax: Relax) -> DayRelax:
        """Return what a relaxation means for one day."""
        if relax is NONE:
            return STRICT
        when = date.fromordinal(day)
        return DayRelax(relax.dropped & self.causes(day), when in relax.clinic_days, when in relax.patient_days)

    def _slot(self, shape: Shape, day: int, minute: int, relax: Relax) -> Slot:
        today = self._today(day, relax)
        chosen: dict[str, str] = {}
        for need, choices in self.served(shape):
            wanted = 0
            for begin, end in shape.spans(need):
                wanted |= span(minute + begin, minute + end)
            free = [name for name, track in choices if not wanted & ~track.free(day, today)]
            chosen[need] = next((name for name in free if name in chosen.values()), free[0])
        room = chosen.pop(ROOM, IMPLICIT_ROOM)
        return Slot(
            start=self._moment(day, minute),
            end=self._moment(day, minute + shape.minutes),
            staff=tuple(dict.fromkeys(chosen.values())),
            room=room or None,
            cost=self.preferences.cost(day, minute),
            parts=parts_of(shape, chosen) if shape.parts else (),
        )

    def _moment(self, day: int, minute: int) -> datetime:
        return datetime.combine(date.fromordinal(day), datetime.min.time(), self.zone) + timedelta(minutes=minute)
