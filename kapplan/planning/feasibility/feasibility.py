"""Can every rule be kept? A search of its own, without costs.

A bound of a timing rule says that one visit is not earlier than a rising function of another one's day. Over days with
gaps such bounds have a least solution, which raising each visit to its next allowed open day finds; it exists if and
only if the bounds can be kept. Limits are kept by branching wherever the least solution breaks one. Each earliest day
carries the *labels* of the rules and calendars it follows from, so that a failure names what it rests on: choices that
took no part in it are skipped, and what is left is a first, not yet minimal, clash.

Inside, days are counted from the network's ``base`` so that a set of days is one integer, bit 0 the base.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from kapplan.errors import UndecidedError
from kapplan.planning.feasibility.branching import ApartNodes, CapNodes, Limits
from kapplan.planning.feasibility.labelled_propagation import BoundEdge, State, search
from kapplan.planning.feasibility.unbound_visits import loose, place_loose
from kapplan.planning.problem.bounds import earliest_steps
from kapplan.planning.problem.deadline import Deadline
from kapplan.planning.problem.limits import Apart, Blocks, counted_as
from kapplan.planning.problem.months import month_days
from kapplan.planning.problem.problem import Problem, ProblemLimit, ProblemTiming

ENOUGH = 400_000
"""How many steps it is worth to learn whether there are days at all: most courses tell in some hundreds."""


class Feasibility(NamedTuple):
    """Days of the visits in the order of the problem; else ``None`` and the labels that cannot all hold.

    ``gave_up`` says that the search ran out of patience, and that nothing is known; ``steps`` tells the work done.
    """

    days: tuple[int, ...] | None
    core: int = 0
    gave_up: bool = False
    steps: int = 0


class _InForce(NamedTuple):
    """The bounds in force from each node where some rules are ``active``, and the nodes that any of them holds."""

    active: int
    out: list[list[BoundEdge]]
    bound: frozenset[int]


class RuleNetwork:
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
        self._labels = [0 if fixed is not None else self.calendar_label(node) for node, fixed in enumerate(self._fixed)]
        self._last_in_force: _InForce | None = None
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

    def solve(
        self,
        calendars: Sequence[int],
        active: int = -1,
        patience: int | None = None,
        *,
        complete: bool = False,
        deadline: Deadline | None = None,
    ) -> Feasibility:
        """Place the visits on the days of ``calendars`` (a mask for each), keeping the rules labelled ``active``.

        Without ``patience`` the answer is exact; with it, the search gives up after so many steps, and at a
        ``deadline``. Unless the days are to be ``complete``, those of visits that no bound holds only say that there
        are some.
        """
        state = self._begin(calendars, active)
        calendar_days = state.days[:]
        empty = [node for node, days in enumerate(state.days) if not days]
        if empty:
            return Feasibility(None, state.why[empty[0]])
        core = state.settle(range(len(state.low)))
        if core is not None:
            return Feasibility(None, core)
        limits = self._limits.select(active)
        placed_last = loose(state.days, self._in_force(active).bound, limits)
        found = search(state, limits.without(placed_last), self._first_choice_bit, patience, deadline)
        if found.days is None:
            return Feasibility(None, found.core, found.gave_up, found.steps)
        if complete:
            place_loose(found.days, placed_last, calendar_days, limits)
        days = tuple(day + self.base for day in found.days[: len(self.problem.visits)])
        return Feasibility(days, steps=found.steps)

    def _begin(self, calendars: Sequence[int], active: int) -> State:
        days = [1 << fixed if fixed is not None else calendars[node] for node, fixed in enumerate(self._fixed)]
        low = [(mask & -mask).bit_length() - 1 for mask in days]
        return State(low, self._labels[:], days, self._labels[:], self._in_force(active).out)

    def _in_force(self, active: int) -> _InForce:
        """Return the bounds of active rules: mostly those that were asked for last."""
        if self._last_in_force is None or self._last_in_force.active != active:
            out: list[list[BoundEdge]] = [[] for _ in self._fixed]
            bound = {node for node, day in enumerate(self._fixed) if day is not None}
            for edge in self._edges:
                if edge.label & active:
                    out[edge.source].append(edge)
                    bound.update((edge.source, edge.target))
            self._last_in_force = _InForce(active, out, frozenset(bound))
        return self._last_in_force

    def _node(self, anchor: str | int) -> int:
        """Return the node of a visit or of a day, making one for the day where there is none yet."""
        key = anchor if isinstance(anchor, str) else f"day {anchor}"
        if isinstance(anchor, int) and key not in self._nodes:
            self._nodes[key] = len(self._fixed)
            self._fixed.append(anchor - self.base)
        return self._nodes[key]

    def _edges_of(self, number: int, rule: ProblemTiming) -> list[BoundEdge]:
        visit, anchor = self._node(rule.visit), self._node(rule.after)
        if self._fixed[visit] is not None and self._fixed[anchor] is not None:
            return []
        shortest, longest = month_days(rule.months or 0)
        steps = earliest_steps(rule, self.problem.origin.toordinal())
        in_months = {step.visit: self._from_base(step.day) for step in steps} if rule.months is not None else {}
        ends = []
        if rule.min is not None:
            step = in_months.get(rule.visit)
            ends.append(BoundEdge(anchor, visit, rule.min + shortest, step, self.label(number, "min")))
        if rule.max is not None:
            step = in_months.get(rule.after)
            ends.append(BoundEdge(visit, anchor, -rule.max - longest, step, self.label(number, "max")))
        return ends

    def _from_base(self, step: Callable[[int], int]) -> Callable[[int], int]:
        """Return a step on days that count from the network's base."""
        base = self.base
        return lambda day: step(day + base) - base

    def _compile_limits(self) -> Limits:
        limits = Limits()
        for number, limit in enumerate(self.problem.limits):
            label = self.limit_label(number)
            nodes = [self._nodes[visit] for visit in limit.visits]
            way = counted_as(limit)
            if isinstance(way, Blocks):
                limits.caps.append(self._cap(limit, way.shifted(-self.base), nodes, label))
            elif isinstance(way, Apart):
                fixed = frozenset(node for node in nodes if self._fixed[node] is not None)
                days = None if way.days is None else frozenset(day - self.base for day in way.days)
                limits.apart.append(ApartNodes(tuple(dict.fromkeys(nodes)), fixed, days, label))
        return limits

    def _cap(self, limit: ProblemLimit, blocks: Blocks, nodes: list[int], label: int) -> CapNodes:
        anchor = None if blocks.every is None else self._node(0 if limit.anchor is None else limit.anchor)
        return CapNodes(
            visits=tuple(node for node in dict.fromkeys(nodes) if self._fixed[node] is None),
            given=tuple(node for node in dict.fromkeys(nodes) if self._fixed[node] is not None),
            anchor=anchor,
            blocks=blocks,
            label=label,
        )


def feasible(problem: Problem, patience: int = ENOUGH, deadline: Deadline | None = None) -> dict[str, int] | None:
    """Return days that keep every hard rule of the problem, by visit, or ``None`` where there are none.

    ``UndecidedError`` where so many steps, or the time, did not tell.
    """
    network = RuleNetwork(problem, first_day(problem))
    found = network.solve(calendars(network), patience=patience, complete=True, deadline=deadline)
    if found.gave_up:
        raise UndecidedError(out_of_time=deadline is not None and deadline.over)
    if found.days is None:
        return None
    return {visit.id: day for visit, day in zip(problem.visits, found.days, strict=True)}


def is_feasible(problem: Problem, patience: int = ENOUGH, deadline: Deadline | None = None) -> bool | None:
    """Return whether there are days that keep every hard rule.

    ``None`` where so many steps, or the time, did not tell.
    """
    network = RuleNetwork(problem, first_day(problem))
    found = network.solve(calendars(network), patience=patience, deadline=deadline)
    return None if found.gave_up else found.days is not None


def first_day(problem: Problem) -> int:
    """Return a day at or before every day that the problem names."""
    named = [0]
    for visit in problem.visits:
        named.extend([] if visit.fixed is None else [visit.fixed])
        named.extend([min(visit.days).day] if visit.days else [])
    named.extend(rule.after for rule in problem.timing if isinstance(rule.after, int))
    named.extend(limit.anchor for limit in problem.limits if isinstance(limit.anchor, int))
    return min(named)


def calendars(network: RuleNetwork) -> list[int]:
    """Return the open days of a network's visits as masks."""
    return [network.mask(choice.day for choice in visit.days) for visit in network.problem.visits]
