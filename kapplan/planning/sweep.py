"""The search: visits are placed one after the other, and of all ways to the same key only the best is kept."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import nsmallest
from typing import NamedTuple

from kapplan.planning.stages import Key, Step

BEAMS = (12, 120, 1200)
"""Widths of the quick searches, tried in turn until one finds a placement to bound the exact search by."""
BRANCHES = 6
"""How many days of a visit the quick search looks at from each key."""

Entry = tuple[int, int, int, Key]
"""Cost beyond the bound, rank of the days so far among those of the same step, day, key before."""


class Found(NamedTuple):
    """The best placement: its cost beyond the bound, and the day of each visit."""

    cost: int
    days: tuple[int, ...]


def best(steps: Sequence[Step], most: int) -> Found | None:
    """Return the best placement that costs at most ``most`` beyond the bound; of equals the earliest days."""
    for width in BEAMS:
        found = _sweep(steps, most, width)
        if found is not None:
            return _sweep(steps, found.cost, None)
    return _sweep(steps, most, None)


def _sweep(steps: Sequence[Step], most: int, width: int | None) -> Found | None:
    """Search step by step, keeping at each step the ``width`` cheapest keys, or all."""
    levels: list[dict[Key, Entry]] = []
    level: dict[Key, Entry] = {(): (0, 0, 0, ())}
    for step in steps:
        if width is not None and len(level) > width:
            level = dict(nsmallest(width, level.items(), key=lambda item: item[1][:3]))
        level = _expand(step, level, most, None if width is None else BRANCHES)
        if not level:
            return None
        levels.append(level)
    return Found(level[()][0], _days(levels)) if level else None


def _expand(step: Step, level: dict[Key, Entry], most: int, branches: int | None) -> dict[Key, Entry]:
    """Return the best ways to each key after one more visit is placed."""
    options, read, carry = step.choice.options, step.read, step.carry
    after: dict[Key, Entry] = {}
    for rank, (key, entry) in enumerate(sorted(level.items(), key=lambda item: item[1][1:3])):
        cost, kept = entry[0], carry(key)
        for price, day, added in options(read(key))[:branches]:
            total = cost + price
            if total > most:
                break
            reached = kept + added
            other = after.get(reached)
            if other is None or total < other[0] or (total == other[0] and (rank, day) < other[1:3]):
                after[reached] = (total, rank, day, key)
    return after


def _days(levels: Sequence[dict[Key, Entry]]) -> tuple[int, ...]:
    """Return the days along the best way, found from the last step back."""
    days = []
    key: Key = ()
    for level in reversed(levels):
        _, _, day, key = level[key]
        days.append(day)
    return tuple(reversed(days))
