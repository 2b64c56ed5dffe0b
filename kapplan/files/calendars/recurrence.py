"""Events of a calendar file and when they happen: recurrences, exceptions, lengths.

Titles, descriptions and everything else that says what an event is about are never looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from kapplan.dataclass import dataclass
from kapplan.planning.availability.free_time import Interval
from kapplan.planning.availability.timezones import zone, zone_names

_OFTEN = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})
_SECONDS_A_DAY = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Length:
    """How long an event lasts: whole days by the clock on the wall, then seconds that really pass."""

    days: int
    seconds: float

    @property
    def is_negative(self) -> bool:
        """Whether the end lies before the start."""
        return self.days * _SECONDS_A_DAY + self.seconds < 0


@dataclass(frozen=True, slots=True)
class Moments:
    """A set of moments of which some are only known by their day."""

    instants: frozenset[datetime]
    days: frozenset[date]

    def has(self, instant: datetime, day: date) -> bool:
        """Return whether a moment, on a day of its own zone, is among them."""
        return instant in self.instants or day in self.days


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event, by the clock on the wall of its zone.

    ``replaces`` is the moment (or the day) of the recurrence that it stands in for, ``and_later`` says that it does so
    for all that follow. ``extra`` are further starts (instants) with their lengths. ``floating`` names a zone that
    nobody knows.
    """

    uid: str
    start: datetime
    zone: tzinfo
    length: Length
    is_free: bool
    rules: tuple[str, ...]
    extra: tuple[tuple[datetime, Length], ...]
    excluded: Moments
    replaces: date | None
    and_later: bool
    floating: str | None

    def interval(self, wall: datetime, length: Length) -> Interval:
        """Return the instants between which the event lasts, if it starts at a time on the wall of its zone."""
        start = wall.replace(tzinfo=self.zone).astimezone(UTC)
        end = (wall + timedelta(days=length.days)).replace(tzinfo=self.zone).astimezone(UTC)
        return start, end + timedelta(seconds=length.seconds)


def read_event(component: Any, home: ZoneInfo) -> Event:
    """Return the event of an ``icalendar`` component; floating times are read in ``home``.

    Raises ``ValueError`` with what is wrong, in words that say nothing of what the event is about.
    """
    first = _value(component, "DTSTART")
    if not isinstance(first, date):
        raise ValueError("it does not say when it starts")
    own, wall, length = _zone_of(first, home), _wall(first), _length(component, first, home)
    return Event(
        uid=str(component.get("UID", "")),
        start=wall,
        zone=own,
        length=length,
        is_free=_is_free(component),
        rules=tuple(_rules(component)),
        extra=tuple(_extra(component, length, home)),
        excluded=_moments(_list(component, "EXDATE"), home),
        replaces=_replaces(component),
        and_later=_parameter(component, "RECURRENCE-ID", "RANGE") == "THISANDFUTURE",
        floating=_unknown_zone(component, first),
    )


def happenings(series: Sequence[Event], first: datetime, last: datetime) -> Iterator[Interval]:
    """Yield the times that the events of one UID take between two instants, exceptions replaced; free ones take none.

    Raises ``ValueError`` where a rule cannot be followed.
    """
    changes = [event for event in series if event.replaces is not None]
    for event in series:
        yield from _times(event, [] if event.replaces is not None else changes, first, last)


def _times(event: Event, changes: list[Event], first: datetime, last: datetime) -> Iterator[Interval]:
    replaced = _moments((change.replaces for change in changes), event.zone)
    later = sorted(
        ((_instant(change.replaces, event.zone), change) for change in changes if change.and_later and change.replaces),
        key=lambda entry: entry[0],
    )
    for wall in _starts(event, last):
        instant = wall.replace(tzinfo=event.zone).astimezone(UTC)
        if event.excluded.has(instant, wall.date()) or replaced.has(instant, wall.date()):
            continue
        serving, start = event, wall
        for since, change in later:
            if since <= instant:
                serving, start = change, wall + _shift(change, event)
        if not serving.is_free:
            yield from _within(serving.interval(start, serving.length), first, last)
    for instant, length in event.extra:
        wall = instant.astimezone(event.zone).replace(tzinfo=None)
        known = event.excluded.has(instant, wall.date()) or replaced.has(instant, wall.date())
        if not known and not event.is_free:
            yield from _within(event.interval(wall, length), first, last)


def _shift(change: Event, event: Event) -> timedelta:
    """Return how far a change moves the recurrence it stands for, by the clock on the wall."""
    if change.replaces is None:
        return timedelta()
    return change.start - _instant(change.replaces, event.zone).astimezone(event.zone).replace(tzinfo=None)


def _within(interval: Interval, first: datetime, last: datetime) -> Iterator[Interval]:
    start, end = interval
    if start < end and start < last and end > first:
        yield interval


def _starts(event: Event, last: datetime) -> Iterator[datetime]:
    """Yield the times on the wall at which an event starts, none twice, through the instant ``last``."""
    limit = last.astimezone(event.zone).replace(tzinfo=None)
    seen = {event.start}
    yield event.start
    for text in event.rules:
        for wall in _recurrences(text, event, limit):
            if wall not in seen:
                seen.add(wall)
                yield wall


def _recurrences(text: str, event: Event, limit: datetime) -> Iterator[datetime]:
    from dateutil.rrule import rrulestr

    parts = dict(part.partition("=")[::2] for part in text.upper().split(";"))
    if parts.get("FREQ") in _OFTEN:
        raise ValueError("it repeats more often than daily")
    interval = parts.get("INTERVAL", "1")
    if not interval.isdigit() or not interval.strip("0"):
        raise ValueError("the INTERVAL of its RRULE is no whole number from 1 on")
    until = _until(parts.pop("UNTIL", ""), event.zone)
    try:
        rule = rrulestr(";".join(f"{key}={value}" for key, value in parts.items()), dtstart=event.start)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError):
        raise ValueError("its RRULE cannot be followed") from None
    stop = limit if until is None else min(limit, until)
    for wall in rule:
        if wall > stop:
            return
        yield wall


def _until(text: str, own: tzinfo) -> datetime | None:
    """Return the last time on the wall that a rule allows; a day counts whole."""
    if not text:
        return None
    day = datetime.strptime(text[:8], "%Y%m%d").date()  # noqa: DTZ007 - a time on the wall
    if "T" not in text:
        return datetime.combine(day, time.max)
    wall = datetime.strptime(text.rstrip("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007 - a time on the wall
    return wall.replace(tzinfo=UTC).astimezone(own).replace(tzinfo=None) if text.endswith("Z") else wall


# -- properties -----------------------------------------------------------------------------------------------------


def _value(component: Any, name: str) -> Any:
    """Return the value of a property, ``None`` where it is missing; ``ValueError`` where it cannot be read."""
    found = component.get(name)
    if found is None:
        return None
    try:
        return (found[0] if isinstance(found, list) else found).dt
    except AttributeError:
        raise ValueError(f"its {name} cannot be read") from None


def _list(component: Any, name: str) -> Iterator[Any]:
    found = component.get(name)
    for entry in found if isinstance(found, list) else [] if found is None else [found]:
        try:
            yield from (item.dt for item in entry.dts)
        except AttributeError:
            raise ValueError(f"its {name} cannot be read") from None


def _parameter(component: Any, name: str, parameter: str) -> str:
    found = component.get(name)
    return str(getattr(found, "params", {}).get(parameter, "")).upper()


def _is_free(component: Any) -> bool:
    def says(name: str, word: str) -> bool:
        return str(component.get(name, "")).strip().upper() == word

    return says("TRANSP", "TRANSPARENT") or says("STATUS", "CANCELLED") or says("X-MICROSOFT-CDO-BUSYSTATUS", "FREE")


def _rules(component: Any) -> Iterator[str]:
    found = component.get("RRULE")
    for rule in found if isinstance(found, list) else [] if found is None else [found]:
        if "FREQ" not in (rule if isinstance(rule, dict) else ()):
            raise ValueError("its RRULE cannot be read")
        yield rule.to_ical().decode()


def _replaces(component: Any) -> date | None:
    found = _value(component, "RECURRENCE-ID")
    return found if isinstance(found, date) else None


def _unknown_zone(component: Any, first: date) -> str | None:
    """Return the name of a zone that neither the file nor the zone data knows."""
    if isinstance(first, datetime) and first.tzinfo is None:
        return _parameter(component, "DTSTART", "TZID") or None
    return None


def _extra(component: Any, length: Length, home: ZoneInfo) -> Iterator[tuple[datetime, Length]]:
    for value in _list(component, "RDATE"):
        if isinstance(value, tuple):
            start, end = value
            yield _instant(start, home), _between(start, end, home)
        else:
            yield _instant(value, home), length


def _length(component: Any, first: date, home: ZoneInfo) -> Length:
    """Return how long an event that starts at ``first`` lasts: without an end a day, or no time at all."""
    duration, end = _value(component, "DURATION"), _value(component, "DTEND")
    if isinstance(duration, timedelta):
        found = _between(first, duration, home)
    elif isinstance(end, date):
        found = _between(first, end, home)
    else:
        found = Length(0, 0) if isinstance(first, datetime) else Length(1, 0)
    if found.is_negative:
        raise ValueError("it ends before it starts")
    return found


def _between(start: date, end: date | timedelta, home: ZoneInfo) -> Length:
    if isinstance(end, timedelta):
        return Length(end.days, end.seconds)
    if isinstance(start, datetime) or isinstance(end, datetime):
        return Length(0, (_instant(end, home) - _instant(start, home)).total_seconds())
    return Length((end - start).days, 0)


def _zone_of(moment: date, home: tzinfo) -> tzinfo:
    """Return a moment's zone: ``home`` where it has none, and our own data for every zone that they know."""
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        return home
    name = getattr(moment.tzinfo, "key", None)
    return zone(name) if name in zone_names() else moment.tzinfo


def _wall(moment: date) -> datetime:
    return moment.replace(tzinfo=None) if isinstance(moment, datetime) else datetime.combine(moment, time())


def _instant(moment: date, home: tzinfo) -> datetime:
    return _wall(moment).replace(tzinfo=_zone_of(moment, home)).astimezone(UTC)


def _moments(values: Iterable[Any], home: tzinfo) -> Moments:
    instants, days = set(), set()
    for value in values:
        if isinstance(value, datetime):
            instants.add(_instant(value, home))
        elif isinstance(value, date):
            days.add(value)
    return Moments(frozenset(instants), frozenset(days))
