"""Independent readers of calendar files, brought to one form.

icalendar takes known zones from ``zoneinfo`` and others from the file, vobject and ical.js all from the file, ical and
ics by name where they can.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib import import_module
from typing import Any, cast


@dataclass(frozen=True)
class Seen:
    """An entry as a reader sees it; start and end in UTC."""

    start: datetime
    end: datetime
    summary: str
    description: str | None
    location: str | None
    status: str


def with_icalendar(content: bytes) -> dict[str, Seen]:
    """Read with collective/icalendar."""
    from icalendar import Calendar

    calendar: Any = Calendar.from_ical(content)
    return {
        str(event["UID"]): Seen(
            start=_instant(event.decoded("DTSTART")),
            end=_instant(event.decoded("DTEND")),
            summary=str(event["SUMMARY"]),
            description=_optional(event.get("DESCRIPTION")),
            location=_optional(event.get("LOCATION")),
            status=str(event["STATUS"]),
        )
        for event in calendar.walk("VEVENT")
    }


def with_vobject(content: bytes) -> dict[str, Seen]:
    """Read with vobject, which takes its zones from the file's own VTIMEZONE."""
    import vobject

    calendar = vobject.readOne(content.decode())
    return {
        event.uid.value: Seen(
            start=_instant(event.dtstart.value),
            end=_instant(event.dtend.value),
            summary=event.summary.value,
            description=event.description.value if hasattr(event, "description") else None,
            location=event.location.value if hasattr(event, "location") else None,
            status=event.status.value,
        )
        for event in calendar.vevent_list
    }


def with_ical(content: bytes) -> dict[str, Seen]:
    """Read with allenporter/ical."""
    from ical.calendar_stream import IcsCalendarStream

    calendar = IcsCalendarStream.calendar_from_ics(content.decode())
    return {
        event.uid: Seen(
            start=_instant(cast("date", event.dtstart)),
            end=_instant(cast("date", event.dtend)),
            summary=str(event.summary),
            description=event.description,
            location=event.location,
            status=str(event.status.value if event.status else None),
        )
        for event in calendar.events
    }


def with_ics(content: bytes) -> dict[str, Seen]:
    """Read with ics.py, whose zones come from the file through dateutil."""
    from ics import Calendar

    # Where colorama is there, the parser of ics.py wraps the streams in it once more for each file.
    vars(import_module("tatsu.color"))["init"] = lambda: None
    return {
        event.uid: Seen(
            start=_instant(event.begin.datetime),
            end=_instant(event.end.datetime),
            summary=event.name,
            description=event.description,
            location=event.location,
            status=event.status,
        )
        for event in Calendar(content.decode()).events
    }


READERS: dict[str, Callable[[bytes], dict[str, Seen]]] = {
    "icalendar": with_icalendar,
    "vobject": with_vobject,
    "ical": with_ical,
    "ics": with_ics,
}
"""The readers that the test extra installs."""

_ICAL_JS = """
const ICAL = require("ical.js");
const calendar = new ICAL.Component(ICAL.parse(require("fs").readFileSync(0, "utf8")));
for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);
const seen = calendar.getAllSubcomponents("vevent").map((component) => {
  const event = new ICAL.Event(component);
  return [event.uid, event.startDate.toUnixTime(), event.endDate.toUnixTime(), event.summary, event.description,
    event.location, component.getFirstPropertyValue("status")];
});
process.stdout.write(JSON.stringify(seen));
"""


@cache
def why_no_ical_js() -> str | None:
    """Return why Node's ical.js cannot be used here; ``None`` where it can."""
    node = shutil.which("node")
    if node is None:
        return "Node is not installed"
    found = subprocess.run([node, "-e", 'require.resolve("ical.js")'], capture_output=True, check=False, timeout=60)
    return (
        None if found.returncode == 0 else "ical.js cannot be resolved by Node (set NODE_PATH to a folder that has it)"
    )


def with_ical_js(content: bytes) -> dict[str, Seen]:
    """Read with Mozilla's ical.js, in Node."""
    run = subprocess.run(["node", "-e", _ICAL_JS], input=content, capture_output=True, check=True, timeout=60)
    return {
        uid: Seen(
            start=datetime.fromtimestamp(start, UTC),
            end=datetime.fromtimestamp(end, UTC),
            summary=summary,
            description=description,
            location=location,
            status=status,
        )
        for uid, start, end, summary, description, location, status in json.loads(run.stdout)
    }


def _optional(value: object) -> str | None:
    return None if value is None else str(value)


def _instant(value: date) -> datetime:
    """Return an instant in UTC; a whole day begins at midnight there."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return datetime(value.year, value.month, value.day, tzinfo=UTC)
