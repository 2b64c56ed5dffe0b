"""Times within a day: whether the visits of several patients fit into one day of a clinic, and when they then stand.

A visit *asks* for a start on the 15-minute grid and for one of some *ways*: sets of rooms and people, each for some
stretches of it. Mostly an order is soon found in which each can be begun as early as those before it allow: whoever is
left without a start comes first in the next. Else visits are begun one after the other in the order of their starts.
Where each holds all that it takes from its beginning on, each can be begun as early as those before it allow: if they
fit at all, they fit so. Else every start is tried. What is looked at is counted; past the limit it is unknown whether
they fit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from kapplan.planning.availability.minute_masks import GRID, WHOLE_DAY, minutes, span, starts_of
from kapplan.planning.bookings.plan_bookings import ONE
from kapplan.planning.joint.asks import SlotAsk, Stretch, Way, whole

WORK = 1_500
"""How many starts are looked at, times the visits of the day, before it is called unknown whether these fit."""
ORDERS = 24
"""In how many orders visits are begun as early as can be before every start is tried: whoever is left comes first."""

Places = Mapping[str, int]
"""How many visits a resource can have at a time; one where it is not named."""
Used = Mapping[str, tuple[int, ...]]
"""The minutes in which at least one, two, ... places of a resource are taken, as bits."""


class Spot(NamedTuple):
    """When and in which way a visit stands on its day."""

    start: int
    way: Way


class UnknownError(Exception):
    """It is not known whether the visits of a day fit: that would be too much work."""


class DayPacking:
    """Visits on one day of a clinic: what is ``used`` of it already, and how many ``places`` its resources have."""

    def __init__(self, places: Places, used: Used | None = None, work: int = WORK) -> None:
        self.places, self.work = places, work
        self.used: dict[str, tuple[int, ...]] = {}
        self.full: dict[str, int] = {}
        self._open: dict[str, dict[Stretch, int]] = {}
        self.give_back(used or {})

    def copy(self) -> DayPacking:
        """Return the same day, to be filled on its own."""
        return DayPacking(self.places, self.used, self.work)

    def open_starts(self, way: Way, starts: int) -> int:
        """Return those of some minutes at which a visit can begin in a way beside all that is used."""
        starts &= way.starts
        for resource, stretches in way.takes if starts else ():
            if resource in self.full:
                for stretch in stretches:
                    starts &= self._open_for(resource, stretch)
        return starts

    def _open_for(self, resource: str, stretch: Stretch) -> int:
        """Return the minutes at which something can begin that takes a resource for a stretch."""
        known = self._open.setdefault(resource, {})
        found = known.get(stretch)
        if found is None:
            begin, end = stretch
            found = known[stretch] = starts_of(WHOLE_DAY & ~self.full[resource], end - begin) >> begin
        return found

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
        self._open.pop(resource, None)
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
        order = _soonest_first(asks)
        for turn in range(ORDERS):
            found = self._as_early_as_can_be(asks, order)
            if len(found) == len(asks):
                return tuple(found[number] for number in range(len(asks)))
            stuck = order[len(found)]
            if not found or (not turn and self.is_overfull(asks)):
                return None
            order = [stuck, *(number for number in order if number != stuck)]
        early = all(_throughout(way) for ask in asks for way in ask.ways)
        search = _Search(self, early, iter(range(self.work // max(len(asks), 1))))
        if not search.begin(dict(enumerate(asks)), 0):
            return None
        return tuple(search.found[number] for number in range(len(asks)))

    def _as_early_as_can_be(self, asks: Sequence[SlotAsk], order: Sequence[int]) -> dict[int, Spot]:
        """Return the earliest spot for each visit in some order, until there is none for one."""
        trial, found = self.copy(), dict[int, Spot]()
        for number in order:
            spot = trial.first_spot(asks[number])
            if spot is None:
                break
            trial.take(spot)
            found[number] = spot
        return found

    def is_overfull(self, asks: Sequence[SlotAsk], more: SlotAsk | None = None) -> bool:
        """Return whether some rooms or people are needed more often than they have time for.

        With ``more``, another visit, only those that it needs are looked at.
        """
        everybody = asks if more is None else [*asks, more]
        for group in {need.resources for ask in everybody for need in ask.needs}:
            if more is not None and not any(need.resources <= group for need in more.needs):
                continue
            needing = [
                (ask, max(lengths))  # one person may serve two needs of a visit
                for ask in everybody
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
            if length >= unit:
                for resource, mask in ask.reach:
                    if resource in reach:
                        reach[resource] |= mask
        return sum(
            self.places.get(resource, ONE) * held(mask & ~self.full.get(resource, 0), unit)
            for resource, mask in reach.items()
        )


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


@lru_cache(maxsize=1 << 12)
def in_place_of(minutes: int, unit: int) -> int:
    """Return how many visits of ``unit`` minutes can be begun on the grid in the place of one of some minutes."""
    return (minutes - unit) // whole((0, unit))[1] + 1 if minutes >= unit else 0


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


def _soonest_first(asks: Sequence[SlotAsk]) -> list[int]:
    """Return the numbers of visits, those first that must begin soonest, of these the longest."""
    latest = [max((way.starts.bit_length() for way in ask.ways), default=0) for ask in asks]
    return sorted(range(len(asks)), key=lambda one: (latest[one], -asks[one].minutes))


def _with_times(asks: Sequence[SlotAsk]) -> Iterator[tuple[SlotAsk, int]]:
    """Yield visits, each with how many its patient has on the day."""
    times = Counter(ask.patient for ask in asks)
    yield from ((ask, times[ask.patient]) for ask in asks)


def _alone(ask: SlotAsk) -> SlotAsk:
    """Return a visit that takes its patient too, who can be at one visit at a time."""
    own = (f"patient:{ask.patient}", (whole((0, ask.minutes)),))
    return ask._replace(ways=tuple(way._replace(takes=(own, *way.takes)) for way in ask.ways))


def _throughout(way: Way) -> bool:
    """Return whether a way holds all that it takes from its beginning on."""
    return all(len(stretches) == 1 and stretches[0][0] == 0 for _, stretches in way.takes)
