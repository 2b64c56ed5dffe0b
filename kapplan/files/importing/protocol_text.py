"""A schedule of visits as the text of a protocol file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any, Literal, NamedTuple

from kapplan.files.importing.schedule import Schedule, ScheduleSlot

DEFAULT_MINUTES = 60
"""How long a visit is where the file does not say."""
_SOURCE = "imported"
_LONGEST = 60


class About(NamedTuple):
    """What no table of visits says: the protocol's id, title and drug, and the file that is to be written."""

    file: str
    id: str | None = None
    title: str | None = None
    drug: Literal["ketamine", "esketamine"] = "ketamine"


class ReadAs(NamedTuple):
    """How a file is read that can be read in several ways: the arm to carry over, and what its windows mean."""

    arm: str | None = None
    windows: Literal["around", "study-days"] | None = None


AS_WRITTEN = ReadAs()
"""What is asked where nothing is."""


def protocol_text(schedule: Schedule, about: About, origin: str) -> str:
    """Return the protocol of a schedule as TOML; ``origin`` is the file that it was read from.

    Every visit is a series of its own, counted from the visit that it is counted from there. Visits after the last dose
    that are check-ins are follow-up.
    """
    import tomli_w

    slots = schedule.slots
    names = _names(slots)
    doses = [number for number, slot in enumerate(slots) if slot.kind == "dosing"]
    after_doses = [bool(doses) and number > doses[-1] and slot.kind == "check-in" for number, slot in enumerate(slots)]
    phases = [_phase("schedule", slots, names, [not each for each in after_doses])]
    if any(after_doses):
        phases.append({**_phase("follow-up", slots, names, after_doses), "follow_up": True})
    title = about.title or schedule.title or PurePath(origin).stem
    data = {
        "id": about.id or slug(PurePath(origin).stem) or "imported",
        "title": title,
        "version": "1",
        "drug": about.drug,
        "off_label": True,
        "notes": [f"Imported from {PurePath(origin).name}.", *schedule.remarks],
        "sources": {_SOURCE: {"cite": f"{PurePath(origin).name}, imported", "mark": "S"}},
        "visits": {name: _visit(slot) for name, slot in zip(names, slots, strict=True)},
        "phases": [phase for phase in phases if phase["series"]],
    }
    return tomli_w.dumps(data)


def slug(text: str) -> str:
    """Return a text as an id: lower case, words joined by hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")[:_LONGEST].rstrip("-")


def _names(slots: Sequence[ScheduleSlot]) -> list[str]:
    """Return a name for each type of visit, each once."""
    taken: Counter[str] = Counter()
    names = []
    for number, slot in enumerate(slots, start=1):
        name = slug(slot.title) or f"visit-{number}"
        taken[name] += 1
        names.append(name if taken[name] == 1 else f"{name}-{number}")
    return names


def _visit(slot: ScheduleSlot) -> dict[str, Any]:
    visit: dict[str, Any] = {
        "kind": slot.kind,
        "title": slot.title,
        "place": slot.place,
        "minutes": {"prepare": slot.minutes or DEFAULT_MINUTES},
    }
    if slot.measures:
        visit["measures"] = list(slot.measures)
    return {**visit, "level": "clinic", "source": _SOURCE} | ({} if slot.minutes else {"unverified": ["minutes"]})


def _phase(name: str, slots: Sequence[ScheduleSlot], names: Sequence[str], within: Sequence[bool]) -> dict[str, Any]:
    """Return a phase of the slots that are within it."""
    series = [_series(slots, number, names) for number, is_within in enumerate(within) if is_within]
    return {"id": name, "series": series}


def _series(slots: Sequence[ScheduleSlot], number: int, names: Sequence[str]) -> dict[str, Any]:
    slot = slots[number]
    series: dict[str, Any] = {"id": names[number], "visit": names[number]}
    if slot.after is None:
        return {**series, "level": "clinic", "source": _SOURCE}
    series["after"] = {"visit": slots[slot.after].kind, "number": _number(slots, slot.after)}
    window: dict[str, Any] = {"level": "clinic", "source": _SOURCE}
    if slot.minus is not None:
        window["min"] = slot.day - slot.minus
    window["target"] = slot.day if slot.until is None else [slot.day, slot.until]
    if slot.plus is not None:
        window["max"] = (slot.day if slot.until is None else slot.until) + slot.plus
    if slot.months:
        series["at"] = {"months": [slot.months]}
    return {**series, ("gap" if slot.months else "lead"): window, "level": "clinic", "source": _SOURCE}


def _number(slots: Sequence[ScheduleSlot], wanted: int) -> int:
    """Return the number that a visit has among those of its kind: phase by phase, the follow-up last."""
    return sum(slot.kind == slots[wanted].kind for slot in slots[: wanted + 1])
