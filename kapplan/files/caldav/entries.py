"""What an entry says, property by property: compared without what servers and programs change on their own.

A plan owns when and where a visit is, whether it takes place, its words and its class. Everything else in an entry
(alarms once they are changed, colours, categories, attendees, ``X-`` properties) is its users' and is carried along.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import Any

from kapplan.dataclass import dataclass

FIRM = ("start", "end", "status", "location", "repeats")
"""What decides about an appointment: nobody's word on it is written over without a question."""

SOFT = ("summary", "description", "class", "transp", "url")
"""What goes with it: who changed it last by themselves keeps it."""

OWNED = (*FIRM, *SOFT)
ALARMS = "alarms"

HARD = ("start", "end", "repeats")
"""What must never be otherwise than it was sent: a server that keeps another time is told of every time."""

_TEXTS = {"location": "", "summary": "", "description": "", "class": "PUBLIC", "transp": "OPAQUE", "url": ""}
_REPEATS = ("RRULE", "RDATE", "EXDATE", "RECURRENCE-ID")
_TIMES = ("DTSTART", "DTEND", "DURATION")
_OURS = frozenset({
    "UID", "SEQUENCE", "DTSTAMP", "CREATED", "LAST-MODIFIED", "STATUS", "X-MICROSOFT-CDO-BUSYSTATUS",
    *_TIMES, *_REPEATS, *map(str.upper, _TEXTS),
})  # fmt: skip

Hashes = Mapping[str, str]

_REMEMBERED = 1024
"""How many objects are kept as read: each is looked at several times, and reading takes milliseconds."""


@dataclass(frozen=True)
class CalendarEntry:
    """One entry: its UID and SEQUENCE, its owned fields and alarms as texts that can be compared, and its component."""

    uid: str
    sequence: int
    fields: Mapping[str, str]
    start: date | None
    end: date | None
    component: Any

    @cached_property
    def hashes(self) -> Hashes:
        """A short digest of each field: what is kept on disk tells nothing of an appointment."""
        return {name: _digest(self.uid.lower(), name, value) for name, value in self.fields.items()}

    def lost(self, name: str) -> bool:
        """Tell whether a field says no more than an entry does that was never given it."""
        return self.fields[name] == {"status": "CONFIRMED", **_TEXTS}.get(name)

    @property
    def cancelled(self) -> bool:
        """Whether it says that it does not take place."""
        return self.fields["status"] == "CANCELLED"


@lru_cache(maxsize=_REMEMBERED)
def read_entry(data: bytes) -> CalendarEntry:
    """Return the entry of an object; raises ``ValueError`` where there is none that can be read."""
    events = events_of(data)
    if not events:
        raise ValueError("there is no event in it")
    master = next((event for event in events if "RECURRENCE-ID" not in event), events[0])
    start = _time(master, "DTSTART")
    end = _end(master, start)
    repeats = sorted(f"{name}:{_plain(event[name])}" for event in events for name in _REPEATS if name in event)
    fields = {
        "start": _instant(start),
        "end": _instant(end),
        "status": _word(master, "STATUS", "CONFIRMED"),
        "repeats": "; ".join([*repeats, *([f"{len(events)} parts"] if len(events) > 1 else [])]),
        **{name: _text(master, name, default) for name, default in _TEXTS.items()},
        ALARMS: "; ".join(sorted(_alarm(alarm) for alarm in _alarms(master))),
    }
    return CalendarEntry(str(master.get("UID", "")), _sequence(master), fields, start, end, master)


def entry_of(data: bytes) -> CalendarEntry | None:
    """Return what an entry says; ``None`` where it cannot be read."""
    try:
        return read_entry(data)
    except ValueError:
        return None


def uid_of(data: bytes) -> str | None:
    """Return the UID of an object, of which nothing else is looked at; ``None`` where it cannot be read."""
    try:
        events = events_of(data)
    except ValueError:
        return None
    return next((str(event.get("UID", "")) for event in events), None)


def joined(ours: bytes, theirs: CalendarEntry | None, keep: Collection[str], sequence: int) -> bytes:
    """Return our object with the fields ``keep`` as they are in theirs, with all that is its users', and a SEQUENCE.

    It keeps the spelling of the UID that the server has.
    """
    from icalendar import Calendar

    calendar = Calendar.from_ical(ours)
    (event,) = calendar.walk("VEVENT")
    if theirs is not None:
        _carry(event, theirs.component, keep)
        _set(event, "UID", theirs.uid)
    _set(event, "SEQUENCE", sequence)
    return bytes(calendar.to_ical(sorted=False))


def called_off(theirs: CalendarEntry, data: bytes) -> bytes:
    """Return somebody's copy of an object as cancelled, for a visit that the plan no longer knows."""
    from icalendar import Calendar

    calendar = Calendar.from_ical(data)
    for event in calendar.walk("VEVENT"):
        _set(event, "STATUS", "CANCELLED")
        _set(event, "TRANSP", "TRANSPARENT")
        _set(event, "SEQUENCE", theirs.sequence + 1)
        event.subcomponents = [part for part in event.subcomponents if part.name != "VALARM"]
    return bytes(calendar.to_ical(sorted=False))


def _carry(event: Any, theirs: Any, keep: Collection[str]) -> None:
    """Put what is kept of theirs into an event, and all that no plan ever owns."""
    for field in keep:
        if field == ALARMS:
            others = [part for part in event.subcomponents if part.name != "VALARM"]
            event.subcomponents = [*others, *_alarms(theirs)]
        elif field in {"start", "end"}:
            _keep_time(event, theirs, field)
        else:
            for name in _REPEATS if field == "repeats" else (field.upper(),):
                event.pop(name, None)
                if name in theirs:
                    event[name] = theirs[name]
    for name, value in theirs.items():
        if name.upper() not in _OURS:
            event[name] = value
    if ALARMS not in keep:
        _carry_answers(_alarms(event), _alarms(theirs))
    event.subcomponents += [part for part in theirs.subcomponents if part.name != "VALARM"]


def _carry_answers(ours: Iterable[Any], theirs: Iterable[Any]) -> None:
    """Put into our alarms what programs noted in theirs, such as that somebody has seen them."""
    noted = {_alarm(alarm): alarm for alarm in theirs}
    for alarm in ours:
        for name, value in noted.get(_alarm(alarm), {}).items():
            if name not in alarm:
                alarm[name] = value


def _keep_time(event: Any, theirs: Any, field: str) -> None:
    """Put their start or end into an event, in UTC: the zone that they wrote it in is not defined in our object."""
    start = _time(theirs, "DTSTART")
    moment = start if field == "start" else _end(theirs, start)
    if isinstance(moment, datetime) and moment.tzinfo is not None:
        moment = moment.astimezone(UTC)
    if moment is not None:
        _set(event, f"DT{field.upper()}", moment)


def _set(event: Any, name: str, value: Any) -> None:
    event.pop(name, None)
    event.add(name, value)


@lru_cache(maxsize=_REMEMBERED)
def events_of(data: bytes) -> list[Any]:
    """Return the event components of an object; raises ``ValueError`` where it is no calendar."""
    from icalendar import Calendar

    try:
        return list(Calendar.from_ical(data).walk("VEVENT"))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("it is no calendar that can be read") from error


def _time(event: Any, name: str) -> date | None:
    value = getattr(event.get(name), "dt", None)
    return value if isinstance(value, date) else None


def _end(event: Any, start: date | None) -> date | None:
    length = getattr(event.get("DURATION"), "dt", None)
    if start is not None and length is not None and "DTEND" not in event:
        return start + length  # type: ignore[no-any-return]
    return _time(event, "DTEND") or start


def _instant(moment: date | None) -> str:
    """Return a moment as an instant in UTC, a day as a day, and a time without a zone as it stands."""
    if not isinstance(moment, datetime):
        return "" if moment is None else moment.isoformat()
    if moment.tzinfo is None:
        return f"{moment:%Y-%m-%dT%H:%M:%S}"
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _word(event: Any, name: str, default: str) -> str:
    return str(event.get(name, "")).strip().upper() or default


def _text(event: Any, name: str, default: str) -> str:
    found = str(event.get(name.upper(), ""))
    if default:
        return found.strip().upper() or default
    return " ".join(found.split())


def _plain(value: Any) -> str:
    values: Iterable[Any] = value if isinstance(value, list) else [value]
    return ",".join(one.to_ical().decode() if hasattr(one, "to_ical") else str(one) for one in values)


def _alarms(event: Any) -> list[Any]:
    return [part for part in event.subcomponents if part.name == "VALARM"]


def _alarm(alarm: Any) -> str:
    return f"{_word(alarm, 'ACTION', '')} {_plain(alarm.get('TRIGGER', ''))}"


def _sequence(event: Any) -> int:
    try:
        return int(event.get("SEQUENCE", 0))
    except (ValueError, TypeError):
        return 0


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()[:16]
