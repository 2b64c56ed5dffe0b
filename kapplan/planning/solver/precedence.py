"""Which visits surely come before which, which may stand on one day, and the stages that a search comes to.

The search places visits in the order of time. A visit can come next once all that surely precede it are placed; of
visits on one day those of lower *rank* are placed first, so that every placement has exactly one order. A *stage* is
what is placed so far: what can come next, and whose days still matter, are the same whatever days cost.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Sequence
from dataclasses import field
from operator import itemgetter
from typing import NamedTuple

from kapplan.dataclass import dataclass
from kapplan.planning.solver.cost_network import Link, Network
from kapplan.planning.solver.counters import Role

Days = tuple[int, ...]
Pick = Callable[[Days], Days]


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
    layouts: dict[tuple[int, ...], StageLayout] = field(default_factory=dict, compare=False, repr=False)
    dependences: dict[tuple[int, int], Dependence] = field(default_factory=dict, compare=False, repr=False)
    """The layouts and dependences known already."""

    def layout(self, network: Network, parents: Sequence[Link | None], caps: Sequence[int], timed: int) -> StageLayout:
        """Return how the stages are laid out where some visits are timed, and some caps heeded.

        The ``parents`` follow from the order, so that all bounds of one order share its layouts.
        """
        key = (*caps, timed)
        if key not in self.layouts:
            self.layouts[key] = StageLayout(network, self, parents, caps, timed)
        return self.layouts[key]


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


class Dependence(NamedTuple):
    """What the options of a visit depend on: its parent's day if that is placed, and the days of others bound to it.

    ``others`` are the places of their links among those of the visit; ``number`` is its own.
    """

    number: int
    visit: int
    parent: int | None
    others: tuple[int, ...]


@dataclass(slots=True)
class Extension:
    """Placing one visit: ``read`` takes from the days what its options depend on, ``carry`` what stays in the key.

    ``carry`` is given the days before and the new day after them; where the new day ``matters`` no more the keys of all
    its options are one. ``caps`` are the numbers of the caps that count the visit, each with what it is to the cap and
    how many visits of it are placed later. ``after`` is the stage that is reached, with ``placed`` visits.
    """

    visit: int
    depends: Dependence
    read: Pick
    carry: Pick
    matters: bool
    caps: tuple[tuple[int, Role, int], ...]
    after: Stage
    placed: int


@dataclass(slots=True)
class Stage:
    """What is placed (a mask), whose days are kept, and which visits the bound counts as coming next.

    ``coming`` are the visits whose parents are placed. ``free`` is one of them that no limit names and that can come
    next: it does. Else ``timed`` are those that limits name, each with the place of its parent's day in the key, and
    ``ready`` which of these can come next (a mask).
    """

    placed: int
    live: tuple[int, ...]
    coming: list[int]
    free: int | None
    timed: tuple[tuple[int, int | None], ...]
    ready: int
    moves: dict[int, Extension] = field(default_factory=dict)


class StageLayout:
    """The stages of a network as the search comes to them: they are the same whatever its days cost.

    Of the visits those ``timed`` (a mask) are placed in the order of time; ``caps`` are the numbers of the caps heeded.
    """

    def __init__(
        self, network: Network, order: Precedence, parents: Sequence[Link | None], caps: Sequence[int], timed: int
    ) -> None:
        self.before = order.before
        self.into = order.into
        self.parents = [None if link is None else link.earlier for link in parents]
        self.caps = caps
        self.counted = [
            (sum(1 << visit for visit in cap.visits), cap.anchor) for cap in map(network.caps.__getitem__, caps)
        ]
        self.timed = timed
        self.whole = (1 << len(network.windows)) - 1
        self.bound = [0] * len(network.windows)
        for visit, links in enumerate(network.links):
            for link in links:
                self.bound[visit] |= 1 << link.earlier
                self.bound[link.earlier] |= 1 << visit
        self.children: list[list[int]] = [[] for _ in network.windows]
        for visit, parent in enumerate(self.parents):
            if parent is not None:
                self.children[parent].append(visit)
        self.dependences = order.dependences
        roots = [visit for visit, parent in enumerate(self.parents) if parent is None]
        self.root = self._stage(0, (), roots)
        self.known: dict[int, Stage] = {0: self.root}

    def move(self, stage: Stage, visit: int) -> Extension:
        """Return what placing a visit that can come next does."""
        known = stage.moves.get(visit)
        if known is None:
            known = stage.moves[visit] = self._move(stage, visit)
        return known

    def _move(self, stage: Stage, visit: int) -> Extension:
        after, own = self._after(stage, visit), 1 << visit
        counted = [
            (number, Role(bool(mask & own), visit == anchor), (mask & ~after.placed).bit_count())
            for number, (mask, anchor) in enumerate(self.counted)
            if mask & own or visit == anchor
        ]
        depends = self._dependence(visit, stage.placed & self.bound[visit])
        reads = [] if depends.parent is None else [depends.parent]
        if depends.others:
            into = self.into[visit]
            reads += [into[place].earlier for place in depends.others]
        return Extension(
            visit,
            depends,
            _pick(stage.live, reads),
            _pick((*stage.live, visit), after.live),
            visit in after.live,
            tuple(counted),
            after,
            after.placed.bit_count(),
        )

    def _dependence(self, visit: int, bound: int) -> Dependence:
        known = self.dependences.get((visit, bound))
        if known is None:
            parent, links = self.parents[visit], enumerate(self.into[visit])
            others = tuple(place for place, link in links if link.earlier != parent and bound >> link.earlier & 1)
            known = self.dependences[visit, bound] = Dependence(len(self.dependences), visit, parent, others)
        return known

    def _after(self, stage: Stage, visit: int) -> Stage:
        """Return the stage with one visit more."""
        placed = stage.placed | 1 << visit
        known = self.known.get(placed)
        if known is None:
            missing, bound = ~placed, self.bound
            live = [one for one in stage.live if bound[one] & missing]
            if bound[visit] & missing:
                insort(live, visit)
            coming = [one for one in stage.coming if one != visit]
            if self.children[visit]:
                coming = sorted(coming + self.children[visit])
            known = self.known[placed] = self._stage(placed, tuple(live), coming)
        return known

    def _stage(self, placed: int, live: tuple[int, ...], coming: list[int]) -> Stage:
        before, missing, timed = self.before, ~placed, self.timed
        ready = 0
        for visit in coming:
            if not before[visit] & missing:
                if not timed >> visit & 1:
                    return Stage(placed, live, coming, visit, (), 0)
                ready |= 1 << visit
        parents = self.parents
        waiting = tuple(
            (visit, None if (parent := parents[visit]) is None else live.index(parent))
            for visit in coming
            if timed >> visit & 1
        )
        return Stage(placed, live, coming, None, waiting, ready)


def _pick(there: Sequence[int], wanted: Sequence[int]) -> Pick:
    """Return a function that takes the days of the wanted visits from those of some."""
    places = [there.index(visit) for visit in wanted]
    begin, end = (places[0], places[-1] + 1) if places else (0, 0)
    return itemgetter(slice(begin, end)) if places == list(range(begin, end)) else itemgetter(*places)
