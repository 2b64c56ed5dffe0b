"""Limits over several visits, as choices for the search: the ways out where the earliest days break one.

Each choice is complete: whatever keeps the limit, from the days that are earliest now on, takes one of its options.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

END = 1 << 20
"""A day after every day of any calendar."""


class Option(NamedTuple):
    """``from``/``until``: a node falls on the day ``value`` or later/earlier; ``after``: later than node ``value``."""

    kind: Literal["from", "until", "after"]
    node: int
    value: int

    def denied(self) -> Option | None:
        """Return the opposite, where that is worth knowing once this option has failed."""
        return Option("until", self.node, self.value - 1) if self.kind == "from" else None


class Choice(NamedTuple):
    """A broken limit: the day on which it breaks, the options, and the labels that make them complete."""

    day: int
    options: tuple[Option, ...]
    why: int


class Earliest(NamedTuple):
    """What the search knows of each node: earliest day and allowed days, and the labels that each rests on.

    ``latest`` is a guess at each node's latest day: what can wait longer gives way first.
    """

    low: Sequence[int]
    why: Sequence[int]
    days: Sequence[int]
    days_why: Sequence[int]
    latest: Sequence[int]


class Distinct(NamedTuple):
    """Nodes of which no two share a day; two of the ``fixed`` ones may."""

    nodes: tuple[int, ...]
    fixed: frozenset[int]
    label: int

    def choices(self, now: Earliest) -> Iterator[Choice]:
        """Yield a choice for the first day that is taken twice: which of the two that can wait longest comes later.

        That way a crowd on one day becomes a queue in as many choices as it has members.
        """
        by_day: dict[int, list[int]] = {}
        for node in self.nodes:
            by_day.setdefault(now.low[node], []).append(node)
        if len(by_day) == len(self.nodes):
            return
        for day in sorted(day for day, crowd in by_day.items() if len(crowd) > 1):
            free = sorted((now.latest[node], node) for node in by_day[day] if node not in self.fixed)
            given = [node for node in by_day[day] if node in self.fixed]
            if free:
                last = free[-1][1]
                other = given[0] if given else free[-2][1]
                yield Choice(day, (Option("after", last, other), Option("after", other, last)), self.label)
                return


class NotTogether(NamedTuple):
    """Two nodes that do not share one of ``days``."""

    first: int
    second: int
    days: frozenset[int]
    label: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """At most ``most`` of the open ``visits`` and the days ``given`` in each block; see ``ProblemLimit``."""

    visits: tuple[int, ...]
    given: tuple[int, ...]
    anchor: int | None
    every: int
    most: int
    first: int | None
    last: int | None
    label: int

    def choices(self, now: Earliest) -> Iterator[Choice]:
        """Yield a choice for each block that holds too many visits."""
        for block, inside in self._blocks(now.low).items():
            given = sum(self._block(day, now.low) == block for day in self.given)
            allowed = max(self.most - given, 0)
            if len(inside) > allowed:
                yield self._choice(block, sorted(inside)[: allowed + 1], now)

    def _blocks(self, low: Sequence[int]) -> dict[int, list[tuple[int, int]]]:
        blocks: dict[int, list[tuple[int, int]]] = {}
        for node in self.visits:
            block = self._block(low[node], low)
            if block is not None:
                blocks.setdefault(block, []).append((low[node], node))
        return blocks

    def _block(self, day: int, low: Sequence[int]) -> int | None:
        """Return the number of the block that a day counts in, ``None`` where it does not count."""
        if (self.first is not None and day < self.first) or (self.last is not None and day > self.last):
            return None
        return 0 if self.anchor is None else (day - low[self.anchor]) // self.every

    def _choice(self, block: int, inside: list[tuple[int, int]], now: Earliest) -> Choice:
        day = inside[-1][0]
        end = END if self.last is None else self.last + 1
        why = self.label
        if self.anchor is not None:
            start = now.low[self.anchor]
            if now.days[self.anchor] >> (start + 1):
                return Choice(day, (Option("until", self.anchor, start), Option("from", self.anchor, start + 1)), 0)
            end = min(end, start + (block + 1) * self.every)
            why |= now.why[self.anchor] | now.days_why[self.anchor]
        for _, node in inside:
            why |= now.why[node]
        patient = sorted((node for _, node in inside), key=lambda node: (now.latest[node], node), reverse=True)
        return Choice(day, tuple(Option("from", node, end) for node in patient), why)


@dataclass(slots=True)
class Limits:
    """All limits of a problem."""

    caps: list[Cap] = field(default_factory=list)
    distinct: list[Distinct] = field(default_factory=list)
    apart: list[NotTogether] = field(default_factory=list)

    def select(self, active: int) -> Limits:
        """Return the limits whose labels are active."""
        return Limits(
            [cap for cap in self.caps if cap.label & active],
            [group for group in self.distinct if group.label & active],
            [pair for pair in self.apart if pair.label & active],
        )

    def without(self, nodes: frozenset[int]) -> Limits:
        """Return the limits as if some nodes, none of a cap, were not there."""
        return Limits(
            self.caps,
            [group._replace(nodes=tuple(node for node in group.nodes if node not in nodes)) for group in self.distinct],
            [pair for pair in self.apart if pair.first not in nodes and pair.second not in nodes],
        )

    def rivals(self) -> dict[int, set[int]]:
        """Return with which others each node of no cap may not share a day, or some days."""
        capped = {node for cap in self.caps for node in (*cap.visits, cap.anchor)}
        found: dict[int, set[int]] = {}
        groups = [*(group.nodes for group in self.distinct), *((pair.first, pair.second) for pair in self.apart)]
        for group in groups:
            for node in group:
                if node not in capped:
                    found.setdefault(node, set()).update(group)
        return found

    def choose(self, now: Earliest) -> Choice | None:
        """Return a choice for the limit that the earliest days break first, ``None`` where they keep them all."""
        return min(self._broken(now), default=None)

    def _broken(self, now: Earliest) -> Iterator[Choice]:
        low = now.low
        for group in self.distinct:
            yield from group.choices(now)
        for first, second, days, label in self.apart:
            if low[first] == low[second] and (day := low[first]) in days:
                why = label | now.why[first] | now.why[second]
                yield Choice(day, (Option("from", second, day + 1), Option("from", first, day + 1)), why)
        for cap in self.caps:
            yield from cap.choices(now)
