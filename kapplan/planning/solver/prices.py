"""Prices of what the forest leaves out: a Lagrangian relaxation, raised by a subgradient method.

One visit a day is priced by the day: each visit that stands on a day pays for it, and the price of every day is given
back once. A cap is priced by the block: each visit that it counts pays for its block, and the price is given back once
for each visit that the block has room for. A link beyond the forest is priced by the days between its two visits: the
later one pays so much a day, the earlier one gets it, and the link costs what it costs less that. Whatever the prices,
no placement costs less than the forest does with them, less what is given back; and since all prices are whole numbers
the bound is exact. The better the prices, the higher it is: each round raises the price of what the forest's best
placement uses too much.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import field
from operator import add
from typing import TypeVar

from kapplan.dataclass import dataclass, replace
from kapplan.planning.solver.cost_network import Link, Network, NetworkCap
from kapplan.planning.solver.lower_bound import Relaxation, cheapest_days, relax, without_dear_days, work
from kapplan.planning.solver.precedence import Precedence, into, precedence

Priced = TypeVar("Priced")
ROUNDS = 40
PATIENCE = 5
"""After so many rounds without a better bound the steps are halved."""
STEPS = 1 << 10
"""Steps are fractions with this denominator."""
ONWARD = 1 << 4
"""The ways that prices go are whole numbers of this part of a visit."""
DAYS_A_STEP = 4
"""How many days of the forest are worked through in the time of one step of a sweep."""
SPAN = 5
"""So many days between two visits count as much as one visit too many on a day."""


@dataclass(frozen=True, slots=True)
class Prices:
    """What days cost beside their own price, blocks of caps (by the number of the cap), and days between two visits.

    Days between two visits are those of the link between them.
    """

    days: Mapping[int, int] = field(default_factory=dict)
    blocks: Mapping[tuple[int, int], int] = field(default_factory=dict)
    links: Mapping[tuple[int, int], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LagrangianBound:
    """What a search works with: a network with prices, its order and its relaxation.

    ``bare`` is the network without prices; ``priced`` are the visits (a mask) that pay for their day.
    """

    bare: Network
    network: Network
    order: Precedence
    relaxation: Relaxation
    prices: Prices
    priced: int
    worked: list[int] = field(default_factory=list, compare=False, repr=False)
    """How much work its forest is, where that is known already."""

    def steps(self, times: int) -> int:
        """Return how many steps it takes to work through the forest so many times."""
        if not self.worked:
            self.worked.append(work(self.bare, self.relaxation.parents))
        return self.worked[0] * times // DAYS_A_STEP

    def least(self, first: int | None = None) -> int:
        """Return what any placement costs at least; with ``first``, any whose first listed visit stands on that day."""
        relaxation = self.relaxation
        if first is None or relaxation.parents[0] is not None:
            return relaxation.cost
        place = first - self.network.windows[0].first
        own = relaxation.totals[0][place] if 0 <= place < len(relaxation.totals[0]) else self.network.scale.forbidden
        return relaxation.cost - relaxation.least[0][0] + own

    def cheapest(self, first: int | None = None) -> tuple[int, ...] | None:
        """Return the days of the forest's best placement, of equals the one that the ties put first.

        ``None`` where the order of the visits lets nothing be said of the ties, or no day may be the ``first``.
        """
        if self.order.ranked != list(range(len(self.order.ranked))) or self.least(first) >= self.network.scale.limit:
            return None
        return tuple(cheapest_days(self.network, self.order, self.relaxation, first))

    def left_out(self) -> Counter[int]:
        """Return of how many links that the forest leaves out each visit is an end."""
        tree = {frozenset((link.earlier, link.later)) for link in self.relaxation.parents if link is not None}
        ends = ((link.earlier, link.later) for links in self.bare.links for link in links)
        return Counter(visit for pair in ends if frozenset(pair) not in tree for visit in pair)

    def hub(self) -> int | None:
        """Return the visit that most of what the forest leaves out refers to, if anything does."""
        left = self.left_out()
        return min(left, key=lambda visit: (-left[visit], visit), default=None)


def plain(network: Network, like: LagrangianBound | None = None, most: int | None = None) -> LagrangianBound | None:
    """Return the bound of a network without any prices; ``None`` where already the forest has no placement.

    Its order is that of a bound of a network ``like`` it, if there is one: with the same links, whatever its windows;
    what links by calendar months say follows from the windows. With ``most`` it is that of the placements that cost no
    more.
    """
    if like is not None and not all(link.any_window for links in network.links for link in links):
        like = None
    order = precedence(network) if like is None else like.order
    relaxation = relax(network, order, None if like is None else like.relaxation.parents, most)
    return None if relaxation is None else LagrangianBound(network, network, order, relaxation, Prices(), 0)


def priced_like(network: Network, prices: Prices) -> LagrangianBound | None:
    """Return the bound of a network with the prices that were good for one much like it, if they are for this one."""
    bound = plain(network)
    if bound is None:
        return None
    ascent = _Ascent(bound, 0)
    links = {pair: price for pair, price in prices.links.items() if pair in ascent.weights}
    dear = _with_prices(network, bound.order, ascent.parents, replace(prices, links=links), ascent.priced)
    return dear if dear is not None and dear.relaxation.cost > bound.relaxation.cost else bound


def dearest(bound: LagrangianBound, prices: Prices) -> LagrangianBound:
    """Return a bound with other prices where these are better for it."""
    other = None if prices is bound.prices else priced_like(bound.bare, prices)
    return bound if other is None or other.relaxation.cost <= bound.relaxation.cost else other


def raised(
    bound: LagrangianBound,
    most: int,
    rounds: int = ROUNDS,
    caps: Collection[int] = (),
    *,
    part: int | None = None,
    may_go_on: Callable[[], bool] = lambda: True,
) -> LagrangianBound:
    """Return the best bound that a subgradient method finds; ``most`` is what a known placement costs.

    Of the caps those numbered ``caps`` are priced, where their blocks count from a day that is known. With ``part`` it
    ends after a round that closes less than one part in so many of what is between the bound and ``most``. Before each
    round it is asked whether it ``may_go_on``.
    """
    return _Ascent(bound, most, caps).run(rounds, part, may_go_on)


def without_days(bound: LagrangianBound, most: int) -> LagrangianBound | None:
    """Return the bound of the placements that cost at most ``most``: days are dropped by their min-marginals.

    ``None`` where there are none.
    """
    bare = without_dear_days(bound.bare, bound.network, bound.order, bound.relaxation, most)
    if bare is None or bare is bound.bare:
        return None if bare is None else bound
    return _with_prices(bare, bound.order, bound.relaxation.parents, bound.prices, bound.priced)


def _with_prices(
    bare: Network, order: Precedence, parents: list[Link | None], prices: Prices, priced: int
) -> LagrangianBound | None:
    network = _priced(bare, prices, priced)
    relaxation = relax(network, order, parents)
    if relaxation is None:
        return None
    return _in_order(LagrangianBound(bare, network, order, relaxation, prices, priced))


def _in_order(bound: LagrangianBound) -> LagrangianBound:
    """Return a bound with the links of its order as dear as its prices make them."""
    if not bound.prices.links:
        return bound
    order = replace(bound.order, into=into(bound.network, bound.order.before))
    by_ends = {(link.earlier, link.later): link for links in order.into for link in links}
    parents = [link and by_ends[link.earlier, link.later] for link in bound.relaxation.parents]
    return replace(bound, order=order, relaxation=replace(bound.relaxation, parents=parents))


class _Ascent:
    """The rounds of the subgradient method; it begins with the prices that a bound has already.

    Each step aims at what a known placement costs, and goes on half of the way of the step before: where two days are
    used too much in turn, the price of both rises. Where no day has a price yet the first ones go half as far: from
    nothing the whole way mostly overshoots.
    """

    def __init__(self, bound: LagrangianBound, most: int, caps: Collection[int] = ()) -> None:
        self.bound = bound
        self.most = most
        self.parents = bound.relaxation.parents
        tree = {frozenset((link.earlier, link.later)) for link in self.parents if link is not None}
        self.dropped = [
            link
            for links in bound.bare.links
            for link in links
            if link.rows is None and frozenset((link.earlier, link.later)) not in tree
        ]
        self.weights = {(link.earlier, link.later): link.weight for link in self.dropped}
        groups = [group.visits for group in bound.bare.groups if group.days is None]
        self.members: Sequence[int] = max(groups, key=len, default=())
        self.priced = sum(1 << visit for visit in self.members)
        self.caps = {number: cap for number, cap in enumerate(bound.bare.caps) if number in caps and cap.anchor is None}

    def run(self, rounds: int, part: int | None, may_go_on: Callable[[], bool]) -> LagrangianBound:
        """Go so many rounds, fewer where the bound meets what is known, or nothing is used too much."""
        best = self.bound
        order, prices, network, relaxation = best.order, best.prices, best.network, best.relaxation
        stalled, way = 1, Prices()
        fraction = STEPS if prices.days else STEPS // 2
        for _ in range(rounds):
            least = best.relaxation.cost
            if least >= self.most or not may_go_on():
                break
            if stalled >= PATIENCE:
                fraction, stalled = max(1, fraction // 2), 0
            way = _onward(way, self._moved(prices, cheapest_days(network, order, relaxation)))
            norm = sum(by * by for each in (way.days, way.blocks, way.links) for by in each.values())
            if not norm:
                break
            prices = self._stepped(prices, way, (self.most - relaxation.cost) * fraction * ONWARD, norm * STEPS)
            network = _priced(best.bare, prices, self.priced)
            relaxed = relax(network, order, self.parents)
            if relaxed is None:
                break
            relaxation, stalled = relaxed, stalled + 1
            if relaxation.cost > least:
                best, stalled = LagrangianBound(best.bare, network, order, relaxation, prices, self.priced), 0
            if part is not None and (relaxation.cost - least) * part < self.most - least:
                break
        return best if best is self.bound else _in_order(best)

    def _moved(self, prices: Prices, stands: Sequence[int]) -> Prices:
        """Return the subgradient: by how much the forest's placement uses days and blocks too often, links too far.

        Days between two visits count up to ``SPAN``: far more of them would drown what is said of days.
        """
        used = Counter(stands[visit] for visit in self.members)
        over = {day: used[day] - 1 for day in {*used, *prices.days}}
        over = {day: by * SPAN for day, by in over.items() if by > 0 or (by < 0 and prices.days.get(day))}
        full: dict[tuple[int, int], int] = {}
        for number, cap in self.caps.items():
            full.update(self._overfull(number, cap, stands, prices))
        between = {(link.earlier, link.later): self._between(link, stands, prices) for link in self.dropped}
        return Prices(over, full, {pair: max(-SPAN, min(SPAN, by)) for pair, by in between.items() if by})

    def _overfull(
        self, number: int, cap: NetworkCap, stands: Sequence[int], prices: Prices
    ) -> Iterator[tuple[tuple[int, int], int]]:
        """Yield by how much the forest's placement overfills each block of a cap, or falls short of a priced one."""
        used = Counter(
            cap.blocks.block(day, cap.day) for day in map(stands.__getitem__, cap.visits) if cap.blocks.counts(day)
        )
        for key in {*((number, block) for block in used), *(key for key in prices.blocks if key[0] == number)}:
            over = used[key[1]] - cap.room(cap.day, key[1])
            if over > 0 or (over < 0 and prices.blocks.get(key)):
                yield key, over * SPAN

    def _stepped(self, prices: Prices, moved: Prices, step: int, parts: int) -> Prices:
        """Return the prices a step further, those of links no larger than what a day outside their target costs."""
        days, blocks, links = dict(prices.days), dict(prices.blocks), dict(prices.links)
        for day, by in moved.days.items():
            days[day] = max(0, days.get(day, 0) + by * SPAN * step // parts)
        for block, by in moved.blocks.items():
            blocks[block] = max(0, blocks.get(block, 0) + by * SPAN * step // parts)
        for pair, by in moved.links.items():
            links[pair] = max(-self.weights[pair], min(self.weights[pair], links.get(pair, 0) + by * step // parts))
        return Prices(days, blocks, links)

    def _between(self, link: Link, stands: Sequence[int], prices: Prices) -> int:
        """Return by how many days the forest's placement has two visits further apart than their link alone would."""
        price = prices.links.get((link.earlier, link.later), 0)
        likes = min(range(len(link.costs)), key=lambda place: link.costs[place] - price * place)
        return stands[link.later] - link.base(stands[link.earlier]) - link.low - likes


def _onward(way: Prices, moved: Prices) -> Prices:
    """Return where prices go: the subgradient, and half of the way gone before, so that they do not sway."""
    return Prices(_half_of(way.days, moved.days), _half_of(way.blocks, moved.blocks), _half_of(way.links, moved.links))


def _half_of(way: Mapping[Priced, int], moved: Mapping[Priced, int]) -> dict[Priced, int]:
    """Return the half of what is left of a way, rounded towards nothing either way so that it ends, and the next."""
    sum_ = {priced: half for priced, by in way.items() if (half := by // 2 if by > 0 else -(-by // 2))}
    for priced, by in moved.items():
        sum_[priced] = sum_.get(priced, 0) + by * ONWARD
    return sum_


def due(bound: LagrangianBound, first: int, last: int) -> list[int]:
    """Return the prices that fall due on each day, whoever stands on it; on the day after ``last`` what is left.

    A block falls due once its days are over.
    """
    amounts = [0] * (last + 2 - first)
    for day, price in bound.prices.days.items():
        amounts[min(max(day - first, 0), last + 1 - first)] += price
    for (number, block), price in bound.prices.blocks.items():
        cap = bound.bare.caps[number]
        over = cap.blocks.days(block, cap.day, first, last).stop
        amounts[min(max(over - first, 0), last + 1 - first)] += price * cap.room(cap.day, block)
    return amounts


def refunds(bound: LagrangianBound) -> dict[int, list[int]]:
    """Return what the forest charges the visits for priced days and blocks, by the days of their windows."""
    return _charges(bound.network, bound.prices, bound.priced)


def _charges(network: Network, prices: Prices, priced: int) -> dict[int, list[int]]:
    charges: dict[int, list[int]] = {}
    days = {day: price for day, price in prices.days.items() if price}
    for visit, window in enumerate(network.windows):
        if priced >> visit & 1 and days:
            charges[visit] = [days.get(day, 0) for day in range(window.first, window.last + 1)]
    for (number, block), price in prices.blocks.items():
        cap = network.caps[number]
        for visit in cap.visits if price else ():
            window = network.windows[visit]
            own = charges.setdefault(visit, [0] * (window.last - window.first + 1))
            for day in cap.blocks.days(block, cap.day, window.first, window.last):
                own[day - window.first] += price
    return charges


def _priced(network: Network, prices: Prices, priced: int) -> Network:
    """Return a network with prices; a placement that keeps what is priced costs no more than it did."""
    costs = list(network.costs)
    constant = network.constant - sum(prices.days.values())
    for (number, block), price in prices.blocks.items():
        cap = network.caps[number]
        constant -= price * cap.room(cap.day, block)
    for visit, charge in _charges(network, prices, priced).items():
        costs[visit] = list(map(add, costs[visit], charge))
    links = network.links
    if any(prices.links.values()):
        links, costs = [list(own) for own in links], [list(own) for own in costs]
        for own_links in links:
            for place, link in enumerate(own_links):
                price = prices.links.get((link.earlier, link.later), 0)
                if price:
                    own_links[place], given = _relieved(link, price)
                    constant += given + _shift(network, link, price, costs)
    return replace(network, costs=costs, links=links, constant=constant)


def _relieved(link: Link, price: int) -> tuple[Link, int]:
    """Return a link less the price of the days between its visits, and what every placement pays for it."""
    costs = [cost - price * place for place, cost in enumerate(link.costs)]
    given = min(costs)
    return link._replace(costs=[cost - given for cost in costs]), given


def _shift(network: Network, link: Link, price: int, costs: list[list[int]]) -> int:
    """Let the two visits of a link pay by their days; return what every placement pays beside."""
    earlier, later = costs[link.earlier], costs[link.later]
    first = network.windows[link.earlier].first
    base = link.base(first)
    for place in range(len(later)):
        later[place] += price * place
    for place in range(len(earlier)):
        if link.bases is None:
            earlier[place] -= price * place
        elif first + place in link.bases:
            earlier[place] -= price * (link.bases[first + place] - base)
    return price * (network.windows[link.later].first - base - link.low)
