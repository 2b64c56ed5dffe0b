"""From a clinic, a profile and booked times to the tracks of a calendar, and the words of every cause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from kapplan.dataclass import derived
from kapplan.dates import WEEKDAY_NAMES, WEEKDAYS
from kapplan.errors import FileProblem, InvalidFileError, UsageError
from kapplan.model.bookings import resource_of, room_key, staff_key
from kapplan.model.clinic import Away, Clinic, ExtraHours, Opening, Staff
from kapplan.model.profile import Profile
from kapplan.planning.availability import closures
from kapplan.planning.availability.free_time import BusyTimes, CauseKind, Closing, Interval, Side, Track
from kapplan.planning.availability.holidays import holidays_between
from kapplan.planning.availability.minute_masks import WHOLE_DAY
from kapplan.planning.availability.timezones import day_masks, zone
from kapplan.planning.availability.weekly_hours import DEFAULT_HOURS, Clocks, WeeklyHoursView, opening_span


def clinic_zone(clinic: Clinic, profile: Profile) -> ZoneInfo:
    """Return the zone of the clinic's clock: its own, else the patient's; ``UsageError`` where neither is named."""
    name = clinic.timezone or profile.patient.timezone
    if name is None:
        raise UsageError(
            "no time zone: neither clinic.timezone nor patient.timezone is given",
            hint='add timezone = "America/Denver" (or your own) to [clinic] or [patient]',
        )
    return zone(name)


@dataclass(slots=True)
class Resources:
    """Every track of a calendar. ``house`` is what closes the clinic as a whole, ``hours`` its opening hours.

    ``escort`` says at which minutes a visit may end, ``None`` where nobody needs to be waited for; ``escort_also`` are
    such minutes of some days beside it. ``daytime`` is the time of day for visits that no opening hours bind.
    ``clocks`` are the patient's and the clinic's.
    """

    clinic: Clinic
    zone: ZoneInfo
    clocks: Clocks
    house: Track
    hours: Track
    patient: Track
    rooms: dict[str, Track] = field(default_factory=dict)
    staff: dict[str, Track] = field(default_factory=dict)
    escort: WeeklyHoursView | None = None
    escort_also: Mapping[int, int] = field(default_factory=dict)
    daytime: int = WHOLE_DAY
    closings: dict[str, Closing] = field(default_factory=dict)

    def tracks(self) -> tuple[Track, ...]:
        """Return every track."""
        return (self.house, self.hours, self.patient, *self.rooms.values(), *self.staff.values())

    def track_of(self, resource: str) -> Track | None:
        """Return when a room or somebody of the staff is there, by its key; ``None`` for one that is not known."""
        kind, name = resource_of(resource)
        return (self.rooms if kind == "room" else self.staff).get(name)

    def special_days(self) -> set[int]:
        """Return the days on which something beside the hours of the week opens or closes time."""
        return {day for track in self.tracks() for day in (*track.closed, *track.opened)} | self.escort_also.keys()


IMPLICIT_ROOM = ""
"""The one room of a clinic that lists none."""


def build_resources(clinic: Clinic, profile: Profile, busy: BusyTimes, first: date, last: date) -> Resources:
    """Return the tracks that a clinic, a patient and what is booked make for the days ``first`` through ``last``.

    ``InvalidFileError`` where the clinic's holidays or recurrence rules are none.
    """
    return _Builder(clinic, profile, busy, first, last).build()


class _Builder:
    def __init__(self, clinic: Clinic, profile: Profile, busy: BusyTimes, first: date, last: date) -> None:
        self.clinic, self.profile, self.busy = closures.clinic_with(clinic, busy.away), profile, busy
        self.first, self.last = first, last
        self.zone = clinic_zone(clinic, profile)
        self.patient_zone = zone(profile.patient.timezone) if profile.patient.timezone else self.zone
        self.clocks, self.own_clock = Clocks(self.patient_zone, self.zone), Clocks(self.zone, self.zone)
        self.closings: dict[str, Closing] = {}
        self.hours = DEFAULT_HOURS if clinic.hours is None else clinic.hours
        self.daytime = opening_span(self.hours)
        self.openings = [self._opening(one) for one in clinic.open]

    def build(self) -> Resources:
        """Return everything, each track with its hours, closures and bookings."""
        weekly = WeeklyHoursView("clinic-weekday", self.hours, self.own_clock, lifted=self.daytime)
        self._name_weekdays(weekly, "clinic-weekday", "the clinic is open", "the clinic is closed", fixed=True)
        hours = Track("clinic", weekly)
        for masks in self.openings:
            hours.open(masks)
        rooms = [room.id for room in self.clinic.rooms] or [IMPLICIT_ROOM]
        return derived(
            Resources,
            self,
            house=self._house(),
            hours=hours,
            patient=self._patient(),
            rooms={room: self._booked(Track("clinic"), room_key(room)) for room in rooms},
            staff={one.id: self._staff(place, one, weekly) for place, one in enumerate(self.clinic.staff)},
            escort=self._escort(),
            escort_also=self._escort_also(),
        )

    def _house(self) -> Track:
        track, opened = Track("clinic"), _union(self.openings)
        for day, name in self._holidays().items():
            self._note(f"holiday:{day.isoformat()}", "holiday", name)
            track.close(f"holiday:{day.isoformat()}", _but({day.toordinal(): WHOLE_DAY}, opened), lifted=True)
        for number, closure in enumerate(self.clinic.closed):
            with _problem_at("clinic", "clinic", "closed", number, "rrule"):
                days = closures.closure_days(closure, self.first, self.last)
            self._note(f"closure:{number}", "closure", closures.closure_words(closure), named=bool(closure.why))
            closed = {day.toordinal(): WHOLE_DAY for day in days}
            track.close(f"closure:{number}", _but(closed, opened), lifted=True)
        return self._booked(track, "clinic")

    def _holidays(self) -> Mapping[date, str]:
        if self.clinic.holidays is None:
            return {}
        with _problem_at("clinic", "clinic", "holidays"):
            return holidays_between(self.clinic.holidays, self.first, self.last)

    def _patient(self) -> Track:
        own = self.profile.availability
        weekly = None if own.weekly is None else WeeklyHoursView("weekday", own.weekly, self.clocks)
        if weekly is not None:
            self._name_weekdays(
                weekly, "weekday", "the patient is available", "the patient is not available", side="patient"
            )
        track = Track("patient", weekly)
        there: list[Mapping[int, int]] = []
        for number, extra in enumerate(own.also):
            with _problem_at("profile", "availability", "also", number, "rrule"):
                masks = self._extra(extra, self.patient_zone)
            track.open(masks)
            there += [masks] if extra.despite_away else []
        for number, away in enumerate(own.away):
            with _problem_at("profile", "availability", "away", number, "rrule"):
                self._note(
                    f"away:{number}", "away", f"the patient is away {closures.period_words(away)}", side="patient"
                )
                closed = _but(self._away(away, self.patient_zone), _union(there))
                track.close(f"away:{number}", closed, lifted=True)
        return self._booked(track, "patient")

    def _staff(self, place: int, person: Staff, clinic_hours: WeeklyHoursView) -> Track:
        weekly, who = clinic_hours, person.name or person.id
        if person.hours is not None:
            prefix = f"staff-weekday:{person.id}"
            weekly = WeeklyHoursView(prefix, person.hours, self.own_clock, lifted=self.daytime)
            self._name_weekdays(weekly, "staff-weekday", f"{who} works", f"{who} does not work")
        track = Track("clinic", weekly)
        for opening, masks in zip(self.clinic.open, self.openings, strict=True):
            if person.hours is None or person.id in opening.staff:
                track.open(masks)
        for number, extra in enumerate(person.also):
            with _problem_at("clinic", "clinic", "staff", place, "also", number, "rrule"):
                track.open(self._extra(extra, self.zone))
        for number, away in enumerate(person.away):
            cause = f"staff-away:{person.id}:{number}"
            with _problem_at("clinic", "clinic", "staff", place, "away", number, "rrule"):
                self._note(cause, "staff-away", f"{who} is away {closures.period_words(away)}")
                track.close(cause, self._away(away, self.zone), lifted=False)
        return self._booked(track, staff_key(person.id))

    def _escort(self) -> WeeklyHoursView | None:
        hours = self.profile.travel.escort_hours
        if hours is None:
            return None
        weekly = WeeklyHoursView("escort", hours, self.clocks, inclusive=True)
        self._name_weekdays(weekly, "escort", "the escort can come", "nobody can fetch the patient", side="patient")
        return weekly

    def _escort_also(self) -> dict[int, int]:
        if self.profile.travel.escort_hours is None:
            return {}
        found = [self._extra(one, self.patient_zone) for one in self.profile.availability.also if one.escort]
        return {day: mask | mask << 1 for day, mask in _union(found).items()}

    def _booked(self, track: Track, owner: str) -> Track:
        for day, mask in self._masks(self.busy.by_owner.get(owner, ())).items():
            when = date.fromordinal(day)
            cause = f"booked:{when.isoformat()}"
            self._note(cause, "booked", "already booked")
            track.close(cause, {day: mask}, lifted=False)
        return track

    def _masks(self, intervals: Iterable[Interval]) -> dict[int, int]:
        masks: dict[int, int] = {}
        for start, end in intervals:
            for day, mask in day_masks(start, end, self.zone, self.first.toordinal(), self.last.toordinal()).items():
                masks[day] = masks.get(day, 0) | mask
        return masks

    def _away(self, away: Away, home: ZoneInfo) -> dict[int, int]:
        return self._masks(closures.away_times(away, home, *self._days_around))

    def _opening(self, opening: Opening) -> dict[int, int]:
        if not self.first <= opening.on <= self.last:
            return {}
        return self._masks(closures.hours_on(opening.on, opening.hours, self.zone))

    def _extra(self, extra: ExtraHours, home: ZoneInfo) -> dict[int, int]:
        days = closures.extra_days(extra, *self._days_around)
        return self._masks(interval for day in days for interval in closures.hours_on(day, extra.hours, home))

    @property
    def _days_around(self) -> tuple[date, date]:
        """The days of other zones that share time with those of the calendar."""
        return self.first - timedelta(days=1), self.last + timedelta(days=1)

    def _note(
        self,
        cause: str,
        kind: CauseKind,
        words: str,
        *,
        side: Side = "clinic",
        fixed: bool = False,
        named: bool = False,
    ) -> None:
        self.closings[cause] = Closing(id=cause, kind=kind, words=words, side=side, fixed=fixed, named=named)

    def _name_weekdays(
        self,
        weekly: WeeklyHoursView,
        kind: CauseKind,
        some: str,
        none: str,
        *,
        side: Side = "clinic",
        fixed: bool = False,
    ) -> None:
        for day in weekly.limited:
            hours = ", ".join(str(part) for part in weekly.hours.get(day, ()))
            days = f"on {WEEKDAY_NAMES[WEEKDAYS.index(day)]}s"
            words = f"{some} {days} only {hours}" if hours else f"{none} {days}"
            self._note(weekly.cause(day), kind, words, side=side, fixed=fixed)


def _union(found: Iterable[Mapping[int, int]]) -> dict[int, int]:
    """Return the minutes of each day that are in any of several masks."""
    masks: dict[int, int] = {}
    for one in found:
        for day, mask in one.items():
            masks[day] = masks.get(day, 0) | mask
    return masks


def _but(masks: Mapping[int, int], opened: Mapping[int, int]) -> dict[int, int]:
    """Return the minutes of each day without those that are opened."""
    return {day: mask & ~opened.get(day, 0) for day, mask in masks.items()}


@contextmanager
def _problem_at(file: str, *path: str | int) -> Iterator[None]:
    """Turn a ``ValueError`` about a value of the clinic or the profile into a problem that names its key."""
    try:
        yield
    except ValueError as error:
        raise InvalidFileError((FileProblem(message=str(error), file=file, path=path),)) from None
