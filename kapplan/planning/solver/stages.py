"""The steps of the search: what a visit's day costs, by the days that still matter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import add, itemgetter
from typing import Any

from kapplan.planning.solver.cost_network import Apart, Cap, Link, Network
from kapplan.planning.solver.counters import Count, Counter
from kapplan.planning.solver.lower_bound import Relaxation

Key = tuple[Any, ...]
"""The days, and the counts, that later steps still refer to."""
Option = tuple[int, int, Key]
"""What a day costs beyond the bound on the rest, the day, and what it adds to the key but for counts."""
Pick = Callable[[Key], Key]
Slot = tuple[str, int]
"""What a place in a key holds: the day of a visit, or the count of a cap."""


@dataclass(slots=True)
class Step:
    """Placing one visit: ``read`` takes from a key what the options depend on, ``carry`` what stays in it."""

    choice: Choice
    read: Pick
    carry: Pick


@dataclass(slots=True)
class Choice:
    """The options of a visit, by the days of the visits linked to it.

    What is read: the days of ``links``, then of ``aparts``, then, for each of ``counters``, its count or the days it
    starts from. ``keeps`` tells whether later steps refer to this visit's day.
    """

    network: Network
    relaxation: Relaxation
    visit: int
    links: tuple[Link, ...]
    aparts: tuple[Apart, ...]
    counters: tuple[Counter, ...]
    keeps: bool
    known: dict[Key, list[Option]] = field(default_factory=dict)
    counted: dict[tuple[int, Key], tuple[Count, ...] | None] = field(default_factory=dict)

    def options(self, read: Key) -> list[Option]:
        """Return the options, the cheapest first and of equals the earliest."""
        known = self.known.get(read)
        if known is None:
            known = self.known[read] = sorted(self._options(read))
        return known

    def _options(self, read: Key) -> list[Option]:
        first, costs = self._costs(read)
        closed = {
            day
            for apart, day in zip(self.aparts, read[len(self.links) :], strict=False)
            if apart.days is None or day in apart.days
        }
        ceiling = self.network.scale.ceiling
        return [
            (cost, day, (day,) if self.keeps else ())
            for day, cost in enumerate(costs, first)
            if cost < ceiling and day not in closed
        ]

    def counts(self, day: int, read: Key) -> tuple[Count, ...] | None:
        """Return the counts after a day is taken, of the caps that go on; ``None`` where a block is overfull."""
        read = read[len(self.links) + len(self.aparts) :]
        if (day, read) not in self.counted:
            self.counted[day, read] = self._counts(day, read)
        return self.counted[day, read]

    def _costs(self, read: Key) -> tuple[int, list[int]]:
        """Return the first day and the cost of each day from then on, what the bound foresaw taken off."""
        window = self.network.windows[self.visit]
        first, costs = window.first, self.relaxation.totals[self.visit]
        for link, day in zip(self.links, read, strict=False):
            start, prices = link.row(day)
            begin, end = max(first, start), min(first + len(costs), start + len(prices))
            if begin >= end:
                return first, []
            costs = list(map(add, costs[begin - first : end - first], prices[begin - start : end - start]))
            first = begin
        foreseen = self._foreseen(read)
        return first, [cost - foreseen for cost in costs]

    def _foreseen(self, read: Key) -> int:
        """Return the least cost of this visit and of all that hangs on it, which the bound counts already."""
        least = self.relaxation.least[self.visit]
        parent = self.relaxation.parents[self.visit]
        if parent is None:
            return least[0]
        day: int = read[self.links.index(parent)]
        return least[day - self.network.windows[parent.earlier].first]

    def _counts(self, day: int, read: Key) -> tuple[Count, ...] | None:
        counts = []
        place = 0
        for counter in self.counters:
            known, days = (None, counter.before) if counter.starts else (read[place], ())
            after = place + (len(days) if counter.starts else 1)
            count = counter.count(day, known, read[place:after] if counter.starts else ())
            if count is None:
                return None
            if counter.after:
                counts.append(count)
            place = after
        return tuple(counts)


class Layout:
    """Lays out the steps of a network; choices that stay the same from one layout to the next are kept."""

    def __init__(self, network: Network, relaxation: Relaxation) -> None:
        self.network = network
        self.relaxation = relaxation
        self.choices: dict[tuple[Any, ...], Choice] = {}

    def steps(self, aparts: Sequence[Apart], caps: Sequence[int]) -> list[Step]:
        """Return the steps that heed these of the network's limits (caps by number), one for each visit in order."""
        plan = _Plan(self.network, aparts, caps)
        steps = []
        slots: list[Slot] = []
        for visit in range(len(self.network.windows)):
            counters = plan.counters[visit]
            read, carried = plan.reads(visit), plan.carried(visit, slots)
            steps.append(Step(self._choice(visit, plan), _pick(slots, read), _pick(slots, carried)))
            added = [("day", visit)] * plan.keeps(visit) + [("cap", number) for number, one in counters if one.after]
            slots = carried + added
        return steps

    def _choice(self, visit: int, plan: _Plan) -> Choice:
        aparts, keeps = tuple(plan.aparts[visit]), plan.keeps(visit)
        heeded = (visit, aparts, tuple(number for number, _ in plan.counters[visit]), keeps)
        if heeded not in self.choices:
            links = tuple(self.network.links[visit])
            counters = tuple(counter for _, counter in plan.counters[visit])
            self.choices[heeded] = Choice(self.network, self.relaxation, visit, links, aparts, counters, keeps)
        return self.choices[heeded]


class _Plan:
    """Which limits each step heeds, and until which step the day of each visit is referred to."""

    def __init__(self, network: Network, aparts: Sequence[Apart], caps: Sequence[int]) -> None:
        self.network = network
        count = len(network.windows)
        self.aparts: list[list[Apart]] = [[] for _ in range(count)]
        self.until = list(range(count))
        for apart in aparts:
            self.aparts[apart.other].append(apart)
            self._use(apart.one, apart.other)
        for links in network.links:
            for link in links:
                self._use(link.earlier, link.later)
        self.counters: list[list[tuple[int, Counter]]] = [[] for _ in range(count)]
        for number in caps:
            for counter in _counters(network, network.caps[number]):
                self.counters[counter.visit].append((number, counter))
                for visit in counter.before:
                    self._use(visit, counter.visit)

    def _use(self, visit: int, step: int) -> None:
        self.until[visit] = max(self.until[visit], step)

    def keeps(self, visit: int) -> bool:
        """Tell whether later steps refer to the day of a visit."""
        return self.until[visit] > visit

    def reads(self, visit: int) -> list[Slot]:
        """Return what the options of a visit depend on."""
        reads: list[Slot] = [("day", link.earlier) for link in self.network.links[visit]]
        reads += [("day", apart.one) for apart in self.aparts[visit]]
        for number, counter in self.counters[visit]:
            reads += [("day", one) for one in counter.before] if counter.starts else [("cap", number)]
        return reads

    def carried(self, visit: int, slots: Sequence[Slot]) -> list[Slot]:
        """Return which slots of a key are still referred to after a visit and not changed by it."""
        counted = {number for number, _ in self.counters[visit]}
        return [
            (kind, one)
            for kind, one in slots
            if (one not in counted if kind == "cap" else self.until[one] > visit)
        ]  # fmt: skip


def _pick(slots: Sequence[Slot], wanted: Sequence[Slot]) -> Pick:
    """Return a function that takes the wanted slots from a key."""
    places = [slots.index(slot) for slot in wanted]
    if len(places) > 1:
        return itemgetter(*places)
    if places:
        place = places[0]
        return lambda key: (key[place],)
    return lambda _: ()


def _counters(network: Network, cap: Cap) -> list[Counter]:
    """Return what each step does to the count of a cap: the steps of its visits, and that of its anchor."""
    start = cap.visits[0] if cap.anchor is None else cap.anchor
    steps = sorted({start, *(visit for visit in cap.visits if visit > start)})
    counters = []
    apart: int | None = 0
    for visit in reversed(steps):
        later = [other for other in cap.visits if other > visit]
        gap = network.least_gap(visit, later[0]) if later else None
        # What holds for the next visit of the cap holds for all of them if none of those comes before another.
        step = gap if apart is not None and apart >= 0 else None
        apart = step if later else 0
        floor = min((network.windows[other].first for other in later), default=0)
        before = tuple(other for other in cap.visits if other < visit) if visit == start else ()
        counters.append(Counter(cap, visit, len(later), floor, step, before))
    return counters[::-1]
