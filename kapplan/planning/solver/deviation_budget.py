"""Windows of the visits where the deviation may only be so large.

A course that deviates little from its targets stays near them. What a search finds within these windows is the best of
all if it keeps the budgets that made them: everything outside deviates more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from kapplan.planning.problem.problem import Term
from kapplan.planning.solver.propagation import DayWindow, Gap

Budgets = Mapping[Term, int]
"""How much of a term is allowed in all; as much as one likes of a term that is not named."""
UNBOUNDED = 10**6


class Aim(NamedTuple):
    """Days from visit ``first`` to a later visit ``second``, or from day 0 where ``first`` is ``None``.

    Outside ``target`` each day costs ``weight`` of ``term``; where the weight is 0 there is no target.
    """

    first: int | None
    second: int
    low: int | None
    target: tuple[int, int]
    high: int | None
    term: Term
    weight: int

    def counts(self, budgets: Budgets) -> bool:
        """Tell whether days outside the target are bounded by a budget."""
        return self.weight > 0 and self.term in budgets


class _Reach(NamedTuple):
    """A day that a visit reaches at no cost, how many days nearer it gets at which price, and the nearest of all.

    The cheapest price stands first; ``nearest`` is as near as the budgets can pay.
    """

    day: int
    nearer: tuple[tuple[int, Term, int], ...]
    nearest: int


def _bought(day: int, nearer: Iterable[tuple[int, Term, int]], budgets: Budgets) -> _Reach:
    """Return what a visit reaches where the budgets buy the cheapest days."""
    nearest, left = day, dict(budgets)
    for price, term, most in nearer:
        days = min(most, left[term] // price)
        nearest -= days
        left[term] -= days * price
    return _Reach(day, tuple(nearer), nearest)


def clipped(aim: Aim, budgets: Budgets) -> Gap | None:
    """Return an aim between two visits as a gap that everything within the budgets keeps, if they bound it."""
    if aim.first is None or not aim.counts(budgets):
        return None
    spare = budgets[aim.term] // aim.weight
    return Gap(aim.first, aim.second, aim.target[0] - spare, aim.target[1] + spare)


def windows_within(windows: Sequence[DayWindow], aims: Iterable[Aim], budgets: Budgets) -> list[DayWindow]:
    """Return the windows within which every placement lies that keeps the budgets.

    The aims stand in the order of their later visits.
    """
    early = [_Reach(window.first, (), window.first) for window in windows]
    late = [_Reach(-window.last, (), -window.last) for window in windows]
    for aim in aims:
        counted, (near, far) = budgets if aim.counts(budgets) else None, aim.target
        _take(early, aim, aim.low, near, counted)
        _take(late, aim, None if aim.high is None else -aim.high, -far, counted)
    return [
        DayWindow(max(window.first, one.nearest), min(window.last, -other.nearest))
        for window, one, other in zip(windows, early, late, strict=True)
    ]


def _take(reached: list[_Reach], aim: Aim, bound: int | None, target: int, budgets: Budgets | None) -> None:
    """Take one end of an aim as what tells the most of its later visit, if it does.

    ``bound`` is the nearest number of days that is allowed, ``target`` the nearest that costs nothing; of the far end
    all days are mirrored. Without ``budgets`` nothing bounds the days outside the target.
    """
    day, prices, nearest = _START if aim.first is None else reached[aim.first]
    known = reached[aim.second].nearest
    if budgets is None:
        if bound is not None and nearest + bound > known:
            reached[aim.second] = _Reach(day + bound, prices, nearest + bound)
    elif nearest + target > known:
        spare = UNBOUNDED if bound is None else max(0, target - bound)
        nearer = {(price, term): days for price, term, days in prices}
        nearer[aim.weight, aim.term] = nearer.get((aim.weight, aim.term), 0) + spare
        after = _bought(day + target, [(*price, days) for price, days in sorted(nearer.items())], budgets)
        if after.nearest > known:
            reached[aim.second] = after


_START = _Reach(0, (), 0)
