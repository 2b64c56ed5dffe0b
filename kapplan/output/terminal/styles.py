"""How kinds and states of visits look: a letter or a mark for the meaning, a colour to find it faster."""

from __future__ import annotations

from collections.abc import Iterable

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


def mark_of(visit: PlannedVisit) -> str:
    """Return the one-character mark of a visit's state; a space for what is simply planned."""
    if visit.status == "planned" and visit.provisional:
        return PROVISIONAL_MARK
    return STATUS_MARKS[visit.status]


def style_of(visit: PlannedVisit) -> str:
    """Return the style of a visit's name: its kind's colour, dimmed where it is provisional or will not be held."""
    if visit.status in {"missed", "cancelled", "omitted"}:
        return STATUS_STYLES[visit.status]
    return f"dim {KINDS[visit.kind].colour}" if visit.provisional else KINDS[visit.kind].colour


def states_shown(visits: Iterable[PlannedVisit], planned: str = "") -> list[str]:
    """Return what the marks of these visits mean, each mark once; ``planned`` is the mark of what is simply planned."""
    marks: dict[str, dict[str, None]] = {}
    for visit in visits:
        mark = mark_of(visit).strip() or planned
        if mark:
            marks.setdefault(mark, {})[state_words(visit)] = None
    return [f"{mark} {', '.join(words)}" for mark, words in marks.items()]
