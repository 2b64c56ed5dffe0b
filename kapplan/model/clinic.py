"""The clinic: opening hours, closures, holidays, rooms and staff."""

from __future__ import annotations

from dataclasses import field
from datetime import date, datetime
from typing import Literal

from kapplan.dataclass import dataclass
from kapplan.dates import Weekday
from kapplan.model.fields import AlarmBefore, Email, Hours, Id, Measure, Positive, Whole, ZoneName
from kapplan.model.terms import Role

WeeklyHours = dict[Weekday, tuple[Hours, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class MinutesChange:
    """Parts of a visit whose length differs from the protocol's."""

    prepare: Whole | None = None
    administer: Whole | None = None
    monitor: Whole | None = None
    clear: Whole | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """An absence: whole days, both included, or from one moment until another, or the days of a recurrence rule.

    With a rule, ``from_`` is the day from which it counts and ``until`` its last. ``hours`` make it part of its days.
    """

    from_: date | datetime | None = None
    until: date | datetime | None = None
    rrule: str | None = None
    hours: tuple[Hours, ...] | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraHours:
    """Hours beside those of the week, on one day, a range of days, or the days of a recurrence rule.

    With a rule, ``from_`` is the day from which it counts and ``until`` its last.
    """

    on: date | None = None
    from_: date | None = None
    until: date | None = None
    rrule: str | None = None
    hours: tuple[Hours, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A day on which the clinic opens at these hours, whatever its week, a holiday or a closure says.

    Staff without hours of their own come then too; of the others those whose ids stand in ``staff``.
    """

    on: date
    hours: tuple[Hours, ...]
    staff: tuple[Id, ...] = ()
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BusyCalendar:
    """A calendar of when somebody is busy, and whose it is.

    ``file`` is a path or an address. ``email`` is what invitations call its owner: what they declined leaves them free.
    ``tentative`` tells whether what is not certain keeps them busy.
    """

    file: str
    email: str | None = None
    tentative: Literal["busy", "free"] = "busy"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicHolidays:
    """The holidays of a country or subdivision, those of some categories, but for what ``except_`` names or dates."""

    country: str
    except_: tuple[str | date, ...] = ()
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """Days on which the clinic is closed: one day, a range, or a recurrence rule (RFC 5545)."""

    on: date | None = None
    from_: date | None = None
    until: date | None = None
    rrule: str | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicAlert:
    """A value of a measure on which the clinic wants somebody to act: ``at_least`` so high, or ``below`` that.

    It stands beside the alerts of the package, and is the only one where no source gives a threshold.
    """

    measure: Measure
    at_least: Whole | None = None
    below: Whole | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A room, the kinds of visits it serves, how many at a time, and calendar files of when it is taken."""

    id: Id
    kinds: tuple[str, ...] | None = None
    capacity: Positive = 1
    busy: tuple[str | BusyCalendar, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """One person of the staff; no ``hours`` means whenever the clinic is open; ``also`` are hours beside them.

    ``capacity`` is with how many patients the person can be at a time.
    """

    id: Id
    name: str | None = None
    roles: tuple[Role, ...]
    capacity: Positive = 1
    hours: WeeklyHours | None = None
    away: tuple[Away, ...] = ()
    also: tuple[ExtraHours, ...] = ()
    busy: tuple[str | BusyCalendar, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinic:
    """A clinic as its file says; every key is optional in an inline table.

    ``rules`` are files of screening and tailoring rules of the clinic's own, beside its file, ``alerts`` its own
    thresholds of measures. Plans of clinics with one
    ``id`` (by default the name) share rooms and people; ``book`` is where they lie: a folder beside the clinic's file,
    or the address of a database. With ``by = "login"`` changes bear the login's name and no other.
    """

    id: Id | None = None
    book: str | None = None
    by: Literal["login"] | None = None
    name: str | None = None
    title: str = "Appointment"
    address: str | None = None
    phone: str | None = None
    url: str | None = None
    crisis_line: str | None = None
    email: Email | None = None
    alarms: tuple[AlarmBefore, ...] | None = None
    timezone: ZoneName | None = None
    holidays: str | PublicHolidays | None = None
    hours: WeeklyHours | None = None
    closed: tuple[Closure, ...] = ()
    open: tuple[Opening, ...] = ()
    rooms: tuple[Room, ...] = ()
    staff: tuple[Staff, ...] = ()
    minutes: dict[str, MinutesChange] = field(default_factory=dict)
    busy: tuple[str | BusyCalendar, ...] = ()
    rules: tuple[str, ...] = ()
    alerts: tuple[ClinicAlert, ...] = ()
