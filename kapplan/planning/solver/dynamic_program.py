"""The search: visits are placed one after the other, and of all ways to the same key only the best is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from kapplan.planning.solver.stages import Key, Step

FIRST_MARGIN = 64
WIDENING = 8
"""How far each search goes beyond the least cost that the one before cut off, and how that margin grows."""

WIDE = 2_000
"""So many ways to go on are worth asking whether any of them can lead anywhere."""

Question = Callable[[], bool]
NEVER: Question = lambda: False  # noqa: E731  # a value, so that a search can be handed another

Entry = tuple[int, int, int, Key]
"""Cost beyond the bound, rank of the days so far among those of the same step, day, key before."""


class Found(NamedTuple):
    """The best placement: its cost beyond the bound, and the day of each visit."""

    cost: int
    days: tuple[int, ...]


def best(
    steps: Sequence[Step], least: int, most: int, first: int | None = None, *, hopeless: Question = NEVER
) -> Found | None:
    """Return the best placement that costs from ``least`` to ``most`` beyond the bound; of equals the earliest days.

    Each search keeps everything within its allowance, so the first placement found is the best of all. With ``first``
    the first visit stands on that day. Once a search grows wide, ``hopeless`` is asked whether there is any placement.
    """
    allowance, margin = least, FIRST_MARGIN
    while True:
        found = _sweep(steps, allowance, first, hopeless)
        if found is None or isinstance(found, Found):
            return found
        if found > most:
            return None
        allowance = min(most, found + margin)
        margin *= WIDENING


def _sweep(steps: Sequence[Step], allowance: int, first: int | None, hopeless: Question) -> Found | int | None:
    """Search step by step; where nothing is found, return the least cost that was beyond the allowance, if any."""
    levels: list[dict[Key, Entry]] = []
    level: dict[Key, Entry] = {(): (0, 0, 0, ())}
    beyond: int | None = None
    for step in steps:
        level, cut = _expand(step, level, allowance, None if levels else first)
        if cut is not None and (beyond is None or cut < beyond):
            beyond = cut
        if not level:
            return beyond
        if len(level) > WIDE and hopeless():
            return None
        levels.append(level)
    return Found(level[()][0], _days(levels))


def _expand(
    step: Step, level: dict[Key, Entry], allowance: int, only: int | None
) -> tuple[dict[Key, Entry], int | None]:
    """Return the best ways to each key after one more visit is placed, and the least cost that was not allowed.

    With ``only`` the visit stands on that day.
    """
    choice, read, carry = step.choice, step.read, step.carry
    after: dict[Key, Entry] = {}
    beyond: int | None = None
    for rank, (key, entry) in enumerate(sorted(level.items(), key=lambda item: item[1][1:3])):
        cost, kept, known = entry[0], carry(key), read(key)
        for price, day, added in choice.options(known):
            if only is not None and day != only:
                continue
            total = cost + price
            if total > allowance:
                beyond = total if beyond is None else min(beyond, total)
                break
            reached = kept + added
            if choice.counters:
                counts = choice.counts(day, known)
                if counts is None:
                    continue
                reached += counts
            other = after.get(reached)
            if other is None or total < other[0] or (total == other[0] and (rank, day) < other[1:3]):
                after[reached] = (total, rank, day, key)
    return after, beyond


def _days(levels: Sequence[dict[Key, Entry]]) -> tuple[int, ...]:
    """Return the days along the best way, found from the last step back."""
    days = []
    key: Key = ()
    for level in reversed(levels):
        _, _, day, key = level[key]
        days.append(day)
    return tuple(reversed(days))
