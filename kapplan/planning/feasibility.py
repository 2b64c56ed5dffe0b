"""Can every rule be kept? A search of its own, without costs.

A bound of a timing rule says that one visit is not earlier than a rising function of another one's day. Over days with
gaps such bounds have a least solution, which raising each visit to its next allowed open day finds; it exists if and
only if the bounds can be kept. Limits are kept by branching wherever the least solution breaks one. Each earliest day
carries the *labels* of the rules and calendars it follows from, so that a failure names what it rests on: choices that
took no part in it are skipped, and what is left is a first, not yet minimal, clash.

Inside, days are counted from the network's ``base`` so that a set of days is one integer, bit 0 the base.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

from kapplan import dates
from kapplan.planning.choices import Cap, Choice, Distinct, Earliest, Limits, NotTogether, Option
from kapplan.planning.problem import Problem, ProblemLimit, ProblemTiming, ProblemVisit


DAYS_IN_MONTH = 30.44
"""For guesses at the order of visits only."""


class Edge(NamedTuple):
    """``target`` is no earlier than ``source`` plus ``add`` days.

    Where there is a ``step``, no earlier than ``step(source)``; ``add`` is about that then.
    """

    source: int
    target: int
    add: int
    step: Callable[[int], int] | None
    label: int


class Answer(NamedTuple):
    """Days of the visits in the order of the problem, or ``None`` and the labels that cannot all hold."""

    days: tuple[int, ...] | None
    core: int = 0


@dataclass(slots=True)
class _State:
    """Earliest and allowed days of each node, with the labels that each rests on, and the bounds in force."""

    low: list[int]
    why: list[int]
    days: list[int]
    days_why: list[int]
    out: list[list[Edge]]

    def copy(self) -> _State:
        return _State(self.low[:], self.why[:], self.days[:], self.days_why[:], self.out[:])

    def settle(self, raised: Iterable[int]) -> int | None:
        """Raise earliest days until every bound from the ``raised`` nodes holds; return a core if none can."""
        low, why, days, days_why = self.low, self.why, self.days, self.days_why
        waiting = deque(raised)
        queued = set(waiting)
        while waiting:
            source = waiting.popleft()
            queued.discard(source)
            start, reason = low[source], why[source]
            for _, target, add, step, label in self.out[source]:
                day = start + add if step is None else step(start)
                if day <= low[target]:
                    continue
                left = days[target] >> day
                if not left:
                    return reason | label | days_why[target]
                skipped = (left & -left).bit_length() - 1
                low[target] = day + skipped
                why[target] = reason | label | (days_why[target] if skipped else 0)
                if target not in queued:
                    queued.add(target)
                    waiting.append(target)
        return None

    def latest(self) -> list[int]:
        """Return a guess at the latest day of each node, from the bounds alone."""
        found = [days.bit_length() - 1 for days in self.days]
        for _ in found:
            changed = False
            for edges in reversed(self.out):
                for source, target, add, _, _ in edges:
                    if found[target] - add < found[source]:
                        found[source] = found[target] - add
                        changed = True
            if not changed:
                break
        return found

    def apply(self, option: Option, bit: int) -> int | None:
        """Add an option as a bound labelled ``bit`` and settle; return a core if it cannot be."""
        kind, node, value = option
        if kind == "until":
            if value + 1 < self.days[node].bit_length():
                self.days[node] &= (1 << (value + 1)) - 1
                self.days_why[node] |= bit
            return None if self.days[node] >> self.low[node] else self.why[node] | self.days_why[node]
        if kind == "after":
            self.out[value] = [*self.out[value], Edge(value, node, 1, None, bit)]
            return self.settle([value])
        return self._raise(node, value, bit)

    def _raise(self, node: int, day: int, bit: int) -> int | None:
        if day <= self.low[node]:
            return None
        left = self.days[node] >> day
        if not left:
            return bit | self.days_why[node]
        skipped = (left & -left).bit_length() - 1
        self.low[node] = day + skipped
        self.why[node] = bit | (self.days_why[node] if skipped else 0)
        return self.settle([node])


@dataclass(slots=True)
class _Frame:
    """A choice under way: its state, the options tried so far and what their failures rest on."""

    state: _State
    choice: Choice
    first_bit: int
    tried: int = 0
    core: int = 0

    def advance(self) -> tuple[_State, int | None]:
        """Return the state after the next option, and the core of its failure if it fails at once."""
        options = self.choice.options
        state = self.state.copy()
        bit = 1 << (self.first_bit + self.tried)
        for place, earlier in enumerate(options[: self.tried]):
            denied = earlier.denied()
            core = denied and state.apply(denied, 1 << (self.first_bit + place))
            if core is not None:
                self.tried += 1
                return state, core
        core = state.apply(options[self.tried], bit)
        self.tried += 1
        return state, core

    def fail(self, core: int) -> int | None:
        """Take in the failure of the option tried last; return the core of the whole choice if that settles it."""
        ours = ((1 << len(self.choice.options)) - 1) << self.first_bit
        if not core & ours:
            return core
        self.core |= core
        tried_last = 1 << (self.first_bit + self.tried - 1)
        if self.tried < len(self.choice.options) and core & tried_last:
            return None
        return self.core & ~ours


def _easy(state: _State, limits: Limits) -> frozenset[int]:
    """Return nodes without bounds that have a day left wherever all others fall."""
    bound = {edge.target for edges in state.out for edge in edges}
    return frozenset(
        node
        for node, rivals in limits.rivals().items()
        if node not in bound and not state.out[node] and state.days[node].bit_count() >= len(rivals)
    )


def _place_easy(
    days: list[int], easy: frozenset[int], rivals: Mapping[int, set[int]], state_days: Sequence[int]
) -> None:
    """Give each easy node its first day that no other node has."""
    open_nodes = set(easy)
    for node in sorted(easy):
        left = state_days[node]
        for other in rivals[node] - open_nodes:
            left &= ~(1 << days[other])
        days[node] = (left & -left).bit_length() - 1
        open_nodes.discard(node)


def _retreat(frames: list[_Frame], core: int) -> int:
    """Take back the choices that a failure settles; return its core, less those choices."""
    while frames:
        settled = frames[-1].fail(core)
        if settled is None:
            return core
        core = settled
        frames.pop()
    return core


class Network:
    """The bounds and limits of a problem, without its calendar, ready to be solved for many calendars.

    Labels are bits: ``label(i, "min")`` and ``label(i, "max")`` of timing rule ``i``, ``limit_label(j)`` of limit
    ``j``, ``calendar_label(k)`` of the open days of visit ``k``.
    """

    def __init__(self, problem: Problem, base: int) -> None:
        self.problem = problem
        self.base = base
        self._nodes = {visit.id: number for number, visit in enumerate(problem.visits)}
        self._fixed: list[int | None] = [
            None if visit.fixed is None else visit.fixed - base for visit in problem.visits
        ]
        self._edges = [edge for number, rule in enumerate(problem.timing) for edge in self._edges_of(number, rule)]
        self._limits = self._compile_limits()
        self._first_choice_bit = 2 * len(problem.timing) + len(problem.limits) + len(problem.visits)

    def label(self, timing: int, side: str) -> int:
        """Return the label of one side (``min`` or ``max``) of the timing rule of an index."""
        return 1 << (2 * timing + (side == "max"))

    def limit_label(self, limit: int) -> int:
        """Return the label of the limit of an index."""
        return 1 << (2 * len(self.problem.timing) + limit)

    def calendar_label(self, visit: int) -> int:
        """Return the label of the open days of the visit of an index."""
        return 1 << (2 * len(self.problem.timing) + len(self.problem.limits) + visit)

    def mask(self, days: Iterable[int]) -> int:
        """Return a set of days, none before ``base``, as one integer."""
        wanted = [day - self.base for day in days]
        if not wanted:
            return 0
        digits = bytearray(b"0" * (max(wanted) + 1))
        for day in wanted:
            digits[-1 - day] = 49  # "1"
        return int(digits, 2)

    def solve(self, calendars: Sequence[int], active: int = -1) -> Answer:
        """Place the visits on the days of ``calendars`` (a mask for each), keeping the rules labelled ``active``."""
        state = self._begin(calendars, active)
        calendar_days = state.days[:]
        empty = [node for node, days in enumerate(state.days) if not days]
        if empty:
            return Answer(None, state.why[empty[0]])
        core = state.settle(range(len(state.low)))
        if core is not None:
            return Answer(None, core)
        limits = self._limits.select(active)
        easy = _easy(state, limits)
        found, core = self._search(state, limits.without(easy))
        if found is None:
            return Answer(None, core)
        _place_easy(found, easy, limits.rivals(), calendar_days)
        return Answer(tuple(day + self.base for day in found[: len(self.problem.visits)]))

    def _search(self, state: _State, limits: Limits) -> tuple[list[int] | None, int]:
        """Return days from a settled state on that keep the limits, or ``None`` and a core."""
        latest = state.latest()
        frames: list[_Frame] = []
        bit = self._first_choice_bit
        core: int | None = None
        while True:
            if core is None:
                choice = limits.choose(Earliest(state.low, state.why, state.days, state.days_why, latest))
                if choice is None:
                    return state.low, 0
                if frames:
                    bit = frames[-1].first_bit + len(frames[-1].choice.options)
                frames.append(_Frame(state, choice, bit, core=choice.why))
            else:
                core = _retreat(frames, core)
                if not frames:
                    return None, core
            state, core = frames[-1].advance()

    def _begin(self, calendars: Sequence[int], active: int) -> _State:
        days = [1 << fixed if fixed is not None else calendars[node] for node, fixed in enumerate(self._fixed)]
        labels = [0 if fixed is not None else self.calendar_label(node) for node, fixed in enumerate(self._fixed)]
        out: list[list[Edge]] = [[] for _ in days]
        for edge in self._edges:
            if edge.label & active:
                out[edge.source].append(edge)
        low = [(mask & -mask).bit_length() - 1 for mask in days]
        return _State(low, labels[:], days, labels, out)

    def _node(self, anchor: str | int) -> int:
        """Return the node of a visit or of a day, making one for the day where there is none yet."""
        key = anchor if isinstance(anchor, str) else f"day {anchor}"
        if isinstance(anchor, int) and key not in self._nodes:
            self._nodes[key] = len(self._fixed)
            self._fixed.append(anchor - self.base)
        return self._nodes[key]

    def _edges_of(self, number: int, rule: ProblemTiming) -> list[Edge]:
        visit, anchor = self._node(rule.visit), self._node(rule.after)
        if self._fixed[visit] is not None and self._fixed[anchor] is not None:
            return []
        ends = []
        if rule.min is not None:
            step = None if rule.months is None else self._months_on(rule.months, rule.min)
            about = rule.min + round((rule.months or 0) * DAYS_IN_MONTH)
            ends.append(Edge(anchor, visit, about, step, self.label(number, "min")))
        if rule.max is not None:
            step = None if rule.months is None else self._months_back(rule.months, rule.max)
            about = -rule.max - round((rule.months or 0) * DAYS_IN_MONTH)
            ends.append(Edge(visit, anchor, about, step, self.label(number, "max")))
        return ends

    def _months_on(self, months: int, add: int) -> Callable[[int], int]:
        origin, base = self.problem.origin.toordinal(), self.base
        return lambda day: months_after(origin, day + base, months) + add - base

    def _months_back(self, months: int, most: int) -> Callable[[int], int]:
        origin, base = self.problem.origin.toordinal(), self.base
        return lambda day: _earliest_anchor(origin, day + base - most, months) - base

    def _compile_limits(self) -> Limits:
        limits = Limits()
        for number, limit in enumerate(self.problem.limits):
            label = self.limit_label(number)
            nodes = [self._nodes[visit] for visit in limit.visits]
            if limit.type == "cap":
                if limit.max is not None:
                    limits.caps.append(self._cap(limit, limit.max, nodes, label))
                continue
            fixed = frozenset(node for node in nodes if self._fixed[node] is not None)
            if limit.type == "distinct_days":
                limits.distinct.append(Distinct(tuple(dict.fromkeys(nodes)), fixed, label))
                continue
            days = frozenset(day - self.base for day in limit.days)
            limits.apart.extend(
                NotTogether(first, second, days, label)
                for first, second in combinations(dict.fromkeys(nodes), 2)
                if not {first, second} <= fixed
            )
        return limits

    def _cap(self, limit: ProblemLimit, most: int, nodes: list[int], label: int) -> Cap:
        anchor = None if limit.every is None else self._node(0 if limit.anchor is None else limit.anchor)
        return Cap(
            visits=tuple(node for node in dict.fromkeys(nodes) if self._fixed[node] is None),
            given=tuple(day for node in dict.fromkeys(nodes) if (day := self._fixed[node]) is not None),
            anchor=anchor,
            every=limit.every or 0,
            most=most,
            first=None if limit.from_ is None else limit.from_ - self.base,
            last=None if limit.until is None else limit.until - self.base,
            label=label,
        )


def feasible(problem: Problem) -> dict[str, int] | None:
    """Return days that keep every hard rule of the problem, by visit, or ``None`` where there are none."""
    network = Network(problem, first_day(problem))
    days = network.solve(calendars(network)).days
    if days is None:
        return None
    return {visit.id: day for visit, day in zip(problem.visits, days, strict=True)}


def first_day(problem: Problem) -> int:
    """Return a day at or before every day that the problem names."""
    named = [0]
    for visit in problem.visits:
        named.extend([] if visit.fixed is None else [visit.fixed])
        named.extend([min(visit.days).day] if visit.days else [])
    named.extend(rule.after for rule in problem.timing if isinstance(rule.after, int))
    named.extend(limit.anchor for limit in problem.limits if isinstance(limit.anchor, int))
    return min(named)


def calendars(network: Network) -> list[int]:
    """Return the open days of a network's visits as masks."""
    return [_calendar(network, visit) for visit in network.problem.visits]


def _calendar(network: Network, visit: ProblemVisit) -> int:
    return network.mask(day for day, _, _ in visit.days)


def _date(origin: int, day: int) -> date:
    return date.fromordinal(origin + day)


@lru_cache(maxsize=65536)
def months_after(origin: int, day: int, months: int) -> int:
    """Return the day ``months`` calendar months after a day; ``origin`` is the ordinal of day 0."""
    return dates.add_months(_date(origin, day), months).toordinal() - origin


@lru_cache(maxsize=65536)
def _earliest_anchor(origin: int, day: int, months: int) -> int:
    """Return the earliest day that is, ``months`` calendar months on, not before ``day``."""
    anchor = dates.add_months(_date(origin, day), -months).toordinal() - origin
    while months_after(origin, anchor, months) < day:
        anchor += 1
    while months_after(origin, anchor - 1, months) >= day:
        anchor -= 1
    return anchor
