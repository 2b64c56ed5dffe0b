"""A schedule of visits as other formats know it: one visit a row, so many days from another, with a window."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from kapplan.model.terms import Kind, Place

MOST_VISITS = 1000
"""How many visits a schedule may have: a table or a study of more is something else."""

_NAMED = 8
"""How many visits a remark names."""

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
    from), ideally on that day (or through ``until``, where a range is given), at the earliest ``minus`` days before it
    and at the latest ``plus`` after it (``None`` where nothing is said).
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
    until: int | None = None


class Schedule(NamedTuple):
    """The visits of a file, what it calls itself, and what could not be carried over or was assumed."""

    slots: tuple[ScheduleSlot, ...]
    title: str | None = None
    remarks: tuple[str, ...] = ()


def listed(names: Sequence[str]) -> str:
    """Return names as a remark says them: of very many only the first."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"


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
    told = [f"The name says no kind; taken as {kind}: {listed(titles)}." for kind, titles in guessed.items()]
    return tuple(kept), (*told, *_without_dose(first_dose))


def _without_dose(first_dose: int | None) -> Iterator[str]:
    if first_dose is None:
        yield "No visit is a dose by its name: set `kind` of the one that is."


def merged(slots: Sequence[ScheduleSlot]) -> tuple[tuple[ScheduleSlot, ...], tuple[str, ...]]:
    """Return the slots without those that fall on the very day of another, and in words which became one visit.

    A visit of several slots is counted from where the one of them is that stands by itself, never from itself.
    """
    group = _groups(slots)
    members: dict[int, list[int]] = {}
    for number in range(len(slots)):
        members.setdefault(group[number], []).append(number)
    place = {number: at for at, numbers in enumerate(members.values()) for number in numbers}
    kept: list[ScheduleSlot] = []
    told: list[str] = []
    for numbers in members.values():
        one = _joined(slots, numbers)
        if len(numbers) > 1:
            names = " and ".join(slots[number].title for number in numbers)
            told.append(f"{names} fall on one day: they become one visit.")
        kept.append(one if one.after is None else one._replace(after=place[one.after]))
    return tuple(kept), tuple(told)


def _groups(slots: Sequence[ScheduleSlot]) -> list[int]:
    """Return for each slot the first one of its day: of those counted alike, and of the one that it is 0 days from."""
    group = list(range(len(slots)))

    def first(number: int) -> int:
        while group[number] != number:
            group[number] = group[group[number]]
            number = group[number]
        return number

    alike: dict[tuple[int | None, int, int, int | None], int] = {}
    for number, slot in enumerate(slots):
        if slot.after is None:
            continue
        counted = (slot.after, slot.day, slot.months, slot.until)
        on_its_day = slot.after if counted[1:] == (0, 0, None) else alike.setdefault(counted, number)
        one, two = sorted((first(on_its_day), first(number)))
        group[two] = one
    return [first(number) for number in range(len(slots))]


def _joined(slots: Sequence[ScheduleSlot], numbers: Sequence[int]) -> ScheduleSlot:
    """Return the slots of one day as one: counted as those are that do not count from each other, in their windows."""
    own = [slots[number] for number in numbers]
    outer = [slot for slot in own if slot.after not in numbers] or [own[0]._replace(after=None, day=0, months=0)]
    kinds = {slot.kind or kind_by_name(slot.title) for slot in own}
    return outer[0]._replace(
        title=", ".join(slot.title for slot in own),
        minus=min((slot.minus for slot in outer if slot.minus is not None), default=None),
        plus=min((slot.plus for slot in outer if slot.plus is not None), default=None),
        kind="dosing" if "dosing" in kinds else outer[0].kind,
        place="clinic" if any(slot.place == "clinic" for slot in own) else outer[0].place,
        minutes=sum(slot.minutes for slot in own if slot.minutes) or None,
        measures=tuple(dict.fromkeys(measure for slot in own for measure in slot.measures)),
    )
