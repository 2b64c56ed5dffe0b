"""The problem made ready for the search: windows, costs of days, links between two visits, limits by position.

Only visits that are not fixed take part. They are numbered from 0 in the order of the problem; what fixed visits and
plain days ask of them becomes part of the cost of their own days.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from kapplan.planning.problem.scale import CostScale
from kapplan.planning.solver.propagation import Window


@dataclass(slots=True)
class Link:
    """What the timing rules between two visits cost, by the days of both; ``earlier`` is the one placed first.

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

    def row(self, day: int) -> tuple[int, list[int]]:
        """Return the first day of the later visit that is allowed, and the costs from that day on."""
        if self.rows is not None:
            return self.rows[day]
        return (day if self.bases is None else self.bases[day]) + self.low, self.costs


@dataclass(frozen=True, slots=True)
class Cap:
    """At most ``most`` of the visits in each block; ``held`` are the days of fixed visits that count too.

    ``anchor`` is the position of the visit from which blocks of ``every`` days count, or ``None`` where they count
    from ``day``; without ``every`` there is one block.
    """

    visits: tuple[int, ...]
    held: tuple[int, ...]
    most: int
    anchor: int | None
    day: int
    every: int | None
    first: int | None
    last: int | None

    def counts(self, day: int) -> bool:
        """Tell whether a visit on this day is counted."""
        return (self.first is None or day >= self.first) and (self.last is None or day <= self.last)

    def block(self, anchor: int, day: int) -> int:
        """Return the block in which a day lies."""
        return 0 if self.every is None else (day - anchor) // self.every

    def room(self, anchor: int, block: int) -> int:
        """Return how many open visits a block can take beside what is fixed in it."""
        if not self.held:
            return self.most
        return max(0, self.most - sum(self.counts(day) and self.block(anchor, day) == block for day in self.held))


@dataclass(frozen=True, slots=True)
class Apart:
    """Two visits that never fall on one day; on one of ``days`` where these are given."""

    one: int
    other: int
    days: frozenset[int] | None


@dataclass(frozen=True, slots=True)
class Group:
    """Visits of which no two fall on one day; on one of ``days`` where these are given."""

    visits: tuple[int, ...]
    days: frozenset[int] | None

    def broken(self, days: Sequence[int]) -> bool:
        """Tell whether these days, by position, put two of the visits on one day."""
        stands = [days[visit] for visit in self.visits]
        if self.days is not None:
            stands = [day for day in stands if day in self.days]
        return len(set(stands)) < len(stands)

    def close(self, days: Sequence[int], within: int) -> Iterator[Apart]:
        """Yield the pairs that these days, by position, put at most so many days apart."""
        for one, other in combinations(self.visits, 2):
            if abs(days[one] - days[other]) <= within:
                yield Apart(one, other, self.days)


@dataclass(slots=True)
class Network:
    """What the search works on; lists are by the position of the visit.

    ``costs[v][i]`` is the price of day ``windows[v].first + i``, at least ``scale.forbidden`` where the visit cannot
    take it.
    """

    scale: CostScale
    windows: list[Window]
    costs: list[list[int]]
    links: list[list[Link]] = field(default_factory=list)
    caps: list[Cap] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)

    def least_gap(self, visit: int, later: int) -> int | None:
        """Return so many days as surely lie between two visits, by the links of the visits from one to the other."""
        least = {visit: 0}
        for other in range(visit + 1, later + 1):
            gaps = [
                least[link.earlier] + link.low
                for link in self.links[other]
                if link.earlier in least and link.bases is None and link.rows is None
            ]
            if gaps:
                least[other] = max(gaps)
        return least.get(later)
