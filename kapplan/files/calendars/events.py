"""One event of a calendar: when it is, in the widest reading of what its lines say.

An end that cannot be read is midnight, a COUNT or UNTIL no end, a FREQ the first time only, another part of a rule
every day; what would free time (EXDATE, STATUS, SEQUENCE) is as if it were not there. Only without a start there is no
event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal, TypeVar

from kapplan.dataclass import dataclass
from kapplan.files.calendars.content_lines import Component, ContentLine, Unread
from kapplan.files.calendars.file_zones import Zones
from kapplan.files.calendars.values import (
    TO_MIDNIGHT,
    Length,
    between,
    day_meant,
    duration,
    items,
    moment,
    period,
    wall_of,
)
from kapplan.planning.availability.free_time import Interval
from kapplan.planning.availability.recurrence import RecurrenceRule, read_rule

Tentative = Literal["busy", "free"]
_T = TypeVar("_T")
_WHOLE_DAY = Length(1, 0)
_DAILY = RecurrenceRule(frequency="DAILY")
_SHORTEST_MONTH = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarOwner:
    """Whose calendar it is: by which address invitations name them, and whether what is tentative takes their time."""

    email: str | None = None
    tentative: Tentative = "busy"


@dataclass(frozen=True, slots=True)
class RecurrencePoint:
    """A recurrence, named by its moment, or by its day alone; ``day`` is what is meant where a day is wanted."""

    instant: datetime | None
    day: date


@dataclass(frozen=True, slots=True)
class Repeat:
    """A rule with its last time on the wall."""

    rule: RecurrenceRule
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEvent:
    """One event, by the clock on the wall of its zone; ``line`` is where it begins in the file.

    ``replaces`` is the recurrence that it stands in for, ``and_later`` says that it does so for all that follow.
    ``extra`` are further starts with their lengths, ``excluded`` recurrences that do not happen. ``sequence`` is the
    number of its revision, ``None`` where it cannot be read; ``calls_off`` says that its object cancels what it names.
    """

    uid: str
    line: int
    start: datetime
    zone: tzinfo
    all_day: bool
    length: Length
    is_free: bool
    repeats: tuple[Repeat, ...] = ()
    extra: tuple[tuple[datetime, Length], ...] = ()
    excluded: tuple[RecurrencePoint, ...] = ()
    replaces: RecurrencePoint | None = None
    and_later: bool = False
    sequence: int | None = 0
    calls_off: bool = False

    def instant(self, wall: datetime) -> datetime:
        """Return a time on the wall of its zone in UTC."""
        return wall.replace(tzinfo=self.zone).astimezone(UTC)

    def interval(self, wall: datetime, length: Length) -> Interval:
        """Return the instants between which the event lasts, if it starts at a time on the wall of its zone."""
        start = self.instant(wall)
        if length.to_midnight:
            return start, self.instant(datetime.combine(wall.date() + timedelta(days=1), time()))
        return start, self.instant(wall + timedelta(days=length.days)) + timedelta(seconds=length.seconds)


class EventReader:
    """Reads the events of one calendar object; what cannot be read of them is collected in ``unread``."""

    def __init__(self, zones: Zones, owner: CalendarOwner, *, calls_off: bool = False) -> None:
        self.zones, self.owner, self.calls_off = zones, owner, calls_off
        self.unread: list[Unread] = []

    def read(self, component: Component) -> CalendarEvent | None:
        """Return the event of a component; ``None`` where it does not say when it starts."""
        first = self._first(component)
        if first is None:
            return None
        all_day = not isinstance(first, datetime)
        own = first.tzinfo if isinstance(first, datetime) and first.tzinfo is not None else self.zones.home
        first, length = self._lasting(component, first, own)
        named = component.first("RECURRENCE-ID")
        replaces = None if named is None else self._try(named, lambda line: self._point(line, line.value, own))
        and_later = named is not None and named.parameters.get("RANGE", "").strip().upper() == "THISANDFUTURE"
        uid = component.first("UID")
        return CalendarEvent(
            uid=(uid.value or "").strip() if uid is not None else "",
            line=component.line,
            start=wall_of(first),
            zone=own,
            all_day=all_day,
            length=length,
            is_free=self._is_free(component),
            # a changed recurrence is one: programs copy the rule of its series into it
            repeats=() if replaces is not None and not and_later else tuple(self._repeats(component, first, own)),
            extra=tuple(self._extra(component, first, length, own)),
            excluded=tuple(self._excluded(component, own)),
            replaces=replaces,
            and_later=and_later,
            sequence=self._sequence(component),
            calls_off=self.calls_off,
        )

    def periods(self, component: Component) -> Iterator[Interval]:
        """Yield the busy periods of published free and busy times."""
        free = {"FREE", "BUSY-TENTATIVE"} if self.owner.tentative == "free" else {"FREE"}
        for line in component.all("FREEBUSY"):
            if line.parameters.get("FBTYPE", "").strip().upper() not in free:
                for text in items(line.value or ""):
                    found = self._try(line, lambda one, text=text: self._period(one, text))  # type: ignore[misc]
                    if found is not None:
                        yield found

    def _period(self, line: ContentLine, text: str) -> Interval:
        begin, length = period(text, line, self.zones.of(line), self.zones.home)
        if length.to_midnight:
            self._miss(line, "the end of a period cannot be read: it is taken to last to midnight")
        home = begin.tzinfo or self.zones.home
        event = CalendarEvent(
            uid="", line=line.number, start=wall_of(begin), zone=home, all_day=False, length=length, is_free=False
        )
        return event.interval(event.start, length)

    # -- what goes wrong ---------------------------------------------------------------------------------------

    def _try(self, line: ContentLine, read: Callable[[ContentLine], _T]) -> _T | None:
        """Return what a line says; where it cannot be read it is named, and there is nothing."""
        try:
            return read(line)
        except (ValueError, OverflowError):
            self._miss(line, f"a value of {line.name} cannot be read and is passed over")
            return None

    def _miss(self, line: ContentLine, message: str) -> None:
        self.unread.append(Unread(line.number, message))

    # -- when --------------------------------------------------------------------------------------------------

    def _moment(self, line: ContentLine, text: str | None, fallback: tzinfo | None = None) -> date:
        return moment(text or "", line, self.zones.of(line, fallback))

    def _first(self, component: Component) -> date | None:
        """Return when an event starts; a start without a zone is in that of its end."""
        line, end = component.first("DTSTART"), component.first("DTEND")
        if line is None:
            self.unread.append(Unread(component.line, "an event is left out: it does not say when it starts"))
            return None
        fallback = self.zones.of(end) if end is not None and "TZID" in end.parameters else None
        try:
            first = self._moment(line, line.value, fallback)
            return day_meant(first, self.zones.all()) if _is_whole_days(component) else first
        except (ValueError, OverflowError):
            self._miss(line, "an event is left out: its DTSTART cannot be read")
            return None

    def _lasting(self, component: Component, first: date, own: tzinfo) -> tuple[date, Length]:
        """Return when an event starts and how long it lasts; where the end comes first that day, from the end on."""
        length = self._length(component, first, own)
        line = component.first("DTEND")
        if length.to_midnight and line is not None and isinstance(first, datetime):
            with suppress(ValueError, OverflowError):
                end = self._moment(line, line.value, own)
                if isinstance(end, datetime) and end < first and end.astimezone(own).date() == first.date():
                    return end.astimezone(own), length
        return first, length

    def _length(self, component: Component, first: date, own: tzinfo) -> Length:
        """Return how long an event lasts, the longer where it says so twice; without an end a day or no time."""
        all_day = not isinstance(first, datetime)
        end, lasting = component.first("DTEND"), component.first("DURATION")
        found: list[Length] = []
        for line, read in (
            (end, lambda one: between(first, self._last(component, one, own), own)),
            (lasting, lambda one: duration(one.value or "")),
        ):
            length = None if line is None else self._end(line, read)
            if length is not None:
                found.append(length)
        widest = max(found, key=lambda each: (each.to_midnight, each.rough_seconds), default=Length(0, 0))
        certain = [each for each in found if not each.to_midnight and not each.is_nothing]
        length = max(certain, key=lambda each: each.rough_seconds) if certain else widest
        return (
            _WHOLE_DAY
            if all_day and (length.to_midnight or length.rough_seconds < _WHOLE_DAY.rough_seconds)
            else length
        )

    def _last(self, component: Component, line: ContentLine, own: tzinfo) -> date:
        """Return when an event ends."""
        end = self._moment(line, line.value, own)
        return day_meant(end, self.zones.all()) if _is_whole_days(component) else end

    def _end(self, line: ContentLine, read: Callable[[ContentLine], Length]) -> Length:
        """Return a length; to midnight where it cannot be read."""
        try:
            length = read(line)
        except (ValueError, OverflowError):
            self._miss(line, f"{line.name} cannot be read: the event is taken to last to midnight")
            return TO_MIDNIGHT
        if length.is_negative:
            self._miss(line, "an event ends before it starts: it is taken to last to midnight")
            return TO_MIDNIGHT
        return length

    # -- how often ---------------------------------------------------------------------------------------------

    def _repeats(self, component: Component, first: date, own: tzinfo) -> Iterator[Repeat]:
        if component.all("EXRULE"):
            self._miss(component.all("EXRULE")[0], "EXRULE is passed over: what it takes out stays busy")
        for line in component.all("RRULE"):
            if line.value == "":
                continue
            rule, unread = read_rule(line.value or "")
            if rule is None:
                self._miss(line, "the FREQ of an RRULE cannot be read: only the first time counts")
                continue
            until = self._until(line, rule, own, all_day=not isinstance(first, datetime))
            worse = [name for name in unread if _adds_times(name, rule, first)]
            if worse:
                self._miss(line, f"{', '.join(worse)} of an RRULE cannot be read: it is taken as every day")
                rule = _DAILY
            elif unread:
                self._miss(line, f"{', '.join(unread)} of an RRULE cannot be read: the rule goes on without")
            yield Repeat(rule, until)

    def _until(self, line: ContentLine, rule: RecurrenceRule, own: tzinfo, *, all_day: bool) -> datetime | None:
        """Return the last time on the wall that a rule allows; a day counts whole."""
        if rule.until is None:
            return None
        try:
            last = moment(rule.until, ContentLine(line.number, "UNTIL", {}, None), own)
            if all_day:
                last = day_meant(last, self.zones.all())
            return wall_of(last.astimezone(own)) if isinstance(last, datetime) else datetime.combine(last, time.max)
        except (ValueError, OverflowError):
            self._miss(line, "UNTIL of an RRULE cannot be read: the rule goes on without")
            return None

    def _point(self, line: ContentLine, text: str | None, own: tzinfo) -> RecurrencePoint:
        value = self._moment(line, text, own)
        if isinstance(value, datetime):
            return RecurrencePoint(value.astimezone(UTC), day_meant(value, self.zones.all()))
        return RecurrencePoint(None, value)

    def _excluded(self, component: Component, own: tzinfo) -> Iterator[RecurrencePoint]:
        for line in component.all("EXDATE"):
            for text in items(line.value or ""):
                found = self._try(line, lambda one, text=text: self._point(one, text, own))  # type: ignore[misc]
                if found is not None:
                    yield found

    def _extra(
        self, component: Component, first: date, length: Length, own: tzinfo
    ) -> Iterator[tuple[datetime, Length]]:
        for line in component.all("RDATE"):
            for text in items(line.value or ""):
                found = self._try(line, lambda one, text=text: self._more(one, text, first, own))  # type: ignore[misc]
                if found is not None:
                    yield found[0], found[1] or length

    def _more(self, line: ContentLine, text: str, first: date, own: tzinfo) -> tuple[datetime, Length | None]:
        """Return a further start, by the clock on the wall of the event's zone, with a length of its own if it has."""
        if "/" in text:
            begin, length = period(text, line, self.zones.of(line, own), own)
            return wall_of(begin.astimezone(own)), length
        value = self._moment(line, text, own)
        if not isinstance(first, datetime):
            return wall_of(day_meant(value, self.zones.all())), None
        if isinstance(value, datetime):
            return wall_of(value.astimezone(own)), None
        return datetime.combine(value, first.time()), None

    # -- whether -----------------------------------------------------------------------------------------------

    def _is_free(self, component: Component) -> bool:
        """Tell whether an event leaves its time free; TRANSP goes before what Microsoft's programs say beside it."""
        shown = component.word("X-MICROSOFT-CDO-BUSYSTATUS")
        transparent = component.word("TRANSP")
        answers = [_answer(line) for line in component.all("ATTENDEE") if self._is_owner(line)]
        tentative = "TENTATIVE" in {component.word("STATUS"), shown, *answers}
        return (
            component.word("STATUS") == "CANCELLED"
            or transparent == "TRANSPARENT"
            or (shown == "FREE" and transparent != "OPAQUE")
            or (bool(answers) and set(answers) == {"DECLINED"})
            or (tentative and self.owner.tentative == "free")
        )

    def _is_owner(self, line: ContentLine) -> bool:
        if self.owner.email is None:
            return False
        names = line.value or "", line.parameters.get("EMAIL", "")
        return self.owner.email.strip().casefold() in {
            name.strip().casefold().removeprefix("mailto:") for name in names
        }

    def _sequence(self, component: Component) -> int | None:
        line = component.first("SEQUENCE")
        return 0 if line is None else self._try(line, lambda one: _whole(one.value or ""))


def _is_whole_days(component: Component) -> bool:
    """Tell whether Microsoft's programs say of an event with times that it is one of whole days."""
    return component.word("X-MICROSOFT-CDO-ALLDAYEVENT") == "TRUE"


def _answer(line: ContentLine) -> str:
    return line.parameters.get("PARTSTAT", "").strip().upper()


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):  # noqa: PLR2004 - within 32 bits
        raise ValueError(text)
    return int(text)


def _adds_times(name: str, rule: RecurrenceRule, first: date) -> bool:
    """Tell whether a part that cannot be read may name days that the rest of its rule does not.

    Of RFC 7529, SKIP says nothing where every month has the day.
    """
    if name == "SKIP":
        return not all(1 <= abs(day) <= _SHORTEST_MONTH for day in rule.month_days or (first.day,))
    return name.startswith("BY") or name == "RSCALE"
