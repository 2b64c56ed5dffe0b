"""Free slots as records: a stretch of starts a row, the first first."""

from __future__ import annotations

from collections.abc import Sequence

from kapplan.output.records.records import Column, Records
from kapplan.planning.clinic.free_slots import FreeSlots

_COLUMNS = (
    Column(key="day"),
    Column(key="from", title="From"),
    Column(key="until", title="Last start"),
    Column(key="starts", right=True),
    Column(key="room"),
    Column(key="staff"),
)


def free_records(found: Sequence[FreeSlots], kind: str, minutes: int) -> Records:
    """Return when a visit of a kind can begin."""
    return Records(
        columns=_COLUMNS,
        rows=tuple(
            (one.day, f"{one.first.start:%H:%M}", f"{one.last.start:%H:%M}", one.starts, one.first.room,
             one.first.staff)
            for one in found
        ),
        schema="kapplan.free/1",
        name="slots",
        title=f"{kind.capitalize()}, {minutes} minutes",
        after=() if found else ("Nothing is free.",),
    )  # fmt: skip
