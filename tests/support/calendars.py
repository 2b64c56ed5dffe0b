"""Clinics and patients for tests of the calendar, and a checker that walks a visit minute by minute.

The checker shares nothing with the calendar but the words of the files: it works on instants, one at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any, cast
from zoneinfo import ZoneInfo

import holidays
from dateutil.rrule import rrulestr
from hypothesis import strategies as st

from kapplan.dates import WEEKDAYS, Weekday
from kapplan.model.clinic import Away, Clinic, Closure, ExtraHours, Opening, Room, Staff, WeeklyHours
from kapplan.model.fields import Span
from kapplan.model.profile import Availability, Avoid, Patient, PatientHours, Prefer, Profile, Travel, Treatment
from kapplan.model.visits import Minutes
from kapplan.planning.availability.calendar import BusyTimes, Shape
from kapplan.planning.availability.timezones import zone

MINUTE = timedelta(minutes=1)


def hours(*parts: str) -> tuple[Span, ...]:
    """Return the hours of a day as a file writes them."""
    return tuple(Span.parse(part) for part in parts)


def week(days: str, *parts: str) -> WeeklyHours:
    """Return the same hours for several weekdays, such as ``mon thu``."""
    return {day: hours(*parts) for day in WEEKDAYS if day in days.split()}


def available(weekly: Mapping[Weekday, tuple[Span, ...]], **rest: Any) -> Availability:
    """Return an availability with hours by weekday, and what else it says."""
    return Availability(**cast("Any", weekly), **rest)


def patient(
    availability: Availability | None = None, *, timezone: str | None = None, travel: Travel | None = None
) -> Profile:
    """Return a profile with nothing but a patient and their availability."""
    return Profile(
        patient=Patient(id="river", timezone=timezone),
        treatment=Treatment(),
        availability=availability or Availability(),
        travel=travel or Travel(),
    )


def at(text: str, name: str = "America/Denver") -> datetime:
    """Return a local time of a zone."""
    return datetime.fromisoformat(text).replace(tzinfo=zone(name))


@dataclass(frozen=True)
class Scene:
    """All that a calendar is made of."""

    clinic: Clinic
    profile: Profile
    busy: BusyTimes
    first: date
    last: date

    @property
    def zone(self) -> ZoneInfo:
        """The clinic's zone."""
        return zone(self.clinic.timezone or "UTC")

    @property
    def home(self) -> ZoneInfo:
        """The patient's zone."""
        return zone(self.profile.patient.timezone or self.clinic.timezone or "UTC")


# -- the naive checker ----------------------------------------------------------------------------------------------


class Walk:
    """A walk through the minutes of a scene; what was seen of a minute is remembered."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.closed_days = _closed_days(scene)
        self._seen: dict[tuple[object, ...], bool] = {}

    def is_open(self, shape: Shape, wall: datetime) -> bool:
        """Return whether a visit can stand at a time on the clinic's wall, looking at each of its minutes."""
        place, end = self.scene.zone, wall + timedelta(minutes=shape.minutes)
        if end > datetime.combine(wall.date() + timedelta(days=1), time()):
            return False
        if _times_on_wall(place, wall) != 1 or _times_on_wall(place, end) != 1:
            return False
        start = wall.replace(tzinfo=place).astimezone(UTC)
        instants = [start + MINUTE * number for number in range(shape.minutes)]
        if instants[-1] + MINUTE != end.replace(tzinfo=place).astimezone(UTC):
            return False
        if not all(self._is_free(shape, now) for now in instants):
            return False
        if shape.escort and not _escort_comes(self.scene, instants[-1] + MINUTE):
            return False
        return self._has_room(shape, instants) and self._has_staff(shape, instants)

    def _is_free(self, shape: Shape, now: datetime) -> bool:
        return self._once(
            "house", (shape.place, bool(shape.roles)), now, lambda: self._house(shape, now)
        ) and self._once("patient", "", now, lambda: _patient_is_free(self.scene, now))

    def _house(self, shape: Shape, now: datetime) -> bool:
        return _house_is_open(self.scene, shape, now, self.closed_days)

    def _once(self, what: str, which: object, now: datetime, find: Callable[[], bool]) -> bool:
        key = (what, which, now)
        if key not in self._seen:
            self._seen[key] = find()
        return self._seen[key]

    def _has_room(self, shape: Shape, instants: list[datetime]) -> bool:
        if not shape.needs_room:
            return True
        rooms = self.scene.clinic.rooms or (Room(id=""),)
        return any(
            (room.kinds is None or shape.kind in room.kinds)
            and not any(_is_busy(self.scene, f"room:{room.id}", now) for now in instants)
            for room in rooms
        )

    def _has_staff(self, shape: Shape, instants: list[datetime]) -> bool:
        staff = self.scene.clinic.staff
        return not staff or all(
            any(
                _suits(shape, role, person)
                and all(self._works(person, now) for minute, now in enumerate(instants) if _asked(shape, role, minute))
                for person in staff
            )
            for role in shape.roles
        )

    def _works(self, person: Staff, now: datetime) -> bool:
        return self._once("staff", person.id, now, lambda: _works(self.scene, person, now))


@cache
def _times_on_wall(place: ZoneInfo, wall: datetime) -> int:
    """Return how often a clock on the wall shows a time, by trying every quarter of an hour of offset."""
    offsets = {timedelta(minutes=15 * number) for number in range(-56, 61)}
    guess = wall.replace(tzinfo=UTC)
    return sum((guess - offset).astimezone(place).replace(tzinfo=None) == wall for offset in offsets)


def _in_hours(weekly: WeeklyHours, local: datetime) -> bool:
    minute = local.hour * 60 + local.minute
    return any(part.start <= minute < part.end for part in weekly.get(WEEKDAYS[local.weekday()], ()))


def _house_is_open(scene: Scene, shape: Shape, now: datetime, closed: set[date]) -> bool:
    local = now.astimezone(scene.zone)
    if shape.place != "clinic" and not shape.roles:
        own = scene.profile.availability.weekly
        day = [part for parts in (scene.clinic.hours or {}).values() for part in parts]
        minute = local.hour * 60 + local.minute
        daytime = min(part.start for part in day) <= minute < max(part.end for part in day)
        return daytime if own is None else True
    opened = any(_opens(one, local) for one in scene.clinic.open)
    if _is_busy(scene, "clinic", now) or (local.date() in closed and not opened):
        return False
    by_hours = shape.place == "clinic" or not scene.clinic.staff
    return not by_hours or opened or _in_hours(scene.clinic.hours or {}, local)


def _opens(opening: Opening, local: datetime) -> bool:
    return opening.on == local.date() and _within(opening.hours, local)


def _closed_days(scene: Scene) -> set[date]:
    days = {closure.on for closure in scene.clinic.closed if closure.on is not None}
    if scene.clinic.holidays is not None:
        years = range(scene.first.year, scene.last.year + 1)
        days |= set(holidays.country_holidays(cast("str", scene.clinic.holidays), years=years))
    return days


def _patient_is_free(scene: Scene, now: datetime) -> bool:
    local = now.astimezone(scene.home)
    own = scene.profile.availability
    if own.weekly is not None and not _in_hours(own.weekly, local) and not _in_extra(own.also, local):
        return False
    is_there = _in_extra((one for one in own.also if one.despite_away), local)
    return not _is_busy(scene, "patient", now) and (is_there or not any(_covers(away, local) for away in own.away))


def _covers(away: Away, local: datetime) -> bool:
    if isinstance(away.from_, datetime) and isinstance(away.until, datetime):
        return away.from_ <= local.replace(tzinfo=None) < away.until
    return _is_named(away, local.date()) and (away.hours is None or _within(away.hours, local))


def _in_extra(extras: Iterable[ExtraHours], local: datetime) -> bool:
    return any((one.on == local.date() or _is_named(one, local.date())) and _within(one.hours, local) for one in extras)


def _within(parts: Iterable[Span], local: datetime) -> bool:
    return any(part.start <= local.hour * 60 + local.minute < part.end for part in parts)


def _is_named(when: Away | ExtraHours, day: date) -> bool:
    """Tell whether a day lies in a range, or is a day of a rule that dateutil follows."""
    if when.from_ is None or not when.from_ <= day <= (when.until or day):
        return False
    start = datetime.combine(when.from_, time())
    return when.rrule is None or datetime.combine(day, time()) in rrulestr(when.rrule, dtstart=start)


def _escort_comes(scene: Scene, end: datetime) -> bool:
    weekly = scene.profile.travel.escort_hours
    if weekly is None:
        return True
    local = end.astimezone(scene.home)
    minute = local.hour * 60 + local.minute
    before = (end - MINUTE).astimezone(scene.home)
    also = [one for one in scene.profile.availability.also if one.escort]
    if _in_extra(also, local) or _in_extra(also, before):
        return True
    return any(part.start <= minute <= part.end for part in weekly.get(WEEKDAYS[local.weekday()], ()))


def _suits(shape: Shape, role: str, person: Staff) -> bool:
    if role == "therapist" and shape.therapist is not None:
        return person.id == shape.therapist
    return role in person.roles


def _asked(shape: Shape, role: str, minute: int) -> bool:
    """Tell whether a role is needed in a minute of a visit: in all of them, or in those of the parts it names."""
    wanted = dict(shape.parts).get(role)
    if wanted is None:
        return True
    lengths = shape.lengths
    each = ["prepare"] * lengths.prepare + ["administer"] * lengths.administer
    each += ["monitor"] * lengths.monitor + ["clear"] * lengths.clear
    return each[minute] in wanted


def _works(scene: Scene, person: Staff, now: datetime) -> bool:
    local = now.astimezone(scene.zone)
    weekly = scene.clinic.hours or {} if person.hours is None else person.hours
    is_away = any(_covers(away, local) for away in person.away)
    opened = any(_opens(one, local) and (person.hours is None or person.id in one.staff) for one in scene.clinic.open)
    comes = opened or _in_hours(weekly, local) or _in_extra(person.also, local)
    return comes and not is_away and not _is_busy(scene, f"staff:{person.id}", now)


def _is_busy(scene: Scene, owner: str, now: datetime) -> bool:
    return any(start < now + MINUTE and now < end for start, end in scene.busy.by_owner.get(owner, ()))


# -- random scenes --------------------------------------------------------------------------------------------------

ZONES = ("America/Denver", "America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kolkata")
SHIFTS = (
    date(2027, 3, 12),
    date(2027, 3, 26),
    date(2027, 4, 2),
    date(2027, 10, 1),
    date(2027, 11, 5),
    date(2027, 12, 23),
)
SHAPES = (
    Shape("dosing", "clinic", 150, ("monitor", "room"), escort=True),
    Shape("integration", "clinic", 50, ("therapist", "room")),
    Shape("preparation", "remote", 60, ("therapist",)),
    Shape("preparation", "remote", 60, ("therapist",), therapist="ana"),
    Shape("check-in", "home", 20),
    Shape("screening", "clinic", 45, ("prescriber",)),
    Shape(
        "dosing",
        "clinic",
        105,
        ("room", "prescriber", "monitor", "therapist"),
        parts=(("monitor", ("prepare", "monitor")), ("prescriber", ("administer",))),
        lengths=Minutes(prepare=10, administer=20, monitor=60, clear=15),
    ),
)


@st.composite
def spans(draw: st.DrawFn) -> tuple[Span, ...]:
    """Return one or two spans of a day, now and then odd ones."""
    step = draw(st.sampled_from((5, 15, 60)))
    start = draw(st.integers(0, 12 * 60 // step)) * step
    end = draw(st.integers(start // step + 1, 24 * 60 // step)) * step
    if end - start > 120 and draw(st.booleans()):
        middle = start + 60
        return (Span(start, middle), Span(middle + 30, end))
    return (Span(start, end),)


def weekly_hours(least: int = 1) -> st.SearchStrategy[WeeklyHours]:
    """Return hours for some of the weekdays."""
    return st.dictionaries(st.sampled_from(WEEKDAYS), spans(), min_size=least, max_size=7)


@st.composite
def absences(draw: st.DrawFn, first: date) -> tuple[Away, ...]:
    """Return an absence of whole days, or of part of them, or none."""
    start = first + timedelta(days=draw(st.integers(0, 3)))
    until = start + timedelta(days=draw(st.integers(0, 2)))
    whole = Away(from_=start, until=until, why="secret")
    part = Away(from_=datetime.combine(start, time(11, 20)), until=datetime.combine(until, time(15, 5)), why="secret")
    rule = Away(from_=start, rrule=draw(rules()), hours=draw(st.none() | spans()), why="secret")
    return draw(st.sampled_from(((), (whole,), (part,), (rule,))))


def rules() -> st.SearchStrategy[str]:
    """Return rules that alternate."""
    return st.sampled_from(("FREQ=DAILY;INTERVAL=2", "FREQ=WEEKLY;BYDAY=FR,SA,MO", "FREQ=DAILY;COUNT=2"))


@st.composite
def extras(draw: st.DrawFn, first: date) -> tuple[ExtraHours, ...]:
    """Return hours on one day, or by a rule, or none."""
    start = first + timedelta(days=draw(st.integers(-1, 3)))
    once, again = ExtraHours(on=start, hours=draw(spans())), ExtraHours(
        from_=start, rrule=draw(rules()), hours=draw(spans()))  # fmt: skip
    return draw(st.sampled_from(((), (once,), (again,))))


@st.composite
def patient_hours(draw: st.DrawFn, first: date) -> tuple[PatientHours, ...]:
    """Return hours of the patient on one day, with an escort or without, or by a rule, or none."""
    found = draw(extras(first))
    return tuple(
        PatientHours(
            on=one.on, from_=one.from_, rrule=one.rrule, hours=one.hours, escort=draw(st.booleans()),
            despite_away=one.on is not None and draw(st.booleans()),
        )
        for one in found
    )  # fmt: skip


@st.composite
def one_day_openings(draw: st.DrawFn, first: date) -> tuple[Opening, ...]:
    """Return a day or two on which the clinic opens by name, or none."""
    days = draw(st.lists(st.integers(0, 4), max_size=2))
    staff = draw(st.sampled_from(((), ("ana",), ("ana", "bo"))))
    return tuple(Opening(on=first + timedelta(days=day), hours=draw(spans()), staff=staff) for day in days)


@st.composite
def bookings(draw: st.DrawFn, first: date) -> BusyTimes:
    """Return a few busy times, some of them on odd minutes and across midnight."""
    noon = datetime.combine(first, time(12), tzinfo=UTC)
    owners = draw(
        st.lists(st.sampled_from(("clinic", "room:", "room:blue", "staff:ana", "staff:bo", "patient")), max_size=4)
    )
    found = {}
    for owner in dict.fromkeys(owners):
        start = noon + timedelta(minutes=7 * draw(st.integers(0, 500)))
        found[owner] = ((start, start + timedelta(minutes=draw(st.sampled_from((1, 40, 200, 1500))))),)
    return BusyTimes(found)


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """Return a clinic, a patient and what is booked, over the days around a shift of the clocks or a holiday."""
    first = draw(st.sampled_from(SHIFTS))
    staff = (
        Staff(id="ana", roles=("therapist",), hours=draw(st.none() | weekly_hours()), away=draw(absences(first))),
        Staff(
            id="bo",
            roles=("therapist", "monitor", "prescriber"),
            hours=draw(st.none() | weekly_hours(4)),
            also=draw(extras(first)),
        ),
    )
    rooms = (Room(id="blue", kinds=("dosing",)), Room(id="red"))
    clinic = Clinic(
        timezone=draw(st.sampled_from(ZONES)),
        holidays=draw(st.sampled_from((None, "US", "GB"))),
        hours=draw(weekly_hours(4)),
        closed=draw(st.sampled_from(((), (Closure(on=first + timedelta(days=3)),)))),
        open=draw(one_day_openings(first)),
        rooms=draw(st.sampled_from(((), rooms))),
        staff=draw(st.sampled_from(((), staff))),
    )
    weekly = draw(st.just({}) | weekly_hours(4))
    availability = available(
        weekly,
        away=draw(absences(first)),
        also=draw(patient_hours(first)),
        prefer=Prefer(
            days=draw(st.sampled_from(((), ("mon", "thu")))),
            time=draw(st.sampled_from((None, "morning", "afternoon", "09:30"))),
        ),
        avoid=Avoid(days=draw(st.sampled_from(((), ("wed", "mon"))))),
    )
    travel = Travel(escort_hours=draw(st.none() | weekly_hours(5)))
    home = draw(st.sampled_from((None, *ZONES)))
    profile = patient(availability, timezone=home, travel=travel)
    return Scene(clinic, profile, draw(bookings(first)), first, first + timedelta(days=3))


def without(scene: Scene) -> Iterator[tuple[str, Scene]]:
    """Yield each cause that can be taken out of the files, with the scene that has it no more."""
    clinic, own = scene.clinic, scene.profile.availability
    if clinic.closed:
        yield "closure:0", replace(scene, clinic=replace(clinic, closed=()))
    if own.away:
        yield "away:0", replace(scene, profile=replace(scene.profile, availability=replace(own, away=())))
    weekly = own.weekly
    if weekly is not None:
        opened = replace(own, tue=(Span(0, 24 * 60),))
        yield "weekday:tue", replace(scene, profile=replace(scene.profile, availability=opened))
    if clinic.staff and clinic.staff[0].away:
        rested = (replace(clinic.staff[0], away=()), *clinic.staff[1:])
        yield "staff-away:ana:0", replace(scene, clinic=replace(clinic, staff=rested))
    escort = scene.profile.travel.escort_hours
    if escort is not None:
        longer = Travel(escort_hours={**escort, "thu": (Span(0, 24 * 60),)})
        yield "escort:thu", replace(scene, profile=replace(scene.profile, travel=longer))
