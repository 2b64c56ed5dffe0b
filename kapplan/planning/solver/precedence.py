"""Which visits surely come before which: the order of time, as far as the rules alone fix it.

The search places visits in the order of time. A visit can come next once all that surely precede it are placed; of
visits on one day those of lower *rank* are placed first, so that every placement has exactly one order.
"""

from __future__ import annotations

from collections.abc import Sequence

from kapplan.dataclass import dataclass
from kapplan.planning.solver.cost_network import Link, Network


@dataclass(frozen=True, slots=True)
class Precedence:
    """The order of a network's visits; lists are by the position of the visit, sets of visits are masks.

    ``before[v]`` are the visits that surely do not come after ``v``, by a link with it; ``into[v]`` are the links of
    ``v`` with visits that may come before it, each read from the other visit to ``v``. ``ranked`` are the visits by
    rank.
    """

    before: list[int]
    into: list[list[Link]]
    ranked: list[int]
    rank: list[int]


def precedence(network: Network) -> Precedence:
    """Return the order of time of a network's visits."""
    count = len(network.windows)
    before = [0] * count
    known = [0] * count
    backward: list[tuple[int, int]] = []
    for visit, links in enumerate(network.links):
        for link in links:
            least, most = link.reach(network.windows[link.earlier])
            if least >= 0:
                before[visit] |= 1 << link.earlier
                known[visit] |= known[link.earlier] | 1 << link.earlier
            elif most <= 0:
                backward.append((visit, link.earlier))
    if backward:
        _turn_back(before, known, backward)
    ranked = list(range(count)) if not backward else _by_rank(before)
    rank = [0] * count
    for place, visit in enumerate(ranked):
        rank[visit] = place
    return Precedence(before, into(network, before), ranked, rank)


def into(network: Network, before: Sequence[int]) -> list[list[Link]]:
    """Return the links of each visit with those that may come before it, each read from the other visit to it."""
    found: list[list[Link]] = [[] for _ in network.windows]
    for visit, links in enumerate(network.links):
        for link in links:
            first, second = network.windows[link.earlier], network.windows[visit]
            if not before[link.earlier] >> visit & 1:
                found[visit].append(link)
            if not before[visit] >> link.earlier & 1:
                found[link.earlier].append(link.turned(first, second, network.scale.forbidden))
    return found


def _turn_back(before: list[int], known: list[int], backward: list[tuple[int, int]]) -> None:
    """Add the pairs of which the one listed later comes first, but for those that would close a circle."""
    for first, second in backward:
        if known[first] >> second & 1:
            continue
        before[second] |= 1 << first
        added = known[first] | 1 << first
        for visit in range(len(known)):
            if visit == second or known[visit] >> second & 1:
                known[visit] |= added


def _by_rank(before: list[int]) -> list[int]:
    """Return the visits so that none comes before one of its predecessors; of several the one listed first."""
    placed = 0
    ranked: list[int] = []
    while len(ranked) < len(before):
        visit = next(v for v, mask in enumerate(before) if not placed >> v & 1 and not mask & ~placed)
        placed |= 1 << visit
        ranked.append(visit)
    return ranked
