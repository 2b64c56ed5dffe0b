"""Windows of the visits where the deviation of the course may only be so large.

A course that deviates little from its targets stays near them. What a search finds within these windows is the best of
all if its deviation is within the budget: everything outside deviates more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kapplan.planning.bounds import Gap, Window


class Aim(NamedTuple):
    """Days from visit ``first`` to a later visit ``second``, or from day 0 where ``first`` is ``None``.

    Outside ``target`` each day costs ``weight``; where the weight is 0 there is no target.
    """

    first: int | None
    second: int
    low: int | None
    target: tuple[int, int]
    high: int | None
    weight: int


class _Reach(NamedTuple):
    """A day that a visit reaches at no cost, and further days (at most) by their price."""

    day: int
    further: tuple[tuple[int, int], ...]


class _Bound(NamedTuple):
    """The near end of an aim; the far end is one too, with all days mirrored."""

    first: int | None
    second: int
    bound: int | None
    target: int
    weight: int


UNBOUNDED = 10**6


def clipped(aim: Aim, budget: int) -> Gap | None:
    """Return an aim between two visits as a gap that everything within the budget keeps."""
    if aim.first is None:
        return None
    if not aim.weight:
        return Gap(aim.first, aim.second, aim.low, aim.high)
    spare = budget // aim.weight
    low, high = aim.target[0] - spare, aim.target[1] + spare
    return Gap(
        aim.first,
        aim.second,
        low if aim.low is None else max(low, aim.low),
        high if aim.high is None else min(high, aim.high),
    )


def windows_within(windows: Sequence[Window], aims: Iterable[Aim], budget: int) -> list[Window]:
    """Return the windows within which every placement lies that deviates by at most ``budget`` in all.

    The aims stand in the order of their later visits.
    """
    early = [_Reach(window.first, ()) for window in windows]
    late = [_Reach(-window.last, ()) for window in windows]
    for first, second, low, target, high, weight in aims:
        _take(early, _Bound(first, second, low, target[0], weight), budget)
        _take(late, _Bound(first, second, None if high is None else -high, -target[1], weight), budget)
    return [
        Window(max(window.first, _nearest(one, budget)), min(window.last, -_nearest(other, budget)))
        for window, one, other in zip(windows, early, late, strict=True)
    ]


def _take(reached: list[_Reach], aim: _Bound, budget: int) -> None:
    """Take one end of an aim as what tells the most of its later visit, if it does."""
    first, second, bound, target, weight = aim
    before = _Reach(0, ()) if first is None else reached[first]
    if weight:
        spare = UNBOUNDED if bound is None else max(0, target - bound)
        further = dict(before.further)
        further[weight] = further.get(weight, 0) + spare
        after = _Reach(before.day + target, tuple(sorted(further.items())))
    elif bound is None:
        return
    else:
        after = _Reach(before.day + bound, before.further)
    if _nearest(after, budget) > _nearest(reached[second], budget):
        reached[second] = after


def _nearest(reach: _Reach, budget: int) -> int:
    """Return how far a visit gets when the budget buys the cheapest further days."""
    day = reach.day
    for price, spare in reach.further:
        days = min(spare, budget // price)
        day -= days
        budget -= days * price
        if not budget:
            break
    return day
