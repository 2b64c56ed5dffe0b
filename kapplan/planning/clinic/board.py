"""The board: each room and each person across a day, who is where, what is free, and what does not fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from kapplan.dataclass import dataclass, replace
from kapplan.dates import days_between
from kapplan.model.bookings import BookedPlan, BookedVisit, resource_of, room_key, staff_key
from kapplan.model.clinic import Clinic
from kapplan.model.profile import Patient, Profile, Treatment
from kapplan.model.terms import Kind, Status
from kapplan.planning.availability.free_time import BusyTimes
from kapplan.planning.availability.minute_masks import as_spans, span
from kapplan.planning.availability.resources import IMPLICIT_ROOM, Resources, build_resources
from kapplan.planning.bookings.plan_bookings import ONE, capacities


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardVisit:
    """A visit on the board: of whom, from when until when on the clinic's clock, and what is wrong with it.

    In the row of a person who is not there throughout it has the times of that person.
    ``clash`` says that its room or person has more visits at that time than places; ``unrecorded`` that its time has
    passed and nobody said what became of it.
    """

    begins: datetime
    ends: datetime
    patient: str
    plan: str
    visit: str
    kind: Kind
    status: Status
    provisional: bool = False
    clash: bool = False
    unrecorded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRow:
    """A room or a person on one day: when it is there at all, its visits by time, and what is free of it.

    ``resource`` is ``room:<id>`` or ``staff:<id>``; ``there`` and ``free`` are spans of minutes of the day.
    """

    day: date
    resource: str
    name: str
    there: tuple[tuple[int, int], ...]
    free: tuple[tuple[int, int], ...]
    visits: tuple[BoardVisit, ...] = ()

    @property
    def is_room(self) -> bool:
        """Whether it is the row of a room."""
        return resource_of(self.resource).kind == "room"


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The board of some days: a row for each day and each room and person, days first."""

    first: date
    last: date
    timezone: str
    rows: tuple[BoardRow, ...]

    def of(self, day: date) -> tuple[BoardRow, ...]:
        """Return the rows of a day."""
        return tuple(row for row in self.rows if row.day == day)


def board_of(
    plans: Iterable[BookedPlan],
    clinic: Clinic,
    zone: ZoneInfo,
    days: tuple[date, date],
    now: datetime,
    *,
    only: str | None = None,
    away: BusyTimes | None = None,
) -> Board:
    """Return the board of the days ``days`` (first and last) of a clinic whose plans these are.

    ``now`` is a moment with a zone; ``only`` is the one resource that is asked for. What has no end on record and lies
    before ``now`` is unrecorded. ``away`` is when rooms and people are not there although the clinic's file says so.
    """
    first, last = days
    held = by_resource(plans, zone, days, now)
    names = _names(clinic, held)
    resources = build_resources(clinic, anybody(zone.key), away or BusyTimes(), first, last)
    most = capacities(clinic)
    rows = [
        _row(
            day,
            resource,
            name=name,
            visits=held.get((day, resource), []),
            resources=resources,
            most=most.get(resource, ONE),
        )
        for day in days_between(first, last)
        for resource, name in names.items()
        if only is None or only == resource
    ]
    return Board(first=first, last=last, timezone=zone.key, rows=tuple(rows))


def anybody(timezone: str) -> Profile:
    """Return the profile of a patient who could come at any time."""
    return Profile(patient=Patient(id="anybody", timezone=timezone), treatment=Treatment(protocol="any"))


def _names(clinic: Clinic, held: Iterable[tuple[date, str]]) -> dict[str, str]:
    """Return every room and person of a clinic by their keys, those too that only plans know."""
    names = {room_key(room.id): room.id for room in clinic.rooms}
    names |= {staff_key(person.id): person.name or person.id for person in clinic.staff}
    for _, resource in sorted(held):
        names.setdefault(resource, resource_of(resource).title)
    if not clinic.rooms:
        names.setdefault(room_key(IMPLICIT_ROOM), "the room")
    return dict(sorted(names.items(), key=lambda item: resource_of(item[0]).kind != "room"))


def by_resource(
    plans: Iterable[BookedPlan], zone: ZoneInfo, days: tuple[date, date], now: datetime
) -> dict[tuple[date, str], list[BoardVisit]]:
    """Return the visits of the days ``days`` (first and last) that take a room or a person, by day and resource."""
    found: dict[tuple[date, str], list[BoardVisit]] = {}
    since, until = moments_of(days, zone)
    for plan in plans:
        for visit in plan.visits:
            if since <= visit.begins < until and visit.takes:
                shown = on_board(plan, visit, zone, now)
                for resource, begins, ends in visit.resources():
                    own = replace(shown, begins=_local(begins, zone), ends=_local(ends, zone))
                    found.setdefault((shown.begins.date(), resource), []).append(own)
    return found


def moments_of(days: tuple[date, date], zone: ZoneInfo) -> tuple[int, int]:
    """Return when the days ``days`` (first and last) begin and are over, in seconds since 1970 in UTC."""
    first, after = days[0], days[1] + timedelta(days=1)
    since, until = (datetime.combine(day, time(), zone).timestamp() for day in (first, after))
    return int(since), int(until)


def on_board(plan: BookedPlan, visit: BookedVisit, zone: ZoneInfo, now: datetime) -> BoardVisit:
    """Return a visit as a board has it, on the clock of a zone."""
    begins, ends = _local(visit.begins, zone), _local(visit.ends, zone)
    return BoardVisit(
        begins=begins,
        ends=ends,
        patient=plan.patient,
        plan=plan.name,
        visit=visit.id,
        kind=visit.kind,
        status=visit.status,
        provisional=visit.provisional,
        unrecorded=visit.open and ends <= now,
    )


def _local(moment: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(moment, UTC).astimezone(zone)


def _row(
    day: date, resource: str, *, name: str, visits: Sequence[BoardVisit], resources: Resources, most: int
) -> BoardRow:
    there = minutes_there(day, resource, resources)
    ordered = sorted(visits, key=lambda one: (one.begins, one.patient))
    free = there
    for minute, present in _crowds(ordered):
        if present >= most:
            free &= ~minute
    marked = [replace(one, clash=len(beside(one, ordered)) >= most) for one in ordered]
    return BoardRow(day=day, resource=resource, name=name, there=_spans(there), free=_spans(free), visits=tuple(marked))


def beside(visit: BoardVisit, others: Iterable[BoardVisit]) -> list[BoardVisit]:
    """Return the visits of other patients that meet a visit, of those in one room or with one person."""
    strangers = (other for other in others if other.patient != visit.patient)
    return [other for other in strangers if other.begins < visit.ends and visit.begins < other.ends]


def _crowds(visits: Sequence[BoardVisit]) -> Iterator[tuple[int, int]]:
    """Yield the minutes of a day between any two changes, as bits, with how many visits there are in them."""
    edges = sorted({minute for visit in visits for minute in _minutes(visit)})
    for begin, end in pairwise(edges):
        present = sum(1 for visit in visits if _minutes(visit)[0] <= begin and end <= _minutes(visit)[1])
        yield span(begin, end), present


def _minutes(visit: BoardVisit) -> tuple[int, int]:
    begin = visit.begins.hour * 60 + visit.begins.minute
    return begin, begin + int((visit.ends - visit.begins).total_seconds() // 60)


def minutes_there(day: date, resource: str, resources: Resources) -> int:
    """Return the minutes of a day at which a room or a person is there, as bits; none on a closed day."""
    number = day.toordinal()
    track, hours = resources.track_of(resource), resources.hours.free(number)
    if track is None:
        own = hours
    else:
        own = hours & track.free(number) if resource_of(resource).kind == "room" else track.free(number)
    return resources.house.free(number) & own


def _spans(bits: int) -> tuple[tuple[int, int], ...]:
    return tuple((one.start, one.end) for one in as_spans(bits))
