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
    """What the search knows of each node: earliest day and allowed days, and the labels that each rests on."""

    low: Sequence[int]
    why: Sequence[int]
    days: Sequence[int]
    days_why: Sequence[int]


class Pair(NamedTuple):
    """Two nodes that never share a day."""

    first: int
    second: int
    label: int


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
        return Choice(day, tuple(Option("from", node, end) for _, node in reversed(inside)), why)


@dataclass(slots=True)
class Limits:
    """All limits of a problem."""

    caps: list[Cap] = field(default_factory=list)
    distinct: list[Pair] = field(default_factory=list)
    apart: list[NotTogether] = field(default_factory=list)

    def select(self, active: int) -> Limits:
        """Return the limits whose labels are active."""
        return Limits(
            [cap for cap in self.caps if cap.label & active],
            [pair for pair in self.distinct if pair.label & active],
            [pair for pair in self.apart if pair.label & active],
        )

    def choose(self, now: Earliest) -> Choice | None:
        """Return a choice for the limit that the earliest days break first, ``None`` where they keep them all."""
        return min(self._broken(now), default=None)

    def _broken(self, now: Earliest) -> Iterator[Choice]:
        low = now.low
        for first, second, label in self.distinct:
            if low[first] == low[second]:
                yield Choice(low[first], (Option("after", second, first), Option("after", first, second)), label)
        for first, second, days, label in self.apart:
            if low[first] == low[second] and (day := low[first]) in days:
                why = label | now.why[first] | now.why[second]
                yield Choice(day, (Option("from", second, day + 1), Option("from", first, day + 1)), why)
        for cap in self.caps:
            yield from cap.choices(now)
