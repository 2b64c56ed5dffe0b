"""The problem made ready for the search: windows, costs of days, links between two visits, limits by position.

Only visits that are not fixed take part. They are numbered from 0 in the order of the problem; what fixed visits and
plain days ask of them becomes part of the cost of their own days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from operator import add
from typing import NamedTuple

from kapplan.dataclass import dataclass, replace
from kapplan.planning.problem.limits import Blocks, shared_days
from kapplan.planning.problem.scale import CostScale
from kapplan.planning.solver.propagation import DayWindow


class Link(NamedTuple):
    """What the timing rules between two visits cost, by the days of both; ``earlier`` is the one listed first.

    On day ``d`` of the earlier visit, ``costs[i]`` is the price of putting the later one on day
    ``base(d) + low + i``; no other day is allowed. ``weight`` is the price of a day outside the target.
    """

    earlier: int
    later: int
    low: int
    costs: list[int]
    weight: int
    bases: Mapping[int, int] | None = None
    rows: Mapping[int, tuple[int, list[int]]] | None = None

    @property
    def any_window(self) -> bool:
        """Whether it is the same for all windows: one by calendar months has rows for the days of its own only."""
        return self.bases is None and self.rows is None

    def base(self, day: int) -> int:
        """Return the day from which the days of the later visit count where the earlier one stands on ``day``."""
        return day if self.bases is None else self.bases[day]

    def row(self, day: int) -> tuple[int, list[int]]:
        """Return the first day of the later visit that is allowed, and the costs from that day on."""
        if self.rows is not None:
            return self.rows[day]
        return (day if self.bases is None else self.bases[day]) + self.low, self.costs

    def turned(self, earlier: DayWindow, later: DayWindow, forbidden: int) -> Link:
        """Return the same link read the other way round: the row of the earlier visit for each day of the later one."""
        if self.any_window:
            return Link(self.later, self.earlier, 1 - self.low - len(self.costs), self.costs[::-1], self.weight)
        days = range(earlier.first, earlier.last + 1)
        rows = {day: (earlier.first, [forbidden] * len(days)) for day in range(later.first, later.last + 1)}
        for place, day in enumerate(days):
            if self.bases is None or day in self.bases:
                start, costs = self.row(day)
                for other, cost in enumerate(costs, start):
                    if other in rows:
                        rows[other][1][place] = cost
        return Link(self.later, self.earlier, 0, [], self.weight, None, rows)

    def reach(self, window: DayWindow) -> tuple[int, int]:
        """Return the least and the most days from the earlier visit to the later one."""
        if self.rows is not None:
            days = range(window.first, window.last + 1)
            most = max(start + len(costs) - 1 - day for day in days for start, costs in [self.row(day)])
            return min(self.row(day)[0] - day for day in days), most
        wide = len(self.costs) - 1
        if self.bases is None:
            return self.low, self.low + wide
        shifts = [base - day for day, base in self.bases.items()]
        return min(shifts) + self.low, max(shifts) + self.low + wide


@dataclass(frozen=True, slots=True)
class NetworkCap:
    """A cap by position; ``held`` are the days of fixed visits that count too.

    ``anchor`` is the position of the visit from which blocks of days count, or ``None`` where they count from ``day``.
    """

    blocks: Blocks
    visits: tuple[int, ...]
    held: tuple[int, ...]
    anchor: int | None
    day: int
    rooms: dict[tuple[int, int], int] = field(default_factory=dict, compare=False, repr=False)
    """The rooms known already."""

    def room(self, anchor: int, block: int) -> int:
        """Return how many open visits a block can take beside what is fixed in it."""
        known = self.rooms.get((anchor, block))
        if known is None:
            held = sum(self.blocks.counts(day) and self.blocks.block(day, anchor) == block for day in self.held)
            known = self.rooms[anchor, block] = self.blocks.room(held)
        return known

    def named(self) -> int:
        """Return the visits that the cap counts, and its anchor, as a mask."""
        return sum(1 << visit for visit in {*self.visits, *([] if self.anchor is None else [self.anchor])})

    def broken(self, days: Sequence[int]) -> bool:
        """Tell whether these days, by position, overfill a block."""
        anchor = self.day if self.anchor is None else days[self.anchor]
        inside = self.blocks.grouped(((days[visit], visit) for visit in self.visits), anchor)
        return any(len(visits) > self.room(anchor, block) for block, visits in inside.items())


@dataclass(frozen=True, slots=True)
class Group:
    """Visits of which no two fall on one day; on one of ``days`` where these are given."""

    visits: tuple[int, ...]
    days: frozenset[int] | None

    def broken(self, days: Sequence[int]) -> bool:
        """Tell whether these days, by position, put two of the visits on one."""
        return bool(shared_days((days[visit] for visit in self.visits), (), self.days))


@dataclass(frozen=True, slots=True)
class Network:
    """What the search works on; lists are by the position of the visit.

    ``costs[v][i]`` is the price of day ``windows[v].first + i``, at least ``scale.forbidden`` where the visit cannot
    take it. ``constant`` is what every placement costs beside all that.
    """

    scale: CostScale
    windows: list[DayWindow]
    costs: list[list[int]]
    links: list[list[Link]] = field(default_factory=list)
    caps: list[NetworkCap] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    constant: int = 0

    def bind(self, link: Link) -> bool:
        """Where a visit of a link has one day only, let the other one pay by its days; return whether it is so."""
        before, after = self.windows[link.earlier], self.windows[link.later]
        if before.first == before.last:
            self._charge(link.later, *link.row(before.first))
        elif after.first == after.last:
            self._charge(link.earlier, *self._turned(link).row(after.first))
        else:
            return False
        return True

    def within(self, windows: list[DayWindow]) -> Network:
        """Return the network of the placements within narrower windows."""
        pairs = zip(self.costs, self.windows, windows, strict=True)
        costs = [own[now.first - old.first : now.last + 1 - old.first] for own, old, now in pairs]
        return replace(self, windows=windows, costs=costs)

    def standing(self, visit: int, day: int) -> Network:
        """Return the network of the placements with a visit on one of its days: its links become costs of others."""
        windows, costs = list(self.windows), list(self.costs)
        costs[visit] = [costs[visit][day - windows[visit].first]]
        windows[visit] = DayWindow(day, day)
        caps = [replace(cap, anchor=None, day=day) if cap.anchor == visit else cap for cap in self.caps]
        network = replace(self, windows=windows, costs=costs, links=[[] for _ in windows], caps=caps)
        for links in self.links:
            for link in links:
                if link.earlier == visit:
                    network._narrow(link.later, *link.row(day))  # noqa: SLF001 - another of this class
                elif link.later == visit:
                    network._narrow(link.earlier, *self._turned(link).row(day))  # noqa: SLF001 - the same
                else:
                    network.links[link.later].append(link)
        return network

    def _turned(self, link: Link) -> Link:
        """Return a link read the other way round."""
        return link.turned(self.windows[link.earlier], self.windows[link.later], self.scale.forbidden)

    def size(self) -> int:
        """Return over how many days the windows reach in all."""
        return sum(map(len, self.costs))

    def open_days(self) -> int:
        """Return how many days all visits may take in all."""
        return sum(cost < self.scale.limit for own in self.costs for cost in own)

    def days(self, visit: int) -> list[int]:
        """Return the days that a visit may take."""
        own = enumerate(self.costs[visit], self.windows[visit].first)
        return [day for day, cost in own if cost < self.scale.limit]

    def _charge(self, visit: int, start: int, prices: Sequence[int]) -> None:
        """Let a visit pay for its days from ``start`` on; no others are left to it."""
        own, first, forbidden = self.costs[visit], self.windows[visit].first, self.scale.forbidden
        begin, end = max(start - first, 0), min(start + len(prices) - first, len(own))
        inside = list(map(add, own[begin:end], prices[begin + first - start :])) if begin < end else []
        before = min(begin, len(own))
        self.costs[visit] = [*[forbidden] * before, *inside, *[forbidden] * (len(own) - before - len(inside))]

    def _narrow(self, visit: int, start: int, prices: Sequence[int]) -> None:
        """Let a visit pay for its days from ``start`` on; its window has no others."""
        own, first = self.costs[visit], self.windows[visit].first
        begin, end = max(start - first, 0), min(start + len(prices) - first, len(own))
        if begin < end:
            self.costs[visit] = list(map(add, own[begin:end], prices[begin + first - start :]))
            self.windows[visit] = DayWindow(first + begin, first + end - 1)
        else:
            self.costs[visit] = [self.scale.forbidden] * len(own)

    def cost(self, days: Sequence[int]) -> int:
        """Return what a placement costs, limits left aside; at least what is forbidden where a link forbids it."""
        own = sum(costs[day - window.first] for costs, window, day in zip(self.costs, self.windows, days, strict=True))
        linked = 0
        for links in self.links:
            for link in links:
                start, costs = link.row(days[link.earlier])
                place = days[link.later] - start
                linked += costs[place] if 0 <= place < len(costs) else self.scale.forbidden
        return self.constant + own + linked


@dataclass(frozen=True, slots=True)
class Heeded:
    """The limits of a network that a search heeds, by number: those that answers broke."""

    network: Network
    caps: set[int] = field(default_factory=set)
    groups: set[int] = field(default_factory=set)

    def of(self, network: Network) -> Heeded:
        """Return the same limits of another network of the same problem."""
        return Heeded(network, set(self.caps), set(self.groups))

    def learn(self, days: Sequence[int]) -> bool:
        """Heed from now on the limits that these days break; return whether there are any."""
        caps = {number for number, cap in enumerate(self.network.caps) if cap.broken(days)} - self.caps
        groups = {number for number, group in enumerate(self.network.groups) if group.broken(days)} - self.groups
        self.caps.update(caps)
        self.groups.update(groups)
        return bool(caps or groups)

    def named(self) -> int:
        """Return the visits (a mask) that the limits heeded name."""
        named = 0
        for number in self.caps:
            named |= self.network.caps[number].named()
        for number in self.groups:
            named |= sum(1 << visit for visit in self.network.groups[number].visits)
        return named
