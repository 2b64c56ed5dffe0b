"""The lines of a calendar file as components: nothing is refused for a line that cannot be read.

Lines may end in any way, be folded, be in any encoding; a component that is not ended is ended by what cannot stand in
it. Only properties that matter for busy times are kept. ``icalendar`` reads the same files, but refuses a calendar for
one broken line, tells no line numbers, and keeps the first definition of a zone's name for the whole process.
"""

from __future__ import annotations

import io
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

_KEPT = frozenset({
    "UID", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID", "SEQUENCE", "DTSTAMP",
    "STATUS", "TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS", "X-MICROSOFT-CDO-ALLDAYEVENT",
    "ATTENDEE", "FREEBUSY", "METHOD", "TZID", "TZOFFSETFROM",
    "TZOFFSETTO", "X-WR-TIMEZONE",
})  # fmt: skip
_TIMED = frozenset({"DTSTART", "DTEND", "RDATE", "EXDATE", "RECURRENCE-ID", "FREEBUSY"})
"""Properties whose parameters may hold a colon that nobody quoted, as in ``TZID=tzone://Microsoft/Utc``."""
_MAIN = frozenset({"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE", "VAVAILABILITY"})
"""Components that stand in a calendar and never in one another."""
_PASSED_OVER = frozenset({"VALARM", "VTODO", "VJOURNAL", "VAVAILABILITY", "PARTICIPANT", "VLOCATION", "VRESOURCE"})
"""Components of which nothing matters for busy times; what is broken in them is not even named."""

CALENDAR = "VCALENDAR"
_NAME = re.compile(r"[A-Za-z0-9-]+")
_LINE = re.compile(r'[A-Za-z0-9-]+((?:;[^:";]*(?:"[^"]*"[^:";]*)*)*):(.*)', re.DOTALL)
_PARAMETER = re.compile(r';([A-Za-z0-9-]+)=((?:"[^"]*"|[^;"])*)')
_TIMES = re.compile(r"[0-9TZPWDHMS,;/+\-\s]*|\d{4}-\d\d-\d\dT?[\d:.]*Z?", re.IGNORECASE)
_SOFT_BREAK = re.compile(r"[^:]*;(?:ENCODING=)?QUOTED-PRINTABLE[;:]", re.IGNORECASE)


class ContentLine(NamedTuple):
    """A property: where it stands, its parameters as written, its value; ``None`` where it cannot be told."""

    number: int
    name: str
    parameters: Mapping[str, str]
    value: str | None


class Unread(NamedTuple):
    """What could not be read, by the number of its line."""

    line: int
    message: str


@dataclass(slots=True)
class Component:
    """A component, where it begins, its properties by name in the order of the file, and the components in it."""

    name: str
    line: int
    properties: dict[str, list[ContentLine]] = field(default_factory=dict)
    parts: list[Component] = field(default_factory=list)

    def all(self, name: str) -> list[ContentLine]:
        """Return every line of a property."""
        return self.properties.get(name, [])

    def first(self, name: str) -> ContentLine | None:
        """Return the first line of a property."""
        found = self.properties.get(name)
        return found[0] if found else None

    def word(self, name: str) -> str:
        """Return a value as a word in capitals; empty where there is none."""
        line = self.first(name)
        return (line.value or "").strip().upper() if line is not None else ""

    def walk(self, name: str) -> Iterator[Component]:
        """Yield every component of a name, however deep."""
        for part in self.parts:
            if part.name == name:
                yield part
            yield from part.walk(name)


@dataclass(slots=True)
class CalendarText:
    """The calendars of a file, and what of it could not be read; ``ended`` tells whether one came to its end."""

    calendars: list[Component]
    unread: list[Unread]
    ended: bool


def read_components(data: bytes) -> CalendarText:
    """Return the calendars of a file; events that stand in none are in one without a name of its own."""
    reader = _Reader()
    for number, line in _logical_lines(data):
        reader.take(number, line)
    return reader.finish()


def _encoding(data: bytes) -> str:
    """Return the encoding of a calendar: only ASCII matters here, so that an odd encoding of titles does no harm."""
    if data.startswith((BOM_UTF32_LE, BOM_UTF32_BE)):
        return "utf-32"
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return "utf-16"
    if data[1:2] == b"\0":
        return "utf-16-le"
    if data[:1] == b"\0":
        return "utf-16-be"
    try:
        data.decode()
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _logical_lines(data: bytes) -> Iterator[tuple[int, str]]:
    """Yield the unfolded lines with the numbers at which they begin; a line ends with CR, LF or both."""
    begin, held, soft = 0, "", False
    with io.TextIOWrapper(io.BytesIO(data), encoding=_encoding(data), errors="replace", newline=None) as lines:
        for number, raw in enumerate(lines, start=1):
            line = raw.rstrip("\n").lstrip("\ufeff")
            if soft:
                held, soft = held[:-1] + line, line.endswith("=")
            elif line[:1] in {" ", "\t"} and held:
                held += line[1:]
            elif line:
                if held:
                    yield begin, held
                begin, held = number, line
                soft = line.endswith("=") and _SOFT_BREAK.match(line) is not None
    if held:
        yield begin, held


class _Reader:
    """The components that are open, from the outermost to the one that lines belong to."""

    def __init__(self) -> None:
        self.calendars: list[Component] = []
        self.unread: list[Unread] = []
        self.open: list[Component] = []
        self.ended = False

    def take(self, number: int, line: str) -> None:
        found = _NAME.match(line)
        name = found[0].upper() if found is not None and line[found.end() : found.end() + 1] in {":", ";"} else ""
        if name in {"BEGIN", "END"}:
            kind = line.rpartition(":")[2].strip().upper()
            self._begin(number, kind) if name == "BEGIN" else self._end(number, kind)
        elif not self.open:
            self._miss(number, "this line stands in no calendar")
        elif name in _KEPT:
            self._property(number, name, line)
        elif not name and self.open[-1].name not in _PASSED_OVER:
            named = found is not None and found[0].upper() in _KEPT and found.end() == len(line)
            if found is not None and named:
                self.open[-1].properties.setdefault(found[0].upper(), []).append(
                    ContentLine(number, found[0].upper(), {}, None)
                )
            self._miss(number, "this line is none of a calendar's")

    def _property(self, number: int, name: str, line: str) -> None:
        parsed = _parse(name, line)
        if parsed is None:
            self._miss(number, f"{name} cannot be read")
        parameters, value = parsed or ({}, None)
        self.open[-1].properties.setdefault(name, []).append(ContentLine(number, name, parameters, value))

    def _begin(self, number: int, kind: str) -> None:
        if kind == CALENDAR:
            self._close(0)
        elif kind in _MAIN:
            self._close(next((n for n, each in enumerate(self.open) if each.name in _MAIN), len(self.open)))
        component = Component(kind, number)
        if self.open:
            self.open[-1].parts.append(component)
        elif kind == CALENDAR:
            self.calendars.append(component)
        else:
            self._miss(number, f"{kind} stands in no calendar")
            self.open.append(Component("", number))
            self.calendars.append(self.open[0])
            self.open[0].parts.append(component)
        self.open.append(component)

    def _end(self, number: int, kind: str) -> None:
        place = next((n for n in range(len(self.open) - 1, -1, -1) if self.open[n].name == kind), None)
        if place is None:
            self._miss(number, "END without its BEGIN")
            return
        self._close(place + 1)
        self.open.pop()
        self.ended |= kind == CALENDAR

    def _close(self, place: int, why: str = "is not ended") -> None:
        """End the components from a place on that nobody ended."""
        for component in self.open[place:]:
            if component.name:
                self._miss(component.line, f"{component.name} {why}")
        del self.open[place:]

    def _miss(self, number: int, message: str) -> None:
        self.unread.append(Unread(number, message))

    def finish(self) -> CalendarText:
        self._close(0, "is not ended: the file may be cut short, and there may be more of it")
        return CalendarText(self.calendars, self.unread, self.ended)


def _parse(name: str, line: str) -> tuple[dict[str, str], str] | None:
    """Return the parameters and the value of a line; ``None`` where it has no value."""
    found = _LINE.fullmatch(line)
    value = found[2].strip() if found is not None else ""
    if name in _TIMED and (found is None or not _TIMES.fullmatch(value)):
        head, _, tail = line.rpartition(":")
        if head and _TIMES.fullmatch(tail.strip()):
            return _parameters(head[len(name) :]), tail.strip()
    if found is not None:
        return _parameters(found[1]), value
    head, separator, tail = line.partition(":")
    return (_parameters(head[len(name) :]), tail.strip()) if separator else None


def _parameters(text: str) -> dict[str, str]:
    """Return parameters by name, without the quotes around their values."""
    if not text:
        return {}
    return {found[1].upper(): found[2].replace('"', "") for found in _PARAMETER.finditer(text)}
