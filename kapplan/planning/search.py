"""The exact search over a network, with the limits that turn out to matter.

Limits over several visits make the search wide, and most are kept without being asked for. So the course is first
placed without them; what its best placement breaks is heeded from then on, until nothing is broken. The best placement
of fewer limits that breaks none of the others is the best of all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from kapplan.planning.network import Apart, Cap, Network
from kapplan.planning.relaxation import relax
from kapplan.planning.stages import lay_steps
from kapplan.planning.sweep import best


def solve(network: Network) -> tuple[int, ...] | None:
    """Return the day of each visit of the best placement; ``None`` where there is none."""
    relaxation = relax(network)
    if relaxation is None:
        return None
    aparts: set[Apart] = set()
    caps: set[int] = set()
    least = 0
    while True:
        steps = lay_steps(network, relaxation, sorted(aparts, key=_by_visits), sorted(caps))
        found = best(steps, least, network.scale.ceiling)
        if found is None:
            return None
        broken = {apart for apart in network.aparts if _together(apart, found.days)}
        overfull = {number for number, cap in enumerate(network.caps) if _overfull(cap, found.days)}
        if not broken and not overfull:
            return found.days
        least = found.cost
        aparts |= broken
        caps |= overfull


def _by_visits(apart: Apart) -> tuple[int, int]:
    return apart.one, apart.other


def _together(apart: Apart, days: Sequence[int]) -> bool:
    day = days[apart.one]
    return day == days[apart.other] and (apart.days is None or day in apart.days)


def _overfull(cap: Cap, days: Sequence[int]) -> bool:
    anchor = cap.day if cap.anchor is None else days[cap.anchor]
    blocks = Counter(cap.block(anchor, days[visit]) for visit in cap.visits if cap.counts(days[visit]))
    return any(count > cap.room(anchor, block) for block, count in blocks.items())
