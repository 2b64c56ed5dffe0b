"""Counting visits against a cap while they are placed one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kapplan.planning.solver.cost_network import Cap

Count = tuple[int, tuple[tuple[int, int], ...]]
"""Where the blocks count from, and how many visits stand in each block that can still fill up."""


@dataclass(frozen=True, slots=True)
class Counter:
    """What one step of the search does to the count of a cap.

    The step places ``visit``; ``after`` visits of the cap follow, none of them before day ``floor`` nor, where
    ``step`` is given, earlier than so many days after this one. ``before`` are the visits of the cap that were placed
    before its anchor: their days are read where this step places the anchor.
    """

    cap: Cap
    visit: int
    after: int
    floor: int
    step: int | None
    before: tuple[int, ...]

    @property
    def starts(self) -> bool:
        """Whether counting starts at this step, with no count so far."""
        if self.cap.anchor is not None:
            return self.visit == self.cap.anchor
        return self.visit == self.cap.visits[0]

    def count(self, day: int, known: Count | None, days: Iterable[int]) -> Count | None:
        """Return the count with this step's visit on ``day``; ``None`` where a block is overfull.

        ``known`` is the count so far, or ``None`` where counting starts; then ``days`` are those of ``before``.
        """
        cap = self.cap
        if known is None:
            anchor = day if self.visit == cap.anchor else cap.day
            if cap.every is not None:
                anchor %= cap.every
            counts: dict[int, int] = {}
            placed = list(days)
        else:
            anchor, counts, placed = known[0], dict(known[1]), []
        if self.visit in cap.visits:
            placed.append(day)
        for one in placed:
            if cap.counts(one):
                block = cap.block(anchor, one)
                counts[block] = counts.get(block, 0) + 1
                if counts[block] > cap.room(anchor, block):
                    return None
        return anchor, self._open(anchor, counts, day)

    def _open(self, anchor: int, counts: Mapping[int, int], day: int) -> tuple[tuple[int, int], ...]:
        """Return the blocks that later visits could still overfill."""
        cap = self.cap
        floor = self.floor if self.step is None else max(self.floor, day + self.step)
        every = cap.every
        blocks = [
            (block, count)
            for block, count in counts.items()
            if (every is None or anchor + (block + 1) * every > floor) and count + self.after > cap.room(anchor, block)
        ]
        return tuple(sorted(blocks))
