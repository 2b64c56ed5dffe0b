"""A schedule of visits as other formats know it: one visit a row, so many days from another, with a window."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from kapplan.model.terms import Kind, Place

_KINDS: tuple[tuple[str, Kind], ...] = (
    (r"screen|eligib|consent|enrol", "screening"),
    (r"follow|phone|telephone|check|maintenance|month", "check-in"),
    (r"integrat", "integration"),
    (r"prep(aration|\b)|orient", "preparation"),
    (r"psychotherap|\bcbt\b|counsel|\bmet\b|mbrp", "psychotherapy"),
    (r"booster", "booster"),
    (r"\bdos(e|es|ing)\b|infusion|injection|ketamine|treatment (visit|session|day)", "dosing"),
    (r"baseline|review|assessment|end of|\beot\b|primary|outcome", "review"),
)
"""Words of a visit's name, first come first served, and the kind that they stand for."""


class ScheduleSlot(NamedTuple):
    """One visit of a schedule.

    It falls ``months`` calendar months and ``day`` days after the slot of the index ``after`` (none: it is counted
    from), ideally on that day, at the earliest ``minus`` days before it and at the latest ``plus`` after it (``None``
    where nothing is said).
    """

    title: str
    day: int = 0
    months: int = 0
    after: int | None = None
    minus: int | None = None
    plus: int | None = None
    kind: Kind | None = None
    place: Place = "clinic"
    minutes: int | None = None
    measures: tuple[str, ...] = ()


class Schedule(NamedTuple):
    """The visits of a file, what it calls itself, and what could not be carried over or was assumed."""

    slots: tuple[ScheduleSlot, ...]
    title: str | None = None
    remarks: tuple[str, ...] = ()


def kind_by_name(title: str) -> Kind | None:
    """Return the kind of visit that a name speaks of, if it does."""
    name = title.casefold()
    return next((kind for words, kind in _KINDS if re.search(words, name)), None)


def settled(slots: Sequence[ScheduleSlot]) -> tuple[tuple[ScheduleSlot, ...], tuple[str, ...]]:
    """Return the slots with their kinds, and in words which were guessed."""
    first_dose = next((n for n, slot in enumerate(slots) if (slot.kind or kind_by_name(slot.title)) == "dosing"), None)
    kept: list[ScheduleSlot] = []
    guessed: dict[Kind, list[str]] = {}
    for number, slot in enumerate(slots):
        kind = slot.kind or kind_by_name(slot.title)
        if kind is None:
            kind = "check-in" if first_dose is None or number > first_dose else "screening"
            guessed.setdefault(kind, []).append(slot.title)
        kept.append(slot._replace(kind=kind))
    told = [f"The name says no kind; taken as {kind}: {', '.join(titles)}." for kind, titles in guessed.items()]
    return tuple(kept), (*told, *_without_dose(first_dose))


def _without_dose(first_dose: int | None) -> Iterator[str]:
    if first_dose is None:
        yield "No visit is a dose by its name: set `kind` of the one that is."


def merged(slots: Sequence[ScheduleSlot]) -> tuple[tuple[ScheduleSlot, ...], tuple[str, ...]]:
    """Return the slots without those that fall on the very day of another, and in words which became one visit."""
    kept: list[ScheduleSlot] = []
    place: dict[int, int] = {}
    told: list[str] = []
    for number, slot in enumerate(slots):
        same = next((n for n in range(number) if _same_day(slots, n, number)), None)
        if same is None:
            place[number] = len(kept)
            kept.append(slot)
            continue
        place[number] = place[same]
        other = kept[place[same]]
        told.append(f"{other.title} and {slot.title} fall on one day: they become one visit.")
        kept[place[same]] = _joined(other, slot)
    return tuple(_moved(slot, place) for slot in kept), tuple(told)


def _same_day(slots: Sequence[ScheduleSlot], one: int, other: int) -> bool:
    first, second = slots[one], slots[other]
    if (second.after, second.day, second.months) == (one, 0, 0) or (first.after, first.day, first.months) == (
        other,
        0,
        0,
    ):
        return True
    return first.after is not None and (first.after, first.day, first.months) == (
        second.after,
        second.day,
        second.months,
    )


def _joined(one: ScheduleSlot, other: ScheduleSlot) -> ScheduleSlot:
    """Return two slots of one day as one; what others count from stays what they count from."""
    anchor = one if one.after is None else other
    kinds = {slot.kind or kind_by_name(slot.title) for slot in (one, other)}
    return anchor._replace(
        title=f"{one.title}, {other.title}",
        kind="dosing" if "dosing" in kinds else anchor.kind,
        measures=tuple(dict.fromkeys((*one.measures, *other.measures))),
    )


def _moved(slot: ScheduleSlot, place: dict[int, int]) -> ScheduleSlot:
    return slot if slot.after is None else slot._replace(after=place[slot.after])
