"""Times within a day: whether the visits of several patients fit into one day of a clinic, and when they then stand.

A visit *asks* for a start on the 15-minute grid and for one of some *ways*: sets of rooms and people, each for some
stretches of it. Visits are begun one after the other in the order of their starts. Where each holds all that it takes
from its beginning on, each can be begun as early as those before it allow: if they fit at all, they fit so. Else every
start is tried. What is looked at is counted; past the limit it is unknown whether they fit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from kapplan.model.bookings import room_key, staff_key
from kapplan.planning.availability.calendar import Shape
from kapplan.planning.availability.minute_masks import GRID, STEP, WHOLE_DAY, minutes, span, starts_of
from kapplan.planning.availability.shapes import ROOM
from kapplan.planning.bookings.plan_bookings import ONE
from kapplan.planning.schedule.course import Setting

WORK = 1_500
"""How many starts are looked at, times the visits of the day, before it is called unknown whether these fit."""

Stretch = tuple[int, int]
"""From one minute of a visit until another."""
Places = Mapping[str, int]
"""How many visits a resource can have at a time; one where it is not named."""
Used = Mapping[str, tuple[int, ...]]
"""The minutes in which at least one, two, ... places of a resource are taken, as bits."""


class Way(NamedTuple):
    """What a visit takes of rooms and people in one way, and at which minutes it could begin, as bits."""

    takes: tuple[tuple[str, tuple[Stretch, ...]], ...]
    starts: int


class Need(NamedTuple):
    """Resources of which a visit takes one, for so many minutes on end at least."""

    resources: frozenset[str]
    minutes: int


class SlotAsk(NamedTuple):
    """The ways in which a patient's visit of so many minutes can be held on a day."""

    patient: str
    minutes: int
    ways: tuple[Way, ...]
    needs: tuple[Need, ...] = ()


class Spot(NamedTuple):
    """When and in which way a visit stands on its day."""

    start: int
    way: Way


class UnknownError(Exception):
    """It is not known whether the visits of a day fit: that would be too much work."""


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
    return SlotAsk(patient, shape.minutes, found, tuple(dict.fromkeys(needs)))


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
        yield resource, tuple(_merged(sorted(_whole(stretch) for name, stretch in takes if name == resource)))


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


def _whole(stretch: Stretch) -> Stretch:
    return stretch[0] // STEP * STEP, -(-stretch[1] // STEP) * STEP


class DayPacking:
    """Visits on one day of a clinic: what is ``used`` of it already, and how many ``places`` its resources have."""

    def __init__(self, places: Places, used: Used | None = None, work: int = WORK) -> None:
        self.places, self.work = places, work
        self.used: dict[str, tuple[int, ...]] = {}
        self.full: dict[str, int] = {}
        self.give_back(used or {})

    def copy(self) -> DayPacking:
        """Return the same day, to be filled on its own."""
        return DayPacking(self.places, self.used, self.work)

    def open_starts(self, way: Way, starts: int) -> int:
        """Return those of some minutes at which a visit can begin in a way beside all that is used."""
        starts &= way.starts
        full = self.full
        for resource, stretches in way.takes if starts else ():
            if resource in full:
                free = WHOLE_DAY & ~full[resource]
                for begin, end in stretches:
                    starts &= starts_of(free, end - begin) >> begin
        return starts

    def first_spot(self, ask: SlotAsk, since: int = 0) -> Spot | None:
        """Return the earliest spot for a visit from a minute on; ``None`` where there is none."""
        best: Spot | None = None
        for way in ask.ways:
            starts = self.open_starts(way, WHOLE_DAY >> since << since)
            if starts:
                start = (starts & -starts).bit_length() - 1
                if best is None or start < best.start:
                    best = Spot(start, way)
        return best

    def take(self, spot: Spot) -> dict[str, tuple[int, ...]]:
        """Take what a visit at a spot takes, and return what was used before of the resources that it changes."""
        before: dict[str, tuple[int, ...]] = {}
        for resource, stretches in spot.way.takes:
            used = before[resource] = self.used.get(resource, ())
            more = 0
            for begin, end in stretches:
                more |= span(spot.start + begin, spot.start + end)
            levels = []
            for level in used:
                levels.append(level | more)
                more &= level
            self._use(resource, (*levels, more) if more else tuple(levels))
        return before

    def give_back(self, before: Used) -> None:
        """Have so much of some resources be used, whatever is now."""
        for resource, levels in before.items():
            self._use(resource, levels)

    def _use(self, resource: str, levels: tuple[int, ...]) -> None:
        self.used[resource] = levels
        most = self.places.get(resource, ONE)
        if len(levels) >= most:
            self.full[resource] = levels[most - 1]
        else:
            self.full.pop(resource, None)

    def fit(self, asks: Sequence[SlotAsk]) -> tuple[Spot, ...] | None:
        """Return a spot for each visit, in their order; ``None`` where they do not fit.

        Raises ``UnknownError`` where that is too much work to tell.
        """
        asks = [_alone(ask) if times > 1 else ask for ask, times in _with_times(asks)]
        at_once = self._at_once(asks)
        if at_once is not None or self.is_overfull(asks):
            return at_once
        early = all(_throughout(way) for ask in asks for way in ask.ways)
        search = _Search(self, early, iter(range(self.work // max(len(asks), 1))))
        if not search.begin(dict(enumerate(asks)), 0):
            return None
        return tuple(search.found[number] for number in range(len(asks)))

    def _at_once(self, asks: Sequence[SlotAsk]) -> tuple[Spot, ...] | None:
        """Return a spot for each visit where they fit as early as can be, those first that must begin soonest."""
        trial, found = self.copy(), dict[int, Spot]()
        latest = [max((way.starts.bit_length() for way in ask.ways), default=0) for ask in asks]
        for number in sorted(range(len(asks)), key=lambda one: (latest[one], -asks[one].minutes)):
            spot = trial.first_spot(asks[number])
            if spot is None:
                return None
            trial.take(spot)
            found[number] = spot
        return tuple(found[number] for number in range(len(asks)))

    def is_overfull(self, asks: Sequence[SlotAsk]) -> bool:
        """Return whether some rooms or people are needed more often than they have time for."""
        for group in {need.resources for ask in asks for need in ask.needs}:
            needing = [
                (ask, max(lengths))  # one person may serve two needs of a visit
                for ask in asks
                if (lengths := [need.minutes for need in ask.needs if need.resources <= group])
            ]
            if len(needing) > 1 and any(
                sum(in_place_of(minutes, unit) for _, minutes in needing) > self._room_for(group, needing, unit)
                for unit in {minutes for _, minutes in needing}
            ):
                return True
        return False

    def _room_for(self, group: frozenset[str], needing: Sequence[tuple[SlotAsk, int]], unit: int) -> int:
        """Return how many visits of ``unit`` minutes some resources have time for at most, where such visits can be."""
        reach = dict.fromkeys(group, 0)
        for ask, length in needing:
            for way in ask.ways if length >= unit else ():
                for resource, stretches in way.takes:
                    if resource in reach:
                        for begin, end in stretches:
                            reach[resource] |= widened(way.starts << begin, end - begin)
        return sum(
            self.places.get(resource, ONE) * held(mask & ~self.full.get(resource, 0), unit)
            for resource, mask in reach.items()
        )


@lru_cache(maxsize=1 << 15)
def widened(starts: int, length: int) -> int:
    """Return every minute that something of a length covers that begins at one of some minutes."""
    covered, have = starts, 1
    while have < length:
        step = min(have, length - have)
        covered |= covered << step
        have += step
    return covered


@lru_cache(maxsize=1 << 15)
def held(free: int, length: int) -> int:
    """Return how many stretches of a length, begun on the grid, the free minutes hold one after the other."""
    starts = starts_of(free, length) & GRID
    number = 0
    while starts:
        number += 1
        until = (starts & -starts).bit_length() - 1 + length
        starts = starts >> until << until
    return number


def in_place_of(minutes: int, unit: int) -> int:
    """Return how many visits of ``unit`` minutes can be begun on the grid in the place of one of some minutes."""
    return (minutes - unit) // _whole((0, unit))[1] + 1 if minutes >= unit else 0


class _Search:
    """The search for spots: what was found, and the states of a day from which there is no way on."""

    def __init__(self, packing: DayPacking, early: bool, steps: Iterator[int]) -> None:
        self.packing, self.early, self.steps = packing, early, steps
        self.found: dict[int, Spot] = {}
        self.hopeless: set[Hashable] = set()

    def begin(self, asks: dict[int, SlotAsk], since: int) -> bool:
        """Begin one of the visits that are left, none before a minute, and all others after it."""
        if not asks:
            return True
        state = self._state(asks, since)
        if state in self.hopeless:
            return False
        open_ways = {number: self._open_ways(ask, since) for number, ask in asks.items()}
        if all(open_ways.values()) and self._begin_one(asks, open_ways):
            return True
        self.hopeless.add(state)
        return False

    def _state(self, asks: dict[int, SlotAsk], since: int) -> Hashable:
        """Return what decides whether visits that begin at a minute or later fit."""
        used = self.packing.used
        left = (
            (resource, *[level >> since for level in used[resource]])
            for resource in sorted(used)
            if any(level >> since for level in used[resource])
        )
        return tuple(asks), since, tuple(left)

    def _open_ways(self, ask: SlotAsk, since: int) -> list[tuple[int, Way]]:
        """Return the ways in which a visit can begin at a minute or later, each with its starts."""
        late = WHOLE_DAY >> since << since
        return [(starts, way) for way in ask.ways if (starts := self.packing.open_starts(way, late))]

    def _begin_one(self, asks: dict[int, SlotAsk], open_ways: Mapping[int, Sequence[tuple[int, Way]]]) -> bool:
        tried: set[tuple[Way, ...]] = set()
        for number in sorted(asks, key=lambda number: max(starts for starts, _ in open_ways[number]).bit_length()):
            ask = asks[number]
            if ask.ways in tried:
                continue
            tried.add(ask.ways)
            rest = {other: one for other, one in asks.items() if other != number}
            for spot in self._spots(open_ways[number]):
                if next(self.steps, None) is None:
                    raise UnknownError
                before = self.packing.take(spot)
                done = self.begin(rest, spot.start)
                self.packing.give_back(before)
                if done:
                    self.found[number] = spot
                    return True
        return False

    def _spots(self, open_ways: Sequence[tuple[int, Way]]) -> list[Spot]:
        """Return the spots to try, the earliest first: of each way the earliest, or all of them."""
        if self.early:
            spots = [Spot((starts & -starts).bit_length() - 1, way) for starts, way in open_ways]
        else:
            spots = [Spot(start, way) for starts, way in open_ways for start in minutes(starts)]
        return sorted(spots, key=lambda spot: spot.start)


def _with_times(asks: Sequence[SlotAsk]) -> Iterator[tuple[SlotAsk, int]]:
    """Yield visits, each with how many its patient has on the day."""
    times = Counter(ask.patient for ask in asks)
    yield from ((ask, times[ask.patient]) for ask in asks)


def _alone(ask: SlotAsk) -> SlotAsk:
    """Return a visit that takes its patient too, who can be at one visit at a time."""
    own = (f"patient:{ask.patient}", (_whole((0, ask.minutes)),))
    return ask._replace(ways=tuple(way._replace(takes=(own, *way.takes)) for way in ask.ways))


def _throughout(way: Way) -> bool:
    """Return whether a way holds all that it takes from its beginning on."""
    return all(len(stretches) == 1 and stretches[0][0] == 0 for _, stretches in way.takes)
