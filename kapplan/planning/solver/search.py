"""The exact search over a network, with the limits that turn out to matter.

Limits over many visits make the search wide, and most are kept without being asked for. So the course is first placed
without them; what its best placement breaks is heeded from then on, until nothing is broken. The best placement of
fewer limits that breaks none of the others is the best of all.

A course that comes near its bound is found at once: the forest's own best placement may be it, else sweeps whose
allowance grows find it, the cheapest labels first. For any other, a narrow search (a beam) finds a placement, prices
raise the bound towards what it costs, and days that no better one can use are dropped. Few days are settled by sweeps
over all of them; of many, the days of the visit that most of the rest refers to are looked at each by itself: there the
bound is far closer, and a still narrower beam finds better placements.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from kapplan.planning.solver.cost_network import Network
from kapplan.planning.solver.label_setting import Ask, Found, Meter, Sweep, Swept
from kapplan.planning.solver.lower_bound import work
from kapplan.planning.solver.precedence import Sharing, sharing
from kapplan.planning.solver.prices import ROUNDS, LagrangianBound, Prices, plain, priced_like, raised, without_days
from kapplan.planning.solver.stages import Stages

FIRST_MARGIN = 512
WIDENING = 8
"""How far each quick sweep goes beyond the least cost that the one before cut off, and how that margin grows."""
QUICK_STEPS = 20000
STEPS_A_VISIT = 8
"""How many steps a quick sweep takes before the course counts as crowded: most starts of a wide window need some."""
EASY_STEPS = 20_000
"""How many steps a sweep without branches takes within a known cost before prices are worth their rounds."""
FEW_DAYS = 600
"""Up to how many days left in all, over all visits, sweeps over the whole are less work than branches."""
BEAM = 16
"""How many labels of a day a beam goes on from."""
SCOUTS = 4
"""The same for a beam that looks at one day of a visit by itself."""
NEARER = 8
"""Prices rise for the whole where its branches by themselves close less than one part in so many of the gap."""
FEWER_ROUNDS = 10
"""How many rounds prices rise that begin with those of another branch."""
DAYS_A_STEP = 4
"""How many days of the forest are worked through in the time of one step of a sweep."""
MOST_RAISED = 600_000
"""How many steps the rounds of prices may take, of which there are fewer where windows are very wide."""
MOST_BEGUN = 500_000
"""How many steps branches may take to begin: each of them keeps a forest of its own."""
RELAXED = 2
"""As how many times through the forest a round of prices counts, dropping days, or taking over prices."""
QUICK_SHARE = 8
"""Of what is left, quick sweeps take one part in so many, and so does a beam that looks for any placement."""
SCOUTED_SHARE = 3
"""Of what is left, looking for better placements takes one part in so many where the rounds of prices want the rest."""
SHARES = (4, 2, 1)
"""Which parts of the way from the bound to a known placement the last sweeps allow: the optimum may be far below it."""
BRANCH_SHARES = (2, 1)
"""The same where the days of one visit are looked at each by itself: little is left to do for each."""
GROWTH = 10
"""How many times the work of the first of them the last one is thought to take: where so much is left, it follows."""


class SearchAnswer(NamedTuple):
    """The best placement found, by position: nothing costs less than ``bound``.

    Without days there is no placement where ``proven``; else nothing is known yet. Where days are not ``proven`` a
    better placement may exist.
    """

    days: tuple[int, ...] | None
    bound: int
    proven: bool


class Branch(NamedTuple):
    """The placements with one visit on one ``day``: what they cost at least, and how often they were looked through.

    Those with the least cost come first; no two of one search have the same day.
    """

    least: int
    day: int
    looked: int
    bound: LagrangianBound


class Search:
    """Finds the best placements of a network; what one search learns serves the next.

    With ``first`` in any question the first listed visit stands on that day.
    """

    def __init__(self, network: Network, meter: Meter, before: Search | None = None) -> None:
        self.network = network
        self.meter = meter
        self.bound = plain(network)
        if self.bound is not None:
            self._worked(self.bound, 1)
        self.caps: set[int] = set() if before is None else set(before.caps)
        self.groups: set[int] = set() if before is None else set(before.groups)
        self.shares: Sharing | None = None
        self.stages: tuple[LagrangianBound, set[int], Stages] | None = None

    def quick(self, first: int | None = None, most: int | None = None) -> SearchAnswer:
        """Return the best placement where sweeps of little work find it; one may be known that costs ``most``."""
        bound = self.bound
        if bound is None:
            return SearchAnswer(None, self.network.scale.ceiling, proven=True)
        return self._heeding(lambda least: self._quick(bound, first, least, most))

    def up_to(self, most: int, first: int | None = None) -> SearchAnswer:
        """Return the best placement that costs at most ``most``, if there is one: any other costs ``bound`` or more."""
        bound = self.bound
        if bound is None:
            return SearchAnswer(None, self.network.scale.ceiling, proven=True)
        return self._heeding(
            lambda least: self._at_bound(bound, first, least) or self._up_to(bound, first, most, self._saved())
        )

    def beam(self, most: int, first: int | None = None) -> Found | None:
        """Return a good placement that costs at most ``most``, if a narrow search finds one."""
        bound = self.bound
        if bound is None:
            return None
        self.groups = set(range(len(self.network.groups)))
        steps = self.meter.left() // QUICK_SHARE
        answer = self._heeding(lambda _: self._beam(bound, most, first, steps))
        return None if answer.days is None else Found(answer.bound, answer.days)

    def settle(self, known: Found, first: int | None = None) -> SearchAnswer:
        """Return the best placement, one being known already."""
        bound = self.bound
        if bound is None:
            raise AssertionError("the bound excludes a placement that is known")
        self.groups = set(range(len(self.network.groups)))
        fewer = self._within(bound, known)
        hub = None if fewer.bare.open_days() <= FEW_DAYS else _hub(fewer)
        saved = min(_steps(fewer, RELAXED * ROUNDS), self.meter.left() - self.meter.left() // SCOUTED_SHARE)
        most = min(MOST_BEGUN, self.meter.left() - saved)
        dear = hub is not None and _steps(fewer, len(fewer.bare.days(hub))) > most
        branches = [] if hub is None or dear else self._branches(fewer, hub, first)
        least = 0
        if branches:
            known, branches = self._scouted(branches, known, first, saved)
            fewer = self._within(fewer, known)
        else:
            swept = self._swept(fewer, Ask(known.cost, first), min(EASY_STEPS, self.meter.left() - saved))
            known, least = self._better(known, swept), swept.bound
            if swept.whole and swept.found == known:
                return SearchAnswer(known.days, known.cost, proven=True)
        if self._is_far(fewer, branches, known) and not self.meter.is_over():
            fewer = self._raised(fewer, known, ROUNDS)
            known = self._settled(fewer, Ask(known.cost, first, BEAM), known)[1]
            fewer = self._within(fewer, known)
        if branches and fewer.bare.open_days() > FEW_DAYS:
            return self._branched(fewer, branches, known, first)
        return self._widened(fewer, known, first, least)

    def _is_far(self, bound: LagrangianBound, branches: Sequence[Branch], known: Found) -> bool:
        """Tell whether one day of a visit by itself hardly brings a bound nearer to the known placement, if any is."""
        least = bound.relaxation.cost
        nearer = min((branch.least for branch in branches), default=least) - least
        return nearer * NEARER <= known.cost - least

    def _branches(self, bound: LagrangianBound, hub: int, first: int | None) -> list[Branch]:
        """Return the bounds with a visit on each of its days by itself."""
        branches = []
        for day in bound.bare.days(hub):
            branch = plain(bound.bare.standing(hub, day))
            if branch is not None:
                self._worked(branch, 1)
                branches.append(Branch(branch.least(first), day, 0, branch))
        return branches

    def _scouted(
        self, branches: list[Branch], known: Found, first: int | None, saved: int
    ) -> tuple[Found, list[Branch]]:
        """Return a better placement where narrow beams, one for each branch, find any; and the branches left then.

        So many steps are ``saved`` for what follows: a better placement is of little use where no bound is near it.
        """
        left = []
        for branch in sorted(branches):
            if branch.least > known.cost:
                break
            if self.meter.left() <= saved or self.meter.is_over():
                left.append(branch)
                continue
            fewer = self._fewer(branch.bound, known)
            if fewer is not None:
                known = self._settled(fewer, Ask(known.cost, first, SCOUTS), known)[1]
                left.append(branch._replace(bound=fewer))
        return known, left

    def _widened(self, bound: LagrangianBound, known: Found, first: int | None, least: int) -> SearchAnswer:
        """Return the best placement by sweeps that go further and further towards the cost of the known one.

        None is known to cost less than ``least``.
        """
        least = max(least, bound.relaxation.cost)
        begun = self.meter.spent
        for share in SHARES:
            if share == SHARES[1] and (self.meter.spent - begun) * GROWTH < self.meter.left():
                continue
            allowance = least + (known.cost - least) // share
            swept, known = self._settled(bound, Ask(allowance, first), known)
            least = max(least, min(swept.bound, known.cost))
            if swept.found == known or not swept.whole:
                return SearchAnswer(known.days, least, proven=swept.whole)
        return SearchAnswer(known.days, known.cost, proven=True)

    def _branched(
        self, bound: LagrangianBound, branches: list[Branch], known: Found, first: int | None
    ) -> SearchAnswer:
        """Return the best placement, the days of one visit looked at each by itself: those with the least bound first.

        A branch is gone on from until its bound is above the known placement: its prices rise first, from those of the
        whole or of the branch before, then sweeps go part of the way to the known placement, and then all of it.
        """
        at_least, prices = bound.least(first), bound.prices
        branches = [branch._replace(least=max(at_least, branch.least)) for branch in branches]
        heapify(branches)
        while branches and branches[0].least <= known.cost:
            branch = heappop(branches)
            least, looked = branch.least, branch.looked
            if self.meter.is_over():
                return SearchAnswer(known.days, least, proven=False)
            fewer = self._fewer(branch.bound, known)
            if fewer is None:
                continue
            if looked == 0:
                self._worked(fewer, RELAXED)
                fewer = self._raised(_dearest(fewer, prices), known, FEWER_ROUNDS)
                prices = fewer.prices
                known = self._settled(fewer, Ask(known.cost, first, SCOUTS), known)[1]
                heappush(branches, branch._replace(least=max(least, fewer.relaxation.cost), looked=1, bound=fewer))
                continue
            allowance = least + (known.cost - least) // BRANCH_SHARES[min(looked, len(BRANCH_SHARES)) - 1]
            swept, known = self._settled(fewer, Ask(allowance, first), known)
            if not swept.whole:
                least = max(least, min(swept.bound, known.cost))
                return SearchAnswer(known.days, min([least, *(other.least for other in branches[:1])]), proven=False)
            if allowance < known.cost:
                least = max(least, swept.bound)
                heappush(branches, branch._replace(least=least, looked=looked + 1, bound=fewer))
        return SearchAnswer(known.days, known.cost, proven=True)

    def _raised(self, bound: LagrangianBound, known: Found, rounds: int) -> LagrangianBound:
        """Return a bound with better prices."""
        rounds = max(0, min(rounds, min(MOST_RAISED, self.meter.left()) // max(1, _steps(bound, RELAXED))))
        self._worked(bound, RELAXED * rounds)
        return raised(bound, known.cost, rounds, self.caps, self.meter.deadline)

    def _within(self, bound: LagrangianBound, known: Found) -> LagrangianBound:
        """Return a bound without the days that are in no placement as good as one that is known, if there is time."""
        if self.meter.is_over():
            return bound
        fewer = self._fewer(bound, known)
        if fewer is None:
            raise AssertionError("the bound excludes a placement that is known")
        return fewer

    def _fewer(self, bound: LagrangianBound, known: Found) -> LagrangianBound | None:
        """Return a bound without the days that no placement as good as the known one uses; ``None`` without any."""
        self._worked(bound, RELAXED)
        return without_days(bound, known.cost)

    def _worked(self, bound: LagrangianBound, rounds: int) -> None:
        """Count the steps that working through the forest so often takes."""
        self.meter.spent += _steps(bound, rounds)

    def _settled(self, bound: LagrangianBound, ask: Ask, known: Found) -> tuple[Swept, Found]:
        """Search until what is found breaks no limit."""
        while True:
            swept, heeded = self._swept(bound, ask), len(self.caps)
            known = self._better(known, swept)
            if not swept.whole or len(self.caps) == heeded:
                return swept, known

    def _better(self, known: Found, swept: Swept) -> Found:
        """Return what was found where it keeps all limits and is as good as what was known: it goes by ties, too."""
        found = swept.found
        if found is None or self._learn(found.days):
            return known
        return min(known, found)

    def _heeding(self, ask: Callable[[int], SearchAnswer]) -> SearchAnswer:
        """Ask until the answer breaks no limit, each time with what any answer costs at least."""
        least = 0
        while True:
            answer = ask(least)
            if answer.days is None or not self._learn(answer.days):
                return answer
            least = answer.bound

    def _learn(self, days: Sequence[int]) -> bool:
        """Heed from now on the limits that these days break; return whether there are any."""
        network = self.network
        caps = {number for number, cap in enumerate(network.caps) if cap.broken(days)} - self.caps
        groups = {number for number, group in enumerate(network.groups) if group.broken(days)} - self.groups
        self.caps |= caps
        self.groups |= groups
        return bool(caps or groups)

    def _timed(self) -> int:
        """Return the visits (a mask) that the limits heeded name."""
        timed = 0
        for number in self.caps:
            timed |= self.network.caps[number].named()
        for number in self.groups:
            timed |= sum(1 << visit for visit in self.network.groups[number].visits)
        return timed

    def _quick(self, bound: LagrangianBound, first: int | None, least: int, most: int | None) -> SearchAnswer:
        at_bound = self._at_bound(bound, first, least)
        if at_bound is not None:
            return at_bound
        ceiling = self.network.scale.ceiling
        allowance, margin = most or max(bound.least(first), least) + FIRST_MARGIN, FIRST_MARGIN
        saved = self._saved()
        while True:
            answer = self._up_to(bound, first, allowance, saved)
            if answer.days is not None or not answer.proven:
                return answer
            if answer.bound > ceiling:
                return SearchAnswer(None, ceiling, proven=True)
            allowance = min(ceiling, answer.bound + margin)
            margin *= WIDENING

    def _at_bound(self, bound: LagrangianBound, first: int | None, least: int) -> SearchAnswer | None:
        """Return the forest's own best placement where it costs no more than the bound and no limit is heeded yet."""
        if self.caps or self.groups or least:
            return None
        days, lowest = bound.cheapest(first), bound.least(first)
        if days is None or self.network.cost(days) != lowest:
            return None
        return SearchAnswer(days, lowest, proven=True)

    def _up_to(self, bound: LagrangianBound, first: int | None, most: int, saved: int) -> SearchAnswer:
        """Return the best placement that costs at most ``most`` where little work finds it; steps are ``saved``."""
        usual = QUICK_STEPS + STEPS_A_VISIT * len(self.network.windows)
        steps = max(0, min(usual, self.meter.left() - saved))
        swept = self._swept(bound, Ask(most, first, cheapest=True), steps)
        if swept.found is not None and swept.whole:
            return SearchAnswer(swept.found.days, swept.found.cost, proven=True)
        return SearchAnswer(None, swept.bound, swept.whole)

    def _saved(self) -> int:
        """Return how many of the steps left quick sweeps leave to what may follow."""
        return self.meter.left() - self.meter.left() // QUICK_SHARE

    def _beam(self, bound: LagrangianBound, most: int, first: int | None, steps: int) -> SearchAnswer:
        swept = self._swept(bound, Ask(most, first, BEAM), steps)
        found = swept.found
        return (
            SearchAnswer(None, most, proven=False)
            if found is None
            else SearchAnswer(found.days, found.cost, proven=False)
        )

    def _swept(self, bound: LagrangianBound, ask: Ask, steps: int | None = None) -> Swept:
        """Search for what is asked, with so many steps at most."""
        left = self.meter.left()
        steps = left if steps is None else min(steps, left)
        meter = Meter(steps, self.meter.labels, deadline=self.meter.deadline)
        if self.shares is None or self.shares.ranked != bound.order.ranked:
            self.shares = sharing(self.network, bound.order.ranked)
        swept = Sweep(bound, self._stages(bound), self.shares, ask, meter, timed=self._timed()).run()
        self.meter.spent += meter.spent
        return swept

    def _stages(self, bound: LagrangianBound) -> Stages:
        """Return the stages of a bound; those of the last sweep where nothing is new."""
        if self.stages is None or self.stages[0] is not bound or self.stages[1] != self.caps:
            stages = Stages(bound.network, bound.order, bound.relaxation, sorted(self.caps))
            self.stages = (bound, set(self.caps), stages)
        return self.stages[2]


def _steps(bound: LagrangianBound, times: int) -> int:
    """Return how many steps it takes to work through the forest of a bound so many times."""
    return work(bound.bare, bound.relaxation.parents) * times // DAYS_A_STEP


def _dearest(bound: LagrangianBound, prices: Prices) -> LagrangianBound:
    """Return a bound with other prices where these are better for it."""
    other = None if prices is bound.prices else priced_like(bound.bare, prices)
    return bound if other is None or other.relaxation.cost <= bound.relaxation.cost else other


def _hub(bound: LagrangianBound) -> int | None:
    """Return the visit that most of what the forest leaves out refers to, if anything does."""
    left = bound.left_out()
    return min(left, key=lambda visit: (-left[visit], visit), default=None)
