"""Limits over several visits, as choices for the search: the ways out where the earliest days break one.

Each choice is complete: whatever keeps the limit, from the days that are earliest now on, takes one of its options.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field
from typing import Literal, NamedTuple

from kapplan.dataclass import dataclass, replace
from kapplan.planning.problem.limits import Blocks


class Option(NamedTuple):
    """A bound that a choice would add.

    ``after``: ``node`` falls at least ``days`` after the node ``source``; ``from`` and ``until``: not before, and not
    after, the day ``days``.
    """

    kind: Literal["after", "from", "until"]
    node: int
    days: int
    source: int = -1

    def denied(self) -> Option:
        """Return the opposite."""
        if self.kind == "after":
            return Option("after", self.source, 1 - self.days, self.node)
        return (
            Option("until", self.node, self.days - 1)
            if self.kind == "from"
            else Option("from", self.node, self.days + 1)
        )


class Branching(NamedTuple):
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


class ApartNodes(NamedTuple):
    """Nodes of which no two share a day, or one of ``days`` where these are given; two of the ``fixed`` ones may."""

    nodes: tuple[int, ...]
    fixed: frozenset[int]
    days: frozenset[int] | None
    label: int

    def choices(self, now: Earliest) -> Iterator[Branching]:
        """Yield a choice for the first day that is taken twice: which of the two that can wait longest comes later.

        That way a crowd on one day becomes a queue in as many choices as it has members. Where only some days are not
        to be shared, one of the two leaves that day, on which the choice then rests.
        """
        by_day: dict[int, list[int]] = {}
        for node in self.nodes:
            by_day.setdefault(now.low[node], []).append(node)
        if len(by_day) == len(self.nodes):
            return
        for day in sorted(day for day, crowd in by_day.items() if len(crowd) > 1 and self._counts(day)):
            free = sorted((now.latest[node], node) for node in by_day[day] if node not in self.fixed)
            given = [node for node in by_day[day] if node in self.fixed]
            if free:
                last = free[-1][1]
                other = given[0] if given else free[-2][1]
                if self.days is None:
                    options, why = (Option("after", last, 1, other), Option("after", other, 1, last)), self.label
                else:
                    options = (Option("from", last, day + 1), Option("from", other, day + 1))
                    why = self.label | now.why[last] | now.why[other]
                yield Branching(day, options, why)
                return

    def _counts(self, day: int) -> bool:
        return self.days is None or day in self.days


@dataclass(frozen=True, slots=True, kw_only=True)
class CapNodes:
    """At most so many of the open ``visits`` and those ``given`` in each of the ``blocks``; see ``ProblemLimit``."""

    visits: tuple[int, ...]
    given: tuple[int, ...]
    anchor: int | None
    blocks: Blocks
    label: int

    def choices(self, now: Earliest) -> Iterator[Branching]:
        """Yield a choice for each block that holds too many visits."""
        given = self._by_block(self.given, now.low)
        for block, inside in self._by_block(self.visits, now.low).items():
            held = given.get(block, [])[: self.blocks.most]
            allowed = self.blocks.room(len(held))
            if len(inside) > allowed:
                yield self._choice(block, [*held, *inside[: allowed + 1]], now)

    def is_broken(self, placed: Sequence[int], left_out: set[int]) -> bool:
        """Return whether the days of all nodes but those left out break the cap."""
        given = self._by_block(self.given, placed)
        taken = self._by_block([node for node in self.visits if node not in left_out], placed)
        return any(len(inside) > self.blocks.room(len(given.get(block, ()))) for block, inside in taken.items())

    def _by_block(self, nodes: Sequence[int], low: Sequence[int]) -> dict[int, list[int]]:
        """Return the nodes in each block by their days; days that do not count lie in none."""
        start = 0 if self.anchor is None else low[self.anchor]
        return self.blocks.grouped(sorted((low[node], node) for node in nodes), start)

    def _choice(self, block: int, inside: list[int], now: Earliest) -> Branching:
        """Return the ways in which one of the visits leaves the block: later first, by what can wait longest."""
        why, every, last = self.label, self.blocks.every, self.blocks.last
        if self.blocks.first is not None:
            for node in inside:
                why |= now.why[node]
        patient = sorted(inside, key=lambda node: (now.latest[node], node), reverse=True)
        options: list[Option] = []
        if self.anchor is not None and every is not None:
            start, end = block * every, (block + 1) * every
            movable = [node for node in patient if node != self.anchor]
            options += [Option("after", node, end, self.anchor) for node in movable]
            options += [Option("after", self.anchor, 1 - start, node) for node in reversed(movable)]
        if last is not None:
            options += [Option("from", node, last + 1) for node in patient]
        return Branching(max(now.low[node] for node in inside), tuple(options), why)


@dataclass(frozen=True, slots=True)
class Limits:
    """All limits of a problem."""

    caps: list[CapNodes] = field(default_factory=list)
    apart: list[ApartNodes] = field(default_factory=list)

    def select(self, active: int) -> Limits:
        """Return the limits whose labels are active."""
        return Limits(
            [cap for cap in self.caps if cap.label & active],
            [group for group in self.apart if group.label & active],
        )

    def without(self, nodes: frozenset[int]) -> Limits:
        """Return the limits as if some nodes, none of them an anchor, were not there."""
        if not nodes:
            return self
        return Limits(
            [replace(cap, visits=tuple(node for node in cap.visits if node not in nodes)) for cap in self.caps],
            [group._replace(nodes=tuple(node for node in group.nodes if node not in nodes)) for group in self.apart],
        )

    def choose(self, now: Earliest) -> Branching | None:
        """Return a choice for the limit that the earliest days break first, ``None`` where they keep them all."""
        return min(self._broken(now), default=None)

    def _broken(self, now: Earliest) -> Iterator[Branching]:
        for group in self.apart:
            yield from group.choices(now)
        for cap in self.caps:
            yield from cap.choices(now)
