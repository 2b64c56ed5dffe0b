"""How limits over several visits are counted: the one place that says when a cap or a day of one's own is broken.

Each type of limit is counted in one of two ways: as so many visits to a block of days (``Blocks``), or as visits that
are kept apart (``Apart``). Whoever searches or explains knows these two, and no types.

History never breaks a limit: a block that fixed visits overfill takes no more, and is not broken by them; two fixed
visits may share a day. Whoever searches, explains or refuses asks here, each with the days that it knows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Mapping
from typing import NamedTuple, TypeVar

from kapplan.dataclass import dataclass
from kapplan.planning.problem.problem import ProblemLimit, ProblemLimitType

_Member = TypeVar("_Member")


@dataclass(frozen=True, slots=True)
class Blocks:
    """How a cap counts: at most ``most`` in each block of ``every`` days; without ``every`` all days are one block.

    Only days ``first`` through ``last`` count, where these are given.
    """

    most: int
    every: int | None = None
    first: int | None = None
    last: int | None = None

    def shifted(self, days: int) -> Blocks:
        """Return the same blocks for days counted from so many days earlier."""
        first = None if self.first is None else self.first + days
        return Blocks(self.most, self.every, first, None if self.last is None else self.last + days)

    def counts(self, day: int) -> bool:
        """Return whether a visit on this day is counted."""
        return (self.first is None or day >= self.first) and (self.last is None or day <= self.last)

    def block(self, day: int, anchor: int) -> int:
        """Return the block of a day where the blocks count from the day ``anchor``."""
        return 0 if self.every is None else (day - anchor) // self.every

    def days(self, block: int, anchor: int, first: int, last: int) -> range:
        """Return the days of a block that count, of those from ``first`` through ``last``."""
        if self.every is not None:
            begin = anchor + block * self.every
            first, last = max(first, begin), min(last, begin + self.every - 1)
        first = first if self.first is None else max(first, self.first)
        return range(first, 1 + (last if self.last is None else min(last, self.last)))

    def grouped(self, stands: Iterable[tuple[int, _Member]], anchor: int) -> dict[int, list[_Member]]:
        """Return by block what stands on days that count, each given with its day, in the order given."""
        groups: dict[int, list[_Member]] = {}
        for day, member in stands:
            if self.counts(day):
                groups.setdefault(self.block(day, anchor), []).append(member)
        return groups

    def room(self, held: int) -> int:
        """Return how many open visits a block takes beside so many that are fixed in it."""
        return max(self.most - held, 0)

    def least_days(self, before: int) -> int:
        """Return the fewest days from the anchor to a visit that comes after it and ``before`` other visits."""
        return (self.every or 0) * (before // self.most) if self.most else 0


class Apart(NamedTuple):
    """How visits are kept apart: no two of them on one of ``days``; where these are ``None``, on any day."""

    days: Collection[int] | None = None


def _blocks(limit: ProblemLimit) -> Blocks | None:
    return None if limit.max is None else Blocks(limit.max, limit.every, limit.from_, limit.until)


def _apart(limit: ProblemLimit) -> Apart:
    return Apart(limit.days)


WAYS: dict[ProblemLimitType, Callable[[ProblemLimit], Blocks | Apart | None]] = {
    "cap": _blocks, "distinct_days": _apart, "not_together": _apart,
}  # fmt: skip
"""How each type of limit is counted; a cap without a number is none."""


def counted_as(limit: ProblemLimit) -> Blocks | Apart | None:
    """Return how a limit is counted; ``None`` where it limits nothing."""
    return WAYS[limit.type](limit)


def is_broken(limit: ProblemLimit, days: Mapping[str, int], fixed: Container[str]) -> bool:
    """Return whether visits break a limit on these days.

    ``days`` need not name every visit: what has no day is not counted, and nothing is by a cap whose anchor has none.
    ``fixed`` visits lie behind, or stay whatever comes.
    """
    way = counted_as(limit)
    if not isinstance(way, Apart):
        return way is not None and _is_overfull(limit, way, days, fixed)
    placed = [visit for visit in limit.visits if visit in days]
    if len({days[visit] for visit in placed}) == len(placed):
        return False
    free, held = _parted(placed, days, fixed)
    return bool(shared_days(free, held, way.days))


def shared_days(free: Iterable[int], held: Container[int], among: Container[int] | None = None) -> set[int]:
    """Return the days on which an open visit meets another one; ``among`` some days only, where these are given.

    ``free`` are the days of open visits, ``held`` those of fixed ones.
    """
    seen: set[int] = set()
    shared: set[int] = set()
    for day in free:
        if among is None or day in among:
            (shared if day in seen or day in held else seen).add(day)
    return shared


def _is_overfull(limit: ProblemLimit, blocks: Blocks, days: Mapping[str, int], fixed: Container[str]) -> bool:
    anchor = days.get(limit.anchor) if isinstance(limit.anchor, str) else limit.anchor or 0
    if anchor is None:
        return False
    free, held = _parted((visit for visit in limit.visits if visit in days), days, fixed)
    if len(free) + len(held) <= blocks.most:
        return False
    given = blocks.grouped(((day, day) for day in held), anchor)
    taken = blocks.grouped(((day, day) for day in free), anchor)
    return any(len(inside) > blocks.room(len(given.get(block, ()))) for block, inside in taken.items())


def _parted(
    visits: Iterable[str], days: Mapping[str, int], fixed: Container[str]
) -> tuple[Collection[int], Collection[int]]:
    """Return the days of the open and of the fixed ones among some visits, each visit once."""
    free: list[int] = []
    held: list[int] = []
    for visit in dict.fromkeys(visits):
        (held if visit in fixed else free).append(days[visit])
    return free, held
