"""Windows of the visits: the days that the hard timing rules leave, by propagation of differences."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple


class Gap(NamedTuple):
    """Days from visit ``first`` to visit ``second``: at least ``low`` and at most ``high``, where given."""

    first: int
    second: int
    low: int | None
    high: int | None


class DayWindow(NamedTuple):
    """The first and last day that a visit may take."""

    first: int
    last: int


def tighten(days: Sequence[Sequence[int]], gaps: Sequence[Gap]) -> list[DayWindow] | None:
    """Return the window of each visit, both ends among its days; ``None`` where a visit has no day left.

    ``days`` are the sorted days of each visit. No placement that keeps the gaps lies outside the windows.
    """
    if not all(days):
        return None
    ends = _Ends(days)
    moved = True
    while moved:
        moved = False
        for gap in (*gaps, *reversed(gaps)):
            moved |= ends.narrow(gap)
        if not all(first <= last for first, last in zip(ends.first, ends.last, strict=True)):
            return None
    return [DayWindow(*window) for window in zip(ends.first, ends.last, strict=True)]


class _Ends:
    """The first and last day of each visit, while they move towards each other."""

    def __init__(self, days: Sequence[Sequence[int]]) -> None:
        self.days = days
        self.first = [own[0] for own in days]
        self.last = [own[-1] for own in days]

    def narrow(self, gap: Gap) -> bool:
        """Move the ends of the two visits of a gap as far as it asks; return whether one moved."""
        a, b, low, high = gap
        moved = False
        if low is not None:
            moved = self._raise(b, self.first[a] + low) | self._lower(a, self.last[b] - low)
        if high is not None:
            moved |= self._raise(a, self.first[b] - high) | self._lower(b, self.last[a] + high)
        return moved

    def _raise(self, visit: int, least: int) -> bool:
        """Move the first day of a visit to its next day from ``least`` on; past its last one where there is none."""
        if self.first[visit] >= least or self.first[visit] > self.last[visit]:
            return False
        days = self.days[visit]
        index = bisect_left(days, least)
        self.first[visit] = days[index] if index < len(days) else self.last[visit] + 1
        return True

    def _lower(self, visit: int, most: int) -> bool:
        """Move the last day of a visit to its nearest day up to ``most``; before its first where there is none."""
        if self.last[visit] <= most or self.first[visit] > self.last[visit]:
            return False
        days = self.days[visit]
        index = bisect_right(days, most) - 1
        self.last[visit] = days[index] if index >= 0 else self.first[visit] - 1
        return True
