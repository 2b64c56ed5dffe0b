"""Days to begin on: the best whole course for each day of the first visit, found in one search.

Courses that begin on neighbouring days share most of what lies behind their beginning. Of the visits that the first one
is linked to, the *junction* is the one that most of the rest refers to, often the first dose. Where the first searches
take much work, the others *branch* on its day: on one of its days most links are but costs of single visits' days, so
that the bound is close, and what follows is the same whenever the course began. So each day of the junction is looked
at once for all days to begin on, and only as far as some of them needs it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import field
from heapq import heapify, heappop, heappush

from kapplan.dataclass import dataclass, replace
from kapplan.errors import UndecidedError
from kapplan.planning.problem.problem import Problem, Term
from kapplan.planning.solver.cost_network import Link, Network
from kapplan.planning.solver.deviation_budget import Budgets
from kapplan.planning.solver.label_setting import Found, Meter
from kapplan.planning.solver.optimum import DEFAULT, Effort, Placement, Solver
from kapplan.planning.solver.prices import LagrangianBound
from kapplan.planning.solver.propagation import Gap, tighten
from kapplan.planning.solver.search import FIRST_MARGIN, QUICK_SHARE, Search, SearchAnswer

COMPARED: tuple[Term, ...] = ("deviation", "follow_up_deviation", "preference")
"""The terms in which courses are compared, in their order."""
BRANCH_STEPS = 200
"""About as many steps as it takes to look at one day of the junction by itself."""
WIDENING = 4
"""How much further each search of a branch goes than the one before."""
DOUBTED = 3
"""After so many days in a row of which no course keeps the budgets of deviation wider ones are tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """The best course whose first visit is on ``day``: a day for each visit, and what it costs but for the delay.

    ``sooner`` counts from ``day`` on. Where it is not ``proven`` to be the best, none is better than ``bound``.
    """

    day: int
    days: Mapping[str, int]
    objective: Mapping[Term, int]
    proven: bool = True
    bound: Mapping[Term, int] = field(default_factory=dict)

    @property
    def compared(self) -> tuple[int, ...]:
        """What the course costs in the terms that count."""
        return tuple(self.objective.get(term, 0) for term in COMPARED)

    @property
    def least(self) -> tuple[int, ...]:
        """What any course from that day costs at least in these terms."""
        return self.compared if self.proven else tuple(self.bound.get(term, 0) for term in COMPARED)


def rank(
    problem: Problem,
    within: int,
    effort: Effort = DEFAULT,
    most: Mapping[int, tuple[int, ...]] | None = None,
    untold: set[int] | None = None,
) -> tuple[Start, ...]:
    """Return the open days of the first listed visit from day 0 through ``within``, the best course first.

    The timing rule named ``start`` is left out: how long one waits does not count. Courses are compared by their
    deviation, that of the follow-up, and preference; of equals the earlier start comes first. Days on which no course
    can begin are left out, and those of which so much effort does not tell: ``UndecidedError`` where it is all of them.
    Where a day has a ``most``, courses that cost more in the terms that count may be left out. Days of which nothing is
    told are put into ``untold``.
    """
    if not problem.visits or problem.visits[0].fixed is not None:
        return ()
    free = _from_any_day(problem, within)
    known = {} if most is None or problem.objective[: len(COMPARED)] != COMPARED else most
    solver = Solver(free, {}, effort)
    left = sorted({choice.day for choice in free.visits[0].days})
    starts: list[Start] = []
    undecided: UndecidedError | None = None
    budgets = solver.proof.first_budgets()
    spent = 0
    while left and solver.compiler.fits:
        round_ = _Round(solver, budgets, known, spent)
        round_.look(left)
        starts += [_start(free, day, one) for day, one in round_.best.items()]
        for day in round_.crowded:
            try:
                one = round_.place_crowded(day)
            except UndecidedError as error:
                undecided = error
                if untold is not None:
                    untold.add(day)
                continue
            if one is not None:
                starts.append(_start(free, day, one))
        left = [day for day in left if day not in round_.told]
        spent = round_.spent
        if not budgets:
            break
        budgets = solver.proof.wider(budgets)
    if not starts and undecided is not None:
        raise undecided
    return tuple(sorted(starts, key=_rank))


def _from_any_day(problem: Problem, within: int) -> Problem:
    first, *others = problem.visits
    first = replace(first, days=tuple(choice for choice in first.days if 0 <= choice.day <= within))
    timing = tuple(rule for rule in problem.timing if rule.role != "start")
    return replace(problem, visits=(first, *others), timing=timing)


def _start(problem: Problem, day: int, placed: Placement) -> Start:
    free = sum(visit.fixed is None for visit in problem.visits)
    objective = {term: sum_ - day * free if term == "sooner" else sum_ for term, sum_ in placed.objective.items()}
    return Start(day=day, days=placed.days, objective=objective, proven=placed.proven, bound=placed.bound)


def _rank(start: Start) -> tuple[int, ...]:
    return (*start.compared, start.day)


class _Round:
    """Looks for the best course of each day within budgets of deviation.

    ``best`` are those that are the best of all, ``crowded`` the days of which quick searches tell nothing, ``told`` the
    days that wider budgets need not be tried for. Searches of single days have ``spent`` so many steps so far.
    """

    def __init__(self, solver: Solver, budgets: Budgets, most: Mapping[int, tuple[int, ...]], spent: int) -> None:
        self.solver = solver
        self.budgets = budgets
        self.most = most
        self.best: dict[int, Placement] = {}
        self.crowded: list[int] = []
        self.told: set[int] = set()
        network = solver.compiler.network(budgets)
        self.search = None if network is None else Search(network, solver.meter())
        self.branches = None if self.search is None else _branches(self.search)
        self.spent = spent

    def look(self, days: Sequence[int]) -> None:
        """Look for the best courses of days, of all of them where they keep the budgets."""
        doubted = 0
        for day in days:
            if self.search is None or (self.budgets and doubted >= DOUBTED):
                return
            if self._tells(self.search, day):
                self.told.add(day)
                doubted = 0
            else:
                doubted += 1

    def place_crowded(self, day: int) -> Placement | None:
        """Return the best course of a crowded day, or the best that the effort left finds."""
        if self.search is None:
            return None
        self.search.meter = self.solver.meter()
        return self.solver.crowded(self.search, day)

    def _tells(self, search: Search, day: int) -> bool:
        """Look for the best course of a day; return whether wider budgets need not be tried."""
        answer, lacking = self._answer(search, day), self.solver.proof.lacking
        if answer.days is not None:
            placed = self.solver.placement(answer.days)
            if lacking(placed.objective, self.budgets, day) is not None:
                return False
            self.best[day] = placed
        elif not answer.proven:
            self.crowded.append(day)
        else:
            known = self.most.get(day)
            return known is not None and lacking(dict(zip(COMPARED, known, strict=True)), self.budgets, day) is None
        return True

    def _answer(self, search: Search, day: int) -> SearchAnswer:
        """Return the best course of a day: by a search of its own until these took as long as all branches would."""
        most, least = self._allowed(search.network, day), 0 if search.bound is None else search.bound.least(day)
        if most is not None and least > most:
            return SearchAnswer(None, least, proven=True)
        branches = self.branches
        if branches is None or self.spent < branches.worth:
            search.meter = self.solver.meter()
            if branches is not None:
                search.meter.steps = min(search.meter.steps, (branches.worth - self.spent) * QUICK_SHARE)
            answer = search.quick(day) if most is None else search.up_to(most, day)
            self.spent += search.meter.spent
            if branches is None or answer.proven or self.spent < branches.worth:
                return answer
        return branches.best(day, most, self.solver.meter())

    def _allowed(self, network: Network, day: int) -> int | None:
        """Return what a course may cost that begins on a day, if that is known."""
        if day not in self.most:
            return None
        units = [network.scale.unit(term) for term in COMPARED]
        return sum(unit * amount for unit, amount in zip(units, self.most[day], strict=True)) + units[-1] - 1


def _branches(search: Search) -> _Branches | None:
    """Return the branches of a search, if there is a junction: of the visits linked to the first, the busiest."""
    bound = search.bound
    if bound is None or bound.relaxation.parents[0] is not None:
        return None
    links = [link for links in search.network.links for link in links if link.earlier == 0]
    left_out = bound.left_out()
    link = max(links, key=lambda link: left_out[link.later], default=None)
    return None if link is None else _Branches(search, bound, link)


class _Branches:
    """The placements by the day of the junction; ``link`` is that from the first visit to it.

    ``worth`` are as many steps as it takes to look at all of them. ``above`` is how far above its bound the last one
    looked for was found: the next one may be as far.
    """

    def __init__(self, search: Search, bound: LagrangianBound, link: Link) -> None:
        network = search.network
        self.search = search
        self.bound = bound
        self.link = link
        self.days = [network.days(visit) for visit in range(len(network.windows))]
        every = [link for links in network.links for link in links]
        self.gaps = [Gap(one.earlier, one.later, *one.reach(network.windows[one.earlier])) for one in every]
        self.known: dict[int, _Branch | None] = {}
        self.worth = BRANCH_STEPS * len(self.days[link.later])
        self.above = FIRST_MARGIN

    def best(self, first: int, most: int | None, meter: Meter) -> SearchAnswer:
        """Return the best placement with the first visit on a day; if given, only of those that cost ``most``."""
        known = self.search.network.scale.ceiling if most is None else most
        found: Found | None = None
        queue = self._queue(first)
        while queue and queue[0][0] <= known:
            least, day = heappop(queue)
            branch = self._branch(day, meter)
            if branch is None:
                continue
            if branch.least(first) > least:
                heappush(queue, (branch.least(first), day))
                continue
            far = known if found is not None or most is not None else min(known, branch.further(first, self.above))
            answer = branch.look(first, far, meter)
            if answer.days is None and not answer.proven:
                return answer
            if answer.days is None:
                heappush(queue, (branch.least(first), day))
                continue
            placed = Found(answer.bound, answer.days)
            found = placed if found is None else min(found, placed)
            known, self.above = found.cost, max(FIRST_MARGIN, branch.above(first))
        return SearchAnswer(None, known, proven=True) if found is None else SearchAnswer(found.days, found.cost, True)

    def _queue(self, first: int) -> list[tuple[int, int]]:
        """Return the days of the junction where the first visit stands on a day, with what each costs at least."""
        network, relaxation, visit = self.bound.network, self.bound.relaxation, self.link.later
        limit, least = network.scale.limit, self.bound.least(first)
        if least >= limit:
            return []
        start, prices = self.link.row(first)
        own = relaxation.totals[visit]
        rest: int | None = None
        if relaxation.parents[visit] is self.link:
            rest = least - relaxation.least[visit][first - network.windows[0].first]
        queue = []
        for day, price in enumerate(prices, start):
            place = day - network.windows[visit].first
            if 0 <= place < len(own) and own[place] < limit and price < limit:
                queue.append((least if rest is None else rest + price + own[place], day))
        heapify(queue)
        return queue

    def _branch(self, day: int, meter: Meter) -> _Branch | None:
        """Return the placements with the junction on a day; ``None`` where there are none."""
        if day not in self.known:
            visit = self.link.later
            windows = tighten([*self.days[:visit], [day], *self.days[visit + 1 :]], self.gaps)
            branch = None
            if windows is not None:
                search = Search(self.search.network.within(windows).standing(visit, day), meter, self.search)
                branch = None if search.bound is None else _Branch(search, search.bound)
            self.known[day] = branch
        return self.known[day]


@dataclass(slots=True)
class _Looked:
    """What is known of some placements: how far above their bound they are at least; the best of them, if found."""

    above: int = 0
    days: tuple[int, ...] | None = None


class _Branch:
    """The placements with the junction on one day.

    Where they are ``alike`` what follows the first visit is the same on whichever day it stands.
    """

    def __init__(self, search: Search, bound: LagrangianBound) -> None:
        self.search = search
        self.bound = bound
        network = search.network
        first, *others = network.windows
        linked = any(link.earlier == 0 for links in network.links for link in links)
        capped = any(cap.named() & 1 for cap in network.caps)
        self.alike = not linked and not capped and all(window.first > first.last for window in others)
        self.looked: defaultdict[int | None, _Looked] = defaultdict(_Looked)

    def above(self, first: int) -> int:
        """Return how far above their bound the placements are at least with the first visit on a day."""
        return self.looked[None if self.alike else first].above

    def least(self, first: int) -> int:
        """Return what a placement costs at least with the first visit on a day."""
        return self.bound.least(first) + self.above(first)

    def further(self, first: int, above: int) -> int:
        """Return what to look up to next, where nothing is known that is as good."""
        return self.bound.least(first) + max(above, WIDENING * self.above(first))

    def look(self, first: int, most: int, meter: Meter) -> SearchAnswer:
        """Return the best placement with the first visit on a day, if one costs at most ``most``."""
        looked, least = self.looked[None if self.alike else first], self.bound.least(first)
        if looked.days is None:
            self.search.meter = meter
            answer = self.search.up_to(most, first)
            if answer.days is None and not answer.proven:
                return answer
            looked.above, looked.days = answer.bound - least, answer.days
        days = None if looked.days is None else (first, *looked.days[1:])
        return SearchAnswer(days, least + looked.above, proven=True)
