"""A bound on the rest of a course: what it would cost if each visit heeded only one of the visits before it.

Each visit keeps one link, its parent's; the rest of the links and all limits are dropped. What is left is a
forest, of which the least cost follows from the last visit back to the first. The search then pays for a step only
what the step costs beyond this bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import add

from kapplan.planning.solver.cost_network import Link, Network


@dataclass(slots=True)
class Relaxation:
    """The bound; lists are by the position of the visit.

    ``totals[v][i]`` is the least cost of ``v`` on day ``windows[v].first + i`` with all that hangs on it;
    ``least[v][i]`` is the least cost of ``v`` and of all that hangs on it where its parent stands on its day ``i``
    (on any day, for a visit without a parent: one number). ``parents[v]`` is the link to the parent. ``cost`` is
    the bound on the whole.
    """

    parents: list[Link | None]
    totals: list[list[int]]
    least: list[list[int]]
    cost: int


def relax(network: Network) -> Relaxation | None:
    """Return the bound of a network; ``None`` where already the forest has no placement."""
    count = len(network.windows)
    parents = [max(links, key=_heaviest, default=None) for links in network.links]
    totals = [list(costs) for costs in network.costs]
    least: list[list[int]] = [[] for _ in range(count)]
    whole = 0
    ceiling = network.scale.ceiling
    for visit in reversed(range(count)):
        link = parents[visit]
        if link is None:
            cheapest = min(totals[visit])
            if cheapest >= ceiling:
                return None
            least[visit] = [cheapest]
            whole += cheapest
            continue
        row = _least(network, link, totals[visit], totals[link.earlier])
        least[visit] = row
        totals[link.earlier] = list(map(add, totals[link.earlier], row))
    return Relaxation(parents, totals, least, whole)


def _heaviest(link: Link) -> tuple[int, int, int]:
    return link.weight, -len(link.costs), link.earlier


def _least(network: Network, link: Link, total: list[int], before: list[int]) -> list[int]:
    """Return the least cost of the later visit of a link for each day of the earlier one."""
    forbidden, ceiling = network.scale.forbidden, network.scale.ceiling
    first, start = network.windows[link.later].first, network.windows[link.earlier].first
    row = []
    for index, own in enumerate(before):
        if own >= ceiling:
            row.append(forbidden)
            continue
        day, costs = link.row(start + index)
        begin = day - first
        if begin >= 0:
            row.append(min(map(add, costs, total[begin : begin + len(costs)]), default=forbidden))
        else:
            row.append(min(map(add, costs[-begin:], total), default=forbidden))
    return row
