"""The network of a regimen's timing rules: so many days at least from one visit to another, and what follows of it.

Every ``min`` and ``max`` is a bound *day of one visit is no earlier than day of another plus so many days*. Rules in
calendar months are taken as wide as months can be, so that what this network calls impossible is impossible.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from typing import NamedTuple

from kapplan.model.regimen import Limit, Regimen, TimingRule
from kapplan.planning.problem.limits import Blocks
from kapplan.planning.problem.months import month_days

_NEVER = -(10**9)
_MOST_VISITS = 120
"""Up to how many visits all pairs are compared: the work grows with the cube of their number."""


class Bound(NamedTuple):
    """``visit`` falls no earlier than ``days`` after ``after``; ``cause`` is the rule or limit that says so."""

    visit: str
    after: str
    days: int
    cause: TimingRule | Limit
    side: str

    @property
    def subject(self) -> str:
        """The visit that the cause speaks of: of a ``max`` the one that must come soon, else the one that waits."""
        return self.after if self.side == "max" else self.visit


def bounds_of(timing: Iterable[TimingRule]) -> Iterator[Bound]:
    """Yield the bounds of timing rules."""
    for rule in timing:
        shortest, longest = (0, 0) if rule.months is None else month_days(rule.months)
        if rule.min is not None:
            yield Bound(rule.visit, rule.after, shortest + rule.min, rule, "min")
        if rule.max is not None:
            yield Bound(rule.after, rule.visit, -(longest + rule.max), rule, "max")


def impossible(visits: Sequence[str], bounds: Sequence[Bound]) -> tuple[Bound, ...]:
    """Return bounds of which each asks the next to be later, all round: they can never hold together; else none.

    None of them can be spared: without any one the others can hold.
    """
    day = dict.fromkeys(visits, 0)
    raised: dict[str, Bound] = {}
    last: str | None = None
    for _ in visits:
        last = None
        for bound in bounds:
            if day[bound.after] + bound.days > day[bound.visit]:
                day[bound.visit] = day[bound.after] + bound.days
                raised[bound.visit] = bound
                last = bound.visit
        if last is None:
            return ()
    if last is None:
        return ()
    for _ in visits:
        last = raised[last].after
    circle = [raised[last]]
    while circle[-1].after != last:
        circle.append(raised[circle[-1].after])
    return tuple(circle)


class Least(Mapping[tuple[str, str], int]):
    """The fewest days from one visit to another, ``least[one, other]``, of all pairs that the bounds tie together.

    Negative where the other may lie before the one. Only for bounds that can hold together.
    """

    def __init__(self, visits: Sequence[str], bounds: Iterable[Bound]) -> None:
        self._at = {visit: place for place, visit in enumerate(visits)}
        size = len(visits)
        rows = [[_NEVER] * size for _ in visits]
        for place in range(size):
            rows[place][place] = 0
        for bound in bounds:
            row, column = rows[self._at[bound.after]], self._at[bound.visit]
            row[column] = max(row[column], bound.days)
        for middle, through in enumerate(rows):
            tied = [(place, days) for place, days in enumerate(through) if days > _NEVER]
            for row in rows:
                until = row[middle]
                if until > _NEVER:
                    for place, days in tied:
                        row[place] = max(row[place], until + days)
        self._rows = rows

    def __getitem__(self, pair: tuple[str, str]) -> int:
        """Return the fewest days from the first visit to the second; ``KeyError`` where nothing ties them."""
        found = self._rows[self._at[pair[0]]][self._at[pair[1]]]
        if found == _NEVER:
            raise KeyError(pair)
        return found

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Yield the pairs that are tied."""
        for one, row in zip(self._at, self._rows, strict=True):
            yield from ((one, other) for other, days in zip(self._at, row, strict=True) if days > _NEVER)

    def __len__(self) -> int:
        """Return how many pairs are tied."""
        return sum(days > _NEVER for row in self._rows for days in row)


class ClosedNetwork(NamedTuple):
    """A regimen's bounds with those that limits add to them.

    Where they cannot all hold, ``circle`` says which and ``least`` is that of the bounds without the last addition.
    ``least`` is ``None`` where pairs were not compared.
    """

    bounds: tuple[Bound, ...]
    least: Least | None
    circle: tuple[Bound, ...] = ()


def closed(regimen: Regimen) -> ClosedNetwork:
    """Return a regimen's bounds together with what its limits ask of visits whose order is settled.

    Two visits of settled order that never share a day lie a day apart; of visits in a row of which only so many fit
    into a week, the next one falls in the week after. Of a course with very many visits only the rules are looked at.
    """
    visits = [visit.id for visit in regimen.visits]
    bounds = list(bounds_of(regimen.timing))
    least: Least | None = None
    while True:
        circle = impossible(visits, bounds)
        if circle:
            return ClosedNetwork(tuple(bounds), least, circle)
        if len(visits) > _MOST_VISITS:
            return ClosedNetwork(tuple(bounds), None)
        least = Least(visits, bounds)
        more = [bound for limit in regimen.limits for bound in _of_limit(limit, least)]
        if not more:
            return ClosedNetwork(tuple(bounds), least)
        bounds += more


def _of_limit(limit: Limit, least: Least) -> Iterator[Bound]:
    """Yield what a limit asks beyond what is known."""
    if limit.one_a_day:
        for one, other in combinations(limit.visits, 2):
            for first, second in ((one, other), (other, one)):
                if least.get((first, second)) == 0:
                    yield Bound(second, first, 1, limit, "limit")
    elif limit.anchor is not None and limit.every is not None and limit.max is not None:
        blocks = Blocks(limit.max, limit.every)
        for place, visit in enumerate(_row_after(limit.anchor, limit.visits, least)):
            days = blocks.least_days(place)
            if days > least.get((limit.anchor, visit), _NEVER):
                yield Bound(visit, limit.anchor, days, limit, "limit")


def _row_after(anchor: str, visits: Sequence[str], least: Least) -> list[str]:
    """Return the visits from an anchor on for as long as each is known not to lie before the one before it."""
    row: list[str] = []
    for before, visit in pairwise((anchor, *visits)):
        if least.get((before, visit), -1) < 0:
            break
        row.append(visit)
    return row
