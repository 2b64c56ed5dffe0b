"""The exact search over a network, with the limits that turn out to matter.

Limits over several visits make the search wide, and most are kept without being asked for. So the course is first
placed without them; what its best placement breaks is heeded from then on, until nothing is broken. The best placement
of fewer limits that breaks none of the others is the best of all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from kapplan.planning.solver.cost_network import Apart, Cap, Network
from kapplan.planning.solver.dynamic_program import NEVER, Question, best
from kapplan.planning.solver.lower_bound import relax
from kapplan.planning.solver.stages import Layout, Step

LOOKED_AHEAD = (0, 0, 1, 3, 7)
"""Visits of a broken limit that stand so many days apart are kept apart too, by how often limits were broken."""


class Search:
    """Finds the best placements of a network; what one search learns serves the next."""

    def __init__(self, network: Network, before: Search | None = None, hopeless: Question = NEVER) -> None:
        """Search a network.

        ``before`` is an earlier search of another network of the same problem, if any; ``hopeless`` is asked, once the
        search grows wide, whether the problem has any placement.
        """
        self.network = network
        self.hopeless = hopeless
        relaxation = relax(network)
        self.layout = None if relaxation is None else Layout(network, relaxation)
        self.aparts: set[Apart] = set() if before is None else set(before.aparts)
        self.caps: set[int] = set() if before is None else set(before.caps)
        self.lessons = 0
        self.steps = self._steps()

    def best(self, first: int | None = None) -> tuple[int, ...] | None:
        """Return the day of each visit of the best placement; ``None`` where there is none.

        With ``first`` the first visit stands on that day.
        """
        if self.layout is None:
            return None
        self.lessons = 0
        least = 0
        while True:
            found = best(self.steps, least, self.network.scale.ceiling, first, hopeless=self.hopeless)
            if found is None:
                return None
            if not self._learn(found.days):
                return found.days
            least = found.cost

    def _learn(self, days: Sequence[int]) -> bool:
        """Heed from now on the limits that these days break; return whether there are any."""
        within = LOOKED_AHEAD[min(self.lessons, len(LOOKED_AHEAD) - 1)]
        broken = [group for group in self.network.groups if group.broken(days)]
        overfull = {number for number, cap in enumerate(self.network.caps) if _overfull(cap, days)}
        if not broken and not overfull:
            return False
        self.lessons += 1
        self.aparts |= {apart for group in broken for apart in group.close(days, within) if self._may_meet(apart)}
        self.caps |= overfull
        self.steps = self._steps()
        return True

    def _may_meet(self, apart: Apart) -> bool:
        """Tell whether the timing rules leave it open that two visits fall on one day."""
        gap = self.network.least_gap(apart.one, apart.other)
        return gap is None or gap < 1

    def _steps(self) -> list[Step]:
        if self.layout is None:
            return []
        return self.layout.steps(sorted(self.aparts, key=_by_visits), sorted(self.caps))


def _by_visits(apart: Apart) -> tuple[int, int, tuple[int, ...]]:
    return apart.one, apart.other, tuple(sorted(apart.days or ()))


def _overfull(cap: Cap, days: Sequence[int]) -> bool:
    anchor = cap.day if cap.anchor is None else days[cap.anchor]
    blocks = Counter(cap.block(anchor, days[visit]) for visit in cap.visits if cap.counts(days[visit]))
    return any(count > cap.room(anchor, block) for block, count in blocks.items())
