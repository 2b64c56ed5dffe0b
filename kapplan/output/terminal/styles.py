"""How kinds and states of visits look: a letter or a mark for the meaning, a colour to find it faster."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from kapplan.model.plan import PlannedVisit
from kapplan.model.terms import KINDS, Status
from kapplan.output.records.words import state_words

HEADING = "bold"
QUIET = "dim"
OFF_TARGET = "yellow"
GOOD = "green"
SAFETY = "bold white on red"
LOUD = "bold black on yellow"

PROVISIONAL_MARK = "○"
UNVERIFIED_MARK = "*"
LATE_MARK = "?"
LATE = "bold red"

STATUS_MARKS: dict[Status, str] = {
    "planned": " ",
    "confirmed": "●",
    "completed": "✓",
    "missed": "✗",
    "cancelled": "✗",
    "omitted": "\N{EN DASH}",
    "unresolved": "!",
}
STATUS_STYLES: dict[Status, str] = {
    "planned": "",
    "confirmed": "green",
    "completed": "green",
    "missed": "red",
    "cancelled": "red",
    "omitted": "dim",
    "unresolved": "bold red",
}


def is_late(visit: PlannedVisit, today: date | None) -> bool:
    """Tell whether a visit's day has passed and nothing is recorded of it."""
    return today is not None and visit.day < today and visit.status in {"planned", "confirmed"}


def mark_of(visit: PlannedVisit, today: date | None = None) -> str:
    """Return the one-character mark of a visit's state; a space for what is simply planned."""
    if is_late(visit, today):
        return LATE_MARK
    if visit.status == "planned" and visit.provisional:
        return PROVISIONAL_MARK
    return STATUS_MARKS[visit.status]


def style_of(visit: PlannedVisit) -> str:
    """Return the style of a visit's name: its kind's colour; dim what is not held, and what waits but for doses."""
    if visit.status in {"missed", "cancelled", "omitted"}:
        return STATUS_STYLES[visit.status]
    kind = KINDS[visit.kind]
    return f"dim {kind.colour}" if visit.provisional and not kind.gives_drug else kind.colour


def quiet_of(visit: PlannedVisit) -> str:
    """Return the style of what stands beside a visit's name: doses are the brightest, what only waits is dim."""
    if visit.status in {"missed", "cancelled", "omitted"}:
        return QUIET
    if KINDS[visit.kind].gives_drug:
        return HEADING
    return QUIET if visit.provisional else ""


def states_shown(visits: Iterable[PlannedVisit], planned: str = "", today: date | None = None) -> list[str]:
    """Return what the marks of these visits mean, each mark once; ``planned`` is the mark of what is simply planned."""
    marks: dict[str, dict[str, None]] = {}
    for visit in visits:
        mark = mark_of(visit, today).strip() or planned
        if mark:
            marks.setdefault(mark, {})["not recorded" if is_late(visit, today) else state_words(visit)] = None
    return [f"{mark} {', '.join(words)}" for mark, words in marks.items()]
