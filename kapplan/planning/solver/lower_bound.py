"""A bound on the rest of a course: what it would cost if each visit heeded only one of the visits before it.

Each visit keeps one link, its parent's; the other links and all limits are dropped. What is left is a forest, of which
the least cost follows from the last visit back to the first, by a dynamic programme. The search then pays for a step
only what the step costs beyond this bound. What was dropped can be priced (``prices``), which lifts the bound.

The *min-marginal* of a day of a visit is the least cost of the forest with the visit on that day. A day whose
min-marginal is above what a known placement costs is in no better placement and can be dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import add

from kapplan.dataclass import dataclass, replace
from kapplan.planning.solver.cost_network import Link, Network
from kapplan.planning.solver.precedence import Precedence
from kapplan.planning.solver.propagation import DayWindow


@dataclass(frozen=True, slots=True)
class Relaxation:
    """The bound; lists are by the position of the visit.

    ``totals[v][i]`` is the least cost of ``v`` on day ``windows[v].first + i`` with all that hangs on it;
    ``least[v][i]`` is the least cost of ``v`` and of all that hangs on it where its parent stands on its day ``i``
    (on any day, for a visit without a parent: one number). ``parents[v]`` is the link from the parent. ``cost`` is
    the bound on the whole.
    """

    parents: list[Link | None]
    totals: list[list[int]]
    least: list[list[int]]
    cost: int


def relax(
    network: Network, order: Precedence, parents: list[Link | None] | None = None, most: int | None = None
) -> Relaxation | None:
    """Return the bound of a network; ``None`` where already the forest has no placement.

    ``parents`` are those of the forest where they are chosen already. Of a network without prices only placements that
    cost at most ``most`` may be asked for: days on which a visit with all that hangs on it costs more are left out.
    """
    parents = forest(network, order) if parents is None else parents
    totals = list(network.costs)
    least: list[list[int]] = [[] for _ in totals]
    whole = network.constant
    limit = network.scale.limit if most is None else min(network.scale.limit, most - network.constant + 1)
    for visit in reversed(order.ranked):
        link = parents[visit]
        if link is None:
            cheapest = min(totals[visit])
            if cheapest >= limit:
                return None
            least[visit] = [cheapest]
            whole += cheapest
            continue
        row = _least(network, link, totals[visit], totals[link.earlier], limit)
        least[visit] = row
        totals[link.earlier] = list(map(add, totals[link.earlier], row))
    return Relaxation(parents, totals, least, whole)


def forest(network: Network, order: Precedence) -> list[Link | None]:
    """Return for each visit the link from its parent: the heaviest from one that surely comes before it."""
    return [
        max(
            (link for link in order.into[visit] if order.before[visit] >> link.earlier & 1), key=_heaviest, default=None
        )
        for visit in range(len(network.windows))
    ]


def _heaviest(link: Link) -> tuple[int, int, int]:
    return link.weight, -len(link.costs), link.earlier


def _least(network: Network, link: Link, total: list[int], before: list[int], limit: int) -> list[int]:
    """Return the least cost of the later visit of a link for each day of the earlier one that costs less than a limit.

    On its other days nothing is looked for: they are forbidden.
    """
    forbidden = network.scale.forbidden
    first, start = network.windows[link.later].first, network.windows[link.earlier].first
    least = [forbidden] * len(before)
    if link.any_window:
        costs, width, shift = link.costs, len(link.costs), start + link.low - first
        lowest, highest = max(0, 1 - width - shift), max(0, len(total) - shift)
        for index, own in enumerate(before[lowest:highest], lowest):
            if own < limit:
                begin = index + shift
                if begin > 0:
                    least[index] = min(map(add, costs, total[begin : begin + width]))
                else:
                    least[index] = min(map(add, costs[-begin:], total))
        return least
    for index, own in enumerate(before):
        if own < limit:
            day, costs = link.row(start + index)
            begin = day - first
            sums = map(add, costs, total[begin:]) if begin >= 0 else map(add, costs[-begin:], total)
            least[index] = min(sums, default=forbidden)
    return least


def cheapest_days(
    network: Network, order: Precedence, relaxation: Relaxation, first_day: int | None = None
) -> list[int]:
    """Return the day of each visit in the forest's best placement, of equals the earliest.

    With ``first_day`` the first listed visit, which then has no parent, stands on that day.
    """
    days = [0] * len(network.windows)
    for visit in order.ranked:
        link, total, first = relaxation.parents[visit], relaxation.totals[visit], network.windows[visit].first
        if link is None:
            days[visit] = first + total.index(min(total)) if first_day is None or visit else first_day
            continue
        day, costs = link.row(days[link.earlier])
        begin = day - first
        sums = list(map(add, costs, total[begin:]) if begin >= 0 else map(add, costs[-begin:], total))
        days[visit] = max(day, first) + sums.index(min(sums))
    return days


def without_dear_days(
    bare: Network, network: Network, order: Precedence, relaxation: Relaxation, most: int
) -> Network | None:
    """Return a network without the days whose min-marginal is above ``most``; ``None`` where a visit has none left.

    It is the same one where none of its days goes.

    ``network`` is ``bare`` with the prices of the relaxation.
    """
    forbidden = network.scale.forbidden
    windows: list[DayWindow] = []
    kept: list[list[int]] = []
    marginals = _min_marginals(network, order, relaxation, most)
    for window, costs, own in zip(bare.windows, bare.costs, marginals, strict=True):
        places = [place for place, marginal in enumerate(own) if marginal <= most]
        if not places:
            return None
        first, last = places[0], places[-1]
        windows.append(DayWindow(window.first + first, window.first + last))
        kept.append([costs[place] if own[place] <= most else forbidden for place in range(first, last + 1)])
    return bare if kept == bare.costs else replace(bare, windows=windows, costs=kept)


def _min_marginals(network: Network, order: Precedence, relaxation: Relaxation, most: int) -> list[list[int]]:
    """Return the least cost of the whole forest for each day of each visit; above ``most`` it need not be the least."""
    marginals: list[list[int]] = [[] for _ in network.windows]
    forbidden, most = network.scale.forbidden, min(most, network.scale.limit - 1)
    for visit in order.ranked:
        total, link, first = relaxation.totals[visit], relaxation.parents[visit], network.windows[visit].first
        if link is None:
            rest = relaxation.cost - relaxation.least[visit][0]
            marginals[visit] = [rest + cost for cost in total]
            continue
        least, before = relaxation.least[visit], marginals[link.earlier]
        if link.bases is None and link.rows is None:
            rests = [whole - less if whole <= most else forbidden for whole, less in zip(before, least, strict=True)]
            back = link.turned(network.windows[link.earlier], network.windows[visit], forbidden)
            marginals[visit] = list(map(add, _least(network, back, rests, total, network.scale.limit), total))
            continue
        own = [forbidden] * len(total)
        start = network.windows[link.earlier].first
        for index, whole in enumerate(before):
            if whole > most:
                continue
            day, costs = link.row(start + index)
            begin, rest = day - first, whole - least[index]
            low, high = max(begin, 0), min(begin + len(costs), len(own))
            if low < high:
                own[low:high] = map(min, own[low:high], map(rest.__add__, costs[low - begin : high - begin]))
        marginals[visit] = list(map(add, own, total))
    return marginals


DAYS_OF_WIDTH = 16
"""So many days that a link leaves to a visit are as much work as the day of the other one that they are looked at for.

So many days of which nothing is looked for are, too.
"""


def work(network: Network, parents: Sequence[Link | None]) -> int:
    """Return how much work one relaxation is, in open days of visits to which others are linked."""
    costs, limit = network.costs, network.scale.limit
    days = network.size()
    for link in parents:
        if link is not None:
            wide = len(costs[link.later]) if link.rows is not None else min(len(link.costs), len(costs[link.later]))
            days += sum(map(limit.__gt__, costs[link.earlier])) * (DAYS_OF_WIDTH + wide)
    return days // DAYS_OF_WIDTH
