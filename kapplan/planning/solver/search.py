"""The exact search over a network, with the limits that turn out to matter.

Limits over many visits make the search wide, and most are kept without being asked for. So the course is first placed
without them; what its best placement breaks is heeded from then on, until nothing is broken. The best placement of
fewer limits that breaks none of the others is the best of all.

A course that comes near its bound is found at once: the forest's own best placement may be it, else sweeps whose
allowance grows find it, the cheapest labels first. For any other a placement is found, prices raise the bound towards
what it costs, and days that no better one can use are dropped. Then the days of the visit that most of the rest refers
to are looked at each by itself: there the bound is far closer. Where no such visit is, sweeps go over all days.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from kapplan.dataclass import replace
from kapplan.planning.solver.cost_network import Heeded, Network
from kapplan.planning.solver.label_setting import Ask, Found, Meter, Sweep, Swept
from kapplan.planning.solver.lower_bound import cheapest_days
from kapplan.planning.solver.precedence import Sharing, sharing
from kapplan.planning.solver.prices import ROUNDS, LagrangianBound, dearest, plain, raised, without_days
from kapplan.planning.solver.stages import NEVER, Stages

FIRST_MARGIN = 512
WIDENING = 8
"""How far each quick sweep goes beyond the least cost that the one before cut off, and how that margin grows."""
FURTHER = 4
"""With limits that were just learned one part in so many of what is known to be needed beyond the bound is allowed."""
SMALL_SWEEP = 150
"""After a quick sweep of more steps the next one has no margin: another like it would cost as much."""
QUICK_ROUNDS = 14
QUICK_STEPS = 8_000
"""As many times through the forest quick sweeps may take in all, or so many steps; what needs more is crowded."""
START_STEPS = 20_000
"""The same where the first visit stands on one day."""
EASY_STEPS = 5_000
"""How many steps a sweep without branches takes within a known cost before prices are worth their rounds."""
EASY_BRANCH = 2_000
"""The same for a sweep over the placements with one visit on one day."""
WORTH = 4
"""Prices rise for the whole first, while each round closes at least one part in so many of the gap."""
FEW_DAYS = 1_000
"""Up to how many days over all visits a course is small: its branches are soon settled, without scouts before."""
BEAM = 16
"""How many labels of a day a beam goes on from."""
SCOUTS = 4
"""The same for a beam that looks at one day of a visit by itself."""
NEARER = 8
"""Prices rise for the whole where its branches by themselves close less than one part in so many of the gap."""
FEWER_ROUNDS = 7
"""How many rounds prices rise that begin with those of another branch."""
RISES = 4
STEEP = 5
"""How often at most where sweeps take long, while each time closes at least one part in so many of the gap."""
TRIAL = 3
"""Sweeps of branches take long where the first takes as long as so many times these rounds."""
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
    """The placements with one visit on one ``day``: what they cost at least, and whether their prices have ``risen``.

    Those with the least cost come first; no two of one search have the same day.
    """

    least: int
    day: int
    risen: bool
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
            self.meter.spent += self.bound.steps(1)
        self.heeded: Heeded = Heeded(network) if before is None else before.heeded.of(network)
        self.shares: Sharing | None = None
        self.stages: tuple[LagrangianBound, Stages] | None = None

    def is_small(self) -> bool:
        """Tell whether the visits may stand on few days in all."""
        return self.bound is None or self.bound.bare.open_days() <= FEW_DAYS

    def quick(self, first: int | None = None, most: int | None = None) -> SearchAnswer:
        """Return the best placement where sweeps of little work find it; one may be known that costs ``most``."""
        steps = self.meter.left() // QUICK_SHARE  # the most is for what may follow
        if first is None and self.bound is not None:
            steps = min(steps, self.bound.steps(QUICK_ROUNDS))
        last = self.meter.spent + min(steps, QUICK_STEPS if first is None else START_STEPS)
        return self._heeding(lambda bound, least: self._quick(bound, first, least, most, last))

    def up_to(self, most: int, first: int | None = None) -> SearchAnswer:
        """Return the best placement that costs at most ``most``, if there is one: any other costs ``bound`` or more."""
        last = self.meter.spent + min(START_STEPS, self.meter.left() // QUICK_SHARE)
        return self._heeding(
            lambda bound, least: self._at_bound(bound, first, least) or self._up_to(bound, first, most, last)
        )

    def beam(self, first: int | None, width: int, steps: int) -> Found | None:
        """Return a good placement, if one is found from so many labels of each day, in so many steps."""
        self.heeded.groups.update(range(len(self.network.groups)))
        if not self.is_small():
            self.heeded.caps.update(range(len(self.network.caps)))
        ask = Ask(self.network.scale.ceiling, first, width)
        answer = self._heeding(lambda bound, _: self._beam(bound, ask, min(steps, self.meter.left() // QUICK_SHARE)))
        return None if answer.days is None else Found(answer.bound, answer.days)

    def settle(self, known: Found, first: int | None = None) -> SearchAnswer:
        """Return the best placement, one being known already."""
        bound = self.bound
        if bound is None:
            raise AssertionError("the bound excludes a placement that is known")
        self.heeded.groups.update(range(len(self.network.groups)))
        fewer = self._within(self._raised(bound, known, ROUNDS, WORTH), known)
        saved = min(fewer.steps(RELAXED * ROUNDS), self.meter.left() - self.meter.left() // SCOUTED_SHARE)
        hub = fewer.hub()
        most = min(MOST_BEGUN, self.meter.left() - saved)
        if hub is None or self.meter.is_over() or fewer.steps(len(fewer.bare.days(hub))) > most:
            return self._widened(fewer, known, first, saved)
        branches = self._branches(fewer, hub, known, first)
        known = self._guessed(branches, known, first)
        if fewer.bare.open_days() > FEW_DAYS or self.meter.left() < len(branches) * EASY_BRANCH + saved:
            known, branches = self._scouted(branches, known, first, saved)
            fewer = self._within(fewer, known)
            least = fewer.relaxation.cost
            nearer = min((branch.least for branch in branches), default=least) - least
            if nearer * NEARER <= known.cost - least:
                fewer, known = self._lifted(fewer, known, first)
        return self._branched(fewer, branches, known, first)

    def _lifted(self, bound: LagrangianBound, known: Found, first: int | None) -> tuple[LagrangianBound, Found]:
        """Return a bound with better prices for the whole, and what a beam finds that it leads."""
        bound = self._raised(bound, known, ROUNDS)
        known = self._settled(bound, Ask(known.cost, first, BEAM), known)[1]
        return self._within(bound, known), known

    def _guessed(self, branches: Sequence[Branch], known: Found, first: int | None) -> Found:
        """Return the forest's best placement of the best branch where it is a better one that keeps everything."""
        bound = min(branches).bound
        if first is not None and bound.relaxation.parents[0] is not None:
            return known
        days = tuple(cheapest_days(bound.network, bound.order, bound.relaxation, first))
        network = self.network
        if any(cap.broken(days) for cap in network.caps) or any(group.broken(days) for group in network.groups):
            return known
        return min(known, Found(network.cost(days), days))

    def _branches(self, bound: LagrangianBound, hub: int, known: Found, first: int | None) -> list[Branch]:
        """Return the bounds with a visit on each of its days by itself, where it may be as good as what is known."""
        branches: list[Branch] = []
        for day in bound.bare.days(hub):
            branch = plain(bound.bare.standing(hub, day), branches[0].bound if branches else None, known.cost)
            if branch is not None:
                self.meter.spent += branch.steps(1)
                branches.append(Branch(branch.least(first), day, False, branch))
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

    def _widened(self, bound: LagrangianBound, known: Found, first: int | None, saved: int) -> SearchAnswer:
        """Return the best placement by a sweep, or by ones that go further and further towards the known one's cost.

        Of the first one so many steps are ``saved`` for the prices without which the others go far.
        """
        easy = min(EASY_STEPS, self.meter.left() - saved)
        swept, known = self._settled(bound, Ask(known.cost, first), known, easy)
        if swept.whole:
            return SearchAnswer(known.days, known.cost, proven=True)
        bound, known = self._lifted(bound, known, first)
        least = max(min(swept.bound, known.cost), bound.relaxation.cost)
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

        A branch is gone on from until its bound is above the known placement: by a short sweep all the way to it, else
        with prices from those of the nearest branch, or of the whole, and then a sweep. The first such sweep tells how
        often prices rise.
        """
        at_least, prices, rises = bound.least(first), {NEVER: bound.prices}, 0
        branches = [branch._replace(least=max(at_least, branch.least)) for branch in branches]
        heapify(branches)
        while branches and branches[0].least <= known.cost:
            branch = heappop(branches)
            least = branch.least
            if self.meter.is_over():
                return SearchAnswer(known.days, least, proven=False)
            if not branch.risen and branch.bound.bare.open_days() <= FEW_DAYS:
                swept, known = self._settled(branch.bound, Ask(known.cost, first), known, EASY_BRANCH)
                if swept.whole:
                    continue
                least = max(least, min(swept.bound, known.cost))
            fewer = self._fewer(branch.bound, known)
            if fewer is None:
                continue
            if not branch.risen:
                self.meter.spent += fewer.steps(RELAXED)
                fewer = dearest(fewer, prices[min(prices, key=lambda day: abs(day - branch.day))])
                fewer = self._risen(fewer, known, max(1, rises))
                prices[branch.day] = fewer.prices
                known = self._settled(fewer, Ask(known.cost, first, SCOUTS), known)[1]
                if not rises:
                    steps = TRIAL * fewer.steps(RELAXED * FEWER_ROUNDS)
                    swept, known = self._settled(fewer, Ask(known.cost, first), known, steps)
                    if swept.whole:
                        rises = 1
                        continue
                    rises = RISES
                    fewer = self._risen(fewer, known, rises)
                    prices[branch.day] = fewer.prices
                heappush(branches, Branch(max(least, fewer.relaxation.cost), branch.day, True, fewer))
                continue
            swept, known = self._settled(fewer, Ask(known.cost, first), known)
            if not swept.whole:
                least = max(least, min(swept.bound, known.cost))
                return SearchAnswer(known.days, min([least, *(other.least for other in branches[:1])]), proven=False)
        return SearchAnswer(known.days, known.cost, proven=True)

    def _risen(self, bound: LagrangianBound, known: Found, times: int) -> LagrangianBound:
        """Return a bound with better prices; while these close a good part of the gap they rise so often."""
        before = bound.relaxation.cost
        bound = self._raised(bound, known, FEWER_ROUNDS)
        if times == 1 or (bound.relaxation.cost - before) * STEEP < known.cost - before or self.meter.is_over():
            return bound
        fewer = self._fewer(bound, known)
        return bound if fewer is None else self._risen(fewer, known, times - 1)

    def _raised(self, bound: LagrangianBound, known: Found, rounds: int, part: int | None = None) -> LagrangianBound:
        """Return a bound with better prices."""
        meter, steps = self.meter, bound.steps(RELAXED)
        last = meter.spent + min(MOST_RAISED, meter.left())

        def may_go_on() -> bool:
            goes_on = meter.spent + steps <= last and not meter.is_over()
            meter.spent += steps if goes_on else 0
            return goes_on

        return raised(bound, known.cost, rounds, self.heeded.caps, part=part, may_go_on=may_go_on)

    def _within(self, bound: LagrangianBound, known: Found) -> LagrangianBound:
        """Return a bound without the days that are in no placement as good as one that is known, if there is time."""
        fewer = bound if self.meter.is_over() else self._fewer(bound, known)
        if fewer is None:
            raise AssertionError("the bound excludes a placement that is known")
        return fewer

    def _fewer(self, bound: LagrangianBound, known: Found) -> LagrangianBound | None:
        """Return a bound without the days that no placement as good as the known one uses; ``None`` without any."""
        self.meter.spent += bound.steps(RELAXED)
        return without_days(bound, known.cost)

    def _settled(self, bound: LagrangianBound, ask: Ask, known: Found, steps: int | None = None) -> tuple[Swept, Found]:
        """Search until what is found breaks no limit, with so many steps at most."""
        last = None if steps is None else self.meter.spent + steps
        while True:
            heeded = len(self.heeded.caps)
            swept = self._swept(bound, ask, None if last is None else max(0, last - self.meter.spent))
            known = self._better(known, swept)
            if not swept.whole or len(self.heeded.caps) == heeded:
                return swept, known

    def _better(self, known: Found, swept: Swept) -> Found:
        """Return what was found where it keeps all limits and is as good as what was known: it goes by ties, too."""
        found = swept.found
        if found is None or self.heeded.learn(found.days):
            return known
        return min(known, found)

    def _heeding(self, ask: Callable[[LagrangianBound, int], SearchAnswer]) -> SearchAnswer:
        """Ask until the answer breaks no limit, each time with what any answer costs at least."""
        least = 0
        while self.bound is not None:
            answer = ask(self.bound, least)
            if answer.days is None or not self.heeded.learn(answer.days):
                return answer
            least = answer.bound
        return SearchAnswer(None, self.network.scale.ceiling, proven=True)

    def _quick(
        self, bound: LagrangianBound, first: int | None, least: int, most: int | None, last: int
    ) -> SearchAnswer:
        """Return the best placement where sweeps find it that take no step after the ``last``."""
        at_bound = self._at_bound(bound, first, least)
        if at_bound is not None:
            return at_bound
        ceiling, lowest = self.network.scale.ceiling, bound.least(first)
        margin = max(FIRST_MARGIN, (least - lowest) // FURTHER)
        allowance = most or max(lowest, least) + margin
        while True:
            begun = self.meter.spent
            answer = self._up_to(bound, first, allowance, last)
            if answer.days is not None or not answer.proven:
                return answer
            if answer.bound > ceiling:
                return SearchAnswer(None, ceiling, proven=True)
            if self.meter.spent - begun > SMALL_SWEEP:
                margin = ceiling
            allowance = min(ceiling, answer.bound + margin)
            margin *= WIDENING

    def _at_bound(self, bound: LagrangianBound, first: int | None, least: int) -> SearchAnswer | None:
        """Return the forest's own best placement where it costs no more than the bound and no limit is heeded yet."""
        if self.heeded.caps or self.heeded.groups or least:
            return None
        days, lowest = bound.cheapest(first), bound.least(first)
        if days is None or self.network.cost(days) != lowest:
            return None
        return SearchAnswer(days, lowest, proven=True)

    def _up_to(self, bound: LagrangianBound, first: int | None, most: int, last: int) -> SearchAnswer:
        """Return the best placement that costs at most ``most`` where a sweep tells that ends with a ``last`` step."""
        swept = self._swept(bound, Ask(most, first, cheapest=True), max(0, last - self.meter.spent))
        if swept.found is not None and swept.whole:
            return SearchAnswer(swept.found.days, swept.found.cost, proven=True)
        return SearchAnswer(None, swept.bound, swept.whole)

    def _beam(self, bound: LagrangianBound, ask: Ask, steps: int) -> SearchAnswer:
        found = self._swept(bound, ask, steps).found
        if found is None:
            return SearchAnswer(None, ask.allowance, proven=False)
        return SearchAnswer(found.days, found.cost, proven=False)

    def _swept(self, bound: LagrangianBound, ask: Ask, steps: int | None = None) -> Swept:
        """Search for what is asked, with so many steps at most."""
        meter = replace(self.meter, steps=min(self.meter.left(), NEVER if steps is None else steps), spent=0)
        if self.shares is None or self.shares.ranked != bound.order.ranked:
            self.shares = sharing(self.network, bound.order.ranked)
        if self.stages is None or self.stages[0] is not bound:
            self.stages = (bound, Stages(bound.network, bound.order, bound.relaxation))
        parents, caps, timed = bound.relaxation.parents, sorted(self.heeded.caps), self.heeded.named()
        layout = bound.order.layout(bound.network, parents, caps, timed)
        swept = Sweep(bound, self.stages[1], layout, self.shares, ask=ask, meter=meter).run()
        self.meter.spent += meter.spent
        return swept
