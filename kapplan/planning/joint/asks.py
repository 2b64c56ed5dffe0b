"""What a visit asks of a day: at which minutes it could begin, with which rooms and people, and for how long each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from kapplan.model.bookings import room_key, staff_key
from kapplan.planning.availability.calendar import Shape
from kapplan.planning.availability.minute_masks import STEP, starts_of
from kapplan.planning.availability.shapes import ROOM
from kapplan.planning.schedule.course import Setting

Stretch = tuple[int, int]
"""From one minute of a visit until another."""


class Way(NamedTuple):
    """What a visit takes of rooms and people in one way, and at which minutes it could begin, as bits."""

    takes: tuple[tuple[str, tuple[Stretch, ...]], ...]
    starts: int


class Need(NamedTuple):
    """Resources of which a visit takes one, for so many minutes on end at least."""

    resources: frozenset[str]
    minutes: int


class SlotAsk(NamedTuple):
    """The ways in which a patient's visit of so many minutes can be held on a day.

    ``reach`` are the minutes of each resource that the visit takes in any way, at any start, as bits.
    """

    patient: str
    minutes: int
    ways: tuple[Way, ...]
    needs: tuple[Need, ...]
    reach: tuple[tuple[str, int], ...]


def ask_of(setting: Setting, shape: Shape, day: int, patient: str) -> SlotAsk:
    """Return what a visit of a patient asks of an ordinal day, beside all that stands in the setting's calendar."""
    calendar = setting.calendar
    open_starts = calendar.starts(shape, day)
    ways: dict[frozenset[tuple[str, Stretch]], int] = {}
    served = list(_served(setting, shape))
    for chosen in product(*(resources for _, resources in served)) if open_starts else ():
        starts = open_starts
        takes = frozenset(
            (resource, stretch)
            for (stretches, _), resource in zip(served, chosen, strict=True)
            for stretch in stretches
        )
        for resource, (begin, end) in takes:
            starts &= starts_of(_free(setting, resource, day), end - begin) >> begin
        if starts:
            ways[takes] = ways.get(takes, 0) | starts
    found = tuple(Way(tuple(_by_resource(takes)), starts) for takes, starts in _lean(ways))
    needs = (Need(frozenset(names), max(end - begin for begin, end in stretches)) for stretches, names in served)
    return SlotAsk(patient, shape.minutes, found, tuple(dict.fromkeys(needs)), _reach(found))


def _reach(ways: Sequence[Way]) -> tuple[tuple[str, int], ...]:
    reach: dict[str, int] = defaultdict(int)
    for way in ways:
        for resource, stretches in way.takes:
            for begin, end in stretches:
                reach[resource] |= widened(way.starts << begin, end - begin)
    return tuple(reach.items())


def _served(setting: Setting, shape: Shape) -> Iterator[tuple[Sequence[Stretch], Sequence[str]]]:
    """Yield, for each role and the room, when they are needed and the resources of which any will do."""
    roles = [*(shape.roles if setting.calendar.resources.staff else ()), *([ROOM] if shape.needs_room else ())]
    for need, choices in zip(roles, setting.calendar.choices(shape), strict=True):
        key = room_key if need == ROOM else staff_key
        stretches = shape.spans(need)
        if stretches:
            yield stretches, [key(name) for name, _ in choices]


def _free(setting: Setting, resource: str, day: int) -> int:
    track = setting.calendar.resources.track_of(resource)
    return 0 if track is None else track.free(day)


def _lean(ways: Mapping[frozenset[tuple[str, Stretch]], int]) -> Iterator[tuple[frozenset[tuple[str, Stretch]], int]]:
    """Yield the ways beside which no other takes less and can begin whenever they can."""
    for takes, starts in ways.items():
        if not any(other < takes and not starts & ~theirs for other, theirs in ways.items()):
            yield takes, starts


def _by_resource(takes: frozenset[tuple[str, Stretch]]) -> Iterator[tuple[str, tuple[Stretch, ...]]]:
    """Yield each resource with its stretches, as a book counts them: in whole quarters of an hour."""
    for resource in sorted({resource for resource, _ in takes}):
        yield resource, tuple(_merged(sorted(whole(stretch) for name, stretch in takes if name == resource)))


def _merged(stretches: Sequence[Stretch]) -> Iterator[Stretch]:
    """Yield stretches in their order, those that touch as one."""
    last = stretches[0]
    for begin, end in stretches[1:]:
        if begin <= last[1]:
            last = last[0], max(last[1], end)
        else:
            yield last
            last = begin, end
    yield last


def whole(stretch: Stretch) -> Stretch:
    """Return a stretch in whole quarters of an hour."""
    return stretch[0] // STEP * STEP, -(-stretch[1] // STEP) * STEP


@lru_cache(maxsize=1 << 15)
def widened(starts: int, length: int) -> int:
    """Return every minute that something of a length covers that begins at one of some minutes."""
    covered, have = starts, 1
    while have < length:
        step = min(have, length - have)
        covered |= covered << step
        have += step
    return covered
