"""The call list as records: a visit a row, or one row for a patient who was told of nothing yet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from kapplan.output.records.records import Cell, Column, Records
from kapplan.output.records.words import count
from kapplan.planning.clinic.calls import Call

_COLUMNS = (
    Column(key="patient", style="bold"),
    Column(key="visit"),
    Column(key="was", title="Told"),
    Column(key="now", title="Now"),
    Column(key="what"),
)


def calls_records(calls: Iterable[Call], *, full: bool) -> Records:
    """Return whom to tell what; a course that is told for the first time is one row unless it is wanted in ``full``."""
    rows: list[tuple[Cell, ...]] = []
    for _, group in groupby(calls, key=lambda call: call.patient):
        own = list(group)
        if not full and len(own) > 1 and all(call.was is None for call in own):
            rows.append(_whole(own))
        else:
            rows += [(call.patient, call.visit, call.was, call.now, _what(call)) for call in own]
    return Records(
        columns=_COLUMNS,
        rows=tuple(rows),
        schema="kapplan.calls/1",
        name="calls",
        after=() if rows else ("Nobody needs to be called.",),
    )


def _whole(calls: Sequence[Call]) -> tuple[Cell, ...]:
    first = calls[0]
    return first.patient, None, None, first.now, f"new: {count(len(calls), 'visit')}, the first one now"


def _what(call: Call) -> str:
    if call.now is None:
        return "called off"
    return "new" if call.was is None else "moved"
