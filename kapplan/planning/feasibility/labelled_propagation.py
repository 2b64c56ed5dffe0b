"""The earliest days that keep bounds over days with gaps, and the search that makes them keep limits too.

Each earliest day carries the *labels* of the rules, calendars and choices it follows from. A failure therefore names
what it rests on: choices that took no part in it are skipped, and what remains is a clash, not yet minimal.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import NamedTuple

from kapplan.planning.feasibility.branching import Branching, Earliest, Limits, Option
from kapplan.planning.problem.deadline import Deadline

_NEVER = -(1 << 30)
_PAIR = 2
_AT_ONCE = 5_000
"""So many steps take no time that anybody would notice: no deadline ends them."""


class BoundEdge(NamedTuple):
    """``target`` is no earlier than ``source`` plus ``add`` days.

    Where there is a ``step``, no earlier than ``step(source)``, which is then never less than ``add`` says.
    """

    source: int
    target: int
    add: int
    step: Callable[[int], int] | None
    label: int


class Searched(NamedTuple):
    """Days of all nodes; else ``None`` and the labels that cannot all hold, or that the search gave up."""

    days: list[int] | None
    core: int = 0
    gave_up: bool = False
    steps: int = 0


@dataclass(slots=True)
class State:
    """Earliest and allowed days of each node, with the labels that each rests on, and the bounds in force.

    ``steps`` counts the work done, for all copies together.
    """

    low: list[int]
    why: list[int]
    days: list[int]
    days_why: list[int]
    out: list[list[BoundEdge]]
    tail: frozenset[int] = frozenset()
    steps: list[int] = field(default_factory=lambda: [0])

    def copy(self) -> State:
        """Return a state to try an option on."""
        return State(self.low[:], self.why[:], self.days[:], self.days_why[:], self.out[:], self.tail, self.steps)

    def settle(self, raised: Iterable[int], added: BoundEdge | None = None) -> int | None:
        """Raise earliest days until every bound from the ``raised`` nodes holds; return a core if they cannot.

        Nodes are taken in their order, which is roughly that of their days, so that most are raised once.
        ``added`` is the newest bound: days that chase one another round it forever are found at once. Nodes of the
        ``tail`` come last, so that what only follows a failure is not blamed for it.
        """
        low, why, days, days_why = self.low, self.why, self.days, self.days_why
        tail, out, size = self.tail, self.out, len(low)
        waiting = sorted(raised)
        waiting += [source + size for source in waiting if tail]
        queued = set(waiting)
        while waiting:
            number = heappop(waiting)
            queued.discard(number)
            self.steps[0] += 1
            is_late = number >= size
            source = number - size if is_late else number
            start, reason = low[source], why[source]
            for _, target, add, step, label in out[source]:
                if (target in tail) is not is_late:
                    continue
                day = start + add if step is None else step(start)
                if day <= low[target]:
                    continue
                left = days[target] >> day
                if not left:
                    return reason | label | days_why[target]
                skipped = (left & -left).bit_length() - 1
                low[target] = day + skipped
                why[target] = reason | label | (days_why[target] if skipped else 0)
                for number in (target, target + size) if tail else (target,):
                    if number not in queued:
                        queued.add(number)
                        heappush(waiting, number)
                if added is not None and target == added.source:
                    core = self._chase(added)
                    if core:
                        return core
                    added = None
        return None

    def _chase(self, added: BoundEdge) -> int:
        """Return the labels of a circle of bounds through ``added`` that no days can keep; 0 where there is none."""
        far = {added.target: added.add}
        labels = {added.target: added.label}
        waiting = deque([added.target])
        while waiting:
            source = waiting.popleft()
            for _, target, add, _, label in self.out[source]:
                if far[source] + add > far.get(target, _NEVER):
                    far[target] = far[source] + add
                    labels[target] = labels[source] | label
                    if target != added.source:
                        waiting.append(target)
                    elif far[target] > 0:
                        return labels[target]
        return 0

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
        kind, node, days, source = option
        if kind == "from":
            return self._raise(node, days, bit)
        if kind == "until":
            if days + 1 < self.days[node].bit_length():
                self.days[node] &= (1 << max(days + 1, 0)) - 1
                self.days_why[node] |= bit
            return None if self.days[node] >> self.low[node] else self.why[node] | self.days_why[node]
        edge = BoundEdge(source, node, days, None, bit)
        self.out[source] = [*self.out[source], edge]
        return self.settle([source], edge)

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

    state: State
    choice: Branching
    first_bit: int
    tried: int = 0
    core: int = 0

    def advance(self) -> tuple[State, int | None]:
        """Return the state after the next option, and the core of its failure if it fails at once."""
        options = self.choice.options
        state = self.state.copy()
        bit = 1 << (self.first_bit + self.tried)
        for place, earlier in enumerate(options[: self.tried]):
            core = state.apply(earlier.denied(), 1 << (self.first_bit + place)) if len(options) > _PAIR else None
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


def _tail(out: Sequence[Sequence[BoundEdge]]) -> frozenset[int]:
    """Return the nodes that do not bound, however indirectly, any that bound one another."""
    found: set[int] = set()
    while True:
        more = [
            node for node, edges in enumerate(out) if node not in found and all(edge.target in found for edge in edges)
        ]
        if not more:
            return frozenset(found)
        found.update(more)


def _retreat(frames: list[_Frame], core: int) -> int:
    """Take back the choices that a failure settles; return its core, less those choices."""
    while frames:
        settled = frames[-1].fail(core)
        if settled is None:
            return core
        core = settled
        frames.pop()
    return core


def _is_over(steps: int, patience: int | None, deadline: Deadline | None) -> bool:
    """Return whether a search that took so many steps gives up."""
    if patience is not None and steps > patience:
        return True
    return deadline is not None and steps > _AT_ONCE and deadline.is_over()


def search(
    state: State, limits: Limits, bit: int, patience: int | None = None, deadline: Deadline | None = None
) -> Searched:
    """Return days from a settled state on that keep the limits.

    ``bit`` is the first label that is free for choices. With ``patience``, the search gives up after so many steps,
    and at a ``deadline``.
    """
    latest = state.latest()
    state.tail = _tail(state.out)
    frames: list[_Frame] = []
    core: int | None = None
    while True:
        if core is None:
            choice = limits.choose(Earliest(state.low, state.why, state.days, state.days_why, latest))
            if choice is None:
                return Searched(state.low, steps=state.steps[0])
            if frames:
                bit = frames[-1].first_bit + len(frames[-1].choice.options)
            frames.append(_Frame(state, choice, bit, core=choice.why))
            core = None if choice.options else choice.why
        if core is not None:
            core = _retreat(frames, core)
            if not frames:
                return Searched(None, core, steps=state.steps[0])
        if _is_over(state.steps[0], patience, deadline):
            return Searched(None, gave_up=True, steps=state.steps[0])
        state, core = frames[-1].advance()
