"""The stages of the search: which visits are placed, which can come next, and what their days cost.

A *stage* is a set of placed visits. Of their days only those matter that a rule to a visit still to place refers to:
together with the counts of caps they are the *key* of a label, and two labels of one stage with one key have the same
future.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from operator import add, itemgetter

from kapplan.planning.solver.cost_network import Link, Network, NetworkCap
from kapplan.planning.solver.counters import Role
from kapplan.planning.solver.lower_bound import Relaxation
from kapplan.planning.solver.precedence import Precedence

NEVER = 1 << 200
"""More than anything costs."""

Days = tuple[int, ...]
Pick = Callable[[Days], Days]
Option = tuple[int, int]
"""What a day costs beyond the bound on the rest, and the day."""


@dataclass(slots=True)
class Row:
    """What a visit's days cost beyond the bound where its parent stands on one day, from day ``first`` on.

    Up to day ``free`` a visit still to place costs nothing beyond the bound; ``rest[i]`` is the least of ``costs[i:]``.
    """

    first: int
    costs: list[int]
    free: int
    rest: list[int] = field(default_factory=list)

    def beyond(self, day: int) -> int:
        """Return what a visit costs at least beyond the bound where it does not stand before a day."""
        if day <= self.free:
            return 0
        if not self.rest:
            self.rest = list(accumulate(reversed(self.costs), min))[::-1]
        place = day - self.first
        return self.rest[place] if place < len(self.rest) else NEVER


@dataclass(slots=True)
class VisitOptions:
    """The options of a visit by the days of its parent, if it has one placed, and of the other visits bound to it."""

    rows: RowCosts
    visit: int
    parent: Link | None
    others: tuple[Link, ...]
    known: dict[Days, list[Option]] = field(default_factory=dict)

    def options(self, read: Days) -> list[Option]:
        """Return the options, the cheapest first and of equals the earliest."""
        known = self.known.get(read)
        if known is None:
            known = self.known[read] = sorted(self._options(read))
        return known

    def _options(self, read: Days) -> list[Option]:
        row = self.rows.row(self.visit, None if self.parent is None else read[0])
        first, costs = row.first, row.costs
        self.rows.listed += len(costs)
        for link, day in zip(self.others, read if self.parent is None else read[1:], strict=True):
            start, prices = link.row(day)
            begin, end = max(first, start), min(first + len(costs), start + len(prices))
            if begin >= end:
                return []
            costs = list(map(add, costs[begin - first : end - first], prices[begin - start : end - start]))
            first = begin
        limit = self.rows.limit
        return [(cost, day) for day, cost in enumerate(costs, first) if cost < limit]


class RowCosts:
    """The costs of each visit's days beyond the bound, by the day of its parent; ``listed`` are all days so far."""

    def __init__(self, network: Network, relaxation: Relaxation) -> None:
        self.network = network
        self.relaxation = relaxation
        self.limit = network.scale.limit
        self.known: list[dict[int | None, Row]] = [{} for _ in network.windows]
        self.listed = 0

    def row(self, visit: int, day: int | None) -> Row:
        """Return the costs of a visit's days where its parent, if it has one, stands on ``day``."""
        known = self.known[visit].get(day)
        if known is None:
            known = self.known[visit][day] = self._row(visit, day)
        return known

    def _row(self, visit: int, day: int | None) -> Row:
        first, costs = self.network.windows[visit].first, self.relaxation.totals[visit]
        link, least = self.relaxation.parents[visit], self.relaxation.least[visit]
        foreseen = least[0]
        if link is not None and day is not None:
            start, prices = link.row(day)
            begin, end = max(first, start), min(first + len(costs), start + len(prices))
            costs = list(map(add, costs[begin - first : end - first], prices[begin - start : end - start]))
            first = begin
            foreseen = least[day - self.network.windows[link.earlier].first]
        costs = [cost - foreseen for cost in costs]
        self.listed += len(costs)
        free = first + len(costs) - 1 - costs[::-1].index(0) if 0 in costs else first - 1
        return Row(first, costs, free)


@dataclass(slots=True)
class Extension:
    """Placing one visit: ``read`` takes from the days what its options depend on, ``carry`` what stays in the key.

    ``carry`` is given the days before and the new day after them. ``caps`` are the numbers of the caps that count the
    visit, each with what it is to the cap and how many visits of it are placed later. ``after`` are the visits placed
    then (a mask), ``placed`` is their number.
    """

    visit: int
    choice: VisitOptions
    read: Pick
    carry: Pick
    caps: tuple[tuple[int, Role, int], ...]
    after: int
    placed: int


@dataclass(slots=True)
class Stage:
    """What is placed (a mask), whose days are kept, and which visits the bound counts as coming next.

    ``frontier`` are the visits whose parents are placed, each with the place of the parent's day in the key.
    """

    placed: int
    live: tuple[int, ...]
    frontier: tuple[tuple[int, int | None], ...]
    moves: dict[int, Extension] = field(default_factory=dict)


class Stages:
    """Lays out the stages of a network as the search comes to them; ``caps`` are the numbers of the caps heeded."""

    def __init__(
        self,
        network: Network,
        order: Precedence,
        relaxation: Relaxation,
        caps: Sequence[int],
        rows: RowCosts | None = None,
    ) -> None:
        self.network = network
        self.order = order
        self.relaxation = relaxation
        self.rows = rows or RowCosts(network, relaxation)
        self.caps: list[NetworkCap] = [network.caps[number] for number in caps]
        self.whole = (1 << len(network.windows)) - 1
        self.bound = [0] * len(network.windows)
        for visit, links in enumerate(network.links):
            for link in links:
                self.bound[visit] |= 1 << link.earlier
                self.bound[link.earlier] |= 1 << visit
        self.children: list[list[int]] = [[] for _ in network.windows]
        for visit, parent in enumerate(relaxation.parents):
            if parent is not None:
                self.children[parent.earlier].append(visit)
        self.choices: dict[tuple[int, int], VisitOptions] = {}
        roots = tuple((visit, None) for visit, parent in enumerate(relaxation.parents) if parent is None)
        self.known: dict[int, Stage] = {0: Stage(0, (), roots)}

    def move(self, stage: Stage, visit: int) -> Extension:
        """Return what placing a visit that can come next does."""
        known = stage.moves.get(visit)
        if known is None:
            known = stage.moves[visit] = self._move(stage, visit)
        return known

    def _move(self, stage: Stage, visit: int) -> Extension:
        after = self._after(stage, visit)
        reached = (*stage.live, visit)
        counted = []
        for number, cap in enumerate(self.caps):
            if visit in cap.visits or visit == cap.anchor:
                left = sum(1 for other in cap.visits if not after.placed >> other & 1)
                counted.append((number, Role(visit in cap.visits, visit == cap.anchor), left))
        choice = self._choice(visit, stage.placed & self.bound[visit])
        reads = [] if choice.parent is None else [choice.parent.earlier]
        reads += [link.earlier for link in choice.others]
        return Extension(
            visit,
            choice,
            _pick(stage.live, reads),
            _pick(reached, after.live),
            tuple(counted),
            after.placed,
            after.placed.bit_count(),
        )

    def _choice(self, visit: int, bound: int) -> VisitOptions:
        known = self.choices.get((visit, bound))
        if known is None:
            parent = self.relaxation.parents[visit]
            others = tuple(link for link in self.order.into[visit] if link is not parent and bound >> link.earlier & 1)
            known = self.choices[visit, bound] = VisitOptions(self.rows, visit, parent, others)
        return known

    def _after(self, stage: Stage, visit: int) -> Stage:
        """Return the stage with one visit more."""
        placed = stage.placed | 1 << visit
        known = self.known.get(placed)
        if known is None:
            missing = ~placed
            live = tuple(sorted(one for one in (*stage.live, visit) if self.bound[one] & missing))
            places = {one: place for place, one in enumerate(live)}
            waiting = sorted({one for one, _ in stage.frontier if one != visit} | set(self.children[visit]))
            parents = self.relaxation.parents
            frontier = tuple((one, None if (link := parents[one]) is None else places[link.earlier]) for one in waiting)
            known = self.known[placed] = Stage(placed, live, frontier)
        return known


def _pick(there: Sequence[int], wanted: Sequence[int]) -> Pick:
    """Return a function that takes the days of the wanted visits from those of some."""
    places = [there.index(visit) for visit in wanted]
    if len(places) > 1:
        return itemgetter(*places)
    if places:
        place = places[0]
        return lambda days: (days[place],)
    return lambda _: ()
