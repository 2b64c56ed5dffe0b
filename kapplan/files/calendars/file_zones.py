"""Time zones as one calendar object means them: its own definitions first, then names that everybody knows.

A definition holds for the object in which it stands and for no other (RFC 5545, 3.2.19): two files may both define a
"Customized Time Zone".
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

from kapplan.files.calendars.content_lines import Component, ContentLine, Unread
from kapplan.files.calendars.values import items, moment, wall_of
from kapplan.files.calendars.zone_names import is_place, named_zone
from kapplan.planning.availability.recurrence import OverBudgetError, StepBudget, occurrences, read_rule

_OFFSET = re.compile(r"([+-])?(\d{2}):?(\d{2})(?::?(\d{2}))?")
_A_DAY = timedelta(days=1)
_EARLIEST, _LATEST = datetime(1970, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001 - times on the wall
"""Changes of the clocks are followed between these: what is planned lies well within."""
_STEPS = 100_000


class ClockChange(NamedTuple):
    """When (in UTC, without a zone) clocks change, and their offsets before and after."""

    moment: datetime
    before: timedelta
    after: timedelta


class FileZone(tzinfo):
    """A zone as a file defines it, by the changes of its clocks."""

    def __init__(self, changes: list[ClockChange]) -> None:
        self._first = changes[0].before
        self._after = [change.after for change in changes]
        self._utc = [change.moment for change in changes]
        self._wall = [[change.moment + pick(change.before, change.after) for change in changes] for pick in (max, min)]

    def utcoffset(self, dt: datetime | None) -> timedelta | None:
        """Return the offset of a time on the wall; of one that exists twice its fold tells which is meant."""
        if dt is None:
            return None
        return self._offset(bisect_right(self._wall[dt.fold], dt.replace(tzinfo=None)))

    def dst(self, _dt: datetime | None) -> timedelta | None:
        """Return nothing: a file need not tell what is summer time."""
        return None

    def tzname(self, _dt: datetime | None) -> str | None:
        """Return nothing: names of zones are read, not told."""
        return None

    def fromutc(self, dt: datetime) -> datetime:
        """Return a moment in UTC by the clock of the zone."""
        utc = dt.replace(tzinfo=None)
        place = bisect_right(self._utc, utc)
        local = utc + self._offset(place)
        repeated = place > 0 and bisect_right(self._wall[0], local) < place
        return local.replace(tzinfo=self, fold=int(repeated))

    def _offset(self, place: int) -> timedelta:
        return self._after[place - 1] if place else self._first


class Zones:
    """What the names of zones mean in one calendar object; ``home`` reads days, and what has an unknown one.

    ``floating`` reads times without a zone: the one that the calendar says it keeps, else ``home``.
    """

    def __init__(self, calendar: Component, home: tzinfo, *, has_summer_time: bool) -> None:
        self.home = home
        kept = calendar.first("X-WR-TIMEZONE")
        self.floating = (named_zone(kept.value) if kept is not None and kept.value else None) or home
        self.unread: list[Unread] = []
        self._warns = has_summer_time
        self._defined: dict[str, Component] = {}
        self._known: dict[str, tzinfo] = {}
        for definition in calendar.walk("VTIMEZONE"):
            name = definition.first("TZID")
            if name is not None and name.value:
                self._defined.setdefault(name.value.replace('"', "").strip(), definition)

    def of(self, line: ContentLine, fallback: tzinfo | None = None) -> tzinfo:
        """Return the zone by which a line's times are read; one without a name is read by ``fallback``, else home."""
        name = line.parameters.get("TZID")
        if name is None:
            return fallback or self.floating
        if name not in self._known:
            self._known[name] = self._find(name.strip(), line.number)
        return self._known[name]

    def all(self) -> tuple[tzinfo, ...]:
        """Return every zone that the object defines, and the one at home."""
        defined = (self.of(ContentLine(part.line, "TZID", {"TZID": name}, "")) for name, part in self._defined.items())
        return (*defined, self.home)

    def _find(self, name: str, number: int) -> tzinfo:
        if not name:
            return self._unknown(number, "this time zone has no name")
        if is_place(name):
            return named_zone(name) or self.home
        defined = self._define(name)
        if defined is not None:
            return defined
        found = named_zone(name)
        if found is None:
            return self._unknown(number, f'the time zone "{name}" is unknown')
        if self._warns and name.upper() in _ABBREVIATIONS:
            message = f'the time zone "{name}" knows no summer time, which the clinic keeps: is that meant?'
            self.unread.append(Unread(number, message))
        return found

    def _unknown(self, number: int, what: str) -> tzinfo:
        self.unread.append(Unread(number, f"{what}: read by the clinic's clock"))
        return self.home

    def _define(self, name: str) -> tzinfo | None:
        """Return the zone that the object defines by a name, from what of the definition can be read."""
        definition = self._defined.get(name)
        if definition is None:
            return None
        changes: list[ClockChange] = []
        for part in (*definition.walk("STANDARD"), *definition.walk("DAYLIGHT")):
            try:
                changes += _changes(part)
            except (ValueError, OverflowError, OverBudgetError):
                self.unread.append(Unread(part.line, f"{part.name} of a time zone cannot be read"))
        return FileZone(sorted(changes)) if changes else None


_ABBREVIATIONS = frozenset({"EST", "MST", "HST"})
"""Names of IANA's whose clocks never change, though people write them for places whose clocks do."""


def _changes(part: Component) -> Iterator[ClockChange]:
    """Yield when the clocks change by one observance of a definition."""
    after = _offset(part.first("TZOFFSETTO"))
    try:
        before = _offset(part.first("TZOFFSETFROM"))
    except ValueError:
        before = after
    for wall in sorted(set(_onsets(part, before))):
        yield ClockChange(wall - before, before, after)


def _onsets(part: Component, before: timedelta) -> Iterator[datetime]:
    line = part.first("DTSTART")
    start = _EARLIEST if line is None else wall_of(moment(line.value or "", line, UTC))
    yield start
    for each in part.all("RDATE"):
        yield from (wall_of(moment(text.partition("/")[0], each, UTC)) for text in items(each.value or "") if text)
    for each in part.all("RRULE"):
        rule, unread = read_rule(each.value or "")
        if rule is None or unread:
            raise ValueError(each.value)
        last = _LATEST
        if rule.until:
            ends = moment(rule.until, each, UTC)
            is_utc = isinstance(ends, datetime) and rule.until.endswith("Z")
            last = min(
                last, wall_of(ends) + (before if is_utc else _A_DAY if not isinstance(ends, datetime) else timedelta())
            )
        yield from occurrences(rule, start, max(start, _EARLIEST), last, StepBudget(_STEPS))


def _offset(line: ContentLine | None) -> timedelta:
    found = _OFFSET.fullmatch((line.value or "").strip()) if line is not None else None
    if found is None:
        raise ValueError("no offset")
    hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    away = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if away >= _A_DAY or minutes > 59:  # noqa: PLR2004 - minutes of an hour
        raise ValueError("no offset")
    return -away if found[1] == "-" else away
