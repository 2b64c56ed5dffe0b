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
)
from kapplan.planning.availability.like_days import DayKinds, LikeDays, Likeness
from kapplan.planning.availability.minute_masks import DAY, GRID, WHOLE_DAY, earliest, minutes, span, starts_of
from kapplan.planning.availability.preferences import Preferences
from kapplan.planning.availability.resources import IMPLICIT_ROOM, build_resources
from kapplan.planning.availability.shapes import ROOM, THERAPIST, Shape, Slot, is_settled, parts_of, shapes_of
from kapplan.planning.availability.timezones import unclear_minutes

__all__ = [
    "NONE", "BusyTimes", "Calendar", "Interval", "Relax", "Shape", "Slot", "shapes_of",
]  # fmt: skip

_Choice = tuple[tuple[str, Track], ...]
"""Who could fill a role, or which rooms would serve, by id and with their free time."""


class _Found(NamedTuple):
    """What a calendar knows of shapes: the starts on days that are alike, who could serve, and the open days."""

    starts: dict[Shape, dict[LikeDays, int]]
    choices: dict[Shape, tuple[_Choice, ...]]
    open: dict[Shape, tuple[tuple[date, int], ...]]
    masks: dict[tuple[Shape, Relax], int]


class _DaysAhead(NamedTuple):
    """Days with what each has in common with days that are ``alike``, and of these one each, as an ordinal."""

    days: list[tuple[date, object]]
    alike: dict[object, int]


class _Kind(NamedTuple):
    """Days of one kind that are not past: one of them, an ordinal, its likeness to other kinds, and all as bits."""

    day: int
    likeness: Likeness
    days: int


class _Relaxed(NamedTuple):
    """Days that are open at the same times under a relaxation: one of them, what it means for it, all as bits."""

    day: int
    today: DayRelax
    like: LikeDays
    days: int


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
        self.kinds = DayKinds(self.resources, self._usable)
        self._own, self._settled = _Found({}, {}, {}, {}), _Found({}, {}, {}, {})
        self._costs: dict[tuple[object, int], int] = {}
        self._ahead: dict[bool, _DaysAhead] = {}
        self._kinds_ahead: list[_Kind] = []
        self._last_relaxed: tuple[Relax, list[_Relaxed]] | None = None
        self._longer: dict[date, Calendar] = {}

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
        longer = self._longer.get(last)
        if longer is None:
            longer = self._longer[last] = Calendar(*self._given, self.first, last, not_before=self.not_before)
        return longer.for_therapist(self.therapist)

    def for_therapist(self, therapist: str | None) -> Calendar:
        """Return the same calendar with another therapist; what one learns of days whoever it is, both know."""
        other = copy(self)
        other.therapist, other._own = therapist, _Found({}, {}, {}, {})  # noqa: SLF001  # a calendar too
        return other

    def _known(self, shape: Shape) -> _Found:
        return self._settled if is_settled(shape) else self._own

    # -- days ----------------------------------------------------------------------------------------------------

    def open_days(self, shape: Shape) -> tuple[tuple[date, int], ...]:
        """Return the days on which a visit of this shape has an open slot, each with the least cost of its slots."""
        known = self._known(shape).open
        found = known.get(shape)
        if found is None:
            ahead = self._days_ahead(keeps_house=shape.place == "clinic" or bool(shape.roles))
            costs = {kind: self._least(shape, day) for kind, day in ahead.alike.items()}
            found = known[shape] = tuple((day, cost) for day, kind in ahead.days if (cost := costs[kind]) is not None)
        return found

    def _least(self, shape: Shape, day: int) -> int | None:
        """Return the least cost of the slots of an ordinal day; ``None`` where it has none."""
        starts = self.starts(shape, day)
        if not starts:
            return None
        key = (self.kinds.kind(day), starts)
        found = self._costs.get(key)
        if found is None:
            found = self._costs[key] = self.preferences.least(day, starts)
        return found

    def days_open(self, shape: Shape, relax: Relax = NONE) -> int:
        """Return, as bits counted from the first day, the days on which a visit of this shape has an open slot."""
        known = self._known(shape).masks
        found = known.get((shape, relax))
        if found is None:
            found = known[shape, relax] = self._find_open(shape, relax)
        return found

    def _find_open(self, shape: Shape, relax: Relax) -> int:
        """Return the open days as bits: those that are alike, and those opened for themselves."""
        days = relax.clinic_days | relax.patient_days
        if not days:
            found = 0
            for alike in self._relaxed(relax):
                if self._starts_like(shape, alike.day, alike.today, alike.like) & GRID:
                    found |= alike.days
            return found
        found = self.days_open(shape, Relax(relax.dropped) if relax.dropped else NONE)
        for day in (day.toordinal() for day in days if self.first <= day <= self.last):
            bit = 1 << (day - self.first.toordinal())
            found = found | bit if self.starts(shape, day, relax) else found & ~bit
        return found

    def _relaxed(self, relax: Relax) -> list[_Relaxed]:
        """Return the days that are not past, those together that are alike without what is dropped, for any shape."""
        if self._last_relaxed is None or self._last_relaxed[0] != relax:
            dropped, found = relax.dropped, dict[object, _Relaxed]()
            for day, likeness, days in self._kinds_that_come():
                key = (likeness.pattern, *(cause in dropped for cause in likeness.own))
                same = found.get(key)
                if same is None:
                    today = self._today(day, relax)
                    found[key] = _Relaxed(day, today, self.kinds.like(day, today), days)
                else:
                    found[key] = same._replace(days=same.days | days)
            self._last_relaxed = (relax, list(found.values()))
        return self._last_relaxed[1]

    def _kinds_that_come(self) -> list[_Kind]:
        """Return the kinds of days that are not past."""
        if not self._kinds_ahead:
            first, ahead = self.first.toordinal(), self._days_ahead(keeps_house=False)
            bits = dict.fromkeys(ahead.alike, 0)
            for day, kind in ahead.days:
                bits[kind] |= 1 << (day.toordinal() - first)
            self._kinds_ahead += (_Kind(day, self.kinds.likeness(day), bits[kind]) for kind, day in ahead.alike.items())
        return self._kinds_ahead

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
            kinds = [self.kinds.kind(day) for day in days]
            found = self._ahead[keeps_house] = _DaysAhead(
                list(zip(map(date.fromordinal, days), kinds, strict=True)), dict(zip(kinds, days, strict=True))
            )
        return found

    # -- slots ---------------------------------------------------------------------------------------------------

    def starts(self, shape: Shape, day: int, relax: Relax = NONE) -> int:
        """Return, as bits, the minutes of an ordinal day at which a visit of this shape can begin, on the grid."""
        return self._any_starts(shape, day, self._today(day, relax)) & GRID

    def _any_starts(self, shape: Shape, day: int, today: DayRelax) -> int:
        return 0 if self.is_past(day) else self._starts_like(shape, day, today, self.kinds.like(day, today))

    def _starts_like(self, shape: Shape, day: int, today: DayRelax, like: LikeDays) -> int:
        """Return the starts of a day that is not past, which are those of all that are like it."""
        known = self._known(shape).starts
        memo = known.get(shape)
        if memo is None:
            memo = known[shape] = {}
        found = memo.get(like)
        if found is None:
            found = memo[like] = self._compute_starts(shape, day, today)
        return found

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
        known = self._known(shape).choices
        found = known.get(shape)
        if found is None:
            roles = [self._people(shape, role) for role in shape.roles] if self.resources.staff else []
            rooms = [self._rooms(shape)] if shape.needs_room else []
            found = known[shape] = (*roles, *rooms)
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
        return DayRelax(relax.dropped & self.kinds.causes(day), when in relax.clinic_days, when in relax.patient_days)

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
