"""Calendar files (RFC 5545) that every calendar program reads rightly and that update what it already holds.

The bytes depend on the plans and the options alone: no clock, no order of a set, no version of ours. Times of revision
and sequence come from the plan, so that an export of an unchanged plan is the same file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from kapplan.dataclass import dataclass
from kapplan.model.exports import Audience, Detail, Export, ExportRequest, Visibility
from kapplan.model.plan import Plan, PlannedVisit, Task
from kapplan.model.publishing import CalendarObject
from kapplan.output.calendar.ics_text import link_of, one_line, parameter, physical_lines, uri
from kapplan.output.calendar.ics_words import Words, neutral_title
from kapplan.output.calendar.vtimezone import YearlyZone, yearly_zone
from kapplan.planning.availability.timezones import zone
from kapplan.planning.journal.calendar_identity import calendar_status, entry_uid, former_uids
from kapplan.planning.review.calendar_proposals import accepted_starts, declined_starts, stays

if TYPE_CHECKING:
    from icalendar import Component, Event

Method = Literal["publish"]

PRODUCT = "-//Appointments//Calendar//EN"
"""PRODID: without a version, since a new release must not change every file, and without a name that tells what for."""

MOST_ALARMS = 2
PATIENT_ALARMS = (timedelta(days=1), timedelta(hours=2))
"""How long before a visit a patient is reminded where nothing else is asked for."""

NO_MAILBOX = "mailto:noreply@appointments.invalid"
"""The organizer where no address is given; nobody can answer to it."""

FULL_DETAIL_WARNING = "full detail tells what appointments are for: whoever sees or hosts this calendar can read it"

_SHORTEST = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class _Options:
    words: Words
    visibility: Visibility
    method: Method | None
    organizer: str
    alarms: tuple[timedelta, ...]


def export(plans: Sequence[Plan], asked: ExportRequest) -> Export:
    """Return the calendar file that is asked for."""
    return calendar_bytes(
        plans, audience=asked.audience, detail=asked.detail, visibility=asked.visibility,
        method="publish" if asked.publish else None, organizer=asked.organizer, tasks=asked.tasks,
    )  # fmt: skip


def calendar_bytes(
    plans: Sequence[Plan],
    *,
    audience: Audience = "patient",
    detail: Detail = "neutral",
    visibility: Visibility = "private",
    method: Method | None = None,
    organizer: str | None = None,
    alarms: Sequence[timedelta] | None = None,
    tasks: bool = False,
    name: str = "Appointments",
) -> Export:
    """Return one calendar file of all visits of some plans, past and cancelled ones included.

    ``visibility`` is the CLASS of every entry: a hint to other programs and no protection. ``method="publish"``
    writes METHOD:PUBLISH with an ORGANIZER (``organizer``, an e-mail address). ``alarms`` are the spans before the
    start at which a reminder is asked for, two at most: by default a day and two hours for a patient, none for a
    clinic. ``tasks`` adds open tasks as transparent all-day entries to a clinic's calendar. ``name`` is shown as the
    calendar's.

    A visit whose local time cannot be told rightly by a VTIMEZONE is written in UTC, with a warning.

    Raises ``ValueError`` for no plan, one plan twice, too many or negative alarms, tasks for a patient, or a visit
    without a time zone, and ``UsageError`` for a plan in an unknown zone.
    """
    _check_plans(plans)
    if tasks and audience == "patient":
        raise ValueError("tasks are the clinic's: only its calendar can hold them")
    chosen = PATIENT_ALARMS if alarms is None and audience == "patient" else alarms or ()
    options = _Options(
        words=Words(audience, detail),
        visibility=visibility,
        method=method,
        organizer=f"mailto:{uri(organizer)}" if organizer else NO_MAILBOX,
        alarms=_checked_alarms(chosen),
    )
    ordered = sorted(plans, key=lambda plan: (plan.patient, plan.id))
    stamps = [_Stamps(plan) for plan in ordered]
    events = [
        event
        for stamp in stamps
        for event in (
            *(_visit_event(stamp, visit, options) for visit in _in_order(stamp.plan)),
            *(_task_event(stamp.plan, task, options) for task in _open_tasks(stamp.plan) if tasks),
        )
    ]
    return Export(
        content=physical_lines(_calendar_lines(name, method, _used_zones(stamps), events)),
        warnings=(*_warnings_of(detail), *(warning for stamp in stamps for warning in stamp.warnings)),
    )


def calendar_objects(
    plan: Plan,
    *,
    audience: Audience = "patient",
    detail: Detail = "neutral",
    visibility: Visibility = "private",
) -> tuple[tuple[CalendarObject, ...], tuple[str, ...]]:
    """Return each visit of a plan as an object of its own, for a server to keep, and sentences as for a file.

    Withdrawn visits are among them, as cancelled ones. Raises as ``calendar_bytes`` does.
    """
    stamps = _Stamps(plan)
    alarms = PATIENT_ALARMS if audience == "patient" else ()
    options = _Options(Words(audience, detail), visibility, None, NO_MAILBOX, alarms)
    return tuple(_object(stamps, visit, options) for visit in _in_order(plan)), (
        *_warnings_of(detail),
        *stamps.warnings,
    )


def _object(stamps: _Stamps, visit: PlannedVisit, options: _Options) -> CalendarObject:
    zones = [stamps.zone] if stamps.zone is not None and stamps.in_zone(visit) else []
    start, end = _span(visit)
    lines = _calendar_lines(None, None, zones, [_visit_event(stamps, visit, options)])
    return CalendarObject(
        uid=entry_uid(stamps.plan, options.words.audience, "visit", visit.id),
        visit=visit.id,
        start=start,
        end=end,
        sequence=visit.sequence,
        cancelled=calendar_status(visit) == "CANCELLED",
        data=physical_lines(lines),
        audience=options.words.audience if stamps.plan.identity.secret else "",
        former=former_uids(stamps.plan, options.words.audience, "visit", visit.id),
        accepted=accepted_starts(stamps.plan, visit.id),
        declined=declined_starts(stamps.plan, visit.id),
        stays=stays(stamps.plan, visit.id),
    )


def _warnings_of(detail: Detail) -> tuple[str, ...]:
    return (FULL_DETAIL_WARNING,) if detail == "full" else ()


class _Stamps:
    """The times of one plan's visits: local with a TZID where the zone's yearly rules tell them, else in UTC."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.zone = yearly_zone(plan.timezone)
        self.in_utc = tuple(visit.id for visit in _in_order(plan) if visit.timed and not self._told(visit))

    @property
    def used_zone(self) -> YearlyZone | None:
        """The zone that the file must define for this plan, if any."""
        return self.zone if any(map(self.in_zone, _in_order(self.plan))) else None

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence on the visits written in UTC, if there are any."""
        if not self.in_utc:
            return ()
        reason = f"calendar programs do not agree on these local times of {self.plan.timezone}"
        return (f"{self.plan.patient}: written in UTC, because {reason}: {', '.join(self.in_utc)}",)

    def in_zone(self, visit: PlannedVisit) -> bool:
        """Tell whether a visit's times are written as local ones, which need the zone defined."""
        return visit.timed and visit.id not in self.in_utc

    def add(self, event: Event, visit: PlannedVisit) -> None:
        """Add a visit's start and end to its entry: the whole day where only the day is known."""
        if not visit.timed:
            day = visit.start.astimezone(zone(self.plan.timezone)).date()
            event.add("DTSTART", day)
            event.add("DTEND", _next_day(day))
            return
        for name, moment in zip(("DTSTART", "DTEND"), _span(visit), strict=True):
            if visit.id in self.in_utc:
                event.add(name, moment)
            else:
                local = moment.astimezone(zone(self.plan.timezone)).replace(tzinfo=None)
                event.add(name, local, parameters={"TZID": self.plan.timezone})

    def _told(self, visit: PlannedVisit) -> bool:
        return self.zone is not None and all(map(self.zone.tells, _span(visit)))


def _span(visit: PlannedVisit) -> tuple[datetime, datetime]:
    """Return start and end in UTC; an entry lasts a minute at least, since readers refuse empty ones."""
    start = _utc(visit.start)
    return start, max(_utc(visit.end), start + _SHORTEST)


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"a plan's times need a time zone: {moment.isoformat()} has none")
    return moment.astimezone(UTC).replace(microsecond=0)


def _check_plans(plans: Sequence[Plan]) -> None:
    if not plans:
        raise ValueError("a calendar file needs a plan")
    if len({plan.id for plan in plans}) < len(plans):
        raise ValueError("a calendar file cannot hold one plan twice")


def _checked_alarms(alarms: Sequence[timedelta]) -> tuple[timedelta, ...]:
    distinct = sorted(set(alarms), reverse=True)
    if len(distinct) > MOST_ALARMS:
        raise ValueError(f"an entry has {MOST_ALARMS} alarms at most, not {len(distinct)}")
    if any(alarm < timedelta(0) for alarm in distinct):
        raise ValueError("an alarm comes before the visit starts")
    return tuple(distinct)


def _in_order(plan: Plan) -> list[PlannedVisit]:
    """Return a plan's visits by their times, those withdrawn among them: calendars must hear that they are off."""
    return sorted((*plan.visits, *plan.withdrawn), key=lambda visit: (_utc(visit.start), visit.id))


def _open_tasks(plan: Plan) -> list[Task]:
    return sorted((task for task in plan.tasks if task.status == "open"), key=lambda task: (task.due, task.id))


def _used_zones(stamps: Iterable[_Stamps]) -> list[YearlyZone]:
    zones = {zone.tzid: zone for stamp in stamps if (zone := stamp.used_zone) is not None}
    return [zones[tzid] for tzid in sorted(zones)]


def _visit_event(stamps: _Stamps, visit: PlannedVisit, options: _Options) -> Event:
    plan, status = stamps.plan, calendar_status(visit)
    event = _event(
        entry_uid(plan, options.words.audience, "visit", visit.id), visit.sequence, plan.created, visit.revised
    )
    stamps.add(event, visit)
    event.add("SUMMARY", options.words.summary(plan, visit))
    event.add("STATUS", status)
    event.add("TRANSP", "OPAQUE" if visit.timed and status != "CANCELLED" else "TRANSPARENT")
    _add_setting(event, plan, options)
    if visit.place == "clinic" and (address := one_line(plan.clinic.address or "")):
        event.add("LOCATION", address)
    if description := options.words.description(plan, visit):
        event.add("DESCRIPTION", description)
    if visit.open:
        for before in options.alarms:
            event.add_component(_alarm(plan, visit, before, options))
    return event


def _task_event(plan: Plan, task: Task, options: _Options) -> Event:
    """Return a task as an all-day entry; the plan's revision is its own, since a task keeps none."""
    event = _event(
        entry_uid(plan, options.words.audience, "task", task.id), plan.revision - 1, plan.created, plan.revised
    )
    event.add("DTSTART", task.due)
    event.add("DTEND", _next_day(task.due))
    event.add("SUMMARY", options.words.task_summary(plan, task))
    event.add("STATUS", "CONFIRMED")
    event.add("TRANSP", "TRANSPARENT")
    _add_setting(event, plan, options)
    return event


def _next_day(day: date) -> date:
    return day + timedelta(days=1)


def _event(uid: str, sequence: int, created: datetime, revised: datetime) -> Event:
    """Return an entry with its identity and revision; without METHOD, DTSTAMP means the last revision.

    CREATED tells the day alone: the instant is part of what a plan's id is made of.
    """
    from icalendar import Event

    event = Event()
    event.add("UID", uid)
    event.add("SEQUENCE", sequence)
    event.add("DTSTAMP", _utc(revised))
    event.add("CREATED", _utc(created).replace(hour=0, minute=0, second=0))
    event.add("LAST-MODIFIED", _utc(revised))
    return event


def _add_setting(event: Event, plan: Plan, options: _Options) -> None:
    event.add("CLASS", options.visibility.upper())
    if plan.clinic.url and (link := link_of(plan.clinic.url)):
        event.add("URL", link)
    if options.method is not None:
        event.add("ORGANIZER", options.organizer, parameters={"CN": parameter(neutral_title(plan))})


def _alarm(plan: Plan, visit: PlannedVisit, before: timedelta, options: _Options) -> Component:
    from icalendar import Alarm

    alarm = Alarm()
    alarm.add("UID", entry_uid(plan, options.words.audience, "visit", visit.id, "alarm", str(before)))
    alarm.add("ACTION", "DISPLAY")
    alarm.add("TRIGGER", -before, parameters={"RELATED": "START"})
    alarm.add("DESCRIPTION", neutral_title(plan))
    return alarm


def _calendar_lines(
    name: str | None, method: Method | None, zones: Iterable[YearlyZone], events: Iterable[Event]
) -> list[str]:
    from icalendar import Calendar, vText

    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", PRODUCT)
    calendar.add("CALSCALE", "GREGORIAN")
    if method is not None:
        calendar.add("METHOD", method.upper())
    if name is not None:
        calendar["NAME"] = calendar["X-WR-CALNAME"] = vText(one_line(name))
    *head, end = _content_lines(calendar)
    return [
        *head,
        *(line for zone in zones for line in zone.lines),
        *(line for event in events for line in _content_lines(event)),
        end,
    ]


def _content_lines(component: Component) -> list[str]:
    """Return a component's lines, unfolded, in the order in which they were added."""
    return [str(line) for line in component.content_lines(sorted=False) if line]
