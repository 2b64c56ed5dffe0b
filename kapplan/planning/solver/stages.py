"""What placing visits costs at the stages of a search: each day of each visit, beyond the bound on the rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import accumulate
from operator import add

from kapplan.planning.solver.cost_network import Network
from kapplan.planning.solver.lower_bound import Relaxation
from kapplan.planning.solver.precedence import Days, Dependence, Precedence

NEVER = 1 << 200
"""More than anything costs."""

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
        if 0 not in costs:
            return Row(first, costs, first - 1)
        return Row(first, costs, first + len(costs) - 1 - costs[::-1].index(0))


class Stages:
    """What the days of a network's visits cost at each stage, as far as it was asked for."""

    def __init__(self, network: Network, order: Precedence, relaxation: Relaxation) -> None:
        self.network = network
        self.order = order
        self.relaxation = relaxation
        self.rows = RowCosts(network, relaxation)
        self.known: dict[tuple[int, Days], list[Option]] = {}

    def options(self, depends: Dependence, read: Days) -> list[Option]:
        """Return the options of a visit, the cheapest first and of equals the earliest."""
        known = self.known.get((depends.number, read))
        if known is None:
            known = self.known[depends.number, read] = self._options(depends, read)
        return known

    def _options(self, depends: Dependence, read: Days) -> list[Option]:
        rows, into = self.rows, self.order.into[depends.visit]
        row = rows.row(depends.visit, None if depends.parent is None else read[0])
        first, costs = row.first, row.costs
        rows.listed += len(costs)
        for place, day in zip(depends.others, read if depends.parent is None else read[1:], strict=True):
            start, prices = into[place].row(day)
            begin, end = max(first, start), min(first + len(costs), start + len(prices))
            if begin >= end:
                return []
            costs = list(map(add, costs[begin - first : end - first], prices[begin - start : end - start]))
            first = begin
        limit = rows.limit
        return sorted([(cost, day) for day, cost in enumerate(costs, first) if cost < limit])
