"""The entries of calendars, one by one: a visit, a task, their alarms, and the lines of the calendar around them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from kapplan.dataclass import dataclass
from kapplan.model.exports import MOST_ALARMS, Visibility, alarm_span
from kapplan.model.plan import Plan, PlannedVisit, Task
from kapplan.output.calendar.ics_text import link_of, one_line, parameter, physical_lines
from kapplan.output.calendar.ics_words import Words, neutral_title
from kapplan.output.calendar.vtimezone import YearlyZone, yearly_zone
from kapplan.planning.availability.timezones import zone
from kapplan.planning.journal.calendar_identity import calendar_status, entry_uid, told_day, told_revision

if TYPE_CHECKING:
    from icalendar import Component, Event

Method = Literal["publish", "request", "cancel"]

PRODUCT = "-//Appointments//Calendar//EN"
"""PRODID: without a version, since a new release must not change every file, and without a name that tells what for."""

PATIENT_ALARMS = (timedelta(days=1), timedelta(hours=2))
"""How long before a visit a patient is reminded where nothing else is asked for."""

NO_MAILBOX = "mailto:noreply@appointments.invalid"
"""The organizer where no address is given; nobody can answer to it."""

_SHORTEST = timedelta(minutes=1)
_REFRESHED = timedelta(hours=12)
_INVITED = {"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION"}
_OUTLOOK = {"TENTATIVE": "TENTATIVE"}
"""What Outlook shows a visit's time as, where that is not simply busy."""

_TODO = {"open": "NEEDS-ACTION", "done": "COMPLETED", "dropped": "CANCELLED"}


@dataclass(frozen=True, slots=True)
class EntryOptions:
    """How entries are written; without ``alarms`` as the plan's clinic has it. An ``attendee`` is an address.

    ``owner`` is the room or the person whose calendar it is, where it is that of one.
    """

    words: Words
    visibility: Visibility = "private"
    method: Method | None = None
    organizer: str = NO_MAILBOX
    alarms: tuple[timedelta, ...] | None = None
    attendee: str = ""
    owner: str = ""

    def alarms_of(self, plan: Plan) -> tuple[timedelta, ...]:
        """Return how long before each visit of a plan it is reminded of, two spans at most, the longest first."""
        if self.alarms is not None:
            return self.alarms
        if self.words.audience != "patient":
            return ()
        own = plan.clinic.alarms
        return PATIENT_ALARMS if own is None else checked_alarms([alarm_span(one) for one in own[:MOST_ALARMS]])


class Stamps:
    """The times of one plan's visits: local with a TZID where the zone's yearly rules tell them, else in UTC."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.zone = yearly_zone(plan.timezone)
        self.in_utc = tuple(visit.id for visit in in_order(plan) if visit.timed and not self._told(visit))

    @property
    def used_zone(self) -> YearlyZone | None:
        """The zone that the file must define for this plan, if any."""
        return self.zone if any(map(self.in_zone, in_order(self.plan))) else None

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
        for name, moment in zip(("DTSTART", "DTEND"), span_of(visit), strict=True):
            if visit.id in self.in_utc:
                event.add(name, moment)
            else:
                local = moment.astimezone(zone(self.plan.timezone)).replace(tzinfo=None)
                event.add(name, local, parameters={"TZID": self.plan.timezone})

    def _told(self, visit: PlannedVisit) -> bool:
        return self.zone is not None and all(map(self.zone.tells, span_of(visit)))


def span_of(visit: PlannedVisit) -> tuple[datetime, datetime]:
    """Return start and end in UTC; an entry lasts a minute at least, since readers refuse empty ones."""
    start = as_utc(visit.start)
    return start, max(as_utc(visit.end), start + _SHORTEST)


def as_utc(moment: datetime) -> datetime:
    """Return a moment in UTC, to the second; ``ValueError`` where it has no zone."""
    if moment.tzinfo is None:
        raise ValueError(f"a plan's times need a time zone: {moment.isoformat()} has none")
    return moment.astimezone(UTC).replace(microsecond=0)


def checked_alarms(alarms: Sequence[timedelta]) -> tuple[timedelta, ...]:
    """Return alarms, the longest first; ``ValueError`` for more than two or for one after the start."""
    distinct = sorted(set(alarms), reverse=True)
    if len(distinct) > MOST_ALARMS:
        raise ValueError(f"an entry has {MOST_ALARMS} alarms at most, not {len(distinct)}")
    if any(alarm < timedelta(0) for alarm in distinct):
        raise ValueError("an alarm comes before the visit starts")
    return tuple(distinct)


def in_order(plan: Plan) -> list[PlannedVisit]:
    """Return a plan's visits by their times, those withdrawn among them: calendars must hear that they are off."""
    return sorted((*plan.visits, *plan.withdrawn), key=lambda visit: (as_utc(visit.start), visit.id))


def visit_event(stamps: Stamps, visit: PlannedVisit, options: EntryOptions, *, sequence: int | None = None) -> Any:
    """Return a visit as an entry, with its own ``sequence`` or a later one that its readers must see."""
    plan, status = stamps.plan, calendar_status(visit)
    whose = (options.owner,) if options.owner else ()
    uid = entry_uid(plan, options.words.audience, "visit", visit.id, *whose)
    event = _identified(_new("Event"), uid, visit.sequence if sequence is None else sequence, plan, visit.revised)
    stamps.add(event, visit)
    event.add("SUMMARY", options.words.summary(plan, visit))
    event.add("STATUS", status)
    busy = visit.timed and status != "CANCELLED"
    event.add("TRANSP", "OPAQUE" if busy else "TRANSPARENT")
    event.add("X-MICROSOFT-CDO-BUSYSTATUS", _OUTLOOK.get(status, "BUSY") if busy else "FREE")
    _add_setting(event, plan, options)
    if visit.place == "clinic" and (address := one_line(plan.clinic.address or "")):
        event.add("LOCATION", address)
    if description := options.words.description(plan, visit):
        event.add("DESCRIPTION", description)
    if visit.open:
        for before in options.alarms_of(plan):
            event.add_component(_alarm(plan, visit, before, options))
    return event


def task_event(plan: Plan, task: Task, options: EntryOptions) -> Any:
    """Return a task as an all-day entry; the plan's revision is its own, since a task keeps none."""
    event = _identified_task(_new("Event"), plan, task, options)
    event.add("DTSTART", task.due)
    event.add("DTEND", _next_day(task.due))
    event.add("SUMMARY", options.words.task_summary(plan, task))
    event.add("STATUS", "CONFIRMED")
    event.add("TRANSP", "TRANSPARENT")
    event.add("X-MICROSOFT-CDO-BUSYSTATUS", "FREE")
    _add_setting(event, plan, options)
    return event


def task_todo(plan: Plan, task: Task, options: EntryOptions) -> Any:
    """Return a task as a to-do, also once it is done or dropped: lists that hold it close it then."""
    todo = _identified_task(_new("Todo"), plan, task, options)
    todo.add("DUE", task.due)
    todo.add("SUMMARY", options.words.task_summary(plan, task))
    todo.add("STATUS", _TODO[task.status])
    if task.status == "done":
        todo.add("PERCENT-COMPLETE", 100)
    _add_setting(todo, plan, options)
    return todo


def _identified_task(component: Component, plan: Plan, task: Task, options: EntryOptions) -> Any:
    uid = entry_uid(plan, options.words.audience, "task", task.id)
    return _identified(component, uid, plan.revision - 1, plan, plan.revised)


def _new(name: str) -> Any:
    import icalendar

    return getattr(icalendar, name)()


def _next_day(day: date) -> date:
    return day + timedelta(days=1)


def _identified(event: Any, uid: str, sequence: int, plan: Plan, revised: datetime) -> Any:
    """Return an entry with its identity and revision; without METHOD, DTSTAMP means the last revision.

    Days alone are told: the instant of creation is part of what a plan's id is made of.
    """
    stamp = told_revision(plan, revised)
    event.add("UID", uid)
    event.add("SEQUENCE", sequence)
    event.add("DTSTAMP", stamp)
    event.add("CREATED", told_day(plan.created))
    event.add("LAST-MODIFIED", stamp)
    return event


def _add_setting(event: Any, plan: Plan, options: EntryOptions) -> None:
    event.add("CLASS", options.visibility.upper())
    if plan.clinic.url and (link := link_of(plan.clinic.url)):
        event.add("URL", link)
    if options.method is not None:
        event.add(
            "ORGANIZER", options.organizer, parameters={"CN": parameter(neutral_title(plan, options.words.catalogue))}
        )
    if options.attendee:
        answer = {} if options.method == "cancel" else {"RSVP": "TRUE"}
        event.add("ATTENDEE", options.attendee, parameters=_INVITED | answer)


def _alarm(plan: Plan, visit: PlannedVisit, before: timedelta, options: EntryOptions) -> Component:
    from icalendar import Alarm

    alarm = Alarm()
    alarm.add("UID", entry_uid(plan, options.words.audience, "visit", visit.id, "alarm", str(before)))
    alarm.add("ACTION", "DISPLAY")
    alarm.add("TRIGGER", -before, parameters={"RELATED": "START"})
    alarm.add("DESCRIPTION", neutral_title(plan, options.words.catalogue))
    return alarm


def whole_calendar(
    name: str | None,
    method: Method | None,
    zones: Iterable[YearlyZone],
    entries: Iterable[bytes],
    *,
    feed: bool = False,
) -> bytes:
    """Return a calendar around the bytes of its entries; a ``feed`` says how often it is worth asking for."""
    from icalendar import Calendar, vDuration, vText

    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", PRODUCT)
    calendar.add("CALSCALE", "GREGORIAN")
    if method is not None:
        calendar.add("METHOD", method.upper())
    if name is not None:
        calendar["NAME"] = calendar["X-WR-CALNAME"] = vText(one_line(name))
    if feed:
        calendar.add("REFRESH-INTERVAL", _REFRESHED, parameters={"VALUE": "DURATION"})
        calendar.add("X-PUBLISHED-TTL", vDuration(_REFRESHED))
    *head, end = _content_lines(calendar)
    begin = physical_lines([*head, *(line for zone in zones for line in zone.lines)])
    return b"".join((begin, *entries, physical_lines([end])))


def entry_bytes(entry: Component) -> bytes:
    """Return an entry as the bytes of a file."""
    return physical_lines(_content_lines(entry))


def _content_lines(component: Component) -> list[str]:
    """Return a component's lines, unfolded, in the order in which they were added."""
    return [str(line) for line in component.content_lines(sorted=False) if line]
