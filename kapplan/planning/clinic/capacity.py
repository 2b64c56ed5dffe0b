"""Capacity: how many more courses could begin, how full rooms and people are, and what is short.

Courses of somebody who could come at any time are placed one after the other around all that is booked, each as
closely to its protocol as it can be, until none fits: at least so many could begin. Placed with each other in mind a
few more may fit, since each course takes what is best for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from kapplan.dataclass import dataclass, replace
from kapplan.dates import DAYS_IN_WEEK
from kapplan.model.bookings import BookedPlan, BookedVisit, PlanBookings
from kapplan.model.clinic import Clinic, Room, Staff
from kapplan.model.profile import Profile
from kapplan.model.regimen import Regimen
from kapplan.planning.availability.calendar import Shape, Slot
from kapplan.planning.availability.day_slots import assign
from kapplan.planning.availability.free_time import BusyTimes
from kapplan.planning.availability.resources import IMPLICIT_ROOM, build_resources
from kapplan.planning.bookings.busy_times import with_bookings
from kapplan.planning.bookings.plan_bookings import ONE, bookings_of, capacities
from kapplan.planning.clinic.board import anybody, board_of, minutes_there
from kapplan.planning.schedule.course import Answer, any_answer, demand_of, settings_of

MINUTE = 60
MOST_A_WEEK = 8
"""No more courses are looked for in one week: few clinics could see so many patients through their first weeks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fullness:
    """How many minutes of a room or a person are taken in a week, of those that there are."""

    resource: str
    name: str
    taken: int
    there: int

    @property
    def share(self) -> float:
        """The part that is taken, from 0 to 1; 1 of what is not there at all."""
        return min(1.0, self.taken / self.there) if self.there else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekCapacity:
    """How many more courses could begin in the week of the day ``first``, and what one more of would let another begin.

    ``short`` is empty where as many fit as were looked for, or where no single room or person would help.
    """

    first: date
    courses: int
    full: tuple[Fullness, ...]
    short: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether more were not looked for."""
        return self.courses >= MOST_A_WEEK


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityQuestion:
    """A clinic with what is booked there, and the course that is asked about.

    ``busy`` is what calendars say, ``booked`` and ``plans`` what the plans of its book take and list; ``profile`` is
    that of somebody who could come at any time, ``regimen`` the course; ``now`` is on the clinic's clock, of ``zone``.
    """

    clinic: Clinic
    busy: BusyTimes
    booked: tuple[PlanBookings, ...]
    plans: tuple[BookedPlan, ...]
    profile: Profile
    regimen: Regimen
    now: datetime
    zone: ZoneInfo

    def starting(self, first: date, last: date) -> CapacityQuestion:
        """Return the same of a course that begins on one of the days ``first`` through ``last``."""
        treatment = replace(self.profile.treatment, start=first, start_within=(last - first).days, first_dose=None)
        return replace(self, profile=replace(self.profile, treatment=treatment))

    def placed(self, more: Sequence[PlanBookings], clinic: Clinic | None = None) -> Answer | None:
        """Return the course placed around what is booked and ``more``, in another clinic where one is given."""
        house = clinic or self.clinic
        busy = with_bookings(self.busy, [*self.booked, *more], capacities(house), patient="")
        return any_answer(settings_of(demand_of(self.profile, house, self.regimen, busy, self.now)))


def capacity(asked: CapacityQuestion, weeks: int) -> Iterator[WeekCapacity]:
    """Yield for each of the next weeks how many more courses could begin in it.

    Each week is looked at by itself, around what is booked already.
    """
    tomorrow = asked.now.date() + timedelta(days=1)
    monday = tomorrow - timedelta(days=tomorrow.weekday())
    for number in range(weeks):
        first = max(tomorrow, monday + timedelta(weeks=number))
        last = monday + timedelta(weeks=number + 1, days=-1)
        yield _week(asked.starting(first, last), (first, last))


def _week(asked: CapacityQuestion, days: tuple[date, date]) -> WeekCapacity:
    more: list[PlanBookings] = []
    while len(more) < MOST_A_WEEK:
        answer = asked.placed(more)
        if answer is None:
            break
        more.append(_bookings(answer, f"more-{len(more) + 1}"))
    short: tuple[str, ...] = ()
    if len(more) < MOST_A_WEEK:
        short = tuple(words for words, clinic in _larger(asked.clinic) if asked.placed(more, clinic) is not None)
    return WeekCapacity(first=days[0], courses=len(more), full=tuple(fullness(asked, days)), short=short)


def _bookings(answer: Answer, name: str) -> PlanBookings:
    setting = answer.setting
    days = {visit: setting.demand.situation.date_of(day) for visit, day in answer.placement.days.items()}
    slots = assign(setting.calendar, setting.shapes, days)
    visits = tuple(_visit(visit, slot, setting.shapes[visit]) for visit, slot in slots.items())
    return bookings_of(
        BookedPlan(name=name, plan=name, patient=name, clinic=None, timezone="", revision=1, visits=visits)
    )


def _visit(name: str, slot: Slot, shape: Shape) -> BookedVisit:
    begins = int(slot.start.timestamp())
    return BookedVisit(
        id=name,
        kind=shape.kind,
        status="planned",
        provisional=False,
        begins=begins,
        ends=int(slot.end.timestamp()),
        room=slot.room or (IMPLICIT_ROOM if shape.needs_room else None),
        staff=slot.staff,
        parts=tuple(
            (person, begins + first * MINUTE, begins + last * MINUTE)
            for person, parts in slot.parts
            for first, last in shape.lengths.during(parts)
        ),
    )


def _larger(clinic: Clinic) -> Iterator[tuple[str, Clinic]]:
    """Yield the clinic with one more room of each sort, and with one more person of each role."""
    for kinds in dict.fromkeys(room.kinds for room in clinic.rooms):
        like = ", ".join(room.id for room in clinic.rooms if room.kinds == kinds)
        yield f"a room like {like}", replace(clinic, rooms=(*clinic.rooms, Room(id="one-more", kinds=kinds)))
    if not clinic.rooms:
        yield "a room", replace(clinic, rooms=(Room(id="one"), Room(id="one-more")))
    for role in dict.fromkeys(role for person in clinic.staff for role in person.roles):
        yield f"a {role}", replace(clinic, staff=(*clinic.staff, Staff(id="one-more", roles=(role,))))


def fullness(asked: CapacityQuestion, days: tuple[date, date]) -> Iterator[Fullness]:
    """Yield how full each room and person is on the days ``days`` (first and last).

    What calendars keep busy is not there to be taken.
    """
    clinic = asked.clinic
    board = board_of(asked.plans, clinic, asked.zone, days, asked.now)
    resources = build_resources(clinic, anybody(asked.zone.key), asked.busy, *days)
    most = capacities(clinic)
    names = {row.resource: row.name for row in board.rows}
    taken, there = dict.fromkeys(names, 0), dict.fromkeys(names, 0)
    for row in board.rows:
        taken[row.resource] += sum((one.ends - one.begins) // timedelta(minutes=1) for one in row.visits)
        minutes = minutes_there(row.day, row.resource, resources).bit_count()
        there[row.resource] += minutes * most.get(row.resource, ONE)
    for resource, name in names.items():
        yield Fullness(resource=resource, name=name, taken=taken[resource], there=there[resource])


def weeks_of(days: int) -> int:
    """Return in how many weeks some days lie."""
    return -(-days // DAYS_IN_WEEK)


def shortest(weeks: Sequence[WeekCapacity]) -> Mapping[str, int]:
    """Return what is short with the number of weeks in which it is, the most often first."""
    counted: dict[str, int] = {}
    for week in weeks:
        for words in week.short:
            counted[words] = counted.get(words, 0) + 1
    return dict(sorted(counted.items(), key=lambda item: -item[1]))
