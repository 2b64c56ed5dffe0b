"""Which visits surely come before which, as far as the rules alone fix it, and which may stand on one day.

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


@dataclass(frozen=True, slots=True)
class Sharing:
    """Which visits may stand on one day; lists are by the position of the visit, sets are masks.

    ``alone[v]`` are the visits never on the day of ``v``; ``apart`` the pairs that are not on some days. ``later[v]``
    are the visits of higher rank, ``ranked`` all visits by rank.
    """

    ranked: Sequence[int]
    alone: list[int]
    apart: dict[tuple[int, int], frozenset[int]]
    later: list[int]
    never: bool


def sharing(network: Network, ranked: Sequence[int]) -> Sharing:
    """Return which visits of a network may stand on one day."""
    count = len(network.windows)
    alone = [0] * count
    apart: dict[tuple[int, int], frozenset[int]] = {}
    for group in network.groups:
        mask = sum(1 << visit for visit in group.visits)
        for visit in group.visits:
            if group.days is None:
                alone[visit] |= mask & ~(1 << visit)
                continue
            for other in group.visits:
                if other != visit:
                    apart[visit, other] = apart.get((visit, other), frozenset()) | group.days
    later, higher = [0] * count, 0
    for visit in reversed(ranked):
        later[visit] = higher
        higher |= 1 << visit
    whole = (1 << count) - 1
    return Sharing(ranked, alone, apart, later, all(mask | 1 << visit == whole for visit, mask in enumerate(alone)))
