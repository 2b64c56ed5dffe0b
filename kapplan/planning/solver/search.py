"""The exact search over a network, with the caps that turn out to matter.

Caps over many visits make the search wide, and most are kept without being asked for. So the course is first placed
without them; what its best placement breaks is heeded from then on, until nothing is broken. The best placement of
fewer caps that breaks none of the others is the best of all.

A course that comes near its bound is found at once, by sweeps whose allowance grows. For any other, a narrow search (a
beam) finds a placement, prices raise the bound towards what it costs, days that no better one can use are dropped, and
one sweep settles it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from kapplan.planning.solver.cost_network import Network
from kapplan.planning.solver.label_setting import Found, Meter, Sharing, Sweep, Swept, sharing
from kapplan.planning.solver.prices import LagrangianBound, plain, raised, without_days
from kapplan.planning.solver.stages import Stages

FIRST_MARGIN = 64
WIDENING = 8
"""How far each quick sweep goes beyond the least cost that the one before cut off, and how that margin grows."""
QUICK_STEPS = 1_500
STEPS_A_VISIT = 8
"""How many steps a quick sweep takes before the course counts as crowded."""
EASY_STEPS = 20_000
"""How many steps a sweep takes within the cost of a known placement before prices are worth their rounds."""
BEAM, WIDE_BEAM = 24, 96
"""How many labels of a day a beam goes on from, and how many once prices guide it."""
SHARES = (4, 1)
"""Which parts of the way from the bound to a known placement the last sweeps allow: the optimum may be far below it."""


class SearchAnswer(NamedTuple):
    """The best placement found, by position: nothing costs less than ``bound``.

    Without days there is no placement where ``proven``; else nothing is known yet. Where days are not ``proven`` a
    better placement may exist.
    """

    days: tuple[int, ...] | None
    bound: int
    proven: bool


class Search:
    """Finds the best placements of a network; what one search learns serves the next.

    With ``first`` in any question the first listed visit stands on that day.
    """

    def __init__(self, network: Network, meter: Meter, before: Search | None = None) -> None:
        self.network = network
        self.meter = meter
        self.bound = plain(network)
        self.caps: set[int] = set() if before is None else set(before.caps)
        self.shares: Sharing | None = None
        self.stages: tuple[LagrangianBound, set[int], Stages] | None = None

    def quick(self, first: int | None = None) -> SearchAnswer:
        """Return the best placement where sweeps of little work find it."""
        bound = self.bound
        if bound is None:
            return SearchAnswer(None, self.network.scale.ceiling, proven=True)
        return self._heeding(lambda: self._quick(bound, first))

    def beam(self, most: int, first: int | None = None) -> Found | None:
        """Return a good placement that costs at most ``most``, if a narrow search finds one."""
        bound = self.bound
        if bound is None:
            return None
        answer = self._heeding(lambda: self._beam(bound, most, first))
        return None if answer.days is None else Found(answer.bound, answer.days)

    def settle(self, known: Found, first: int | None = None) -> SearchAnswer:
        """Return the best placement, one being known already."""
        bound = self.bound
        if bound is None:
            raise AssertionError("the bound excludes a placement that is known")
        return self._heeding(lambda: self._settle(bound, known, first))

    def _heeding(self, ask: Callable[[], SearchAnswer]) -> SearchAnswer:
        """Ask until the answer breaks no cap."""
        while True:
            answer = ask()
            broken = set() if answer.days is None else self._broken(answer.days)
            if not broken:
                return answer
            self.caps |= broken

    def _broken(self, days: Sequence[int]) -> set[int]:
        return {number for number, cap in enumerate(self.network.caps) if number not in self.caps and cap.broken(days)}

    def _quick(self, bound: LagrangianBound, first: int | None) -> SearchAnswer:
        ceiling = self.network.scale.ceiling
        allowance, margin = bound.relaxation.cost, FIRST_MARGIN
        steps = QUICK_STEPS + STEPS_A_VISIT * len(self.network.windows)
        while True:
            swept = self._swept(bound, allowance, first, steps)
            if swept.found is not None and swept.whole:
                return SearchAnswer(swept.found.days, swept.found.cost, proven=True)
            if not swept.whole:
                return SearchAnswer(None, swept.bound, proven=False)
            if swept.bound > ceiling:
                return SearchAnswer(None, ceiling, proven=True)
            allowance = min(ceiling, swept.bound + margin)
            margin *= WIDENING

    def _beam(self, bound: LagrangianBound, most: int, first: int | None) -> SearchAnswer:
        swept = self._swept(bound, most, first, self.meter.left(), BEAM)
        found = swept.found
        return (
            SearchAnswer(None, most, proven=False)
            if found is None
            else SearchAnswer(found.days, found.cost, proven=False)
        )

    def _settle(self, bound: LagrangianBound, known: Found, first: int | None) -> SearchAnswer:
        swept = self._swept(bound, known.cost, first, EASY_STEPS)
        known = _cheaper(known, swept.found)
        if swept.whole:
            return SearchAnswer(known.days, known.cost, proven=True)
        best = raised(bound, known.cost)
        known = _cheaper(known, self._swept(best, known.cost, first, self.meter.left(), WIDE_BEAM).found)
        fewer = without_days(best, known.cost)
        if fewer is None:
            raise AssertionError("the bound excludes a placement that is known")
        least = fewer.relaxation.cost
        for share in SHARES:
            allowance = least + (known.cost - least) // share
            swept = self._swept(fewer, allowance, first, self.meter.left())
            known = _cheaper(known, swept.found)
            if swept.whole and swept.found is not None:
                return SearchAnswer(known.days, known.cost, proven=True)
            least = max(least, min(swept.bound, known.cost))
            if not swept.whole:
                break
        return SearchAnswer(known.days, least, proven=False)

    def _swept(
        self, bound: LagrangianBound, allowance: int, first: int | None, steps: int, width: int | None = None
    ) -> Swept:
        """Search within an allowance and so many steps."""
        meter = Meter(min(steps, self.meter.left()), self.meter.labels)
        if self.shares is None:
            self.shares = sharing(self.network, bound.order.ranked)
        sweep = Sweep(
            self._stages(bound),
            self.shares,
            allowance,
            meter,
            idle=bound.prices.days,
            priced=bound.priced,
            width=width,
            first=first,
        )
        swept = sweep.run()
        self.meter.spent += meter.spent
        return swept

    def _stages(self, bound: LagrangianBound) -> Stages:
        """Return the stages of a bound; those of the last sweep where nothing is new."""
        if self.stages is None or self.stages[0] is not bound or self.stages[1] != self.caps:
            stages = Stages(bound.network, bound.order, bound.relaxation, sorted(self.caps))
            self.stages = (bound, set(self.caps), stages)
        return self.stages[2]


def _cheaper(one: Found, other: Found | None) -> Found:
    """Return what was found where it is at least as good as what was known: it goes by the ties, too."""
    return one if other is None or one.cost < other.cost else other
